// A peer that is broken or hostile: changed answers and requests by the thousand, connections that break, redirections to
// nobody knows where. Calls of phones go on, and nothing is left.

import { expect, it } from 'vitest';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { seededRandom } from '../../support/random.js';
import { last, statesOf, talk } from '../calls/call-harness.js';
import type { SipPhone } from '../calls/sip-phone.js';
import { settled, trunkLab } from './lab.js';
import type { Pbx } from './pbx.js';

const ROUNDS = 400;

/** Changes some octets of what the PBX sends, now and then. */
const mutating = (pbx: Pbx, seed: number): void => {
  const random = seededRandom(seed);
  const send = pbx.send.bind(pbx);
  pbx.send = (text: string): void => {
    const octets = Buffer.from(text, 'latin1');
    for (let change = random.below(6); change > 0; change -= 1) {
      const at = random.below(octets.length);
      octets[at] = random.below(3) === 0 ? random.below(256) : (octets[random.below(octets.length)] ?? 0);
    }
    const cut = random.below(10) === 0 ? random.below(octets.length) : octets.length;
    send(octets.toString('latin1', 0, cut));
    if (random.below(20) === 0) send(text);
  };
};

it.each([1, 2, 3])('changed answers and requests of the PBX reach no call of the phones (seed %i)', async (seed) => {
  const limits = { calls: 5_000, perDevice: 5_000, perSecond: 5_000, trunkCalls: 50 };
  const lab = await trunkLab([{ dn: '1000' }, { dn: '1001' }, { dn: '1002' }], {}, { limits });
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  for (const { configured } of lab.harness.database.devices())
    for (const line of configured.lines) Object.assign(line, { maxCalls: 500, busyTrigger: 500 });
  const [dialog] = talk(a, b);
  const random = seededRandom(seed);
  mutating(lab.pbx, seed);
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % 2 === 0) c.invite('95000', c.sdp());
    else
      lab.pbx.invite('1002', {
        headers: ['Diversion: <sip:7@10.20.0.2>;reason=no-answer', 'P-Asserted-Identity: "x" <sip:8@1>'],
      });
    for (let step = 0; step < 4; step += 1) {
      for (const message of lab.pbx.take()) {
        if (message.kind !== 'request' || message.method === 'ACK') continue;
        const status = [100, 180, 183, 200, 200, 302, 401, 404, 407, 422, 486, 500, 503, 603][random.below(14)] ?? 200;
        lab.pbx.answer(message, status, 'Something', {
          tag: `t${round}`,
          ...(status === 200 ? { body: lab.pbx.sdp() } : {}),
          headers: [
            'WWW-Authenticate: Digest realm="x", nonce="y"',
            'Min-SE: 3600',
            'Session-Expires: 90;refresher=uas',
          ],
        });
      }
      for (const message of c.take())
        if (message.method === 'INVITE')
          c.answer(message, [180, 200, 486][random.below(3)] ?? 486, 'Answer', { tag: 'c', body: c.sdp() });
        else if (message.kind === 'request' && message.method !== 'ACK') c.answer(message, 200, 'OK');
      lab.clock.advance(200);
    }
  }
  const failures = lab.harness.probe.of('sip.failed');
  expect(failures.map(({ detail }) => detail)).toEqual([]);
  expect(lab.events.filter((event) => event.type === 'call.answered' && event.device === 'PBX').length).toBeGreaterThan(
    3,
  );
  // The call of the others stands as it did.
  expect(statesOf(lab).startsWith('connected connected')).toBe(true);
  a.request(dialog, 'BYE');
  lab.pbx.take();
  for (const leg of [...lab.control.legs.all()]) lab.control.hangUp(leg, lab.clock.now());
  lab.clock.advance(300_000);
  for (const phone of lab.phones)
    for (const message of phone.take()) if (message.kind === 'request') phone.answer(message, 200, 'OK');
  lab.clock.advance(300_000);
  expect([lab.control.calls.size, lab.control.legs.size, lab.harness.server.callDialogs]).toEqual([0, 0, 0]);
});

it('a connection that breaks ends what nobody has answered, and leaves what is talked in', async () => {
  const lab = await trunkLab(undefined, { transport: 'tcp' });
  await settled();
  lab.pbx.take();
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  const talking = a.invite('95000', a.sdp());
  await settled();
  const invite = last(lab.pbx.take(), 'INVITE');
  lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ payloads: [0, 101] }) });
  a.learn(talking, last(a.take(), 200));
  a.request(talking, 'ACK');
  b.invite('95001', b.sdp());
  lab.pbx.take();
  for (const link of lab.pbx.links.splice(0)) link.hangUp();
  expect(statesOf(lab)).toBe('connected connected');
  expect((b.take().at(-1) as SipMessage).status).toBe(503);
  // The next request goes over a connection that is made for it.
  a.request(talking, 'BYE');
  await settled();
  expect(last(lab.pbx.take(), 'BYE').callId).toBe(invite.callId);
});
