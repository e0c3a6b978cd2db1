import { describe, expect, it } from 'vitest';
import type { SipMessage } from '../../src/sip/message/message.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice } from '../support/devices.js';
import { type SipHarness, type SipHarnessOptions, type StreamPeer, sipHarness, statuses } from './harness.js';
import { ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const devices = () => [
  aDevice(SEED, { protocol: 'SIP', lines: ['5005'] }),
  aDevice('OTHER', { protocol: 'SIP', lines: ['5006'] }),
];
const lab = (wishes: SipHarnessOptions = {}) => sipHarness(devices(), wishes);

const subscribe = (callId: string, dn = '5005', words: Parameters<typeof plain>[2] = {}): string =>
  plain('SUBSCRIBE', dn, { transport: 'TCP', expires: '3600', headers: ['Event: presence'], callId, ...words });
const answerTo = (request: SipMessage | undefined, status = 200): string =>
  `SIP/2.0 ${status} X\r\nVia: ${header(request, 'Via')}\r\nFrom: ${header(request, 'From')}\r\nTo: ${header(request, 'To')}\r\nCall-ID: ${header(request, 'Call-ID')}\r\nCSeq: ${header(request, 'CSeq')}\r\nContent-Length: 0\r\n\r\n`;

/** Subscribes so often; how often it was accepted. `answers`: whether it answers each NOTIFY. */
const flood = (peer: StreamPeer, count: number, answers: boolean, name = peer.link.remote.address): number => {
  let accepted = 0;
  for (let index = 0; index < count; index += 1) {
    const [answer, notify] = peer.ask(subscribe(`${name} ${index}`));
    if (answer?.status === 200) accepted += 1;
    if (answers && notify !== undefined) peer.ask(answerTo(notify));
  }
  return accepted;
};
const from = ({ tcp }: SipHarness, last: number): StreamPeer => tcp({ address: `10.10.211.${last}`, port: 5060 });

describe('subscriptions of others than registered devices', () => {
  it('are some dozens of one source until it has answered a NOTIFY, and bounded then', async () => {
    const own = await lab();
    expect(flood(from(own, 1), 100, false)).toBe(32);
    expect(flood(from(own, 2), 2_000, true)).toBe(1_024);
    own.clock.advance(1_000);
    expect(own.probe.of('sip.throttled')).toMatchObject([{ limit: 'subscriptions', count: 68 + 976 }]);
  });

  it('give their places back when nobody answers for them', async () => {
    const own = await lab();
    const stranger = from(own, 1);
    expect(flood(stranger, 40, false)).toBe(32);
    own.clock.advance(33_000);
    expect(flood(stranger, 40, false, 'again')).toBe(32);
  });

  it('leave registered devices their places, and the oldest that nobody answered for gives way to the next', async () => {
    const limits = { ...DEFAULT_SIP.limits, subscriptions: 40, subscriptionsPerSource: 40 };
    const own = await lab({ settings: { limits } });
    expect(flood(from(own, 1), 40, false) + flood(from(own, 2), 40, false)).toBe(30);
    const phone = own.tcp();
    phone.ask(ciscoRegister());
    expect(flood(phone, 40, true, 'phone')).toBe(10);
    own.clock.advance(2_001);
    expect(flood(from(own, 3), 1, true)).toBe(1);
  });

  it('that merely name a registered device have no more than others', async () => {
    const own = await lab();
    own.tcp().ask(ciscoRegister());
    const words = { contact: `<sip:x@10.10.211.1>;+u.sip!devicename.ccm.cisco.com="${SEED}"` };
    const stranger = from(own, 1);
    const answers = Array.from({ length: 40 }, (_, index) => stranger.ask(subscribe(`n${index}`, '5005', words))[0]);
    expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(32);
  });

  it('keep no more than a thousand octets of their words', async () => {
    const own = await lab();
    const long = (name: string) =>
      subscribe('long', '5005', { headers: ['Event: presence', `${name}: ${'x'.repeat(1_024)}`] });
    expect(from(own, 1).ask(long('X'))[0]?.status).toBe(200);
    const dialog = subscribe('x'.repeat(1_024));
    expect(from(own, 1).ask(dialog)[0]?.status).toBe(400);
  });
});

describe('news of a number', () => {
  it('reach thousands of watchers in slices, a registered device first, with the newest state only', async () => {
    const own = await lab({ settings: { tracedPerSecond: 1_000_000 } });
    for (let source = 1; source <= 3; source += 1) expect(flood(from(own, source), 700, true)).toBe(700);
    const watcher = own.tcp();
    watcher.ask(ciscoRegister({ device: 'OTHER', dn: '5006' }));
    watcher.ask(answerTo(watcher.ask(subscribe('lamp', '5005'))[1]));
    own.probe.clear();
    const phone = own.tcp();
    phone.ask(ciscoRegister());
    const told = () => own.probe.of('sip.sent').filter(({ name }) => name === 'NOTIFY');
    expect(told().length).toBeLessThanOrEqual(17);
    expect(statuses(watcher.take())).toEqual(['NOTIFY']);
    // It goes and comes back before most have heard of its coming: they need not hear of its going.
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    phone.ask(ciscoRegister({ cseq: 103, callId: 'back' }));
    own.probe.clear();
    let most = 0;
    for (let turn = 0; turn < 1_000; turn += 1) {
      const before = told().length;
      own.clock.advance(10);
      most = Math.max(most, told().length - before);
    }
    expect(most).toBeLessThanOrEqual(64 + 16);
    expect(told().length).toBeGreaterThan(2_000);
    expect(told().length).toBeLessThan(2_150);
    expect(
      told().every(({ text }) => text.includes('<basic>open</basic>') || text.includes('<basic>closed</basic>')),
    ).toBe(true);
  });

  it('leave after the answer to the message that set them off', async () => {
    const own = await lab();
    const watcher = own.tcp({ address: '10.10.211.7', port: 1 });
    watcher.ask(subscribe('watch'));
    const phone = own.tcp();
    const sent = () => own.probe.of('sip.sent').map(({ name, address }) => `${name} ${address}`);
    own.probe.clear();
    phone.ask(ciscoRegister());
    expect(sent()).toEqual(['100 10.10.210.200', '200 10.10.210.200', 'NOTIFY 10.10.211.7']);
    own.clock.advance(200); // a lamp is told no more often
    own.probe.clear();
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    expect(sent()).toEqual(['100 10.10.210.200', '200 10.10.210.200', 'NOTIFY 10.10.211.7']);
  });

  it('that set off a mistake of ours cost one watcher its NOTIFY, and no message of anybody', async () => {
    const own = await lab();
    const broken = own.tcp({ address: '10.10.211.7', port: 1 });
    const watcher = own.tcp({ address: '10.10.211.8', port: 1 });
    broken.ask(subscribe('one'));
    watcher.ask(subscribe('two'));
    broken.link.write = () => {
      throw new Error('a mistake');
    };
    const phone = own.tcp();
    expect(statuses(phone.ask(ciscoRegister()))).toEqual([100, 200]);
    expect(statuses(watcher.take()).at(-1)).toBe('NOTIFY');
    expect(own.probe.of('sip.failed')).toMatchObject([
      { address: '10.10.211.7', detail: expect.stringContaining('a mistake') },
    ]);
    expect(own.database.byName(SEED)?.state).toBe('registered');
  });

  it('of another protocol’s phone come by themselves', async () => {
    const own = await lab();
    const watcher = own.tcp({ address: '10.10.211.7', port: 1 });
    watcher.ask(answerTo(watcher.ask(subscribe('watch', '5006'))[1]));
    const attempt = {
      name: 'OTHER',
      protocol: 'SIP',
      transport: 'tcp',
      address: '10.9.9.9',
      port: 1,
      link: 999,
    } as const;
    const admission = own.database.register(
      {
        ...attempt,
        typeId: undefined,
        mac: undefined,
        protocolVersion: undefined,
        load: '',
        dn: undefined,
        peer: undefined,
        patience: 60_000 as never,
      },
      own.clock.now(),
    );
    if (!admission.accepted) throw new Error(admission.reason);
    own.database.bindLines(admission.registration, ['5006' as never], own.clock.now());
    expect(watcher.take()).toEqual([]);
    own.clock.advance(0);
    expect(watcher.take()[0]?.body.toString()).toContain('<basic>open</basic>');
  });
});

describe('a subscription that ends by our doing', () => {
  const subscribed = async (event: string, dn = '5005') => {
    const own = await lab();
    const phone = own.tcp();
    phone.ask(ciscoRegister());
    phone.ask(answerTo(phone.ask(subscribe('own', dn, { headers: [`Event: ${event}`] }))[1]));
    const last = () => phone.take().map((message) => [message.method, header(message, 'Subscription-State')]);
    return { ...own, phone, last };
  };

  it('with its registration: the phone unregisters', async () => {
    const { phone } = await subscribed('message-summary');
    const said = phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    expect(statuses(said)).toEqual([100, 200, 'NOTIFY']);
    expect(header(said[2], 'Subscription-State')).toBe('terminated;reason=deactivated');
  });

  it('with its registration: the phone fell silent', async () => {
    const { clock, last } = await subscribed('message-summary');
    clock.advance(140_000);
    expect(last()).toEqual([['NOTIFY', 'terminated;reason=deactivated']]);
  });

  it.each(['presence', 'message-summary'])('with the number that it is about (%s)', async (event) => {
    const { database, clock, last } = await subscribed(event, '5006');
    database.configure(devices().slice(0, 1), clock.now());
    clock.advance(0);
    expect(last()).toEqual([['NOTIFY', 'terminated;reason=noresource']]);
  });

  it('with its time', async () => {
    const { phone, clock } = await subscribed('message-summary');
    const heard: SipMessage[] = [];
    for (let cseq = 102; cseq < 136; cseq += 1) {
      clock.advance(110_000);
      heard.push(...phone.take(), ...phone.ask(ciscoRegister({ cseq })));
    }
    const notifies = heard.filter(({ method }) => method === 'NOTIFY');
    expect(notifies.map((notify) => header(notify, 'Subscription-State'))).toEqual(['terminated;reason=timeout']);
  });

  it('with the service', async () => {
    const { server, last } = await subscribed('presence', '5006');
    await server.close();
    expect(last()).toEqual([['NOTIFY', 'terminated;reason=probation;retry-after=35']]);
  });
});

describe('what is on its way to a phone over UDP', () => {
  it('is not repeated once it has unregistered', async () => {
    const own = await lab();
    const phone = await own.udp();
    const words = { transport: 'UDP' } as const;
    phone.ask(ciscoRegister(words));
    phone.ask(
      answerTo(phone.ask(plain('SUBSCRIBE', '5005', { ...words, expires: '600', headers: ['Event: presence'] }))[1]),
    );
    own.server.command(SEED, 'apply');
    phone.take();
    const said = statuses(phone.ask(ciscoRegister({ ...words, cseq: 102, expires: '0' })));
    expect(said.filter((status) => status === 'NOTIFY')).toHaveLength(1);
    own.clock.advance(40_000);
    expect(statuses(phone.take())).toEqual([]);
  });

  it('does not end a registration that has come back by another connection meanwhile', async () => {
    const own = await lab();
    const first = own.tcp();
    first.ask(ciscoRegister());
    own.server.command(SEED, 'apply');
    first.link.destroy();
    const second = own.tcp();
    second.ask(ciscoRegister({ cseq: 102 }));
    own.clock.advance(33_000);
    expect(own.database.byName(SEED)?.state).toBe('registered');
  });
});
