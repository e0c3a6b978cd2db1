// A simulated phone, whole: its address, its files, its call managers, and the commands that make it begin again. What it
// does it tells as steps. Each part is a file of its own; this one is their order.

import { seconds } from '../core/time.js';
import type { CallManagerNode, DeviceFile } from './boot/device-file.js';
import { type AddressGiven, askForAddress, type DhcpPlan } from './boot/dhcp-client.js';
import { type FilePlan, fetchFiles } from './boot/file-download.js';
import type { CallManagerLink, LinkOwner, OutOfService } from './call-manager-link.js';
import { Failover, HOMING_TIMES, type HomingTimes } from './failover.js';
import type { PhoneIdentity } from './identity.js';
import { type Rhythm, SccpLink } from './sccp/link.js';
import { SipLink } from './sip/link.js';
import type { SipLine } from './sip/requests.js';
import type { BootKind, PhoneCommand, PhoneStep, Tell } from './steps.js';
import type { PhoneWorld } from './world.js';

/** Where a phone finds what it is not told by the step before. */
export interface PhonePlan {
  readonly identity: PhoneIdentity;
  readonly boot: BootKind;
  /** `full`: where DHCP is asked. */
  readonly dhcp: DhcpPlan | undefined;
  /** TFTP and HTTP; for `full` the address comes by option 150. */
  readonly files: FilePlan;
  /** `register`: the call managers, primary first. */
  readonly nodes: readonly CallManagerNode[];
  /** `register`, SIP: the lines. */
  readonly lines: readonly SipLine[];
  /** An address of this machine that is the phone's own; absent: the kernel's choice. */
  readonly localAddress: string | undefined;
  /** Differences from how long a phone waits. */
  readonly times: Partial<HomingTimes>;
  /** Goes before what the file says. */
  readonly digest?: { readonly user: string; readonly password: string };
}

export type PhoneState = 'off' | 'booting' | 'registering' | 'registered' | 'refused' | 'stopped';

const RETRY_BOOT = seconds(10);

const REASONS: Readonly<Record<PhoneCommand, OutOfService>> = {
  reset: { number: 22, words: 'reset-reset' },
  restart: { number: 23, words: 'reset-restart' },
  apply: { number: 104, words: 'apply_config' },
};

const firstReason = ({ protocol, sip }: PhoneIdentity): OutOfService =>
  protocol === 'SIP' ? sip.lastReason : { number: 25, words: 'Initialized' };

export class Phone {
  readonly plan: PhonePlan;
  readonly #world: PhoneWorld;
  readonly #tell: Tell;
  readonly #hearers = new Set<() => void>();
  #state: PhoneState = 'off';
  #why = '';
  #waitingFor = '';
  #lines: readonly string[] = [];
  #homing: Failover | undefined;
  #file: DeviceFile | undefined;
  #address: AddressGiven | undefined;
  #reason: OutOfService;
  /** Counts boots: what an earlier one still brings is not for this one. */
  #boot = 0;
  #left: () => void = () => {};

  constructor(world: PhoneWorld, plan: PhonePlan) {
    this.#world = world;
    this.plan = plan;
    this.#reason = firstReason(plan.identity);
    const { bus, clock } = world;
    const phone = plan.identity.name;
    this.#tell = (type, details) => {
      if (bus.hasListener(type)) bus.publish({ type, at: clock.now(), phone, ...details } as PhoneStep);
    };
  }

  get name(): string {
    return this.plan.identity.name;
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** Why it is not registered, where it knows; empty: nothing went wrong. */
  get why(): string {
    return this.#why;
  }

  /** What it waits for; empty: nothing. */
  get waitingFor(): string {
    return this.#homing?.waitingFor || this.#waitingFor;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What its configuration file said; absent before it came, and for `--boot register`. */
  get file(): DeviceFile | undefined {
    return this.#file;
  }

  get address(): AddressGiven | undefined {
    return this.#address;
  }

  start(): void {
    const { model, protocol, sccp, sip } = this.plan.identity;
    const { verified } = protocol === 'SCCP' ? sccp : sip;
    const unverified = verified.includes(model.id) ? [] : [`how a ${model.name} speaks ${protocol}`];
    this.#tell('phone.started', { model: model.name, protocol, unverified });
    this.#startBoot();
  }

  /** Calls back whenever its state has changed. Returns how to stop. */
  watch(onChange: () => void): () => void {
    this.#hearers.add(onChange);
    return () => this.#hearers.delete(onChange);
  }

  /** Unregisters, closes its links, and is off. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#boot += 1;
    const homing = this.#homing;
    const wasRegistered = this.#state === 'registered';
    if (homing !== undefined)
      await new Promise<void>((resolve) => {
        this.#left = resolve;
        homing.leave();
      });
    this.#change('stopped');
    this.#tell('phone.stopped', { registered: wasRegistered });
  }

  /** Gone at once, its links closed without a word of the protocol. */
  unplug(): void {
    this.#boot += 1;
    this.#homing?.close();
    this.#change('stopped');
  }

  #change(state: PhoneState): void {
    this.#state = state;
    for (const hear of [...this.#hearers]) hear();
  }

  #startBoot(): void {
    this.#boot += 1;
    this.#change('booting');
    const boot = this.#boot;
    const again = this.#world.agenda.appointment(() => {
      if (this.#boot === boot) this.#startBoot();
    });
    this.#run(boot).then(
      (up) => {
        if (up || this.#boot !== boot) return;
        this.#tell('phone.waiting', { for: this.#waitingFor, again: RETRY_BOOT });
        again.in(RETRY_BOOT);
      },
      (error: unknown) => {
        if (this.#boot === boot) this.#refused(error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Address, files, call managers. `false`: something did not come. */
  async #run(boot: number): Promise<boolean> {
    const { plan } = this;
    const gone = (): boolean => this.#boot !== boot;
    let { files } = plan;
    if (plan.boot === 'full' && plan.dhcp !== undefined) {
      this.#waitingFor = 'an address by DHCP';
      this.#address = await askForAddress(this.#world, plan.identity, plan.dhcp, this.#tell);
      if (this.#address === undefined || gone()) return false;
      const [server] = this.#address.fileServers;
      if (server !== undefined) files = { ...files, server };
    }
    if (plan.boot !== 'register') {
      this.#waitingFor = `the files of ${files.server}`;
      const file = await fetchFiles(this.#world, plan.identity, files, this.#file, this.#tell);
      if (file === undefined || gone()) return false;
      this.#file = file;
    }
    const nodes = plan.boot === 'register' ? plan.nodes : (this.#file?.nodes ?? []);
    if (nodes.length === 0) throw new Error('the configuration names no call manager');
    this.#waitingFor = '';
    this.#connect(nodes);
    return true;
  }

  #connect(nodes: readonly CallManagerNode[]): void {
    const { plan } = this;
    this.#change('registering');
    const monitor = seconds(this.#file?.monitorSeconds ?? HOMING_TIMES.monitor / 1000);
    const times = { ...HOMING_TIMES, monitor, ...plan.times };
    const rhythm: Rhythm = { standby: seconds(60) };
    const homing = new Failover(
      (owner) => nodes.map((node) => this.#link(node, owner, rhythm)),
      {
        registered: (lines) => {
          this.#lines = lines;
          this.#why = '';
          this.#change('registered');
        },
        refused: (why) => this.#refused(why),
        commanded: (command) => this.#commanded(command),
        left: () => this.#left(),
      },
      this.#tell,
      this.#world.agenda,
      times,
      this.#reason,
    );
    this.#homing = homing;
    homing.start();
  }

  #link(node: CallManagerNode, owner: LinkOwner, rhythm: Rhythm): CallManagerLink {
    const { identity, localAddress, lines } = this.plan;
    const common = { identity, world: this.#world, owner, tell: this.#tell, localAddress };
    if (identity.protocol === 'SCCP') return new SccpLink(node, { ...common, rhythm });
    const timers = this.#file?.sip ?? { registerExpires: 3600, registerDelta: 5, keepAliveExpires: 120 };
    return new SipLink(node, { ...common, timers, lines: this.#sipLines(lines), watched: this.#file?.watched ?? [] });
  }

  /** Of the file; a phone that has none of its own names itself by its address, for auto-registration. */
  #sipLines(given: readonly SipLine[]): readonly SipLine[] {
    const lines = this.plan.boot === 'register' ? given : (this.#file?.lines ?? []);
    const { digest } = this.plan;
    if (lines.length > 0)
      return digest === undefined
        ? lines
        : lines.map((line) => ({ ...line, authName: digest.user, authPassword: digest.password }));
    const user = this.plan.identity.mac.toLowerCase();
    return [{ dn: user, contact: user, authName: '', authPassword: '' }];
  }

  #refused(why: string): void {
    this.#why = why;
    this.#change('refused');
  }

  /** Reset begins with the address, restart with the files; apply looks whether the files have changed. */
  #commanded(command: PhoneCommand): void {
    if (command === 'apply') void this.#apply();
    else this.#beginAgain(REASONS[command]);
  }

  #beginAgain(reason: OutOfService): void {
    const homing = this.#homing;
    this.#homing = undefined;
    this.#reason = reason;
    this.#change('booting');
    this.#boot += 1;
    const boot = this.#boot;
    this.#left = () => {
      if (this.#boot === boot) this.#startBoot();
    };
    // Over SCCP the server has told the phone to go and waits for its FIN; over SIP the phone unregisters first.
    if (this.plan.identity.protocol === 'SIP') homing?.leave();
    else {
      homing?.close();
      this.#left();
    }
  }

  async #apply(): Promise<void> {
    const before = this.#file;
    if (this.plan.boot === 'register' || before === undefined) {
      this.#beginAgain(REASONS.apply);
      return;
    }
    const boot = this.#boot;
    const files =
      this.#address?.fileServers[0] === undefined
        ? this.plan.files
        : { ...this.plan.files, server: this.#address.fileServers[0] };
    const file = await fetchFiles(
      this.#world,
      this.plan.identity,
      { ...files, only: 'configuration' },
      before,
      this.#tell,
    );
    if (this.#boot !== boot || file === undefined) return;
    if (file.stamp !== before.stamp || this.plan.identity.protocol === 'SIP') this.#beginAgain(REASONS.apply);
  }
}
