// The decoded messages of a device: from the packets of its capture.

import { describe, expect, it } from 'vitest';
import { presentState } from '../../src/daemon/capture-remarks.js';
import { capturesView } from '../../src/daemon/captures.js';
import { MOST_MESSAGES, MOST_READINGS, messagesView } from '../../src/daemon/device-messages.js';
import type { ApiMessage, ApiMessageRequest, MessagesView } from '../../src/http/index.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { type CaptureHarness, captureHarness, PHONE } from '../capture/harness.js';
import { dhcpMessage } from '../support/boot-capture.js';
import { ManualClock } from '../support/manual-clock.js';
import { aRegister } from '../support/sccp-harness.js';
import { KEEPALIVE, KEEPALIVE_ACK } from '../support/sccp-phone.js';

const A1 = 'SEP0011223344A1';
const ALL = ['dhcp', 'tftp', 'http', 'sccp', 'sip'];
const SECRET = '0123456789abcdef0123456789abcdef';

const view = (lab: CaptureHarness): MessagesView =>
  messagesView(
    capturesView({
      capture: lab.capture,
      clock: new ManualClock(1_000_000),
      preciseNow: () => lab.at(),
      config: () =>
        ({ file: 'lab.yaml', self: { address: '10.0.0.1' }, dhcp: { enabled: false, interfaces: [] } }) as never,
      listeners: () => [],
      remarks: presentState({ waitsFor: () => undefined, unknownPhone: () => undefined }),
    }),
  );

const read = async (lab: CaptureHarness, wanted: Partial<ApiMessageRequest> = {}) => {
  const found = await view(lab).read({ who: A1, since: undefined, until: undefined, protocols: ALL, ...wanted });
  if (found.outcome !== 'read') throw new Error(found.outcome);
  return found;
};

const namesOf = (messages: readonly ApiMessage[]): readonly string[] =>
  messages.map(({ direction, name }) => `${direction} ${name}`);

const REGISTER = [
  'REGISTER sip:10.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1',
  'From: <sip:5002@10.0.0.1>;tag=1',
  'To: <sip:5002@10.0.0.1>',
  'Call-ID: one',
  'CSeq: 1 REGISTER',
  `Authorization: Digest username="5002", realm="x", nonce="y", uri="sip:x", response="${SECRET}"`,
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

/** A phone that registers over SCCP and sends keepalives. */
const registering = (lab: CaptureHarness) => {
  const link = lab.connect('sccp', 3000);
  link.hear(encode('RegisterReqMessage', aRegister(A1), 0).toString('latin1'));
  lab.registering(A1, 3000);
  return link;
};

describe('the messages of a device', () => {
  it('are named, decoded, and have their direction and time', async () => {
    const lab = captureHarness({ devices: 'all' });
    const link = registering(lab);
    lab.pass(30_000);
    link.hear(KEEPALIVE.toString('latin1'));
    link.say(KEEPALIVE_ACK);
    const { name, messages, leftOut } = await read(lab);
    expect([name, leftOut]).toEqual([A1, 0]);
    expect(namesOf(messages)).toEqual(['in RegisterReqMessage', 'in KeepAliveReqMessage', 'out KeepAliveAckMessage']);
    expect(messages[0]).toMatchObject({ protocol: 'sccp', at: '1970-01-01T00:16:40.000000Z', faults: [] });
    expect(messages[0]?.summary).toContain(`deviceName=${A1}`);
    expect(messages[0]?.lines).toContain(`deviceName: ${A1}`);
    expect(messages[1]?.at).toBe('1970-01-01T00:17:10.000000Z');
  });

  it('are of every protocol of a boot', async () => {
    const lab = captureHarness({ devices: 'all' });
    const mac = A1.slice(3);
    lab.hear('dhcp', dhcpMessage(1, 1, mac), 68, '0.0.0.0');
    lab.say('dhcp', dhcpMessage(2, 2, mac, PHONE), 68, '255.255.255.255');
    lab.hear('tftp', `\0\u0001${A1}.cnf.xml\0octet\0`, 50_000);
    lab.fileAsked('tftp', `${A1}.cnf.xml`, 50_000);
    lab.say('tftp', '\0\u0003\0\u0001<device>', 50_000);
    const web = lab.connect('http', 40_000);
    web.hear(`GET /${A1}.cnf.xml HTTP/1.1\r\nHost: x\r\n\r\n`);
    lab.fileAsked('http', `${A1}.cnf.xml`, 40_000);
    web.say('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<device>');
    registering(lab);
    lab.hear('sip', REGISTER, 5060);
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    const { messages } = await read(lab);
    expect(messages.map(({ protocol, direction, name }) => `${protocol} ${direction} ${name}`)).toEqual([
      ...['dhcp in DISCOVER', 'dhcp out OFFER', 'tftp in RRQ', 'tftp out DATA', 'http in GET', 'http out 200'],
      ...['sccp in RegisterReqMessage', 'sip in REGISTER'],
    ]);
    expect(JSON.stringify(messages)).not.toContain('<device>');
  });

  it('are those of a time and of some protocols', async () => {
    const lab = captureHarness({ devices: 'all' });
    const link = registering(lab);
    lab.hear('sip', REGISTER, 5060);
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    lab.pass(1_000);
    link.hear(KEEPALIVE.toString('latin1'));
    expect(namesOf((await read(lab, { since: 1_000_000 })).messages)).toEqual(['in KeepAliveReqMessage']);
    expect(namesOf((await read(lab, { until: 1_000_999 })).messages)).toEqual(['in RegisterReqMessage', 'in REGISTER']);
    expect(namesOf((await read(lab, { protocols: ['sip'] })).messages)).toEqual(['in REGISTER']);
  });

  it('are read by a bounded number at once: the others are told so, and may come again', async () => {
    const lab = captureHarness({ devices: 'all' });
    registering(lab);
    const messages = view(lab);
    const ask = () => messages.read({ who: A1, since: undefined, until: undefined, protocols: ALL });
    const asked = await Promise.all(Array.from({ length: MOST_READINGS + 3 }, ask));
    expect(asked.filter(({ outcome }) => outcome === 'read')).toHaveLength(MOST_READINGS);
    expect(asked.slice(MOST_READINGS)).toEqual(Array(3).fill({ outcome: 'busy', unanswered: MOST_READINGS }));
    expect((await ask()).outcome).toBe('read');
  });

  it('show no digest response', async () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', REGISTER, 5060);
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    const text = JSON.stringify(await read(lab));
    expect(text).toContain('username=');
    expect(text).not.toContain(SECRET);
    expect(text).toContain('x'.repeat(SECRET.length));
  });

  it('are the newest of many, and how many older ones there are', async () => {
    const lab = captureHarness({ devices: 'all' });
    const link = registering(lab);
    for (let count = 0; count < MOST_MESSAGES + 4; count += 1) link.hear(KEEPALIVE.toString('latin1'));
    const { messages, leftOut } = await read(lab);
    expect([messages.length, leftOut]).toEqual([MOST_MESSAGES, 5]);
    expect(new Set(namesOf(messages))).toEqual(new Set(['in KeepAliveReqMessage']));
  });

  it('that cannot be read are said to be so', async () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'REGISTER sip:x SIP/2.0\r\nVia: nothing\r\n\r\n', 5060);
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    const { messages } = await read(lab);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.faults).not.toEqual([]);
  });

  it('are none where nothing is kept', async () => {
    const lab = captureHarness();
    const asked = { who: A1, since: undefined, until: undefined, protocols: ALL };
    expect(await view(lab).read(asked)).toEqual({ outcome: 'off', file: 'lab.yaml' });
    expect(view(lab).kept(A1)).toEqual({ isKept: false, file: 'lab.yaml' });
    const off = captureHarness({ devices: ['OTHER'] });
    expect([view(off).kept(A1).isKept, view(off).kept('OTHER').isKept]).toEqual([false, true]);
  });
});

describe('the messages that are followed', () => {
  it('come decoded, while somebody follows; then nothing is kept', async () => {
    const lab = captureHarness();
    const got: ApiMessage[] = [];
    const following = view(lab).follow(
      A1,
      () => true,
      (message) => got.push(message),
    );
    const link = registering(lab);
    link.say(KEEPALIVE_ACK);
    expect(namesOf(got)).toEqual(['in RegisterReqMessage', 'out KeepAliveAckMessage']);
    expect(view(lab).kept(A1).isKept).toBe(true);
    expect(namesOf((await read(lab)).messages)).toEqual(namesOf(got));
    following.stop();
    expect([lab.isOn, view(lab).kept(A1).isKept]).toEqual([false, false]);
    link.hear(KEEPALIVE.toString('latin1'));
    expect(got).toHaveLength(2);
  });
});
