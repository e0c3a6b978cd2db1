// From what an owner wishes to a phone that is registered: the wish checked, every default filled in, and a promise that
// ends in a registered phone or says why not and what it waits for.

import { type Duration, seconds } from '../core/time.js';
import type { CallManagerAddress } from './boot/device-file.js';
import type { PhoneEnvironment } from './environment.js';
import type { FailoverTimes } from './failover.js';
import { identityOf, type PhoneSpec, type PhoneSpecProblem } from './identity.js';
import { Phone, type PhonePlan } from './phone.js';
import type { SipLine } from './sip/requests.js';
import type { BootKind } from './steps.js';

export interface PhonePorts {
  readonly dhcp: number;
  readonly tftp: number;
  readonly http: number;
  readonly sccp: number;
  readonly sip: number;
}

export const DEFAULT_PORTS: PhonePorts = { dhcp: 67, tftp: 69, http: 6970, sccp: 2000, sip: 5060 };

export interface PhoneOptions extends PhoneSpec {
  /** `full`: from DHCP on; `tftp`: from the files on, the default; `register`: the registration alone. */
  readonly boot?: BootKind;
  /** The lab's address; absent: this machine. For `full`, where DHCP is asked; files then come from option 150. */
  readonly server?: string;
  readonly ports?: Partial<PhonePorts>;
  /** An address of this machine that is the phone's own. */
  readonly localAddress?: string;
  /** `register`: the call managers in their order; absent: `server`. */
  readonly callManagers?: readonly string[];
  /** `register`, SIP: the numbers of its lines. */
  readonly lines?: readonly string[];
  /** A digest user and password, where the file has none or is not asked for. */
  readonly digest?: { readonly user: string; readonly password: string };
  readonly times?: Partial<FailoverTimes>;
  /** Where it listens for DHCP; absent: any port on loopback, 68 elsewhere. */
  readonly dhcpClientPort?: number;
}

const DHCP_TRIES = 4;
const LOOPBACK = '127.0.0.1';

export const planOf = (options: PhoneOptions): PhonePlan | PhoneSpecProblem => {
  const identity = identityOf(options);
  if ('fault' in identity) return identity;
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
    identity,
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
      ...(localAddress === undefined ? {} : { localAddress }),
    },
    nodes: (options.callManagers ?? [server]).map(node),
    lines: (options.lines ?? []).map(line),
    localAddress,
    times: options.times ?? {},
    ...(digest === undefined ? {} : { digest }),
  };
};

/** A phone did not register: what it was refused with, or what it waits for. */
export class NotRegistered extends Error {
  override readonly name = 'NotRegistered';
  readonly code: 'OPTIONS' | 'REFUSED' | 'TIMEOUT' | 'STOPPED';

  constructor(code: NotRegistered['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface BootLimits {
  readonly within?: Duration;
  /** Goes on after a refusal, as a real phone does, until `within` has passed. */
  readonly patient?: boolean;
}

/** Resolves with a registered phone. Rejects with a `NotRegistered`; the phone is stopped then. */
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

/** `undefined`: it is registered. */
export const registeredWithin = (
  environment: PhoneEnvironment,
  phone: Phone,
  { within = seconds(30), patient = false }: BootLimits,
): Promise<NotRegistered | undefined> =>
  new Promise((resolve) => {
    const late = environment.timers.create(() => {
      const waiting = phone.waitingFor === '' ? '' : `; it waits for ${phone.waitingFor}`;
      const why = phone.why === '' ? '' : `: ${phone.why}`;
      forget();
      resolve(new NotRegistered('TIMEOUT', `${phone.name} is not registered after ${within / 1000} s${why}${waiting}`));
    });
    const look = (): void => {
      const { state } = phone;
      if (state !== 'registered' && state !== 'stopped' && (state !== 'refused' || patient)) return;
      late.cancel();
      forget();
      if (state === 'registered') resolve(undefined);
      else if (state === 'stopped') resolve(new NotRegistered('STOPPED', `${phone.name} was stopped`));
      else resolve(new NotRegistered('REFUSED', `${phone.name} was refused: ${phone.why}`));
    };
    const forget = phone.watch(look);
    late.startIn(within);
    look();
  });
