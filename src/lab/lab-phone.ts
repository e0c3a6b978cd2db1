import { after, formatDuration, seconds, type Timer } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/index.js';
import { systemClock } from '../net/system-clock.js';
import {
  type CallBook,
  CallFault,
  type CallHabits,
  type ConsultationPurpose,
  DEFAULT_HABITS,
  type DialWay,
  type HeardPage,
  type HeldTrust,
  heldTrust,
  type LampState,
  NotRegistered,
  Phone,
  type PhoneCall,
  type PhoneDisplay,
  type PhoneEnvironment,
  type PhoneOptions,
  type PhoneState,
  planOf,
  registeredWithin,
  type ShownMessages,
  type ShownObject,
} from '../phone/index.js';
import { LabCall } from './lab-call.js';
import { durationOf, type Limits, NotInTime, type Waits, type Within } from './waits.js';

/**
 * Which phone to simulate. The name is enough for a configured device: it gives model, protocol, lines and the rest.
 */
export type LabPhoneSpec = Pick<PhoneOptions, 'name'> &
  Partial<Omit<PhoneOptions, 'name' | 'server' | 'ports' | 'dhcpClientPort' | 'calls'>> & {
    /** How its user takes calls; absent: they ring until the test answers. */
    readonly calls?: LabCallHabits;
  };

/** How the user of a simulated phone takes calls. */
export interface LabCallHabits {
  /** After so long, not at all, or as busy; absent: `never`. */
  readonly answer?: Within | 'busy' | 'never';
  /** What it sends in a call; absent: a tone of 1 kHz. */
  readonly sound?: CallHabits['sound'];
  /** Its codecs, the best first: `G722`, `PCMU`, `PCMA`, `G729`; absent: those of its model. */
  readonly codecs?: readonly string[];
}

/** How to dial. */
export interface DialOptions {
  /** SCCP: lift the handset and press keys, which is the default; press NewCall and keys; or send the number whole. */
  readonly way?: DialWay;
}

const habitsOf = ({ answer = DEFAULT_HABITS.answer, ...rest }: LabCallHabits = {}): CallHabits => ({
  ...DEFAULT_HABITS,
  ...rest,
  answer: answer === 'busy' || answer === 'never' ? answer : durationOf(answer),
});

/** The options of a phone: those of `spec` over those of the device. */
export const specFor = (device: ConfiguredDevice | undefined, spec: LabPhoneSpec): PhoneOptions => ({
  protocol: device?.protocol ?? 'SCCP',
  ...(device === undefined ? {} : { model: String(device.model.id), lines: device.lines.map(({ dn }) => dn) }),
  ...(device?.mac === undefined ? {} : { mac: device.mac }),
  ...(device?.digest === undefined ? {} : { digest: device.digest }),
  ...spec,
  calls: habitsOf(spec.calls),
});

const STOP_TIMEOUT = seconds(2);

/** A simulated phone of a lab, as a test sees it. */
export class LabPhone {
  readonly #environment: PhoneEnvironment;
  readonly #phone: Phone;
  readonly #waits: Waits;
  readonly #calls = new WeakMap<PhoneCall, LabCall>();
  #stopping: Promise<void> | undefined;

  /** Boots the phone at once. Throws a `NotRegistered` if the options describe no possible phone. */
  constructor(environment: PhoneEnvironment, options: PhoneOptions, waits: Waits) {
    const plan = planOf(options);
    if ('fault' in plan) throw new NotRegistered('OPTIONS', plan.fault);
    this.#environment = environment;
    this.#waits = waits;
    this.#phone = new Phone(environment, plan);
    this.#phone.start();
  }

  get name(): string {
    return this.#phone.name;
  }

  get state(): PhoneState {
    return this.#phone.state;
  }

  /** Why it is not registered, as far as the phone knows; empty: nothing went wrong. */
  get why(): string {
    return this.#phone.why;
  }

  /** What it waits for now; empty: nothing. */
  get waitingFor(): string {
    return this.#phone.waitingFor;
  }

  /** The numbers that it is registered with. */
  get lines(): readonly string[] {
    return this.#phone.lines;
  }

  /** Its busy lamps, by number, or over SCCP by the text beside the key. */
  get lamps(): ReadonlyMap<string, LampState> {
    return this.#phone.indicators.lamps;
  }

  /** Whether its message lamp is lit. */
  get messagesWaiting(): boolean {
    return this.#phone.indicators.messagesWaiting;
  }

  /** The messages of its lines that it was told of, by directory number. */
  get messages(): ReadonlyMap<string, ShownMessages> {
    return this.#phone.indicators.messages;
  }

  /** The address that DHCP gave it. */
  get address(): string | undefined {
    return this.#phone.address?.address;
  }

  /** The trust lists and the certificate that it holds now. */
  get trust(): HeldTrust {
    return heldTrust(this.#phone.trust);
  }

  /** Erases its trust lists, as from its menu; the phone then restarts. On 78xx and 88xx what CAPF issued goes, too. */
  eraseTrust(): void {
    this.#phone.eraseTrust();
  }

  /**
   * Resolves when the phone itself is registered. Rejects with a `NotRegistered` when it is refused or late; the phone
   * goes on trying all the same.
   */
  async registered({ within }: Limits = {}): Promise<this> {
    const failure = await registeredWithin(this.#environment, this.#phone, { within: durationOf(within) });
    if (failure !== undefined) throw failure;
    return this;
  }

  // ── pages and pushes ──────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Opens a page, or what a button opens by the phone's file: `services`, `directory`, `idle`, `information`, `messages`.
   * Rejects with a `PageFault`.
   */
  open(page: string): Promise<ShownObject> {
    return this.#phone.web.open(page);
  }

  /** What was pushed to it or opened last; `undefined`: nothing. */
  get shown(): ShownObject | undefined {
    return this.#phone.web.pushes.shown;
  }

  /** The URIs that it was to obey by pushes, the oldest first, the last 32. */
  get executed(): readonly string[] {
    return this.#phone.web.pushes.executed;
  }

  /** Its own pages, such as `http://127.0.0.1:8081/`; `undefined`: it has none, or they are not open yet. */
  get pages(): string | undefined {
    return this.#phone.web.url;
  }

  /** What it hears of a page to a multicast group; `undefined`: it listens to none. */
  get heard(): HeardPage | undefined {
    return this.#book.pages.heard;
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The calls that stand, the oldest first. */
  get calls(): readonly LabCall[] {
    return this.#book.calls.map((call) => this.#labCall(call));
  }

  /** What it shows and sounds; `undefined`: it is not registered. Two screens of an idle phone are equal. */
  get screen(): PhoneDisplay | undefined {
    return this.#book.display;
  }

  /** Calls a number. Throws a `CallFault` if the phone cannot dial now. */
  dial(number: string, { way }: DialOptions = {}): LabCall {
    return this.#labCall(this.#book.dial(number, way));
  }

  /** Resolves with the call that rings here, now or next. Rejects with a `NotInTime`. */
  rings({ within }: Limits = {}): Promise<LabCall> {
    const span = durationOf(within);
    return this.#waits.until<LabCall>(
      span,
      (settle) => {
        const look = (): void => {
          const call = this.#book.calls.find(({ direction, state }) => direction === 'in' && state === 'ringing');
          if (call !== undefined) settle(this.#labCall(call));
        };
        const stop = this.#book.watch(look);
        look();
        return stop;
      },
      () => new NotInTime(`${this.name} does not ring within ${formatDuration(span)}`),
    );
  }

  /** Answers the call that rings, the oldest first. Throws a `CallFault` if none does. */
  answer(): LabCall {
    return this.#labCall(this.#book.answer());
  }

  /** Ends a call, takes one back that was dialled, or refuses one that rings. Throws a `CallFault` if there is none. */
  hangUp(): void {
    this.#book.hangUp();
  }

  /** Puts the connected call on hold. */
  hold(): void {
    this.#book.hold();
  }

  /** Takes the held call back. */
  resume(): void {
    this.#book.resume();
  }

  /**
   * Puts the connected call on hold and calls a number to speak of it. `transfer()` connects the other two. Where the purpose
   * is a conference, `confer()` joins all three.
   */
  consult(number: string, purpose?: ConsultationPurpose): LabCall {
    return this.#labCall(this.#book.consult(number, purpose));
  }

  /**
   * Makes a conference of whom the consultation was about and whom it is with, or adds the latter to it. Returns this phone's
   * call in it; the one that was held ends. Throws a `CallFault` for a SIP phone of another maker, which mixes by itself.
   */
  confer(): LabCall {
    return this.#labCall(this.#book.confer());
  }

  /**
   * Connects whom the consultation was about and whom it is with, whether that one has answered or rings. With a number: whom
   * the connected call is with and that number, without a word before. The phone's calls end; one that could not be transferred
   * says in `why` what was wrong.
   */
  transfer(number?: string): void {
    this.#book.transfer(number);
  }

  /** Parks the connected call. `parked()` of it resolves with the number from which anybody may fetch it. */
  park(): LabCall {
    return this.#labCall(this.#book.park());
  }

  /** Answers what rings in the phone's pick-up group, or in the group of a number, or at a number. */
  pickUp(group?: string): LabCall {
    return this.#labCall(this.#book.pickUp(group));
  }

  /**
   * Forwards all calls of its first line, as its user does by a key. Resolves when labcm has taken the number. Rejects with a
   * `CallFault` where it does not, or with a `NotInTime`.
   */
  async forwardAll(number: string, { within }: Limits = {}): Promise<void> {
    const span = durationOf(within);
    const call = this.#book.forwardAll(number);
    await this.#waits.until<void>(
      span,
      (settle) => {
        const look = (): void => {
          if (call.state === 'ended' || call.state === 'failed') settle();
        };
        const stop = this.#book.watch(look);
        look();
        return stop;
      },
      () => new NotInTime(`${this.name} cannot forward to ${number} within ${formatDuration(span)}`),
    );
    if (call.why === '') return;
    if (call.state === 'failed') this.#book.hangUp(call);
    throw new CallFault(`${this.name} cannot forward to ${number}: ${call.why}`);
  }

  /** Ends that its calls are forwarded. */
  endForwarding(): void {
    this.#book.endForwarding();
  }

  /** Sets do not disturb, or ends it. */
  doNotDisturb(isOn: boolean): void {
    this.#book.doNotDisturb(isOn);
  }

  /** Resumes what another phone of a shared line holds. Throws a `CallFault` if none does. */
  takeHeld(): void {
    this.#book.takeHeld();
  }

  /** SCCP: presses a soft key by its label, such as `Trnsfer`. Throws a `CallFault` if the phone does not show it. */
  press(key: string): void {
    this.#book.press(key);
  }

  /** SCCP: presses digits of the keypad. */
  digits(text: string): void {
    this.#book.digits(text);
  }

  get #book(): CallBook {
    const { calls } = this.#phone;
    if (calls === undefined) throw new CallFault(`${this.name} has no calls`);
    return calls;
  }

  #labCall(call: PhoneCall): LabCall {
    const known = this.#calls.get(call) ?? new LabCall(this.name, this.#book, call, this.#waits);
    this.#calls.set(call, known);
    return known;
  }

  /** Unregisters the phone and switches it off; unplugs it after 2 s if the lab does not answer. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Cuts the phone off at once, as when its cable is pulled. */
  unplug(): void {
    this.#stopping ??= Promise.resolve();
    this.#phone.unplug();
  }

  async #stop(): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = systemClock.callAt(after(systemClock.now(), STOP_TIMEOUT), () => {
        this.#phone.unplug();
        resolve();
      });
    });
    await Promise.race([this.#phone.stop(), late]);
    timer?.cancel();
  }
}
