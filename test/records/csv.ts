// Record files in tests: cells as written, a call with everything in it.

import type { CallEnded, CallMeasured } from '../../src/calls/index.js';
import { partyOf } from '../../src/calls/index.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { instant, milliseconds, seconds } from '../../src/core/time.js';

/** The cells of a row, with their quotation marks. */
export const cellsOf = (row: string): string[] =>
  [...row.trimEnd().matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,"]*)/g)].map(([, cell = '']) => cell);

/** An instant of a `ManualClock`, whose wall clock shows the same. */
export const at = (epochSeconds: number) => instant(epochSeconds * 1000);

/** An ordinary call: 1001 calls 1002, talks for twenty seconds and hangs up. */
export const endedCall = (changes: Partial<CallEnded> = {}): CallEnded => {
  const calling = partyOf('1001', 'Ann', 'SEP000000000001');
  const called = partyOf('1002', 'Bob', 'SEP000000000002');
  return {
    type: 'call.ended',
    at: at(1_600_000_030),
    call: 44_001,
    dialled: '1002',
    calling,
    called,
    originalCalled: called,
    lastRedirecting: called,
    redirectReason: 0,
    startedAt: at(1_600_000_000),
    answeredAt: at(1_600_000_010),
    orig: {
      leg: 16_777_217,
      device: 'SEP000000000001' as DeviceName,
      media: { address: '10.0.0.1', port: 16_384 },
      cause: 16,
      by: 'user',
    },
    dest: {
      leg: 16_777_218,
      device: 'SEP000000000002' as DeviceName,
      media: { address: '10.0.0.200', port: 16_386 },
      cause: 0,
      by: 'far',
    },
    codec: 'PCMU',
    milliseconds: 20,
    dtmf: 'rtp',
    ...changes,
  };
};

/** What the caller's phone counted of that call. */
export const measuredCall = (changes: Partial<CallMeasured> = {}): CallMeasured => ({
  type: 'call.measured',
  at: at(1_600_000_031),
  call: 44_001,
  leg: 16_777_217,
  device: 'SEP000000000001' as DeviceName,
  dn: '1001',
  statistics: {
    packetsSent: 1000,
    octetsSent: 172_000,
    packetsReceived: 998,
    octetsReceived: 171_656,
    packetsLost: 2,
    jitter: 3,
    latency: 1,
    quality: 'MLQK=4.5000;MLQKav=4.4000',
  },
  talked: seconds(20),
  ...changes,
});

export const NO_TIME = milliseconds(0);
