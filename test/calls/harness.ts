// Calls without a wire: phones of either kind that note what they are told and can be made to answer.

import {
  type Appearance,
  type CallControl,
  type CallEvent,
  CallNumbers,
  type CallParties,
  type CallSettings,
  type CauseName,
  type CodecName,
  CallControl as Control,
  DEFAULT_CALLS,
  DialPlan,
  type Forwards,
  type IncomingCall,
  type Leg,
  type LegPort,
  type LegSupplier,
  type LineFeatures,
  type MediaAddress,
  type MediaCapabilities,
  type OutgoingStream,
  type Release,
  type RemoteCall,
  type RemoteCallPort,
  type SoundRoom,
} from '../../src/calls/index.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { after, type Instant, instant, seconds } from '../../src/core/time.js';

export interface FakePhoneOptions {
  readonly dn: string;
  /** `sip`: its SDP names address and codecs at once; it plays tones by itself. */
  readonly kind?: 'sccp' | 'sip';
  readonly codecs?: readonly CodecName[];
  readonly telephoneEvent?: boolean;
  readonly maxCalls?: number;
  readonly busyTrigger?: number;
  /** It does not answer OpenReceiveChannel, or says that it cannot. */
  readonly media?: 'silent' | 'refuses';
  readonly forward?: Forwards;
  readonly noAnswerAfter?: number;
  readonly voicemail?: string;
  readonly pickupGroup?: string;
  readonly doNotDisturb?: 'ringer-off' | 'reject';
  readonly isPrivate?: boolean;
  readonly autoAnswer?: 'speaker' | 'headset';
  /** It can listen to a group. */
  readonly listens?: boolean;
  /** Its phone cannot be called now. */
  readonly isGone?: boolean;
  /** It answers as soon as it rings. */
  readonly answers?: boolean;
  /** It does not say that it rings. */
  readonly isSlow?: boolean;
}

/** One phone with one line. `notes` is what its legs were told, as `CI: what`. */
export class FakePhone implements LegSupplier {
  readonly notes: string[] = [];
  readonly appearance: Appearance;
  readonly legs: Leg[] = [];
  /** The calls of other phones that it was shown. */
  readonly remotes: RemoteCall[] = [];
  handset = false;
  readonly #lab: CallLab;
  readonly options: FakePhoneOptions;

  constructor(lab: CallLab, device: string, options: FakePhoneOptions) {
    this.#lab = lab;
    this.options = options;
    this.appearance = {
      device: device as DeviceName,
      dn: options.dn,
      lineInstance: 1,
      displayName: `User ${options.dn}`,
      maxCalls: options.maxCalls ?? 4,
      busyTrigger: options.busyTrigger ?? 2,
      doNotDisturb: options.doNotDisturb,
      isPrivate: options.isPrivate === true,
      ...(options.autoAnswer === undefined ? {} : { autoAnswer: options.autoAnswer }),
    };
  }

  get isSip(): boolean {
    return this.options.kind === 'sip';
  }

  get capabilities(): MediaCapabilities {
    return {
      codecs: (this.options.codecs ?? ['PCMU', 'PCMA']).map((codec) => ({ codec })),
      telephoneEvent: this.options.telephoneEvent === true ? 101 : undefined,
    };
  }

  /** Its RTP address: the number of the leg is in the port. */
  /** Resumes what another phone of its line holds. */
  takeHeld(remote: RemoteCall): Leg | undefined {
    const { control, now } = this.#lab;
    const result = control.takeHeld(remote, this.appearance, (leg) => this.#portOf(leg), now);
    if (result === undefined || 'denied' in result) return undefined;
    this.legs.push(result.leg);
    if (this.isSip) control.mediaOpened(result.leg, this.receiveOf(result.leg), this.capabilities, true, now);
    return result.leg;
  }

  receiveOf(leg: Leg): MediaAddress {
    return { address: `10.0.0.${this.#lab.phones.indexOf(this) + 1}`, port: 16_384 + (leg.ci & 0xff) * 2 };
  }

  get leg(): Leg {
    const last = this.legs.at(-1);
    if (last === undefined) throw new Error('it has no leg');
    return last;
  }

  /** What was told since the last look. */
  take(): string[] {
    return this.notes.splice(0);
  }

  originate(): Leg {
    const result = this.#lab.control.originate(this.appearance, (leg) => this.#portOf(leg), this.#lab.now);
    if ('denied' in result) throw new Error(result.denied);
    this.legs.push(result.leg);
    if (this.isSip) {
      const { leg } = result;
      this.#lab.control.mediaOpened(leg, this.receiveOf(leg), this.capabilities, true, this.#lab.now);
    }
    return result.leg;
  }

  /** Goes off hook and dials. */
  call(number: string): Leg {
    const leg = this.originate();
    this.#lab.control.dial(leg, number, this.#lab.now);
    return leg;
  }

  /** Calls `number` to speak of the call of `primary`. */
  consult(primary: Leg, number: string): Leg {
    const { control, now } = this.#lab;
    const result = control.consult(primary, this.appearance, (leg) => this.#portOf(leg), now);
    if ('denied' in result) throw new Error(result.denied);
    const { leg } = result;
    this.legs.push(leg);
    if (this.isSip) control.mediaOpened(leg, this.receiveOf(leg), this.capabilities, true, now);
    control.dial(leg, number, now);
    return leg;
  }

  answer(leg: Leg = this.leg): void {
    if (this.isSip) this.#lab.control.mediaOpened(leg, this.receiveOf(leg), this.capabilities, true, this.#lab.now);
    this.#lab.control.answer(leg, this.#lab.now);
  }

  hangUp(leg: Leg = this.leg): void {
    this.#lab.control.hangUp(leg, this.#lab.now);
  }

  remotePortFor(call: RemoteCall): RemoteCallPort | undefined {
    if (this.options.isGone === true) return undefined;
    this.remotes.push(call);
    return {
      show: (state, { calling, called }) => this.notes.push(`remote ${state} ${calling.number}>${called.number}`),
      end: () => this.notes.push('remote end'),
    };
  }

  portFor(leg: Leg): LegPort | undefined {
    if (this.options.isGone === true) return undefined;
    this.legs.push(leg);
    return this.#portOf(leg);
  }

  #portOf(leg: Leg): LegPort {
    const note = (text: string): void => {
      this.notes.push(text);
      this.#lab.notes.push(`${this.appearance.dn} ${text}`);
    };
    const names = ({ calling, called }: CallParties): string => `${calling.number}>${called.number}`;
    const phone = this;
    const { control } = this.#lab;
    return {
      needsFarAddress: this.isSip,
      playsFailure: !this.isSip,
      get isHandsetUp() {
        return phone.handset;
      },
      capabilities: () => (this.isSip ? undefined : this.capabilities),
      offHook: () => note('off-hook'),
      collecting: (digits, isFirst) => note(`collecting ${digits}${isFirst ? ' first' : ''}`),
      corrected: (digits) => note(`corrected ${digits}`),
      proceeding: (dialled, parties) => note(`proceeding ${dialled} ${names(parties)}`),
      alerting: () => note('alerting'),
      ring: ({ parties, isWaiting, isSilent, callerMedia, autoAnswer }: IncomingCall, now: Instant) => {
        note(
          `ring ${names(parties)}${isWaiting ? ' waiting' : ''}${isSilent ? ' silent' : ''}${callerMedia === undefined ? '' : ' offered'}${autoAnswer === undefined ? '' : ` by ${autoAnswer}`}`,
        );
        if (this.options.isSlow !== true) control.alerting(leg, now);
        if (this.options.answers === true) control.answer(leg, now);
      },
      connecting: () => note('connecting'),
      connected: (parties) => note(`connected ${names(parties)}`),
      redirected: (parties, isRinging) => note(`redirected ${names(parties)}${isRinging ? ' ringing' : ''}`),
      openReceive: ({ codec, milliseconds }, far, now) => {
        note(`open ${codec}/${milliseconds}${far === undefined ? '' : ` far ${far.port}`}`);
        if (this.options.media === 'silent') return;
        if (this.options.media === 'refuses') control.mediaFailed(leg, now);
        else control.mediaOpened(leg, this.receiveOf(leg), this.capabilities, false, now);
      },
      transmit: ({ to, codec, telephoneEvent, isListening }: OutgoingStream) =>
        note(
          `${isListening === true ? 'listen' : 'send'} ${codec} to ${to.address}${telephoneEvent === undefined ? '' : ` event ${telephoneEvent}`}`,
        ),
      stopMedia: () => note('stop'),
      held: () => note('held'),
      resumed: () => note('resumed'),
      farHeld: (isHeld, _now, hasMusic) =>
        note(isHeld ? `far-held${hasMusic === true ? ' music' : ''}` : 'far-resumed'),
      digit: (digit) => note(`digit ${digit}`),
      failed: (cause: CauseName) => note(`failed ${cause}`),
      release: ({ cause, by, isKept }: Release) => note(`release ${cause} by ${by}${isKept === true ? ' kept' : ''}`),
    };
  }
}

/** From now on the ports of that end's legs are opened first; returns what each waits for. */
export const openingFirst = (ends: FakePhone): ((isReady: boolean, now: Instant) => void)[] => {
  const waiting: ((isReady: boolean, now: Instant) => void)[] = [];
  const portFor = ends.portFor.bind(ends);
  ends.portFor = (leg) => {
    const port = portFor(leg);
    return port && { ...port, prepare: (onPrepared) => void waiting.push(onPrepared) };
  };
  return waiting;
};

/** A call machine with phones. */
export class CallLab {
  readonly phones: FakePhone[] = [];
  readonly events: CallEvent[] = [];
  readonly bus = new EventBus<CallEvent>((error) => {
    throw error;
  });
  /** What all phones were told, in order. */
  readonly notes: string[] = [];
  readonly control: CallControl;
  readonly services = new Map<string, FakePhone>();
  /** Where ends of labcm's own receive. */
  receivesAt: (address: MediaAddress) => boolean = () => false;
  /** Where the ends of conferences are made. */
  newRoom: () => SoundRoom | undefined = () => {
    const ends = this.services.get('conference');
    return ends === undefined ? undefined : { portFor: (leg) => ends.portFor(leg), close: () => {} };
  };
  /** How often somebody asked for the phones of a number. */
  looks = 0;
  now: Instant = instant(1_000_000);

  constructor(settings: Partial<CallSettings> = {}) {
    const all = { ...DEFAULT_CALLS, ...settings };
    const { bus } = this;
    bus.subscribe((event) => this.events.push(event));
    const directory = {
      has: (dn: string) => this.phones.some(({ appearance }) => appearance.dn === dn),
      all: () => this.phones.map(({ appearance }) => appearance.dn),
    };
    this.control = new Control({
      settings: all,
      dialPlan: new DialPlan(directory, all),
      phones: {
        appearancesOf: (dn) => {
          this.looks += 1;
          return this.phones
            .filter(({ appearance, options }) => appearance.dn === dn && options.isGone !== true)
            .map((phone) => ({ appearance: phone.appearance, supplier: phone }));
        },
        linesOf: (device) =>
          this.phones.filter(({ appearance }) => appearance.device === device).map(({ appearance }) => appearance.dn),
        featuresOf: (dn) => this.featuresOf(dn),
        firstLineOf: (device) => {
          const phone = this.phones.find((each) => each.appearance.device === device && each.options.isGone !== true);
          return phone === undefined ? undefined : { appearance: phone.appearance, supplier: phone };
        },
        listen: (device, { group, port }, isOn) => {
          const phone = this.phones.find((each) => each.appearance.device === device);
          if (phone?.options.listens !== true) return false;
          phone.notes.push(`${isOn ? 'listens' : 'deaf'} ${group}:${port}`);
          return true;
        },
        isShared: (dn) => this.phones.filter(({ appearance }) => appearance.dn === dn).length > 1,
        hasLine: (device, dn) =>
          this.phones.some(({ appearance }) => appearance.device === device && appearance.dn === dn),
      },
      services: {
        portFor: (service, leg) => this.services.get(service)?.portFor(leg),
        canMix: true,
        newRoom: () => this.newRoom(),
        receivesAt: (address) => this.receivesAt(address),
      },
      numbers: new CallNumbers(1, 12 * 3600),
      bus,
    });
  }

  featuresOf(dn: string): LineFeatures | undefined {
    const options = this.phones.find(({ appearance }) => appearance.dn === dn)?.options;
    if (options === undefined) return undefined;
    const { forward = {}, noAnswerAfter = 12, voicemail = '', pickupGroup = '' } = options;
    return { forward, noAnswerAfter: seconds(noAnswerAfter), voicemail, pickupGroup };
  }

  phone(options: FakePhoneOptions): FakePhone {
    const phone = new FakePhone(this, `SEP${String(this.phones.length + 1).padStart(12, '0')}`, options);
    this.phones.push(phone);
    return phone;
  }

  /** An end of labcm's own. */
  service(name: string, options: Partial<FakePhoneOptions> = {}): FakePhone {
    const phone = new FakePhone(this, name, { dn: name, ...options });
    this.services.set(name, phone);
    return phone;
  }

  /** Moves time on and works off every deadline on the way. */
  advance(milliseconds: number): void {
    const end = after(this.now, milliseconds as never);
    for (;;) {
      const next = this.control.nextDeadline();
      if (next === undefined || next > end) break;
      this.now = instant(Math.max(next, this.now));
      this.control.expire(this.now);
    }
    this.now = end;
  }

  /** The types of what was published since the last look. */
  take(): string[] {
    return this.events.splice(0).map(({ type }) => type.slice('call.'.length));
  }

  /** Nothing is left of any call. */
  get isIdle(): boolean {
    return this.control.calls.size === 0 && this.control.legs.size === 0 && this.control.nextDeadline() === undefined;
  }
}

export const LONG = seconds(200);
