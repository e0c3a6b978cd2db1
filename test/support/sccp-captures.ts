// The captured SCCP frames and conversations, as data.

import { capturedJson } from './fixtures.js';

export interface CapturedField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly value: number | string;
}

export interface CapturedFrame {
  readonly id: string;
  readonly name: string;
  readonly messageId: string;
  readonly header: { readonly length: number; readonly version: number; readonly messageId: number };
  readonly layout: string;
  readonly fields: readonly CapturedField[];
  readonly trailingBytes: number;
  readonly hex: string;
}

export type Side = 'phone-to-server' | 'server-to-phone';

export interface CapturedStream {
  readonly id: string;
  readonly segments: readonly { readonly direction: Side; readonly hex: string }[];
  readonly messages: Readonly<Record<string, unknown>>;
}

const FILES = [
  'callmanager2',
  'callmanager41',
  'cucm-v18-register',
  'cucm-v20-call',
  'phone-dumps',
  'seed-derived',
] as const;

const framesOf = <T>(file: string): readonly T[] =>
  capturedJson<{ readonly frames: readonly T[] }>(`sccp/${file}.json`).frames;

/** Every complete frame. */
export const capturedFrames = (): readonly CapturedFrame[] => FILES.flatMap((file) => framesOf<CapturedFrame>(file));

export const partialFrames = (): readonly (CapturedFrame & { readonly bytesMissing: number })[] =>
  framesOf('partial-frames');

export const capturedStreams = (): readonly CapturedStream[] => framesOf('streams');
