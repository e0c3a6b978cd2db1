// From the options of a user to a registered phone.

import { type Duration, seconds } from '../core/time.js';
import type { CallManagerAddress } from './boot/device-file.js';
import type { CallHabits } from './calls/call-book.js';
import { codecNamed } from './calls/codecs.js';
import type { PhoneEnvironment } from './environment.js';
import type { FailoverTimes } from './failover.js';
import { identityOf, type PhoneIdentity, type PhoneSpec, type PhoneSpecProblem } from './identity.js';
import { Phone, type PhonePlan } from './phone.js';
import type { SipLine } from './sip/requests.js';
import type { BootKind } from './steps.js';

/** The ports of the call manager. `http` 0: no files over HTTP. */
export interface PhonePorts {
  readonly dhcp: number;
  readonly tftp: number;
  readonly http: number;
  readonly sccp: number;
  readonly sip: number;
  /** SCCP over TLS, which no file names. */
  readonly sccpTls: number;
  /** Configuration over HTTPS, for phones whose list says so. 0: they do not ask there. */
  readonly https: number;
  /** The same for soft clients, whatever they hold. 0: they do not ask there. */
  readonly clientHttps: number;
}

/** The usual ports. */
export const DEFAULT_PORTS: PhonePorts = {
  dhcp: 67,
  tftp: 69,
  http: 6970,
  sccp: 2000,
  sip: 5060,
  sccpTls: 2443,
  https: 6971,
  clientHttps: 6972,
};

/** All that a user may say about a simulated phone. */
export interface PhoneOptions extends PhoneSpec {
  /** `full`: from DHCP on; `tftp`: from the files on, the default; `register`: the registration alone. */
  readonly boot?: BootKind;
  /** The address of the daemon; absent: this machine. For `full` the DHCP server, which then names the file server. */
  readonly server?: string;
  readonly ports?: Partial<PhonePorts>;
  /** The local address of the phone's sockets; absent: the kernel chooses. */
  readonly localAddress?: string;
  /** `register`: the call managers in their order; absent: `server`. */
  readonly callManagers?: readonly string[];
  /** `register`, SIP: the numbers of its lines. */
  readonly lines?: readonly string[];
  /** A digest user and password, used instead of those in the configuration file. */
  readonly digest?: { readonly user: string; readonly password: string };
  readonly times?: Partial<FailoverTimes>;
  /** The port of its web server, which has its pages and takes pushes; 0: any free one; absent: it has none. */
  readonly webPort?: number;
  /** The certificate of its factory (MIC), with its key, both PEM. */
  readonly factoryIdentity?: { readonly key: string; readonly certificate: string };
  /** The digits that its user types for CAPF. */
  readonly capfString?: string;
  /**
   * A directory in which the trust lists, the certificate of CAPF and the last configuration outlive the process, in a folder for each
   * phone. Absent: they end with it.
   */
  readonly trustDirectory?: string;
  /** Erase the trust lists before it starts, as from its menu. */
  readonly erasesTrust?: boolean;
  /** The numbers whose state it asks for, besides those on its keys. */
  readonly watched?: readonly string[];
  /** How it takes calls; absent: it takes none and makes none. */
  readonly calls?: CallHabits;
  /** The phone's DHCP port; absent: any port on loopback, 68 elsewhere. */
  readonly dhcpClientPort?: number;
}

const DHCP_TRIES = 4;
/** The longest packet that a phone takes, in milliseconds. */
const PACKET = 60;
const LOOPBACK = '127.0.0.1';

/** Checks the options and fills in the defaults. Does not throw. */
export const planOf = (options: PhoneOptions): PhonePlan | PhoneSpecProblem => {
  const identity = identityOf(options);
  if ('fault' in identity) return identity;
  const { calls, watched } = options;
  const { boot = 'tftp', server = LOOPBACK, localAddress, digest } = options;
  const ports = { ...DEFAULT_PORTS, ...options.ports };
  const onLoopback = server.startsWith('127.');
  const node = (address: string, index: number): CallManagerAddress => ({
    name: `CM${index + 1}`,
    address,
    sccpPort: ports.sccp,
    sipPort: ports.sip,
  });
  const line = (dn: string): SipLine => ({
    dn,
    contact: dn,
    authName: digest?.user ?? '',
    authPassword: digest?.password ?? '',
  });
  return {
    identity: calls?.codecs === undefined ? identity : withCodecs(identity, calls.codecs),
    boot,
    dhcp: {
      server: { address: onLoopback ? server : '255.255.255.255', port: ports.dhcp },
      client: {
        address: onLoopback ? (localAddress ?? LOOPBACK) : '0.0.0.0',
        port: options.dhcpClientPort ?? (onLoopback ? 0 : 68),
      },
      tries: DHCP_TRIES,
    },
    files: {
      server,
      tftpPort: ports.tftp,
      httpPort: ports.http === 0 ? undefined : ports.http,
      ...(ports.https === 0 ? {} : { httpsPort: ports.https }),
      ...(ports.clientHttps === 0 ? {} : { clientHttpsPort: ports.clientHttps }),
      ...(localAddress === undefined ? {} : { localAddress }),
    },
    nodes: (options.callManagers ?? [server]).map(node),
    lines: (options.lines ?? []).map(line),
    localAddress,
    times: options.times ?? {},
    ...(digest === undefined ? {} : { digest }),
    ...(options.webPort === undefined ? {} : { webPort: options.webPort }),
    ...(watched === undefined ? {} : { watched }),
    ...(calls === undefined ? {} : { calls }),
    ...(options.factoryIdentity === undefined ? {} : { factoryIdentity: options.factoryIdentity }),
    ...(options.capfString === undefined ? {} : { capfString: options.capfString }),
    ...(options.trustDirectory === undefined ? {} : { trustDirectory: options.trustDirectory }),
    ...(options.erasesTrust === undefined ? {} : { erasesTrust: options.erasesTrust }),
    sccpTlsPort: ports.sccpTls,
  };
};

/** The phone with these codecs alone, which it announces over SCCP. Over SIP it offers them. */
const withCodecs = (identity: PhoneIdentity, names: readonly string[]): PhoneIdentity => {
  const payloads = names.flatMap((name) => codecNamed(name)?.payloads.slice(0, 1) ?? []);
  return { ...identity, sccp: { ...identity.sccp, codecs: payloads.map((payload) => [payload, PACKET] as const) } };
};

/** A phone did not register. The message says why, or what the phone waits for. */
export class NotRegistered extends Error {
  override readonly name = 'NotRegistered';
  readonly code: 'OPTIONS' | 'REFUSED' | 'TIMEOUT' | 'STOPPED';

  constructor(code: NotRegistered['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** How long to wait for a registration. */
export interface BootLimits {
  readonly within?: Duration;
  /** Do not give up after a refusal, but wait until `within` has passed, as a real phone tries again. */
  readonly patient?: boolean;
}

/**
 * Boots a phone and resolves when it is registered. Rejects with a `NotRegistered`, after the phone has been stopped.
 */
export const bootPhone = async (
  environment: PhoneEnvironment,
  options: PhoneOptions,
  limits: BootLimits = {},
): Promise<Phone> => {
  const plan = planOf(options);
  if ('fault' in plan) throw new NotRegistered('OPTIONS', plan.fault);
  const phone = new Phone(environment, plan);
  phone.start();
  const failure = await registeredWithin(environment, phone, limits);
  if (failure === undefined) return phone;
  await phone.stop();
  throw failure;
};

/** Waits until the phone is registered (`undefined`), or resolves with the reason why it is not. Does not stop it. */
export const registeredWithin = (
  environment: PhoneEnvironment,
  phone: Phone,
  { within = seconds(30), patient = false }: BootLimits,
): Promise<NotRegistered | undefined> =>
  new Promise((resolve) => {
    const timeout = environment.timers.create(() => {
      const waiting = phone.waitingFor === '' ? '' : `; it waits for ${phone.waitingFor}`;
      const why = phone.why === '' ? '' : `: ${phone.why}`;
      unwatch();
      resolve(new NotRegistered('TIMEOUT', `${phone.name} is not registered after ${within / 1000} s${why}${waiting}`));
    });
    const check = (): void => {
      const { state } = phone;
      if (state !== 'registered' && state !== 'stopped' && (state !== 'refused' || patient)) return;
      timeout.cancel();
      unwatch();
      if (state === 'registered') resolve(undefined);
      else if (state === 'stopped') resolve(new NotRegistered('STOPPED', `${phone.name} was stopped`));
      else resolve(new NotRegistered('REFUSED', `${phone.name} was refused: ${phone.why}`));
    };
    const unwatch = phone.watch(check);
    timeout.startIn(within);
    check();
  });
