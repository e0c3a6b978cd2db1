// What strangers send to CAPF and TVS: the messages of a phone that behaves, changed at one place of its session.

import { constants, createHash, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import {
  type CapfCommand,
  type CapfTag,
  capfText,
  certificateElement,
  octet,
  writeCapfMessage,
} from '../../src/capf/messages.js';
import { textElement } from '../../src/core/tagged-elements.js';
import { wallTime } from '../../src/core/time.js';
import type { Random } from '../../src/net/ports.js';
import { type Identity, issueLsc } from '../../src/security/identity.js';
import { type TvsTag, type TvsType, writeTvsMessage } from '../../src/tvs/messages.js';
import { withKeysOfProcess } from './key-stock.js';
import { mutated } from './random.js';

/** A phone's part of a session: what it says, one message after the other. */
export interface CapfPart {
  readonly device: string;
  readonly says: readonly (readonly [CapfCommand, readonly (readonly [CapfTag, Buffer])[]])[];
}

const keys = withKeysOfProcess(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'der' });

const authenticates = (
  device: string,
  more: readonly (readonly [CapfTag, Buffer])[] = [],
): CapfPart['says'][number] => [
  'AuthRes',
  [['reason', octet(1)], ['version', octet(3)], ['password', octet(0)], ...more, ['deviceName', capfText(device)]],
];

/** A phone that takes a certificate with a key of one kind. */
export const installs = (device: string, kind: 'rsa' | 'ec' = 'rsa'): CapfPart => ({
  device,
  says: [
    authenticates(device),
    ['KeyGenRes', [['publicKey', kind === 'rsa' ? publicKey : ecKey]]],
    ['StoreCertRes', [['reason', octet(1)]]],
  ],
});

/** A phone that gives its certificate up. */
export const deletes = (device: string): CapfPart => ({
  device,
  says: [authenticates(device), ['DeleteCertRes', [['reason', octet(1)]]]],
});

/** A phone that shows the certificate that it has of this CAPF. */
export const shows = (device: string, capf: Identity, now: number): CapfPart => ({
  device,
  says: [
    authenticates(device),
    [
      'FetchCertRes',
      [
        ['reason', octet(1)],
        ['certificate', certificateElement(lscOf(device, capf, now))],
      ],
    ],
  ],
});

/** A phone that proves itself by the certificate that it has of this CAPF. */
export const proves = (device: string, capf: Identity, now: number): CapfPart => {
  const der = lscOf(device, capf, now);
  const signed = (hash: string): Buffer => {
    const digest = createHash(hash).update(`${device}\0`).update(der).digest();
    return privateEncrypt({ key: keys.privateKey, padding: constants.RSA_PKCS1_PADDING }, digest);
  };
  const sha512 = signed('sha512');
  const head = Buffer.from([3, sha512.length >> 8, sha512.length & 0xff]);
  return {
    device,
    says: [
      authenticates(device, [
        ['certificate', certificateElement(der)],
        ['signedData', signed('sha1')],
        ['sha2SignedData', Buffer.concat([head, sha512])],
      ]),
      ['KeyGenRes', [['publicKey', publicKey]]],
    ],
  };
};

const lscOf = (device: string, capf: Identity, now: number): Buffer =>
  issueLsc(capf, { device, publicKey, now: wallTime(now), years: 5 });

/** The octets of a part, the message at `changed` changed. `session`: as the server has numbered it. */
export const octetsOf = ({ says }: CapfPart, session: number, changed: number, random: Random): readonly Buffer[] =>
  says.slice(0, changed + 1).map(([command, elements], index) => {
    const whole = writeCapfMessage(command, session, elements);
    return index === changed ? changedMessage(whole, 8, 6, random) : whole;
  });

/** Half of them have a length that is right, so that what stands in them is read. */
const changedMessage = (whole: Buffer, head: number, lengthAt: number, random: Random): Buffer => {
  if (random.below(2) === 0) return mutated(whole, random);
  const body = mutated(whole.subarray(head), random);
  const message = Buffer.concat([whole.subarray(0, head), body]);
  message.writeUInt16BE(Math.min(body.length, 0xffff), lengthAt);
  return message;
};

/** Questions of phones to TVS, about a certificate and its names. */
export const tvsQuestions = (about: {
  readonly der: Buffer;
  readonly subject: string;
  readonly issuer: string;
  readonly serial: Buffer;
}): readonly Buffer[] => {
  const device = Buffer.concat([Buffer.from([1]), Buffer.from('CP-8861-SEP00270DC01C92', 'latin1')]);
  const ask = (type: TvsType, elements: readonly (readonly [TvsTag, Buffer])[]): Buffer =>
    writeTvsMessage(type, 0x3e9, [['device', device], ...elements]);
  return [
    ask('VerifyReq', [['certificate', about.der]]),
    ask('QueryReq', [
      ['subject', textElement(about.subject)],
      ['issuer', textElement(about.issuer)],
      ['serial', about.serial],
    ]),
  ];
};

/** A question, changed. */
export const changedQuestion = (questions: readonly Buffer[], random: Random): Buffer =>
  changedMessage(questions[random.below(questions.length)] as Buffer, 10, 8, random);
