// How a simulated phone gets its certificate from CAPF (`secure.md` §5.2): it connects, the server asks, the phone answers.

import {
  constants,
  createHash,
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  privateEncrypt,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  CAPF_CURVES,
  CAPF_FRAME,
  CAPF_KEY_TYPES,
  CAPF_REASONS,
  type CapfCommand,
  type CapfMessage,
  type CapfTag,
  capfText,
  certificateElement,
  certificateIn,
  octet,
  readCapfMessage,
  writeCapfMessage,
} from '../../capf/messages.js';
import { FrameSplitter } from '../../core/tagged-elements.js';
import { seconds } from '../../core/time.js';
import type { Endpoint, StreamLink, TlsIdentity } from '../../net/ports.js';
import type { PhoneEnvironment } from '../environment.js';

/** What a phone brings to CAPF. */
export interface EnrolmentPlan {
  readonly device: string;
  readonly server: Endpoint;
  readonly localAddress: string | undefined;
  /** What its user types; empty: nothing. */
  readonly password: string;
  /** The certificate that it has, of CAPF or of its factory; `undefined`: none. */
  readonly held: TlsIdentity | undefined;
}

/** What came of it. `held`: what the phone has now. */
export type Enrolled =
  | { readonly outcome: 'installed' | 'deleted' | 'shown' | 'nothing'; readonly held: TlsIdentity | undefined }
  | { readonly outcome: 'failed'; readonly why: string };

const GIVES_UP = seconds(60);
const VERSION = 3;

const newKeys = promisify(generateKeyPair);

/** What a file calls a certificate: MD5 in hexadecimal (`secure.md` §4.2). Empty: there is none. */
export const hashOfCertificate = (identity: TlsIdentity | undefined): string =>
  identity === undefined ? '' : createHash('md5').update(new X509Certificate(identity.certificate).raw).digest('hex');

/** Holds a session with CAPF. Never rejects. */
export const enrol = (environment: PhoneEnvironment, plan: EnrolmentPlan): Promise<Enrolled> =>
  new Promise((resolve) => {
    const { streams, timers } = environment;
    const exchange = new CapfExchange(plan);
    let open: StreamLink | undefined;
    const timer = timers.create(() => finish({ outcome: 'failed', why: 'CAPF does not answer' }));
    const finish = (result: Enrolled): void => {
      timer.cancel();
      open?.end();
      resolve(result);
    };
    timer.startIn(GIVES_UP);
    const frames = new FrameSplitter(CAPF_FRAME);
    /** Messages are answered one after the other: making a key takes a while. */
    let answering = Promise.resolve();
    const answer = async (link: StreamLink, bytes: Buffer): Promise<void> => {
      for (const frame of frames.push(bytes)) {
        const result = await exchange.answer(readCapfMessage(frame), (octets) => link.write(octets));
        if (result !== undefined) finish(result);
      }
    };
    const fail = (error: unknown): void =>
      finish({ outcome: 'failed', why: error instanceof Error ? error.message : String(error) });
    const local = plan.localAddress === undefined ? {} : { localAddress: plan.localAddress };
    streams
      .connect(plan.server, { ...local, tls: {} }, (link) => {
        open = link;
        return {
          received: (bytes) => {
            answering = answering.then(() => answer(link, bytes)).catch(fail);
          },
          closed: () => {
            void answering.then(() => finish({ outcome: 'failed', why: 'CAPF closed the connection' }));
          },
        };
      })
      .catch((error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
  });

/** The phone's side of a session. */
class CapfExchange {
  readonly #plan: EnrolmentPlan;
  #fresh: KeyObject | undefined;
  #held: TlsIdentity | undefined;
  #outcome: 'installed' | 'deleted' | 'shown' | 'nothing' = 'nothing';

  constructor(plan: EnrolmentPlan) {
    this.#plan = plan;
    this.#held = plan.held;
  }

  /** Answers a message. Returns the result when it was the last. */
  async answer(message: CapfMessage, write: (octets: Buffer) => void): Promise<Enrolled | undefined> {
    const say = (command: CapfCommand, elements: readonly (readonly [CapfTag, Buffer])[] = []): void =>
      write(writeCapfMessage(command, message.session, elements));
    switch (message.command) {
      case 'AuthReq':
        say('AuthRes', this.#introduction(message.session));
        return undefined;
      case 'KeyGenReq':
        say('RequestInProgress');
        say('KeyGenRes', [['publicKey', await this.#newKey(message)]]);
        return undefined;
      case 'StoreCertReq':
        say('StoreCertRes', [['reason', octet(this.#store(message) ? CAPF_REASONS.done : CAPF_REASONS.invalid)]]);
        return undefined;
      case 'DeleteCertReq':
        this.#held = undefined;
        this.#outcome = 'deleted';
        say('DeleteCertRes', [['reason', octet(CAPF_REASONS.done)]]);
        return undefined;
      case 'FetchCertReq':
        say('FetchCertRes', this.#shown());
        return undefined;
      case 'EndSession':
        return this.#result(message.elements.get('reason')?.[0]);
      default:
        return { outcome: 'failed', why: `${message.command} from CAPF` };
    }
  }

  #result(reason: number | undefined): Enrolled {
    if (reason === CAPF_REASONS.done || reason === CAPF_REASONS.noAction)
      return { outcome: this.#outcome, held: this.#held };
    return { outcome: 'failed', why: `CAPF refuses it with reason ${reason ?? 'missing'}` };
  }

  #introduction(session: number): readonly (readonly [CapfTag, Buffer])[] {
    const { device, password, held } = this.#plan;
    const name = capfText(device);
    const common = [
      ['version', octet(VERSION)],
      ['password', capfText(password)],
      ['deviceName', name],
    ] as const;
    if (held === undefined) return [['reason', octet(CAPF_REASONS.done)], ...common];
    const key = createPrivateKey(held.key);
    const der = new X509Certificate(held.certificate).raw;
    const number = Buffer.alloc(4);
    number.writeUInt32LE(session);
    const named = Buffer.concat([name, der]);
    const ofSession = signed(key, Buffer.concat([number, der]), 'sha1');
    return [
      ['reason', octet(CAPF_REASONS.done)],
      ['certificate', certificateElement(der)],
      ['signedData', signed(key, named, 'sha1')],
      ...common,
      ['sudiData', Buffer.concat([part(SUDI_CERTIFICATE, der), part(SUDI_SIGNATURE, ofSession)])],
      ['sha2SignedData', part(SHA2_SIGNATURE, signed(key, named, 'sha512'))],
    ];
  }

  async #newKey({ elements }: CapfMessage): Promise<Buffer> {
    const isEc = elements.get('keyType')?.[0] === CAPF_KEY_TYPES.ec;
    const curve =
      Object.entries(CAPF_CURVES).find(([, number]) => number === elements.get('curve')?.[0])?.[0] ?? 'P-256';
    const size = elements.get('keySize');
    const { publicKey, privateKey } = isEc
      ? await newKeys('ec', { namedCurve: curve })
      : await newKeys('rsa', { modulusLength: size?.length === 2 ? size.readUInt16BE() : 2048 });
    this.#fresh = privateKey;
    return publicKey.export({ type: 'spki', format: 'der' });
  }

  /** Keeps the certificate, if it is for the key that was made. */
  #store({ elements }: CapfMessage): boolean {
    const der = certificateIn(elements.get('certificate'));
    if (der === undefined || this.#fresh === undefined) return false;
    const certificate = new X509Certificate(der);
    if (!certificate.checkPrivateKey(this.#fresh)) return false;
    const key = this.#fresh.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.#held = { key, certificate: certificate.toString() };
    this.#outcome = 'installed';
    return true;
  }

  #shown(): readonly (readonly [CapfTag, Buffer])[] {
    if (this.#held === undefined) return [['reason', octet(CAPF_REASONS.invalid)]];
    this.#outcome = 'shown';
    return [
      ['reason', octet(CAPF_REASONS.done)],
      ['certificate', certificateElement(new X509Certificate(this.#held.certificate).raw)],
    ];
  }
}

const SUDI_CERTIFICATE = 0;
const SUDI_SIGNATURE = 1;
const SHA2_SIGNATURE = 3;

const part = (kind: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(3);
  head.writeUInt8(kind, 0);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
};

/** RSA: the bare hash in a block of type 1. EC: ECDSA. */
const signed = (key: KeyObject, content: Buffer, hash: 'sha1' | 'sha512'): Buffer =>
  key.asymmetricKeyType === 'rsa'
    ? privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, createHash(hash).update(content).digest())
    : sign(hash, content, key);
