// What a fault is, and how its outcome is told.

import type { Protocol } from '../../devices/index.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';

/** One way of misbehaving: what the phone does, and what a server must make of it. */
export interface Misbehaviour {
  readonly protocols: readonly Protocol[];
  readonly does: string;
  readonly must: string;
  run(runner: FaultRunner): Promise<Finding>;
}

export interface Finding {
  readonly right: boolean;
  readonly received: string;
}

/** What came over a link, and how it ended, in a few words. */
const receivedOn = ({ received: heard, closed }: FaultyLink): string => {
  const text = [...new Set(heard)].slice(0, 6).join(', ') || 'nothing';
  return closed === undefined ? text : `${text}; then the link was closed`;
};

export const finding = (right: boolean, link: FaultyLink): Finding => ({ right, received: receivedOn(link) });
