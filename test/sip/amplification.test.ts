import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/ports.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice } from '../support/devices.js';
import { sipHarness, statuses } from './harness.js';
import { authorization, ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const VICTIM: Endpoint = { address: '10.10.210.99', port: 5060 };
const devices = () => [
  aDevice(SEED, { protocol: 'SIP', lines: ['5005'] }),
  aDevice('AUTH', { protocol: 'SIP', lines: ['7001'], digest: { user: 'auth', password: 'secret' } }),
];
const octetsOf = (messages: readonly SipMessage[]): number =>
  messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
const udp = { transport: 'UDP', sentBy: VICTIM.address, port: VICTIM.port } as const;

const answerTo = (request: SipMessage | undefined, status = 200): string =>
  `SIP/2.0 ${status} X\r\nVia: ${header(request, 'Via')}\r\nFrom: ${header(request, 'From')}\r\nTo: ${header(request, 'To')}\r\nCall-ID: ${header(request, 'Call-ID')}\r\nCSeq: ${header(request, 'CSeq')}\r\nContent-Length: 0\r\n\r\n`;

const SUBSCRIBE = (event: string, more: Parameters<typeof plain>[2] = {}): string =>
  plain('SUBSCRIBE', '5005', { ...udp, expires: '3600', headers: [`Event: ${event}`], callId: event, ...more });

/** As short as can be. */
const brief = (method: string, more = '', id = method): string =>
  `${method} sip:5005@h SIP/2.0\r\nVia: SIP/2.0/UDP ${VICTIM.address};branch=z9hG4bK${id}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:5005@h>\r\nCall-ID: ${id}\r\nCSeq: 1 ${method}\r\n${method === 'OPTIONS' ? '' : 'Contact: <sip:a@h>\r\n'}${more}\r\n`;

describe('an address that has proved nothing', () => {
  it.each([
    ['OPTIONS', plain('OPTIONS', '5005', udp)],
    ['a brief OPTIONS', brief('OPTIONS')],
    ['INVITE to a number', plain('INVITE', '5005', udp)],
    ['a brief INVITE to nobody', brief('INVITE').replaceAll('5005', '9')],
    ['SUBSCRIBE to presence', SUBSCRIBE('presence')],
    ['a brief SUBSCRIBE to presence', brief('SUBSCRIBE', 'Event: presence\r\n')],
    ['SUBSCRIBE to dialogs', SUBSCRIBE('dialog')],
    ['REGISTER of a phone', ciscoRegister(udp)],
    ['REGISTER of a stranger', ciscoRegister({ ...udp, device: 'SEP000000000001' })],
    ['REGISTER of the wrong model, which is told why', ciscoRegister({ ...udp, model: 7 })],
    ['REGISTER that is challenged', plain('REGISTER', '7001', { ...udp, expires: '300' })],
    ['a brief REGISTER', brief('REGISTER').replaceAll('5005', '7001')],
    ['NOTIFY', plain('NOTIFY', '5005', udp)],
    ['a method that nobody knows', brief('X')],
    ['what is no good request', brief('OPTIONS').replace('CSeq', 'X')],
  ])('gets at most three times the octets of %s, whatever time passes', async (_case, words) => {
    const { udp: peer, clock } = await sipHarness(devices());
    const victim = await peer(VICTIM);
    const heard = victim.ask(words);
    clock.advance(40_000);
    heard.push(...victim.take());
    expect(heard.length).toBeGreaterThan(0);
    expect(octetsOf(heard)).toBeLessThanOrEqual(3 * words.length);
  });

  it('gets at most two repetitions, whatever it has saved', async () => {
    const { udp: peer, clock } = await sipHarness(devices());
    const victim = await peer(VICTIM);
    for (let cseq = 1; cseq <= 30; cseq += 1)
      victim.ask(plain('OPTIONS', '5005', { ...udp, cseq, callId: `o${cseq}`, headers: [`X: ${'x'.repeat(900)}`] }));
    victim.ask(plain('INVITE', '5005', udp));
    victim.ask(SUBSCRIBE('presence'));
    clock.advance(40_000);
    const repeated = statuses(victim.take());
    expect(repeated.filter((status) => status === 480)).toHaveLength(2);
    expect(repeated.filter((status) => status === 'NOTIFY')).toHaveLength(2);
  });

  it('is not reached by maddr, nor by a Via of another name', async () => {
    const { udp: peer } = await sipHarness(devices());
    const victim = await peer(VICTIM);
    const attacker = await peer({ address: '10.10.210.66', port: 5060 });
    const words = (via: string): string =>
      plain('INVITE', '5005', { callId: via }).replace(/Via: .*/, `Via: SIP/2.0/UDP ${via}`);
    for (const via of [
      `10.10.210.66;maddr=${VICTIM.address};branch=z9hG4bK1`,
      `${VICTIM.address};branch=z9hG4bK2`,
      `${VICTIM.address};received=${VICTIM.address};branch=z9hG4bK3`,
    ])
      expect(statuses(attacker.ask(words(via)))).toContain(480);
    expect(victim.take()).toEqual([]);
  });

  it('is answered in the least words where more would be too much, which is told once a second', async () => {
    const { udp: peer, clock, probe } = await sipHarness(devices());
    const victim = await peer(VICTIM);
    expect(statuses(victim.ask(brief('OPTIONS')))).toEqual([200]);
    expect(probe.of('sip.throttled')).toEqual([]);
    clock.advance(1_000);
    expect(probe.of('sip.throttled')).toMatchObject([{ limit: 'unproven-address', address: VICTIM.address, count: 1 }]);
    clock.advance(10_000);
    expect(probe.of('sip.throttled')).toHaveLength(1);
  });
});

describe('an address is known to hear us', () => {
  const brieflyAsked = async (
    prove: (peer: Awaited<ReturnType<Awaited<ReturnType<typeof sipHarness>>['udp']>>) => void,
  ) => {
    const { udp: peer } = await sipHarness(devices());
    const phone = await peer(VICTIM);
    prove(phone);
    // Every one of them in full is more than has come.
    const answers = Array.from({ length: 40 }, (_, index) => phone.ask(brief('OPTIONS', '', String(index)))).flat();
    return answers.every((answer) => header(answer, 'Allow') !== undefined);
  };

  it('by its answer to a request of ours', async () => {
    expect(await brieflyAsked((phone) => void phone.ask(answerTo(phone.ask(SUBSCRIBE('presence'))[1])))).toBe(true);
  });

  it('by credentials with a nonce of ours', async () => {
    expect(
      await brieflyAsked((phone) => {
        const challenge = phone.ask(plain('REGISTER', '7001', { ...udp, expires: '300' })).at(-1);
        const credentials = authorization(challenge, 'auth', 'secret', 'sip:10.10.210.10');
        phone.ask(plain('REGISTER', '7001', { ...udp, expires: '300', cseq: 2, headers: [credentials] }));
      }),
    ).toBe(true);
  });

  it('by the ACK of a refusal, with the tag that only the refusal had', async () => {
    const refuse = (tag: (refusal: SipMessage | undefined) => string) =>
      brieflyAsked((phone) => {
        const branch = 'z9hG4bKack';
        const refusal = phone.ask(plain('INVITE', '5005', { ...udp, branch })).at(-1);
        phone.ask(plain('ACK', '5005', { ...udp, branch, to: `<sip:5005@10.10.210.10>;tag=${tag(refusal)}` }));
      });
    expect(await refuse((refusal) => refusal?.toTag ?? '')).toBe(true);
    expect(await refuse(() => '12345')).toBe(false);
  });

  it('not by credentials that it made up, nor by answers to what was never asked', async () => {
    expect(
      await brieflyAsked((phone) => {
        const nonce =
          'Authorization: Digest username="auth", realm="ccmsipline", nonce="AAAA", uri="sip:x", response="00"';
        phone.ask(plain('REGISTER', '7001', { ...udp, headers: [nonce] }));
        phone.ask('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.10.210.10:5060;branch=z9hG4bK0\r\nCSeq: 101 NOTIFY\r\n\r\n');
      }),
    ).toBe(false);
  });
});

describe('what an address may not be sent yet', () => {
  const manyLamps = () =>
    aDevice(SEED, {
      protocol: 'SIP',
      lines: ['5005'],
      speedDials: Array.from({ length: 20 }, (_, index) => ({
        number: String(6000 + index),
        label: 'x',
        busyLampField: true,
      })),
    });
  const LAMPS = [
    '--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n<x-cisco-remotecc-request><optionsind><presence usage="blf speed dial"><unot/><sub/></presence></optionsind></x-cisco-remotecc-request>\r\n--uniqueBoundary--\r\n',
    'Content-Type: multipart/mixed; boundary=uniqueBoundary',
  ] as const;

  it('waits for its first answer, and all of it comes then', async () => {
    const { udp: peer } = await sipHarness([manyLamps()]);
    const phone = await peer(VICTIM);
    const first = phone.ask(ciscoRegister({ ...udp, body: LAMPS[0], headers: [LAMPS[1]] }));
    const lamps = first.filter(({ method }) => method === 'NOTIFY');
    expect(lamps.length).toBeGreaterThan(0);
    expect(lamps.length).toBeLessThan(20);
    expect(octetsOf(first)).toBeLessThanOrEqual(
      3 * ciscoRegister({ ...udp, body: LAMPS[0], headers: [LAMPS[1]] }).length,
    );
    const rest = phone.ask(answerTo(lamps[0]));
    expect(lamps.length + rest.length).toBe(20);
    expect(new Set([...lamps, ...rest].map((lamp) => header(lamp, 'From')?.slice(0, 10))).size).toBe(20);
  });

  it('of a subscription is announced by a pending NOTIFY, whose answer brings the state', async () => {
    const { udp: peer } = await sipHarness(devices());
    const watcher = await peer(VICTIM);
    const [ok, pending, ...more] = watcher.ask(SUBSCRIBE('presence'));
    expect([ok?.status, more]).toEqual([200, []]);
    expect(header(pending, 'Subscription-State')).toBe('pending;expires=3600');
    expect(pending?.body.length).toBe(0);
    const [active] = watcher.ask(answerTo(pending));
    expect(header(active, 'Subscription-State')).toBe('active;expires=3600');
    expect(active?.body.toString()).toContain('<basic>closed</basic>');
    expect(active?.cseq?.number).toBe(102);
  });

  it('ends no registration for want of an answer', async () => {
    const { udp: peer, server, clock, probe, database } = await sipHarness(devices());
    const phone = await peer(VICTIM);
    phone.ask(ciscoRegister(udp));
    for (let index = 0; index < 10; index += 1) server.command(SEED, 'apply');
    const commanded = phone.take();
    expect(commanded.length).toBeLessThan(10);
    for (const notify of commanded)
      phone.ask(answerTo(notify).replace('Via: ', 'Via: SIP/2.0/UDP x;branch=z9hG4bKno, '));
    clock.advance(33_000);
    // Of those that were sent and not answered the first has ended it; what was never sent has not.
    expect(probe.of('sip.command-answered').every(({ status }) => status === 0)).toBe(true);
    expect(database.byName(SEED)?.state).toBe('unregistered');
  });
});

describe('the datagrams of one source', () => {
  it('over its share are not read, counted and told once a second; another source has its answers', async () => {
    const limits = { ...DEFAULT_SIP.limits, datagramsPerSecond: 50 };
    const { udp: peer, clock, probe } = await sipHarness(devices(), { settings: { limits } });
    const flood = await peer({ address: '10.10.210.66', port: 5060 });
    const phone = await peer();
    let answered = 0;
    for (let index = 0; index < 50; index += 1)
      answered += flood.ask(plain('OPTIONS', '5005', { callId: `f${index}` })).length;
    expect(answered).toBe(10);
    expect(phone.ask(ciscoRegister({ transport: 'UDP' })).at(1)?.status).toBe(200);
    clock.advance(1_000);
    expect(probe.of('sip.throttled')).toMatchObject([
      { limit: 'datagramsPerSecond', address: '10.10.210.66', count: 40 },
    ]);
    expect(flood.ask(plain('OPTIONS', '5005', { callId: 'later' }))).toHaveLength(1);
  });
});
