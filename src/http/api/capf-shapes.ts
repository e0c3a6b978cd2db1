// The JSON of certificates of phones. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

const key = about(
  z.union([z.int(), z.enum(['P-256', 'P-384', 'P-521'])]),
  'Bits of an RSA key, or the curve of an EC key.',
  2048,
);
const operation = about(
  z.enum(['install', 'delete', 'fetch']),
  '`install`: the phone makes a key and gets a certificate; `delete`: it forgets its own; `fetch`: it shows its own.',
  'install',
);
const authentication = about(
  z.enum(['string', 'null', 'lsc', 'mic']),
  'How the phone proves itself: by a string that its user types, by nothing, or by a certificate that it has.',
  'string',
);

export const CapfBody = about(
  shape({
    operation,
    authentication,
    string: about(z.string().optional(), 'With `string`: 4 to 10 digits; else the daemon makes six.', '471100'),
    key: key.optional(),
    days: about(z.int().optional(), 'How long it waits, 1 to 365; else 10.', 10),
  }),
  'An operation to arm.',
);
export type CapfBody = Json<typeof CapfBody>;

export const CapfOperationJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    operation,
    authentication,
    key,
    until: about(IsoTime, 'When it is over, if its phone does not come.', '2026-12-10T09:00:00.000Z'),
    string: about(z.string().optional(), 'What its user must type. It is shown this once.', '471100'),
  }),
  'An operation that waits for its phone. It is done once.',
);
export type CapfOperationJson = Json<typeof CapfOperationJson>;

export const PhoneCertificateJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    fingerprint: about(
      z.string(),
      'SHA-256 in hexadecimal digits.',
      'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3a94a8fe5ccb19ba61c4c0873',
    ),
    issuer: about(z.string(), 'The common name of who issued it.', 'CAPF-a7fb32bf'),
    notAfter: about(IsoTime, 'Until when it is in force.', '2031-11-30T09:00:00.000Z'),
  }),
  'The certificate of a phone.',
);
export type PhoneCertificateJson = Json<typeof PhoneCertificateJson>;

export const CapfJson = about(
  shape({
    operations: about(z.array(CapfOperationJson), 'What waits for its phone.'),
    certificates: about(z.array(PhoneCertificateJson), 'The first 1000 certificates of phones, by device name.'),
    total: about(z.int(), 'How many certificates there are.', 1),
  }),
  'Operations and certificates of phones.',
);
export type CapfJson = Json<typeof CapfJson>;
