// What TVS answers: which certificates this cluster vouches for, and as what (`secure.md` §5.1).

import { elementText } from '../core/tagged-elements.js';
import { TVS_STATUS, type TvsMessage, type TvsTag, writeTvsMessage } from './messages.js';

/** A certificate that TVS vouches for. */
export interface VouchedCertificate {
  readonly der: Buffer;
  /** As lists write it: `CN=…;OU=…;O=…`, without a NUL. */
  readonly subject: string;
  readonly issuer: string;
  /** The magnitude. */
  readonly serial: Buffer;
  /** Functions of trust lists. */
  readonly roles: readonly number[];
}

/** What was asked and answered, for the event. */
export interface TvsAnswer {
  readonly octets: Buffer;
  readonly kind: 'verify' | 'query';
  /** As the phone named itself, such as `CP-8861-SEP…`. */
  readonly device: string;
  /** Of the certificate that was asked about, as far as it is known. */
  readonly subject: string;
  readonly roles: readonly number[] | undefined;
}

/** Characters of what a phone says that stand in the event: no name is longer, and a request may have thousands. */
const MOST_SAID = 512;

/** Seconds for which a phone remembers an answer: a real server says a day. */
const TIME_TO_LIVE = 86_400;

/** Answers a request. `undefined`: it is none, and nothing is to be said. */
export const answerTvs = (
  { type, session, elements }: TvsMessage,
  vouched: readonly VouchedCertificate[],
): TvsAnswer | undefined => {
  const device = deviceIn(elements.get('device')).slice(0, MOST_SAID);
  if (type === 'VerifyReq') {
    const asked = elements.get('certificate');
    const known = asked === undefined ? undefined : vouched.find(({ der }) => der.equals(asked));
    const octets = writeTvsMessage('VerifyRes', session, statusOf(known, []));
    return { octets, kind: 'verify', device, subject: known?.subject ?? '', roles: known?.roles };
  }
  if (type !== 'QueryReq') return undefined;
  const [subject, issuer] = [textIn(elements.get('subject')), textIn(elements.get('issuer'))];
  const serial = elements.get('serial');
  // As CUCM does: by serial number and issuer, then by all.
  const known = vouched.find(
    (one) =>
      serial !== undefined &&
      one.serial.equals(withoutSign(serial)) &&
      one.issuer === issuer &&
      one.subject === subject,
  );
  const octets = writeTvsMessage(
    'QueryRes',
    session,
    statusOf(known, known === undefined ? [] : [['certificate', known.der]]),
  );
  return { octets, kind: 'query', device, subject: subject.slice(0, MOST_SAID), roles: known?.roles };
};

const statusOf = (
  known: VouchedCertificate | undefined,
  certificate: readonly (readonly [TvsTag, Buffer])[],
): readonly (readonly [TvsTag, Buffer])[] => {
  if (known === undefined) return [['status', Buffer.from([TVS_STATUS.unknown])]];
  const seconds = Buffer.alloc(4);
  seconds.writeUInt32BE(TIME_TO_LIVE);
  return [
    ['status', Buffer.from([TVS_STATUS.known])],
    ...certificate,
    ['roles', Buffer.from(known.roles)],
    ['timeToLive', seconds],
  ];
};

const textIn = (value: Buffer | undefined): string => (value === undefined ? '' : elementText(value));

/** An octet 1 stands before the name. */
const deviceIn = (value: Buffer | undefined): string =>
  value === undefined ? '' : elementText(value[0] === 1 ? value.subarray(1) : value);

const withoutSign = (serial: Buffer): Buffer => (serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial);
