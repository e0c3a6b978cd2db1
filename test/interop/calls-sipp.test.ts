// sipp as caller and as called phone: every message is in its order and holds what the other side has to know
// (`docs/protocols/calls.md` §3).

import { afterAll, beforeAll, describe, it } from 'vitest';
import { CALLERS, CallDaemon } from './support/call-daemon.js';
import { callBetween, register, type SippPhone } from './support/sipp.js';

const CALLER: SippPhone = { dn: '6001', address: CALLERS[0], port: 5070, rtp: 17_000 };
const CALLED: SippPhone = { dn: '6002', address: CALLERS[1], port: 5070, rtp: 17_002 };
const DEVICES = [CALLER, CALLED].map(({ dn }) => ({ dn }));

const open = async (calls: string): Promise<CallDaemon> => {
  const daemon = await CallDaemon.start(DEVICES, calls);
  await Promise.all([CALLER, CALLED].map((phone) => register(daemon, phone)));
  return daemon;
};

describe('phones that are called with an offer', () => {
  let daemon: CallDaemon;
  beforeAll(async () => {
    daemon = await open('{ noAnswer: 2s, moh: none }');
  });
  afterAll(() => daemon.stop());

  it.each([
    ['talk, and the caller hangs up', 'caller-basic', 'called-basic'],
    ['talk, and the called hangs up', 'caller-hears-end', 'called-hangs-up'],
    ['ring until the caller gives up', 'caller-cancels', 'called-cancelled'],
    ['are held and talk again', 'caller-holds', 'called-held'],
    ['offer while they are offered something, and get 491', 'caller-holds', 'called-glares'],
    ['answer an offer by 491, and are offered it again', 'caller-holds-long', 'called-pending'],
  ])('%s', async (_name, callerFile, calledFile) => {
    await callBetween(daemon, [CALLER, callerFile], [CALLED, calledFile]);
  });

  it.each([
    [486, 'Busy Here', 17],
    [603, 'Decline', 21],
    [480, 'Temporarily Unavailable', 18],
  ])('answer %i %s, which the caller gets with its cause', async (status, phrase, cause) => {
    await callBetween(daemon, [CALLER, 'caller-refused'], [CALLED, 'called-refuses'], { status, phrase, cause });
  });

  it('ring until the time is over, and the caller gets 480', async () => {
    await callBetween(daemon, [CALLER, 'caller-refused'], [CALLED, 'called-cancelled'], { status: 480, cause: 19 });
  });
});

describe('phones that are called without an offer', () => {
  let daemon: CallDaemon;
  beforeAll(async () => {
    daemon = await open('{ earlyOffer: never }');
  });
  afterAll(() => daemon.stop());

  it('make their own', async () => {
    await callBetween(daemon, [CALLER, 'caller-basic'], [CALLED, 'called-offers']);
  });
});
