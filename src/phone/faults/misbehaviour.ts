// What a fault is, and its outcome.

import type { Protocol } from '../../devices/index.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';

/** One fault: what the phone does, and what a server must do. Both are texts for people. */
export interface Misbehaviour {
  readonly protocols: readonly Protocol[];
  readonly does: string;
  readonly must: string;
  /** It names no line of its device. Absent: over SIP it needs one. */
  readonly needsNoLine?: true;
  run(runner: FaultRunner): Promise<Finding>;
}

/** The outcome of a fault. */
export interface Finding {
  /** The server did what it must. */
  readonly right: boolean;
  /** What the phone received, as a text for people. */
  readonly received: string;
}

/** A short text of what came over a link and whether the server closed it. */
const receivedOn = ({ received, closed }: FaultyLink): string => {
  const text = [...new Set(received)].slice(0, 6).join(', ') || 'nothing';
  return closed === undefined ? text : `${text}; then the link was closed`;
};

/** The finding of a fault that uses one link. */
export const finding = (right: boolean, link: FaultyLink): Finding => ({ right, received: receivedOn(link) });
