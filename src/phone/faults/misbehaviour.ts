// What a fault is, and how its outcome is told.

import type { Protocol } from '../../devices/index.js';
import type { FaultBench, FaultyLink } from './fault-runner.js';

/** One way of misbehaving: what the phone does, and what a server must make of it. */
export interface Misbehaviour {
  readonly protocols: readonly Protocol[];
  readonly does: string;
  readonly must: string;
  run(bench: FaultBench): Promise<Finding>;
}

export interface Finding {
  readonly right: boolean;
  readonly heard: string;
}

/** What came over a link, and how it ended, in a few words. */
const heardOn = ({ heard, closed }: FaultyLink): string => {
  const words = [...new Set(heard)].slice(0, 6).join(', ') || 'nothing';
  return closed === undefined ? words : `${words}; then the link was closed`;
};

export const finding = (right: boolean, link: FaultyLink): Finding => ({ right, heard: heardOn(link) });
