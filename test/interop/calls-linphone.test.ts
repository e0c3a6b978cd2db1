// linphone and baresip call each other through the daemon: what one plays is what the other hears.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Baresip } from './support/baresip.js';
import { CALLERS, CallDaemon } from './support/call-daemon.js';
import { Linphone } from './support/linphone.js';
import { expectRecorded } from './support/tones.js';

const TALK = 2_500;
const LINPHONE_TONE = 425;
const BARESIP_TONE = 1_025;

let daemon: CallDaemon;
beforeAll(async () => {
  daemon = await CallDaemon.start([
    ...['6001', '6002', '6003', '6004'].map((dn) => ({ dn })),
    ...['7001', '7002'].map((dn) => ({ dn, digest: true })),
  ]);
});
afterAll(() => daemon.stop());

describe.each([
  ['UDP', { dn: '6001' }, { dn: '6002' }],
  ['UDP with digest, opus', { dn: '7001', digest: true }, { dn: '6003', transport: 'tcp', codecs: ['opus', 'g711'] }],
  ['TCP', { dn: '6004', transport: 'tcp' }, { dn: '7002', digest: true }],
] as const)('over %s', (_name, one, other) => {
  it('each calls the other, hears it, and each hangs up', async () => {
    const [linphone, baresip] = await Promise.all([
      Linphone.start(daemon, { plays: LINPHONE_TONE, ...one }),
      Baresip.start(daemon, { plays: BARESIP_TONE, address: CALLERS[0], ...other }),
    ]);
    linphone.renewFiles();
    linphone.command(`call ${baresip.dn}`);
    await linphone.says(/ringing/);
    await baresip.sees('CALL_INCOMING');
    await baresip.command('accept');
    await Promise.all([linphone.says(/connected/), baresip.sees('CALL_ESTABLISHED')]);
    await pause(TALK);
    linphone.command('terminate');
    await Promise.all([linphone.says(/ended/), baresip.sees('CALL_CLOSED')]);
    expectRecorded(linphone.recording, BARESIP_TONE);
    expectRecorded(baresip.recording, LINPHONE_TONE);
    await daemon.quiet();

    linphone.renewFiles();
    await baresip.command('dial', linphone.dn);
    await baresip.sees('CALL_RINGING');
    linphone.command('answer');
    await Promise.all([linphone.says(/connected/), baresip.sees('CALL_ESTABLISHED', 2)]);
    await pause(TALK);
    await baresip.command('hangup');
    await Promise.all([linphone.says(/ended/), baresip.sees('CALL_CLOSED', 2)]);
    expectRecorded(linphone.recording, BARESIP_TONE);
    expectRecorded(baresip.recording, LINPHONE_TONE);
    await daemon.quiet();
    await Promise.all([linphone.stop(), baresip.stop()]);
  });
});
