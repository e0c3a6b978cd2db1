// A trust list or signed file as text, in the shape of CUCM's `show ctl` and `show itl`.

import { createHash } from 'node:crypto';
import { dateOf, wallTime } from '../core/time.js';
import { DIGESTS, type TlvField, textOf } from '../security/container.js';
import type { ListDecision } from '../security/held-lists.js';
import type { TrustJudgement } from '../security/judge.js';
import { functionName, isEmptyRecord, type ListRecord } from '../security/trust-list.js';

/** How a value is shown: as text, as octets, as a number of so many octets, or not at all. */
type ValueForm = 'text' | 'serial' | 'number' | 'octets' | 'none' | 'function' | 'time' | 'address' | 'certificate';

type Tags = ReadonlyMap<number, readonly [name: string, form: ValueForm]>;

const HEADER_TAGS: Tags = new Map([
  [1, ['VERSION', 'octets']],
  [2, ['HEADERLENGTH', 'number']],
  [3, ['SIGNERID', 'none']],
  [4, ['SIGNERNAME', 'text']],
  [5, ['SERIALNUMBER', 'serial']],
  [6, ['CANAME', 'text']],
  [7, ['SIGNATUREINFO', 'none']],
  [8, ['DIGESTALGORITHM', 'number']],
  [9, ['SIGNATUREALGOINFO', 'none']],
  [10, ['SIGNATUREALGORITHM', 'number']],
  [11, ['SIGNATUREMODULUS', 'number']],
  [12, ['SIGNATURE', 'octets']],
  [14, ['FILENAME', 'text']],
  [15, ['TIMESTAMP', 'time']],
  [16, ['ENCRYPTIONINFO', 'none']],
  [17, ['CIPHERINFO', 'none']],
  [18, ['CIPHER', 'number']],
  [19, ['INITIALVECTOR', 'octets']],
  [20, ['PADLENGTH', 'number']],
  [21, ['KEYINFO', 'none']],
  [22, ['KEYALGORITHM', 'number']],
  [23, ['KEYBITS', 'number']],
  [24, ['KEYPADDING', 'number']],
  [25, ['WRAPPEDKEY', 'octets']],
  [26, ['PLAINDIGESTALGORITHM', 'number']],
  [27, ['PLAINDIGEST', 'octets']],
  [28, ['LISTVERSION', 'octets']],
]);

const RECORD_TAGS: Tags = new Map([
  [1, ['RECORDLENGTH', 'number']],
  [2, ['DNSNAME', 'text']],
  [3, ['SUBJECTNAME', 'text']],
  [4, ['FUNCTION', 'function']],
  [5, ['ISSUERNAME', 'text']],
  [6, ['SERIALNUMBER', 'serial']],
  [7, ['PUBLICKEY', 'none']],
  [8, ['SIGNATURE', 'none']],
  [9, ['CERTIFICATE', 'certificate']],
  [10, ['IPADDRESS', 'address']],
]);

/** The long names of functions that CUCM prints. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = { SAST: 'System Administrator Security Token' };

const COLUMNS = ['BYTEPOS', 'TAG', 'LENGTH', 'VALUE'] as const;
const WIDTHS = [9, 23, 8];
const MOST_OCTETS = 16;
const MOST_TEXT = 300;

/** What follows from whether a phone takes a list. */
const DECISIONS: Readonly<Record<ListDecision, string>> = {
  'on-faith': 'yes',
  'signed-by-held-signer': 'yes: it knows the signer',
  'after-rollback': 'yes: the list that it holds sets it free',
  'only-through-tvs': 'only through TVS: it does not know the signer, and would ask the TVS of the list that it holds',
  refused: 'no: it does not know the signer, and holds no TVS to ask',
  'bad-signature': 'no: it knows the signer, and the signature is not its',
};

/** The lines about one file. */
export const trustDump = (file: string, bytes: Buffer, judgement: TrustJudgement): readonly string[] => {
  const { container, records = [], verdict, detail, offset, warnings, decision, kind } = judgement;
  const at = offset === undefined ? '' : ` (at octet ${offset})`;
  return [
    `File:           ${file}`,
    `Length:         ${bytes.length} (BYTES)`,
    `MD5:            ${hashOf('md5', bytes)}`,
    `SHA-1:          ${hashOf('sha1', bytes)}`,
    ...(container === undefined
      ? []
      : [
          `Kind:           ${kind}`,
          `Version:        ${container.version}`,
          `HeaderLength:   ${container.headerLength} (BYTES)`,
          '',
          ...rows(container.fields.slice(2), HEADER_TAGS),
        ]),
    ...records.flatMap((record, index) => ['', ...recordLines(record, index)]),
    '',
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(decision === undefined ? [] : [`a phone that holds the other list takes this: ${DECISIONS[decision]}`]),
    `verdict: ${verdict}${detail === '' ? '' : `: ${detail}${at}`}`,
  ];
};

const hashOf = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');

const recordLines = (record: ListRecord, index: number): readonly string[] => [
  `Record #${index + 1}:`,
  ...rows(record.fields, RECORD_TAGS),
  ...(isEmptyRecord(record) ? ['This record is empty.'] : []),
];

const rows = (fields: readonly TlvField[], tags: Tags): readonly string[] => [
  columns(COLUMNS),
  columns(COLUMNS.map((name) => '-'.repeat(name.length))),
  ...fields.map(({ at, tag, value }) => {
    const [name, form] = tags.get(tag) ?? [`TAG ${tag}`, 'octets'];
    return columns([String(at), `${tag} ${name}`, String(value.length), valueText(value, form)]);
  }),
];

const columns = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('')
    .trimEnd();

const hex = (bytes: Buffer, separator = ''): string =>
  bytes.subarray(0, MOST_OCTETS).toString('hex').toUpperCase().match(/../g)?.join(separator) ?? '';

/** Texts are of whoever wrote the file: nothing in them may steer the terminal. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  text.replace(/[\0-\x1f\x7f-\x9f]/g, '?').slice(0, MOST_TEXT);

const number = (value: Buffer): string =>
  value.length === 0 || value.length > 4 ? hex(value, ' ') : String(value.readUIntBE(0, value.length));

const VALUES: Readonly<Record<ValueForm, (value: Buffer) => string>> = {
  none: () => '',
  text: (value) => printable(textOf(value)),
  serial: (value) => hex(value, ':'),
  number,
  octets: (value) => `${hex(value, ' ')}${value.length > MOST_OCTETS ? ' …' : ''}`,
  function: (value) => {
    const name = functionName(value.readUInt16BE(0));
    return LONG_FUNCTIONS[name] ?? name;
  },
  time: (value) =>
    value.length === 4 ? dateOf(wallTime(value.readUInt32BE(0) * 1000)).toISOString() : hex(value, ' '),
  address: (value) => (value.length === 4 ? value.join('.') : hex(value, ' ')),
  certificate: (value) => `${hashOf('sha1', value).toUpperCase()} (SHA1 Hash HEX)`,
};

const valueText = (value: Buffer, form: ValueForm): string => VALUES[form](value);

/** The same facts for programs. */
export const trustJson = (file: string, bytes: Buffer, judgement: TrustJudgement) => {
  const { container, records, verdict, detail, offset, warnings, decision, kind } = judgement;
  return {
    file,
    verdict,
    detail,
    ...(offset === undefined ? {} : { offset }),
    octets: bytes.length,
    md5: hashOf('md5', bytes),
    sha1: hashOf('sha1', bytes),
    ...(container === undefined
      ? {}
      : {
          kind,
          name: container.fileName,
          version: container.version,
          ...(container.listVersion === undefined ? {} : { listVersion: container.listVersion }),
          digest: DIGESTS.get(container.digest) ?? container.digest,
          ...(container.timestamp === undefined
            ? {}
            : { timestamp: dateOf(wallTime(container.timestamp * 1000)).toISOString() }),
          signer: container.signer.name,
          serial: container.signer.serial.toString('hex'),
          issuer: container.signer.issuer,
        }),
    ...(records === undefined
      ? {}
      : {
          records: records.map((record) => ({
            function: functionName(record.function),
            subject: record.subject ?? null,
            dnsName: record.dnsName ?? null,
            address: record.address ?? null,
            empty: isEmptyRecord(record),
          })),
        }),
    ...(decision === undefined ? {} : { decision }),
    warnings,
  };
};
