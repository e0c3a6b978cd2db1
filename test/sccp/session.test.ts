// What a link does with bytes: framing, unknown and misplaced messages, rates and bounds. In memory; `abuse.test.ts` does
// the same to real sockets.

import { describe, expect, test } from 'vitest';
import { HANDLERS } from '../../src/sccp/handlers/index.js';
import { encode, MESSAGES } from '../../src/sccp/messages/catalogue.js';
import { aCapabilitiesRes, aRegister, framesOf, names, sccpHarness } from '../support/sccp-harness.js';

const frame = (id: number, body = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(4 + body.length, 0);
  head.writeUInt32LE(id, 8);
  return Buffer.concat([head, body]);
};

const KEEPALIVE = frame(0);

const MORNING = Buffer.concat([
  encode('AlarmMessage', { alarmSeverity: 2, text: '25: Name=ipctest2', param1: 0, param2: 0 }, 0),
  encode('RegisterReqMessage', aRegister('ipctest2'), 0),
  encode('IpPortMessage', { rtpMediaPort: 5001 }, 0),
  encode('ButtonTemplateReqMessage', {}, 15),
  encode('SoftKeyTemplateReqMessage', {}, 15),
  encode('SoftKeySetReqMessage', {}, 15),
  encode('ConfigStatReqMessage', {}, 15),
  encode('CapabilitiesResMessage', aCapabilitiesRes(), 15, 'latin1', 'trimmed'),
  encode('LineStatReqMessage', { lineNumber: 1 }, 15),
  KEEPALIVE,
]);

const EXPECTED = [0x81, 0x9b, 0x97, 0x108, 0x109, 0x110, 0x93, 0x145, 0x92, 0x100];

test('a whole morning in one segment is answered by one write', async () => {
  const rig = await sccpHarness();
  const { link } = rig.phone();
  link.deliver(MORNING);
  expect(link.written).toHaveLength(1);
  expect(framesOf(link.take()).map((bytes) => bytes.readUInt32LE(8))).toEqual(EXPECTED);
});

test.each([1, 2, 3, 5, 7, 11, 64, 536])('segments of %i octets give the same answers', async (size) => {
  const whole = await sccpHarness();
  const cut = await sccpHarness();
  const one = whole.phone();
  const other = cut.phone();
  one.link.deliver(MORNING);
  other.link.deliver(MORNING, size);
  expect(other.link.take().equals(one.link.take())).toBe(true);
});

test('every message that a phone may send has its row, and no other message has one', () => {
  const fromPhones = MESSAGES.filter(({ direction }) => direction === 'phone→server' || direction === 'both');
  expect(Object.keys(HANDLERS).sort()).toEqual(fromPhones.map(({ name }) => name).sort());
});

test('every message of the catalogue, from a phone that is registered, leaves it registered or properly gone', async () => {
  const rig = await sccpHarness();
  for (const { id, name, layoutAt } of MESSAGES) {
    if (name === 'RegisterReqMessage' || name === 'UnregisterReqMessage') continue;
    const phone = rig.phone();
    phone.comeUp('ipctest2', { protocolVer: 22 });
    const { parts } = layoutAt(22);
    for (const length of new Set([0, 4, parts.size ?? parts.room, 2000]))
      phone.link.deliver(frame(id, Buffer.alloc(length)));
    phone.link.take();
    phone.link.deliver(KEEPALIVE);
    expect([name, names(phone.hear())]).toEqual([name, ['KeepAliveAckMessage']]);
  }
  expect(rig.probe.of('sccp.failed')).toEqual([]);
});

test('a message of an unknown id is told in hexadecimal and survived', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.link.deliver(Buffer.concat([frame(0x4711, Buffer.from('cafe0001', 'hex')), KEEPALIVE]));
  expect(names(phone.hear())).toEqual(['KeepAliveAckMessage']);
  expect(rig.probe.of('sccp.unknown-message')).toMatchObject([{ id: 0x4711, octets: 8, bytes: 'cafe0001' }]);
});

test('a message that only servers send is told and ignored', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  phone.link.deliver(encode('ResetMessage', { resetType: 1 }, 15));
  expect(phone.hear()).toEqual([]);
  expect(rig.probe.of('sccp.ignored')).toMatchObject([{ name: 'ResetMessage', because: 'server-message' }]);
  expect(rig.record('ipctest2').state).toBe('registered');
});

describe('what cannot be SCCP ends the link at once and is told with its bytes:', () => {
  test.each([
    ['a length of 0', '00000000'],
    ['a length of 3', '03000000'],
    ['a length of 2^31', '00000080'],
    ['a length of 2^32 - 1', 'ffffffff'],
    ['a TLS hello', '16030100c8010000c40303'],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n').toString('hex')],
    ['a SIP request', Buffer.from('OPTIONS sip:x SIP/2.0\r\n').toString('hex')],
  ])('%s', async (_what, hex) => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    phone.link.deliver(Buffer.concat([KEEPALIVE, Buffer.from(hex, 'hex')]));
    expect(names(phone.hear())).toEqual(['KeepAliveAckMessage']);
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('sccp.malformed')).toMatchObject([{ code: 'LENGTH', fatal: true, bytes: hex.slice(0, 128) }]);
    expect(rig.record('ipctest2')).toMatchObject({ state: 'unregistered', reason: { reason: 'connection-lost' } });
  });
});

describe('a phone that sends too much', () => {
  const settings = { limits: { links: 10, linksPerSource: 10, backlog: 1 << 20, messagesPerTurn: 4096 } };

  test('is unregistered with CUCM’s own reason and cut off', async () => {
    const rig = await sccpHarness({ settings });
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    for (let sent = 2; sent < 2000; sent += 1) phone.link.deliver(KEEPALIVE);
    expect(phone.link.closed).toBeUndefined();
    phone.link.deliver(KEEPALIVE);
    phone.link.deliver(KEEPALIVE);
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'throttled' });
    expect(rig.probe.of('sccp.throttled')).toMatchObject([
      { messages: 2000, seconds: 5, station: { device: 'ipctest2' } },
    ]);
  });

  test('is cut off though it is nobody', async () => {
    const rig = await sccpHarness({ settings });
    const { link } = rig.phone();
    link.deliver(Buffer.concat(Array(2001).fill(KEEPALIVE)));
    expect(link.closed).toBe('closed-here');
    expect(rig.probe.of('sccp.throttled')).toMatchObject([{ station: { link: 1, bound: false } }]);
  });

  test('may go on at four hundred a second', async () => {
    const rig = await sccpHarness({ settings });
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    for (let step = 0; step < 300; step += 1) {
      rig.clock.advance(100);
      phone.link.deliver(Buffer.concat(Array(39).fill(KEEPALIVE)));
    }
    expect(rig.record('ipctest2').state).toBe('registered');
  });
});

test('one segment full of messages is taken in turns, and all are answered', async () => {
  const rig = await sccpHarness({
    settings: { limits: { links: 10, linksPerSource: 10, backlog: 1 << 20, messagesPerTurn: 64 } },
  });
  const { link } = rig.phone();
  link.deliver(Buffer.concat(Array(1000).fill(KEEPALIVE)));
  expect(framesOf(link.take())).toHaveLength(64);
  expect(link.paused).toBe(true);
  rig.clock.advance(0);
  expect(framesOf(link.take())).toHaveLength(1000 - 64);
  expect(link.paused).toBe(false);
});

test('a phone that does not read is dropped when too much waits for it', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  phone.link.backlog = 256 * 1024;
  phone.say('ButtonTemplateReqMessage', {});
  expect(phone.link.closed).toBeUndefined();
  phone.link.backlog = 256 * 1024 + 1;
  phone.say('ButtonTemplateReqMessage', {});
  expect(phone.link.closed).toBe('closed-here');
  expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'connection-lost' });
  expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'not-reading' }]);
});

test.each([
  ['TLS', '16030101fc010001f80303', undefined, 'this is TLS; sccp.tls is off'],
  ['TLS', '16030101fc010001f80303', 2443, 'this is TLS; sccp.tls is port 2443'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex'), undefined, 'this is HTTP, not SCCP'],
  ['SIP', Buffer.from('REGISTER sip:cm1 SIP/2.0\r\n').toString('hex'), undefined, 'this is SIP, not SCCP'],
])('%s is called by its name', async (_, hex, port, reason) => {
  const tls = port === undefined ? undefined : { port, identity: { key: '', certificate: '' } };
  const rig = await sccpHarness({ settings: { tls } });
  rig.phone().link.deliver(Buffer.from(hex, 'hex'));
  expect(rig.probe.of('sccp.malformed')).toMatchObject([{ code: 'LENGTH', reason, fatal: true }]);
});

test('octets of a frame without its end count for its source, and none do when it has ended', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  const frame = encode('AlarmMessage', { alarmSeverity: 2, text: 'x'.repeat(80), param1: 0, param2: 0 }, 0);
  phone.link.deliver(frame.subarray(0, 60));
  expect(phone.link.kept).toBeGreaterThanOrEqual(60);
  phone.link.deliver(frame.subarray(60));
  expect(phone.link.kept).toBe(0);
});

test.each([
  ['unread', 'not-reading'],
  ['unfinished', 'unfinished'],
] as const)('a phone that makes too much be kept %s is dropped, and told of', async (kept, cause) => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  phone.link.overdraw(kept);
  expect(phone.link.closed).toBe('closed-here');
  expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'connection-lost' });
  expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause }]);
});

test('what a rejected phone still sends is not answered and does not cut its rejection short', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  const order: string[] = [];
  const { link } = phone;
  const write = link.write.bind(link);
  link.write = (bytes) => {
    order.push('write');
    write(bytes);
  };
  link.end = () => void order.push('end');
  link.destroy = () => void order.push('destroy');
  phone.register('nobody');
  link.deliver(encode('IpPortMessage', { rtpMediaPort: 1 }, 0));
  expect(order).toEqual(['write', 'end', 'end']);
  rig.clock.advance(5_000);
  expect(order.at(-1)).toBe('destroy');
});

test('a stampede is served whole and told in part, and how much is not is told', async () => {
  const rig = await sccpHarness({ settings: { tracedPerSecond: 10 } });
  const told = (): number =>
    ['sccp.link-opened', 'sccp.received', 'sccp.sent'].reduce(
      (sum, type) => sum + rig.probe.events.filter((event) => event.type === type).length,
      0,
    );
  const phone = rig.phone();
  for (let count = 0; count < 100; count += 1) phone.link.deliver(KEEPALIVE);
  expect(framesOf(phone.link.take())).toHaveLength(100);
  expect(told()).toBe(10);
  expect(rig.probe.of('sccp.untraced')).toEqual([]);
  rig.clock.advance(1_000);
  phone.link.deliver(KEEPALIVE);
  expect(rig.probe.of('sccp.untraced')).toMatchObject([{ messages: 191 }]);
  expect(told()).toBe(12);
});

test('the end of a link that was unregistered still names its device', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  phone.say('UnregisterReqMessage', {});
  phone.link.hangUp();
  expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'unregistered', station: { device: 'ipctest2' } }]);
});
