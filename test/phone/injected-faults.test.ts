// Simulated phones whose call manager makes faults on purpose, on a clock that the test advances: what they send again and when, when
// they give up, and what they never hear.

import { describe, expect, it } from 'vitest';
import type { FaultInjected } from '../../src/injection/events.js';
import type { FaultRule } from '../../src/injection/settings.js';
import { ruleOf } from '../injection/injector-harness.js';
import { aDevice } from '../support/devices.js';
import { framesOf, readFrame } from '../support/sccp-harness.js';
import { type PhoneHarness, PRIMARY, phoneHarness } from './harness.js';

const NAME = 'SEP0011223344AA';

const PHONES = {
  'over UDP': { model: '7960', protocol: 'SIP' },
  'over TCP': { model: '8851', protocol: 'SIP' },
  'over SCCP': { model: '7962', protocol: 'SCCP' },
} as const;

type Kind = keyof typeof PHONES;
type Rule = Pick<FaultRule, 'where' | 'fault'> & Partial<FaultRule>;

/** Longer than any phone waits for the answer to its registration. */
const ATTEMPT_SECONDS = 35;

/** A phone that has booted under a rule, and what came of it. Its second call manager makes no faults. */
class Faulty {
  readonly lab: PhoneHarness;
  readonly #startedAt: number;

  private constructor(lab: PhoneHarness) {
    this.lab = lab;
    this.#startedAt = lab.clock.now();
  }

  static async boot(kind: Kind, rule: Rule): Promise<Faulty> {
    const { model, protocol } = PHONES[kind];
    const lab = await phoneHarness({ devices: [aDevice(NAME, { model, protocol, lines: ['6001'] })] });
    lab.primary.injector.add(ruleOf({ id: 'mine', ...rule }), 'api');
    const faulty = new Faulty(lab);
    await lab.boot({ name: NAME, model, protocol });
    return faulty;
  }

  get injected(): readonly FaultInjected[] {
    return this.lab.primary.probe.events.filter((event): event is FaultInjected => event.type === 'fault.injected');
  }

  /** When a fault was made of a message, in milliseconds since the boot. */
  times(message: string): readonly number[] {
    return this.injected.filter((event) => event.message === message).map(({ at }) => at - this.#startedAt);
  }

  /** The names of the messages of a phone that the first call manager heard. */
  get heard(): readonly string[] {
    return this.lab.primary.probe.events.flatMap((event) =>
      event.type === 'sip.received' || event.type === 'sccp.received' ? [event.name] : [],
    );
  }

  /** The names of SCCP messages that came to the phone from the first call manager. */
  get cameOverSccp(): readonly string[] {
    return this.lab.streams.wire
      .filter(({ from }) => from.address === PRIMARY && from.port === 2000)
      .flatMap(({ bytes }) => framesOf(bytes).map((frame) => readFrame(frame, 15).name));
  }

  /** What the phone did about its first call manager, in order, with the time since the boot. */
  get failure(): { readonly after: number; readonly why: string } | undefined {
    const [failed] = this.lab.stepsOf('phone.link-failed').filter(({ node }) => node === 'CM1');
    return failed === undefined ? undefined : { after: failed.at - this.#startedAt, why: failed.why };
  }

  get registeredWith(): readonly string[] {
    return this.lab.stepsOf('phone.registered').map(({ node }) => node);
  }
}

/** Timer E of RFC 3261 §17.1.2.2: T1, doubled up to T2, until timer F. */
const RESENT = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
/** After a provisional response it fires each T2. */
const RESENT_PROCEEDING = [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500];
const TIMER_F = 32_000;

describe('a REGISTER that is lost', () => {
  it.each(['drop', 'silence'] as const)(
    'by %s is sent again over UDP by the timers of RFC 3261, in vain',
    async (fault) => {
      const faulty = await Faulty.boot('over UDP', { where: 'sip', fault, direction: 'both', message: ['REGISTER'] });
      await faulty.lab.pass(ATTEMPT_SECONDS, 0.1);
      expect(faulty.times('REGISTER').filter((at) => at < TIMER_F)).toEqual(RESENT);
      expect(faulty.failure).toEqual({ after: TIMER_F, why: 'no answer' });
      expect(faulty.heard).toEqual([]);
      expect(faulty.lab.primary.state(NAME)).toBe('unknown');
      expect(faulty.registeredWith).toEqual(['CM2']);
      expect(faulty.injected).toContainEqual(
        expect.objectContaining({ rule: 'mine', where: 'sip', fault, device: NAME, direction: 'received' }),
      );
    },
  );

  it.each(['drop', 'silence'] as const)('by %s is not sent again over TCP, and the phone gives up', async (fault) => {
    const faulty = await Faulty.boot('over TCP', { where: 'sip', fault, direction: 'both', message: ['REGISTER'] });
    await faulty.lab.pass(ATTEMPT_SECONDS, 0.1);
    expect(faulty.times('REGISTER').filter((at) => at < TIMER_F)).toEqual([0]);
    expect(faulty.failure).toEqual({ after: TIMER_F, why: 'no answer' });
    expect(faulty.heard).not.toContain('REGISTER');
    expect(faulty.registeredWith).toEqual(['CM2']);
  });
});

describe('the answer to a REGISTER that is lost', () => {
  it('is asked for again each T2, since the phone heard that labcm tries', async () => {
    const faulty = await Faulty.boot('over UDP', { where: 'sip', fault: 'drop', message: ['REGISTER 200'] });
    await faulty.lab.pass(25, 0.1);
    expect(faulty.times('REGISTER 200')).toEqual(RESENT_PROCEEDING);
    expect(faulty.heard).toEqual(RESENT_PROCEEDING.map(() => 'REGISTER'));
    // It had been sent, as far as labcm knows; the phone knows nothing.
    expect(faulty.lab.primary.state(NAME)).toBe('registered');
    expect(faulty.registeredWith).toEqual([]);
  });
});

describe('a REGISTER that is garbled', () => {
  it.each(['over UDP', 'over TCP'] as const)('%s is another one to labcm, which refuses it', async (kind) => {
    const rule = { where: 'sip', fault: 'garble', field: 'To', message: ['REGISTER'], times: 1 } as const;
    const faulty = await Faulty.boot(kind, { ...rule, direction: 'received' });
    expect(faulty.injected).toMatchObject([{ rule: 'mine', fault: 'garble', message: 'REGISTER', detail: 'To' }]);
    expect(faulty.lab.stepsOf('phone.refused')).toMatchObject([{ node: 'CM1', why: expect.stringContaining('400') }]);
    expect(faulty.registeredWith).not.toContain('CM1');
  });
});

describe('a registration over SCCP', () => {
  it('whose acknowledgement is lost fails, though labcm took it', async () => {
    const faulty = await Faulty.boot('over SCCP', { where: 'sccp', fault: 'drop', message: ['RegisterAckMessage'] });
    expect(faulty.heard).toContain('RegisterReqMessage');
    expect(faulty.lab.primary.probe.events).toContainEqual(
      expect.objectContaining({ type: 'device.registering', device: NAME }),
    );
    expect(faulty.times('RegisterAckMessage')).toEqual([0]);
    expect(faulty.cameOverSccp).not.toContain('RegisterAckMessage');
    expect(faulty.lab.stepsOf('phone.accepted')).toEqual([]);
    await faulty.lab.pass(ATTEMPT_SECONDS);
    expect(faulty.failure).toMatchObject({ after: 30_000 });
    expect(faulty.registeredWith).toEqual(['CM2']);
  });

  it('that meets silence is neither heard nor answered, and the phone says what it waited for', async () => {
    const rule = { where: 'sccp', fault: 'silence', message: ['RegisterReqMessage'] } as const;
    const faulty = await Faulty.boot('over SCCP', rule);
    expect(faulty.heard).toEqual(['AlarmMessage']);
    expect(faulty.cameOverSccp).toEqual([]);
    expect(faulty.injected.map(({ message }) => message)).toEqual(['RegisterReqMessage', 'IpPortMessage']);
    expect(faulty.lab.primary.state(NAME)).toBe('unknown');
    await faulty.lab.pass(ATTEMPT_SECONDS);
    expect(faulty.failure).toEqual({ after: 30_000, why: 'no answer: RegisterAck' });
    expect(faulty.registeredWith).toEqual(['CM2']);
  });

  it('whose keepalives are not acknowledged misses them one by one, and goes to the next node', async () => {
    const faulty = await Faulty.boot('over SCCP', { where: 'sccp', fault: 'drop', message: ['KeepAliveAckMessage'] });
    await faulty.lab.pass(125);
    const missed = faulty.lab.stepsOf('phone.keepalive-missed').filter(({ node }) => node === 'CM1');
    expect(missed.map((step) => step.missed)).toEqual([1, 2, 3]);
    expect(faulty.times('KeepAliveAckMessage').slice(0, 3)).toEqual([30_000, 60_000, 90_000]);
    expect(faulty.failure).toMatchObject({
      after: 120_000,
      why: expect.stringContaining('keepalives without an answer'),
    });
    expect(faulty.registeredWith).toEqual(['CM1', 'CM2']);
  });
});
