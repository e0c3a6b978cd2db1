// A hundred calls stand while others send thousands of changed messages of calls: the calls' phones notice nothing.

import { expect, it } from 'vitest';
import { DEFAULT_CALLS } from '../../../src/calls/index.js';
import { NO_FORWARD } from '../../../src/devices/line-forward.js';
import { mutated, seededRandom } from '../../support/random.js';
import { type CallPhoneOptions, last, sipCallLab, statuses, talk } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const CALLS = 100;
const MESSAGES = 10_000;
/** A pause of the attack in which what its messages began comes to its end. */
const EVERY = 500;

/** No number of an attacker's becomes one of these by a few changed digits. */
const healthy = Array.from(
  { length: 2 * CALLS },
  (_one, index): CallPhoneOptions => ({
    dn: String(70_000_000 + index),
    device: `SEP${(0xa000 + index).toString(16).toUpperCase().padStart(12, '0')}`,
    address: `10.20.${index >> 7}.${(index & 127) + 1}`,
    port: 50_000,
  }),
);
const attackers: readonly CallPhoneOptions[] = [1, 2].map((index) => ({
  dn: `5${index}`,
  device: `SEP00000000000${index}`,
  address: '10.66.66.66',
  port: 5_060 + index,
  transport: 'UDP',
}));

/** What a phone sends from now on, as text. */
const recorded = (phone: SipPhone, sent: string[]): void => {
  const { peer } = phone;
  const ask = peer.ask.bind(peer);
  Object.assign(peer, {
    ask: (text: string) => {
      sent.push(text);
      return ask(text);
    },
  });
};

/** Everything that two phones say in a call with hold, keys and a refresh; it stands afterwards. */
const sayEverything = (a: SipPhone, b: SipPhone, sent: string[]): void => {
  for (const phone of [a, b]) recorded(phone, sent);
  const [dialogA, dialogB] = talk(a, b);
  b.request(dialogB, 'INVITE', { body: b.sdp({ direction: 'sendonly' }) });
  b.request(dialogB, 'ACK');
  a.answer(last(a.take(), 'INVITE'), 200, 'OK', { body: a.sdp({ direction: 'inactive' }) });
  a.request(dialogA, 'INFO', { body: 'Signal=5\r\n', type: 'application/dtmf-relay' });
  a.request(dialogA, 'UPDATE');
  a.request(dialogA, 'REFER', { headers: [`Refer-To: <sip:${b.options.dn}@10.10.210.10>`] });
  a.request(dialogA, 'NOTIFY', {
    headers: ['Event: kpml', 'Subscription-State: active;expires=60'],
    type: 'application/kpml-response+xml',
    body: '<?xml version="1.0"?><kpml-response version="1.0" code="200" text="OK" digits="5" tag="dtmf"/>',
  });
  a.invite(`x-cisco-serviceuri-cfwdall${b.options.dn}`, a.sdp());
  a.invite('x-cisco-serviceuri-cfwdall', a.sdp());
  a.invite(`*73${b.options.dn}`, a.sdp());
  a.request(dialogA, 'PUBLISH', {
    headers: ['Event: presence', 'Expires: 3600'],
    type: 'application/pidf+xml',
    body: '<presence><person><activities><dnd/></activities></person></presence>',
  });
  a.request({ ...dialogA, to: `<sip:${a.options.dn}@10.10.210.10>`, callId: 'key' }, 'REFER', {
    headers: ['Refer-To: cid:1234567890@10.10.210.10'],
    type: 'application/x-cisco-remotecc-request+xml',
    body: `<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>IDivert</softkeyevent><dialogid><callid>${dialogA.callId}</callid><localtag>a</localtag><remotetag>b</remotetag></dialogid></softkeyeventmsg></x-cisco-remotecc-request>`,
  });
  a.request({ ...dialogA, to: `<sip:${a.options.dn}@10.10.210.10>`, callId: 'features' }, 'SUBSCRIBE', {
    headers: ['Event: as-feature-event', 'Expires: 60'],
    type: 'application/x-as-feature-event+xml',
    body: `<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>true</activateForward><forwardDN>${b.options.dn}</forwardDN></SetForwarding>`,
  });
  a.request(dialogA, 'PRACK', { headers: [`RAck: 1 ${dialogA.cseq} INVITE`] });
  a.request(dialogA, 'CANCEL');
  a.request(dialogA, 'BYE');
  for (const phone of [a, b]) phone.take();
};

it('ten thousand changed messages reach none of a hundred calls', async () => {
  const lab = await sipCallLab(
    [...healthy, ...attackers],
    { limits: { ...DEFAULT_CALLS.limits, perSecond: 1_000 } },
    { canSet: true },
  );
  const { control, clock, harness, phones } = lab;
  const pairs = Array.from(
    { length: CALLS },
    (_one, index) => [phones[2 * index], phones[2 * index + 1]] as readonly [SipPhone, SipPhone],
  );
  const sentByHealthy: string[] = [];
  const dialogs = pairs.map(([a, b], index): readonly [PhoneDialog, PhoneDialog] => {
    if (index === 0) for (const phone of [a, b]) recorded(phone, sentByHealthy);
    return talk(a, b);
  });
  const [one, two] = phones.slice(-2) as [SipPhone, SipPhone];
  const sent: string[] = [];
  sayEverything(one, two, sent);
  // Messages of the standing calls too, from an address that is not theirs, with their Call-IDs and tags.
  for (const [index, [dialog]] of dialogs.entries()) {
    const { callId, from, to } = dialog;
    for (const text of sent.slice(-3))
      if (!text.startsWith('SIP/2.0'))
        sentByHealthy.push(
          text
            .replace(/^Call-ID: .*$/m, `Call-ID: ${callId}`)
            .replace(/^From: .*$/m, `From: ${from}`)
            .replace(/^To: .*$/m, `To: ${to}`)
            .replace(/CSeq: \d+/, `CSeq: ${1_000 + index}`),
        );
  }
  const corpus = [...sent, ...sent, ...sentByHealthy].map((text) => Buffer.from(text, 'latin1'));
  clock.advance(60_000);
  for (const phone of phones) phone.take();
  const standing = new Set(control.calls);
  expect(standing.size).toBe(CALLS);

  const random = seededRandom(20_110_114);
  for (let count = 0; count < MESSAGES; count += 1) {
    const original = corpus[random.below(corpus.length)] as Buffer;
    const fresh = Buffer.from(
      original.toString('latin1').replace(/branch=z9hG4bKc\d+/, () => `branch=z9hG4bKm${count}`),
      'latin1',
    );
    const bytes = mutated(fresh, random);
    if (count % 10 === 0) harness.tcp({ address: '10.77.77.77', port: 1 + count }).ask(bytes.toString('latin1'));
    else (count % 2 === 0 ? one : two).peer.ask(bytes.toString('latin1'));
    clock.advance(1);
    if (count % EVERY !== 0) continue;
    for (const phone of [one, two]) {
      for (const message of phone.take())
        if (message.kind === 'request')
          phone.answer(message, message.method === 'INVITE' ? 486 : 200, 'OK', { tag: 'm' });
    }
  }

  expect(harness.probe.of('sip.failed')).toEqual([]);
  expect([...standing].filter((call) => !control.calls.has(call))).toEqual([]);
  expect([...standing].flatMap(({ caller, answered }) => [caller.state, answered?.state])).toEqual(
    Array.from({ length: 2 * CALLS }, () => 'connected'),
  );
  for (const phone of phones.slice(0, 2 * CALLS))
    expect(harness.database.byName(phone.options.device)?.configured).toMatchObject({
      doNotDisturb: undefined,
      lines: [{ forward: NO_FORWARD }],
    });
  for (const [index, [a, b]] of pairs.entries()) {
    expect([statuses(a.take()), statuses(b.take())]).toEqual([[], []]);
    const [dialogA, dialogB] = dialogs[index] as readonly [PhoneDialog, PhoneDialog];
    a.request(dialogA, 'UPDATE');
    b.request(dialogB, 'UPDATE');
    expect([statuses(a.take()), statuses(b.take())]).toEqual([[200], [200]]);
    a.request(dialogA, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
  }
  clock.advance(200_000);
  for (const phone of [one, two]) phone.take();
  clock.advance(200_000);
  expect([control.calls.size, control.legs.size, harness.server.callDialogs]).toEqual([0, 0, 0]);
}, 60_000);
