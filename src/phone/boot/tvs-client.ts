// How a simulated phone asks TVS about a certificate that its lists do not name (`docs/protocols/secure.md` §2.4, §5.1).

import { ProtocolError } from '../../core/errors.js';
import { elementText, FrameSplitter, textElement } from '../../core/tagged-elements.js';
import { seconds } from '../../core/time.js';
import type { Endpoint, StreamLink, TlsClient } from '../../net/ports.js';
import type { SignerInfo } from '../../security/container.js';
import { nameText } from '../../security/distinguished-name.js';
import { type ReadCertificate, readCertificate } from '../../security/read-certificate.js';
import { readTvsMessage, TVS_FRAME, TVS_STATUS, type TvsMessage, writeTvsMessage } from '../../tvs/messages.js';
import type { PhoneEnvironment } from '../environment.js';

/** What a phone asks: about a certificate that a server showed, or about the signer of a list or file. */
export type TvsQuestion =
  | { readonly kind: 'verify'; readonly certificate: ReadCertificate }
  | { readonly kind: 'query'; readonly signer: SignerInfo };

/** One question to one server. */
export interface TvsInquiry {
  /** As the phone names itself: `CP-8861-SEP…`. */
  readonly device: string;
  readonly server: Endpoint;
  readonly localAddress: string | undefined;
  readonly tls: TlsClient;
  readonly session: number;
  readonly question: TvsQuestion;
}

/** What a server said. `silent`: nothing that can be used came, `why` is for people. */
export type TvsReply =
  | {
      readonly kind: 'known';
      readonly roles: readonly number[];
      readonly certificate: ReadCertificate;
      /** For how long the phone may remember it. */
      readonly seconds: number;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'silent'; readonly why: string };

/** A server has so long, its handshake included: the server that is judged meanwhile waits no longer than ten seconds. */
const WITHIN = seconds(4);
const NAMED = 1;

/** Asks one server over a connection of its own. Never rejects. */
export const askTvs = (
  { streams, timers }: PhoneEnvironment,
  { device, server, localAddress, tls, session, question }: TvsInquiry,
): Promise<TvsReply> =>
  new Promise((resolve) => {
    let open: StreamLink | undefined;
    let isOver = false;
    const finish = (result: TvsReply): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      open?.end();
      resolve(result);
    };
    const timer = timers.create(() => finish({ kind: 'silent', why: 'no answer' }));
    timer.startIn(WITHIN);
    const frames = new FrameSplitter(TVS_FRAME);
    const read = (bytes: Buffer): void => {
      try {
        const [frame] = frames.push(bytes);
        if (frame !== undefined) finish(answerIn(readTvsMessage(frame), session, question));
      } catch (error) {
        finish({ kind: 'silent', why: error instanceof Error ? error.message : String(error) });
      }
    };
    streams
      .connect(server, { ...(localAddress === undefined ? {} : { localAddress }), tls }, (link) => {
        open = link;
        if (isOver) link.end();
        return { received: read, closed: () => finish({ kind: 'silent', why: 'it closed the connection' }) };
      })
      .then(
        (link) => link.write(requestOf(device, session, question)),
        (error: NodeJS.ErrnoException) => finish({ kind: 'silent', why: error.code ?? error.message }),
      );
  });

const requestOf = (device: string, session: number, question: TvsQuestion): Buffer => {
  const name = Buffer.concat([Buffer.from([NAMED]), Buffer.from(device, 'latin1')]);
  if (question.kind === 'verify')
    return writeTvsMessage('VerifyReq', session, [
      ['device', name],
      ['certificate', question.certificate.der],
    ]);
  const { name: subject, issuer, serial } = question.signer;
  return writeTvsMessage('QueryReq', session, [
    ['device', name],
    ['subject', textElement(subject)],
    ['issuer', textElement(issuer)],
    ['serial', serial],
  ]);
};

/** Throws a `ProtocolError` for an answer to something else, and for one that lacks what it must have. */
const answerIn = (message: TvsMessage, session: number, question: TvsQuestion): TvsReply => {
  const { type, elements } = message;
  if (type !== (question.kind === 'verify' ? 'VerifyRes' : 'QueryRes') || message.session !== session)
    throw new ProtocolError('TYPE', `${type} of session ${message.session}, which it did not ask for`);
  // 0 means that it is known.
  if (elements.get('status')?.[0] !== TVS_STATUS.known) return { kind: 'unknown' };
  const roles = [...(elements.get('roles') ?? [])];
  const timeToLive = elements.get('timeToLive');
  return {
    kind: 'known',
    roles,
    certificate:
      question.kind === 'verify' ? question.certificate : namedIn(elements.get('certificate'), question.signer),
    seconds: timeToLive?.length === 4 ? timeToLive.readUInt32BE() : 0,
  };
};

/** The certificate of an answer, which must be the one that was asked for. Throws a `ProtocolError`. */
const namedIn = (der: Buffer | undefined, signer: SignerInfo): ReadCertificate => {
  if (der === undefined) throw new ProtocolError('ELEMENTS', 'an answer without the certificate');
  const certificate = readCertificate(der);
  const issuers = [nameText(certificate.issuerDer), nameText(certificate.issuerDer, 'certutils')];
  if (!certificate.serial.equals(signer.serial) || !issuers.includes(elementText(Buffer.from(signer.issuer, 'latin1'))))
    throw new ProtocolError('CERTIFICATE', 'an answer with another certificate');
  return certificate;
};
