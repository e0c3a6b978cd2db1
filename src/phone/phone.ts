import { createPrivateKey, type KeyObject } from 'node:crypto';
import { seconds } from '../core/time.js';
import type { TlsIdentity } from '../net/ports.js';
import type { CallManagerAddress, DeviceFile, FileSecurity } from './boot/device-file.js';
import { type BoundAddress, type DhcpPlan, obtainAddress } from './boot/dhcp-client.js';
import { enrol, hashOfCertificate } from './boot/enrolment.js';
import { type FilePlan, fetchFiles } from './boot/file-download.js';
import { TrustStore } from './boot/trust-store.js';
import type { CallManagerLink, LinkOwner, OutOfService } from './call-manager-link.js';
import { CallBook, type CallHabits } from './calls/call-book.js';
import type { PhoneEnvironment } from './environment.js';
import { FAILOVER_TIMES, Failover, type FailoverTimes } from './failover.js';
import type { PhoneIdentity } from './identity.js';
import { Indicators } from './indicators.js';
import { type KeepAliveIntervals, SccpLink } from './sccp/link.js';
import { SipLink } from './sip/link.js';
import { ownLines } from './sip/own-lines.js';
import type { SipLine } from './sip/requests.js';
import type { BootKind, PhoneCommand, PhoneStep, PublishStep } from './steps.js';
import type { PhoneFacts } from './web/phone-facts.js';
import { PhoneWeb } from './web/phone-web.js';

/** A phone and where it finds DHCP, files and call managers. */
export interface PhonePlan {
  readonly identity: PhoneIdentity;
  readonly boot: BootKind;
  /** Used by a `full` boot. */
  readonly dhcp: DhcpPlan | undefined;
  /** The file server; in a `full` boot its address comes from DHCP. */
  readonly files: FilePlan;
  /** Used by a `register` boot: the call managers, primary first. */
  readonly nodes: readonly CallManagerAddress[];
  /** Used by a `register` boot over SIP: the lines. */
  readonly lines: readonly SipLine[];
  /** The local address of its sockets; `undefined`: the kernel chooses. */
  readonly localAddress: string | undefined;
  /** Waiting times that differ from `FAILOVER_TIMES`. */
  readonly times: Partial<FailoverTimes>;
  /** Used instead of the user and password in the configuration file. */
  readonly digest?: { readonly user: string; readonly password: string };
  /** The port of its web server, which has its pages and takes pushes; 0: any free one; absent: it has none. */
  readonly webPort?: number;
  /** The numbers whose state it asks for, besides those on its keys. */
  readonly watched?: readonly string[];
  /** How it takes calls; absent: it takes none and makes none, and none costs anything. */
  readonly calls?: CallHabits;
  /** The certificate of its factory, with its key. Absent: it has none. */
  readonly factoryIdentity?: TlsIdentity;
  /** The digits that its user types for CAPF; absent: none. */
  readonly capfString?: string;
  /** The port of SCCP over TLS, which no file names. */
  readonly sccpTlsPort: number;
}

/** `refused`: rejected by a call manager, or its configuration names none. `stopped`: for good. */
export type PhoneState = 'off' | 'booting' | 'registering' | 'registered' | 'refused' | 'stopped';

const RETRY_BOOT = seconds(10);
/** `deviceSecurityMode` and `capfAuthMode`. */
const NO_SECURITY_MODE = 1;
const NO_CAPF = 0;
const BY_STRING = 1;
const SIP_TLS_PORT = 5061;

const REASONS: Readonly<Record<PhoneCommand, OutOfService>> = {
  reset: { number: 22, text: 'reset-reset' },
  restart: { number: 23, text: 'reset-restart' },
  apply: { number: 104, text: 'apply_config' },
};

const firstReason = ({ protocol, sip }: PhoneIdentity): OutOfService =>
  protocol === 'SIP' ? sip.lastReason : { number: 25, text: 'Initialized' };

/**
 * A simulated phone: it gets its address and files, registers with its call managers, and obeys their commands. It
 * publishes each step as an event. This file has the order of the steps; each step is a file of its own.
 */
export class Phone {
  readonly plan: PhonePlan;
  readonly #environment: PhoneEnvironment;
  readonly #publish: PublishStep;
  #web: PhoneWeb | undefined;
  #trust: TrustStore | undefined;
  readonly #listeners = new Set<() => void>();
  /** Its calls; `undefined`: it takes none and makes none. */
  readonly calls: CallBook | undefined;
  /** Its busy lamps and its message lamp. */
  readonly indicators: Indicators;
  #state: PhoneState = 'off';
  #why = '';
  #waitingFor = '';
  #lines: readonly string[] = [];
  #failover: Failover | undefined;
  #file: DeviceFile | undefined;
  #address: BoundAddress | undefined;
  #reason: OutOfService;
  /** Counts boots, so that late results of an earlier one are ignored. */
  #bootCount = 0;
  #onLeft: () => void = () => {};
  /** The certificate that CAPF gave it, which it keeps over boots. */
  #lsc: TlsIdentity | undefined;

  constructor(environment: PhoneEnvironment, plan: PhonePlan) {
    this.#environment = environment;
    this.plan = plan;
    this.#reason = firstReason(plan.identity);
    const { bus, clock } = environment;
    const phone = plan.identity.name;
    this.#publish = (type, details) => {
      const log = this.#web?.log;
      if (log === undefined && !bus.hasListener(type)) return;
      const step = { type, at: clock.now(), phone, ...details } as PhoneStep;
      log?.note(step, clock.wallTime(step.at));
      bus.publish(step);
    };
    this.indicators = new Indicators(this.#publish);
    if (plan.calls !== undefined)
      this.calls = new CallBook({
        ...{ phone, habits: plan.calls, publish: this.#publish, timers: environment.timers, voice: environment.voice },
      });
  }

  get name(): string {
    return this.plan.identity.name;
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** Why it is not registered; empty: nothing went wrong or the reason is not known. */
  get why(): string {
    return this.#why;
  }

  /** What it waits for, as a text for people; empty: nothing. */
  get waitingFor(): string {
    return this.#failover?.waitingFor || this.#waitingFor;
  }

  /** The numbers that it is registered with. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Its configuration; `undefined` before it has come and in a `register` boot. */
  get file(): DeviceFile | undefined {
    return this.#file;
  }

  /** The trust lists that it holds, over boots. */
  get trust(): TrustStore {
    this.#trust ??= new TrustStore();
    return this.#trust;
  }

  /** The address that DHCP gave; `undefined` if it has not, and in other boots than `full`. */
  get address(): BoundAddress | undefined {
    return this.#address;
  }

  /** The certificate that it proves itself by, with its key: that of CAPF, else that of its factory. */
  get ownIdentity(): TlsIdentity | undefined {
    return this.#lsc ?? this.plan.factoryIdentity;
  }

  /** The pages that it opens, and what is pushed to it. */
  get web(): PhoneWeb {
    const { identity, localAddress } = this.plan;
    this.#web ??= new PhoneWeb({
      ...{ environment: this.#environment, publish: this.#publish, localAddress },
      ...{ identity, calls: this.calls, facts: () => this.#facts() },
      dial: (number) => {
        if (this.calls === undefined) throw new Error('this phone makes no calls');
        this.calls.dial(number);
      },
    });
    return this.#web;
  }

  /** Publishes `phone.started` and boots. */
  start(): void {
    const { model, protocol, sccp, sip } = this.plan.identity;
    const { verified } = protocol === 'SCCP' ? sccp : sip;
    const unverified = verified.includes(model.id) ? [] : [`how a ${model.name} speaks ${protocol}`];
    this.#publish('phone.started', { model: model.name, protocol, unverified });
    const { webPort } = this.plan;
    if (webPort !== undefined) void this.#openPages(webPort);
    this.#startBoot();
  }

  async #openPages(port: number): Promise<void> {
    try {
      await this.web.listen(port);
    } catch (error) {
      this.#refuse(`its web server: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #facts(): PhoneFacts {
    const { identity, boot, files } = this.plan;
    return {
      ...{ identity, lines: this.#lines, leased: this.#address, file: this.#file },
      fileServer: boot === 'register' ? '' : files.server,
      callManagers: this.#failover?.nodes ?? [],
      ...{ calls: this.calls?.calls ?? [], display: this.calls?.display },
    };
  }

  /** Calls `onChange` after each change of state. Returns a function that ends this. */
  watch(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Unregisters and closes the links. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#bootCount += 1;
    const failover = this.#failover;
    const wasRegistered = this.#state === 'registered';
    this.calls?.hangUpAll();
    if (failover !== undefined)
      await new Promise<void>((resolve) => {
        this.#onLeft = resolve;
        failover.leave();
      });
    this.calls?.endAll();
    await this.#web?.close();
    this.#setState('stopped');
    this.#publish('phone.stopped', { registered: wasRegistered });
  }

  /** Closes the links at once without unregistering, as when a phone loses its power. */
  unplug(): void {
    this.#bootCount += 1;
    this.#failover?.close();
    this.calls?.endAll();
    void this.#web?.close();
    this.#setState('stopped');
  }

  #setState(state: PhoneState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #startBoot(): void {
    this.#bootCount += 1;
    this.#setState('booting');
    const boot = this.#bootCount;
    const retryTimer = this.#environment.timers.create(() => {
      if (this.#bootCount === boot) this.#startBoot();
    });
    this.#run(boot).then(
      (up) => {
        if (up || this.#bootCount !== boot) return;
        this.#publish('phone.waiting', { for: this.#waitingFor, again: RETRY_BOOT });
        retryTimer.startIn(RETRY_BOOT);
      },
      (error: unknown) => {
        if (this.#bootCount === boot) this.#refuse(error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Gets the address and the files, then connects. `false`: something did not come, or another boot has begun. */
  async #run(boot: number): Promise<boolean> {
    const { plan } = this;
    const isSuperseded = (): boolean => this.#bootCount !== boot;
    let { files } = plan;
    if (plan.boot === 'full' && plan.dhcp !== undefined) {
      this.#waitingFor = 'an address by DHCP';
      this.#address = await obtainAddress(this.#environment, plan.identity, plan.dhcp, this.#publish);
      if (this.#address === undefined || isSuperseded()) return false;
      const [server] = this.#address.fileServers;
      if (server !== undefined) files = { ...files, server };
    }
    if (plan.boot !== 'register') {
      this.#waitingFor = `the files of ${files.server}`;
      const file = await this.#fetchFiles(files);
      if (file === undefined || isSuperseded()) return false;
      this.#file = file;
      await this.#enrol(file.security);
      if (isSuperseded()) return false;
    }
    const nodes = plan.boot === 'register' ? plan.nodes : (this.#file?.nodes ?? []);
    if (nodes.length === 0) throw new Error('the configuration names no call manager');
    this.#waitingFor = '';
    this.#connect(nodes);
    return true;
  }

  #ownKey(): KeyObject | undefined {
    const { ownIdentity } = this;
    return ownIdentity === undefined ? undefined : createPrivateKey(ownIdentity.key);
  }

  #fetchFiles(files: FilePlan): Promise<DeviceFile | undefined> {
    const { identity } = this.plan;
    const { trust } = this;
    trust.key ??= this.#ownKey();
    return fetchFiles(this.#environment, {
      ...{ identity, plan: files, before: this.#file, trust, publish: this.#publish },
      own: { hash: () => hashOfCertificate(this.ownIdentity), enrol: (security) => this.#enrol(security) },
    });
  }

  /** Goes to CAPF, if its file says so. What fails there keeps no phone from trying to register. Resolves with whether it went. */
  async #enrol({ capfAuthMode, capfAddress: address, capfPort: port }: FileSecurity): Promise<boolean> {
    const { identity, localAddress, capfString } = this.plan;
    // A phone waits for its user before it goes there with a string.
    if (capfAuthMode === NO_CAPF || address === '' || (capfAuthMode === BY_STRING && capfString === undefined))
      return false;
    this.#waitingFor = `a certificate of ${address}:${port}`;
    this.#publish('phone.enrolling', { address, port });
    const result = await enrol(this.#environment, {
      ...{ device: identity.name, server: { address, port }, localAddress },
      ...{ password: capfString ?? '', held: this.ownIdentity },
    });
    if (result.outcome === 'installed') this.#lsc = result.held;
    if (result.outcome === 'deleted') this.#lsc = undefined;
    this.trust.key = this.#ownKey();
    this.#publish('phone.enrolled', { outcome: result.outcome === 'failed' ? result.why : result.outcome });
    return true;
  }

  #connect(nodes: readonly CallManagerAddress[]): void {
    const { plan } = this;
    this.#setState('registering');
    const monitor = seconds(this.#file?.monitorSeconds ?? FAILOVER_TIMES.monitor / 1000);
    const times = { ...FAILOVER_TIMES, monitor, ...plan.times };
    const intervals: KeepAliveIntervals = { standby: seconds(60) };
    const failover = new Failover({
      openLinks: (owner) => nodes.map((node) => this.#link(node, owner, intervals)),
      owner: {
        onRegistered: (lines) => {
          this.#lines = lines;
          this.#why = '';
          this.#setState('registered');
        },
        onRefused: (why) => this.#refuse(why),
        onCommand: (command) => this.#obey(command),
        onLeft: () => this.#onLeft(),
      },
      publish: this.#publish,
      timers: this.#environment.timers,
      times,
      reason: this.#reason,
    });
    this.#failover = failover;
    failover.start();
  }

  #link(node: CallManagerAddress, owner: LinkOwner, intervals: KeepAliveIntervals): CallManagerLink {
    const { identity, localAddress, lines } = this.plan;
    const common = {
      identity,
      environment: this.#environment,
      owner,
      publish: this.#publish,
      localAddress,
      calls: this.calls,
      obey: (object: string) => this.web.pushes.obey(object),
      indicators: this.indicators,
    };
    const asked = this.plan.watched ?? [];
    const tls = this.#isSecure ? this.ownIdentity : undefined;
    if (identity.protocol === 'SCCP')
      return new SccpLink(node, {
        ...{ ...common, intervals, watched: asked },
        ...(tls === undefined ? {} : { tls: { ...tls, port: this.plan.sccpTlsPort } }),
      });
    const timers = this.#file?.sip ?? { registerExpires: 3600, registerDelta: 5, keepAliveExpires: 120 };
    const watched = this.#file?.watched ?? [];
    const given = this.plan.boot === 'register' ? lines : (this.#file?.lines ?? []);
    const options = { ...common, timers, lines: ownLines(this.plan, given), watched, asked };
    if (tls === undefined) return new SipLink(node, options);
    const secure = { ...identity, sip: { ...identity.sip, transport: 'tls' as const } };
    return new SipLink({ ...node, sipPort: node.sipTlsPort ?? SIP_TLS_PORT }, { ...options, identity: secure, tls });
  }

  /** Whether its file has it come over TLS. A phone without any certificate comes without, as a real one does. */
  get #isSecure(): boolean {
    return (this.#file?.security.mode ?? NO_SECURITY_MODE) > NO_SECURITY_MODE;
  }

  #refuse(why: string): void {
    this.#why = why;
    this.#setState('refused');
  }

  /** Reset and restart boot again; apply first looks whether the configuration has changed. */
  #obey(command: PhoneCommand): void {
    if (command === 'apply') void this.#apply();
    else this.#rebootFor(REASONS[command]);
  }

  #rebootFor(reason: OutOfService): void {
    const failover = this.#failover;
    this.#failover = undefined;
    this.#reason = reason;
    this.#setState('booting');
    this.#bootCount += 1;
    const boot = this.#bootCount;
    this.#onLeft = () => {
      if (this.#bootCount === boot) this.#startBoot();
    };
    // Over SCCP the server expects the phone to close the link; over SIP the phone unregisters first.
    if (this.plan.identity.protocol === 'SIP') failover?.leave();
    else {
      failover?.close();
      this.#onLeft();
    }
  }

  async #apply(): Promise<void> {
    const before = this.#file;
    if (this.plan.boot === 'register' || before === undefined) {
      this.#rebootFor(REASONS.apply);
      return;
    }
    const boot = this.#bootCount;
    const files =
      this.#address?.fileServers[0] === undefined
        ? this.plan.files
        : { ...this.plan.files, server: this.#address.fileServers[0] };
    const file = await this.#fetchFiles({ ...files, only: 'configuration' });
    if (this.#bootCount !== boot || file === undefined) return;
    if (file.versionStamp !== before.versionStamp || this.plan.identity.protocol === 'SIP')
      this.#rebootFor(REASONS.apply);
  }
}
