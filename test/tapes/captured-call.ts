import type { Endpoint } from '../../src/net/ports.js';
import type { CapturedPart } from '../support/fixture-tapes.js';
import type { Meant } from './meant-differences.js';

/** A captured call, each of whose phones is played. */
export interface CapturedCall {
  readonly title: string;
  /** What the capture has not, and what stands in for it. */
  readonly lacks: string;
  /** `trunk`: where its far end is. */
  readonly configuration: (trunk: Endpoint | undefined) => string;
  /** By role. */
  readonly parts: () => Readonly<Record<string, CapturedPart>>;
  /** Who is at the far end of a trunk. */
  readonly trunk?: string;
  readonly meant: readonly Meant[];
}
