// What secures a phone: its trust store, how it judges the servers that it talks to over TLS, whom it asks about what its lists do not
// name, and how it gets a certificate (`docs/protocols/secure.md` §2.4, §5).

import { createHash, X509Certificate } from 'node:crypto';
import { after, type Instant, seconds, type WallTime } from '../../core/time.js';
import type { Endpoint, ServerRefusal, TlsClient, TlsIdentity } from '../../net/ports.js';
import type { SignerInfo } from '../../security/container.js';
import { nameText } from '../../security/distinguished-name.js';
import type { ReadCertificate } from '../../security/read-certificate.js';
import {
  isInForce,
  namesNoCallManager,
  recogniseServer,
  SERVING_FUNCTIONS,
  type ServerRecognition,
  type ServerRole,
  tvsCertificates,
  wantsHttps,
} from '../../security/server-certificates.js';
import { functionName } from '../../security/trust-list.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { CheckedService, PublishStep } from '../steps.js';
import { type DeviceFile, type FileSecurity, readDeviceFile } from './device-file.js';
import { enrol } from './enrolment.js';
import { TrustKeeper } from './trust-keeper.js';
import { TrustStore } from './trust-store.js';
import { askTvs, type TvsQuestion } from './tvs-client.js';

/** What a phone brings, and how it reports. */
export interface PhoneSecurityOptions {
  readonly environment: PhoneEnvironment;
  readonly identity: PhoneIdentity;
  readonly localAddress: string | undefined;
  /** The certificate of its factory. */
  readonly factory?: TlsIdentity | undefined;
  /** The digits that its user types for CAPF. */
  readonly capfString?: string | undefined;
  /** Where its trust store outlives the process. */
  readonly trustDirectory?: string | undefined;
  readonly publish: PublishStep;
  /** Called when it ended a handshake, with the reason. */
  readonly onServerRefused: (why: string) => void;
}

/** What came of a question to TVS. `why`: for people. */
type Vouched =
  | { readonly certificate: ReadCertificate; readonly roles: readonly number[]; readonly why?: undefined }
  | { readonly why: string };

interface Remembered {
  readonly vouched: Vouched;
  readonly until: Instant;
}

/** TLS alerts (RFC 5246 §7.2.2). */
const BAD_CERTIFICATE = 42;
const CERTIFICATE_EXPIRED = 45;
const CERTIFICATE_UNKNOWN = 46;
const UNKNOWN_CA = 48;

const ROLES: Readonly<Record<CheckedService, ServerRole>> = {
  SCCP: 'call-manager',
  SIP: 'call-manager',
  HTTPS: 'files',
  CAPF: 'capf',
  TVS: 'tvs',
};

/** `capfAuthMode`. */
const NO_CAPF = 0;
const BY_STRING = 1;

/** Real sessions begin here. */
const FIRST_SESSION = 0x3e9;
const MOST_REMEMBERED = 64;
/** A real file names up to five; a server that waits for the verdict gives up after ten seconds. */
const MOST_ASKED = 2;

/** The security of one phone, over its boots. */
export class PhoneSecurity {
  readonly trust: TrustStore;
  readonly #options: PhoneSecurityOptions;
  readonly #remembered = new Map<string, Remembered>();
  /** TVS as the last accepted configuration has it. */
  #tvs: readonly Endpoint[] = [];
  #session = FIRST_SESSION;
  /** The last configuration came encrypted: newer phones ask for that form first. */
  hadEncrypted = false;

  constructor(options: PhoneSecurityOptions) {
    const { environment, identity, factory, trustDirectory, publish } = options;
    this.#options = options;
    const onFault = (why: string): void => publish('phone.trust-fault', { why });
    this.trust = new TrustStore({
      ...(factory === undefined ? {} : { factory }),
      ...(trustDirectory === undefined
        ? {}
        : {
            keeper: new TrustKeeper(environment.keptFolder(trustDirectory), identity.name, () => this.#now, onFault),
          }),
    });
  }

  /** Reads what was kept of an earlier process. Returns the configuration of then; `undefined`: there is none. */
  restore(): DeviceFile | undefined {
    const kept = this.trust.restore();
    if (kept === undefined) return undefined;
    const lists = (['CTL', 'ITL'] as const).flatMap((kind) => {
      const list = kept.held[kind];
      return list === undefined ? [] : [`${kind} of ${list.container.signer.name}`];
    });
    const read = kept.configuration === undefined ? undefined : readDeviceFile(kept.configuration);
    this.#options.publish('phone.trust-restored', { lists, certificate: kept.issued !== undefined });
    if (read === undefined || 'fault' in read) return undefined;
    this.#tvs = read.file.security.tvs;
    return read.file;
  }

  /** Notes the configuration that the phone has accepted. `bytes`: its plain text. */
  accept(file: DeviceFile, bytes: Buffer): void {
    this.#tvs = file.security.tvs;
    this.trust.keepConfiguration(bytes);
  }

  /** As from the menu of the phone. */
  erase(): void {
    // Newer phones have one entry for all security settings.
    this.trust.erase({ certificate: /^Cisco (78|88)/.test(this.#options.identity.model.name) });
    this.#remembered.clear();
    this.hadEncrypted = false;
    this.#options.publish('phone.trust-erased', { certificate: this.trust.issued !== undefined });
  }

  /** Whether its lists have it ask for its configuration over HTTPS. */
  get wantsHttps(): boolean {
    return wantsHttps(this.trust.held);
  }

  /** Whether its lists take the call managers of a secure cluster away. */
  get namesNoCallManager(): boolean {
    return namesNoCallManager(this.trust.held);
  }

  get holdsLists(): boolean {
    return this.trust.held.CTL !== undefined || this.trust.held.ITL !== undefined;
  }

  /** MD5 of its certificate as files have it; empty: it has none. */
  get certificateHash(): string {
    const { identity } = this.trust;
    if (identity === undefined) return '';
    return createHash('md5').update(new X509Certificate(identity.certificate).raw).digest('hex');
  }

  /** What it shows a server, and how it judges it. A phone without lists judges nobody. */
  clientOf(service: CheckedService, server: Endpoint): TlsClient {
    const { identity } = this.trust;
    return {
      ...(identity === undefined ? {} : { key: identity.key, certificate: identity.certificate }),
      ...(this.holdsLists ? { judgeServer: (der: Buffer) => this.#judge(service, server, der) } : {}),
    };
  }

  /** Asks TVS for the certificate of a signer that no list names, for one of these functions. */
  async vouchSigner(signer: SignerInfo, functions: readonly number[]): Promise<Vouched> {
    const vouched = await this.#vouch(
      { kind: 'query', signer },
      `${signer.serial.toString('hex')} ${signer.issuer}`,
      signer.name,
    );
    return granted(vouched, functions);
  }

  /** Goes to CAPF, if the file says so. `isForced`: also if it says that nothing is to be done. What fails there keeps nobody from going on. */
  async enrol(
    { capfAuthMode, capfAddress: address, capfPort: port }: FileSecurity,
    {
      isForced = false,
      onWaiting = () => {},
    }: { readonly isForced?: boolean; readonly onWaiting?: (for_: string) => void } = {},
  ): Promise<void> {
    const { environment, identity, localAddress, capfString, publish } = this.#options;
    // A phone waits for its user before it goes there with a string.
    if (address === '' || (capfAuthMode === BY_STRING && capfString === undefined)) return;
    if (capfAuthMode === NO_CAPF && !isForced) return;
    onWaiting(`a certificate of ${address}:${port}`);
    publish('phone.enrolling', { address, port });
    const server = { address, port };
    const { judgeServer } = this.clientOf('CAPF', server);
    const result = await enrol(environment, {
      ...{ device: identity.name, server, localAddress },
      ...{ password: capfString ?? '', held: this.trust.identity },
      tls: judgeServer === undefined ? {} : { judgeServer },
    });
    if (result.outcome === 'installed') this.trust.issue(result.held);
    if (result.outcome === 'deleted') this.trust.issue(undefined);
    publish('phone.enrolled', { outcome: result.outcome === 'failed' ? result.why : result.outcome });
  }

  async #judge(service: CheckedService, server: Endpoint, der: Buffer): Promise<ServerRefusal | undefined> {
    const role = ROLES[service];
    const { recognition, certificate } = recogniseServer(this.trust.held, der, role, this.#now);
    const subject = certificate === undefined ? '' : nameText(certificate.subjectDer);
    const where = `${server.address}:${server.port}`;
    if (recognition.kind === 'no-list') return undefined;
    if (recognition.kind === 'listed') return this.#trusted(service, where, subject, recognition.list);
    const refusal = refusalOf(recognition);
    const isFinal = recognition.kind === 'not-in-force' || service === 'TVS';
    if (isFinal || certificate === undefined) return this.#refused(service, where, subject, refusal);
    const answer = await this.#vouch({ kind: 'verify', certificate }, certificate.fingerprint, subject);
    const { why } = granted(answer, SERVING_FUNCTIONS[role]);
    if (why !== undefined)
      return this.#refused(service, where, subject, { ...refusal, why: `${refusal.why}, and ${why}` });
    return isInForce(certificate, this.#now)
      ? this.#trusted(service, where, subject, 'TVS')
      : this.#refused(service, where, subject, OVER);
  }

  #trusted(service: CheckedService, server: string, subject: string, by: 'CTL' | 'ITL' | 'TVS'): undefined {
    this.#options.publish('phone.server-trusted', { service, server, subject, by });
  }

  #refused(service: CheckedService, server: string, subject: string, { alert, why }: ServerRefusal): ServerRefusal {
    const text = `it does not trust ${service} at ${server}: ${why}`;
    this.#options.publish('phone.server-refused', { service, server, subject, alert, why });
    // What it would ask TVS about is refused itself then, and files come from the usual port.
    if (service !== 'TVS' && service !== 'HTTPS') this.#options.onServerRefused(text);
    return { alert, why: text };
  }

  /** Asks the servers of the last configuration in their order; the first that answers decides. */
  async #vouch(question: TvsQuestion, key: string, about: string): Promise<Vouched> {
    const { environment, identity, localAddress, publish } = this.#options;
    const now = environment.timers.now();
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > now) return known.vouched;
    if (tvsCertificates(this.trust.held).length === 0) return { why: 'its lists name no TVS to ask' };
    if (this.#tvs.length === 0) return { why: 'its last configuration names no TVS to ask' };
    const whys: string[] = [];
    for (const server of this.#tvs.slice(0, MOST_ASKED)) {
      const where = `${server.address}:${server.port}`;
      publish('phone.tvs-asked', { server: where, about });
      const answer = await askTvs(environment, {
        device: `CP-${identity.model.name.replace(/^Cisco /, '').replaceAll(' ', '')}-${identity.name}`,
        ...{ server, localAddress, question },
        tls: this.clientOf('TVS', server),
        session: this.#session++,
      });
      if (answer.kind === 'silent') {
        publish('phone.tvs-failed', { server: where, why: answer.why });
        whys.push(`TVS at ${where} cannot be asked (${answer.why})`);
        continue;
      }
      const roles = answer.kind === 'known' ? answer.roles : [];
      publish('phone.tvs-answered', {
        server: where,
        about,
        known: answer.kind === 'known',
        roles: roles.map(functionName),
      });
      if (answer.kind === 'unknown') return { why: `TVS at ${where} does not know it` };
      const vouched = { certificate: answer.certificate, roles };
      this.#remember(key, { vouched, until: after(now, seconds(answer.seconds)) });
      return vouched;
    }
    return { why: whys.join(' and ') };
  }

  #remember(key: string, remembered: Remembered): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, remembered);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MOST_REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
  }

  get #now(): WallTime {
    const { clock } = this.#options.environment;
    return clock.wallTime(clock.now());
  }
}

const OVER: ServerRefusal = {
  alert: CERTIFICATE_EXPIRED,
  why: 'by its clock the certificate is over or has not begun',
};

const refusalOf = (
  of: Exclude<ServerRecognition, { readonly kind: 'listed' } | { readonly kind: 'no-list' }>,
): ServerRefusal => {
  switch (of.kind) {
    case 'not-in-force':
      return OVER;
    case 'unreadable':
      return { alert: BAD_CERTIFICATE, why: `the certificate cannot be read: ${of.why}` };
    case 'other-role':
      return {
        alert: CERTIFICATE_UNKNOWN,
        why: `its lists have the certificate for ${of.functions.join(' and ')} alone`,
      };
    case 'unknown':
      return { alert: UNKNOWN_CA, why: 'its lists do not have the certificate' };
  }
};

/** What TVS said, if it grants one of these functions. */
const granted = (vouched: Vouched, functions: readonly number[]): Vouched => {
  if (vouched.why !== undefined || vouched.roles.some((role) => functions.includes(role))) return vouched;
  const roles = vouched.roles.map(functionName).join(', ') || 'nothing';
  return { why: `TVS vouches for it as ${roles}, not as ${functions.map(functionName).join(' or ')}` };
};
