// Distinguished names, in the three forms in which they occur: parts, DER, and the text of trust lists
// (`docs/protocols/secure.md` §1.2, §2.1).

import { ProtocolError } from '../core/errors.js';
import { DER_TAG, der, derOid, derValue, derValues } from './der.js';

/** The parts of a name that CUCM writes. All but the common name may be missing. */
export interface DistinguishedName {
  readonly CN: string;
  readonly OU?: string | undefined;
  readonly O?: string | undefined;
  readonly L?: string | undefined;
  readonly ST?: string | undefined;
  readonly C?: string | undefined;
}

type Part = keyof DistinguishedName;

/** Their object identifiers, in the order in which CUCM's certificates have them. */
const DER_ORDER: readonly (readonly [Part, string])[] = [
  ['C', '2.5.4.6'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['CN', '2.5.4.3'],
  ['ST', '2.5.4.8'],
  ['L', '2.5.4.7'],
];
const PARTS: ReadonlyMap<string, Part> = new Map(
  DER_ORDER.map(([part, type]) => [derOid(type).toString('hex'), part] as const),
);

/** The order in which texts have them, whatever the order in DER. */
const TEXT_ORDER: readonly Part[] = ['CN', 'OU', 'O', 'L', 'ST', 'C'];

/** What stands between the parts of a name in a list: `;` in those of CUCM, `,` in those of certutils. */
export type NameForm = 'cucm' | 'certutils';

const SEPARATORS: Readonly<Record<NameForm, string>> = { cucm: ';', certutils: ',' };

/** Writes a name as DER, in CUCM's order: C, O, OU, CN, ST, L. */
export const nameDer = (name: DistinguishedName): Buffer =>
  der(
    DER_TAG.sequence,
    ...DER_ORDER.flatMap(([part, type]) => {
      const value = name[part];
      if (value === undefined) return [];
      const kind = part === 'C' ? DER_TAG.printable : DER_TAG.utf8;
      return [der(DER_TAG.set, der(DER_TAG.sequence, derOid(type), der(kind, Buffer.from(value, 'utf8'))))];
    }),
  );

/** Reads the parts of a DER name that CUCM writes; others are left out. Throws a `ProtocolError` (`DER`). */
const partsOf = (name: Buffer): ReadonlyMap<Part, readonly string[]> => {
  const parts = new Map<Part, string[]>();
  for (const set of derValues(derValue(name).content))
    for (const pair of derValues(set.content)) {
      const [type, value] = derValues(pair.content);
      if (type === undefined || value === undefined) throw new ProtocolError('DER', 'a part of a name without a value');
      const part = PARTS.get(type.whole.toString('hex'));
      if (part === undefined) continue;
      const values = parts.get(part) ?? [];
      values.push(value.content.toString(value.tag === DER_TAG.utf8 ? 'utf8' : 'latin1'));
      parts.set(part, values);
    }
  return parts;
};

/** Makes the text of a DER name for a list: `CN=…;OU=…;O=…;L=…;ST=…;C=…`. Throws a `ProtocolError` (`DER`). */
export const nameText = (name: Buffer, form: NameForm = 'cucm'): string => {
  const parts = partsOf(name);
  return TEXT_ORDER.flatMap((part) => (parts.get(part) ?? []).map((value) => `${part}=${value}`)).join(
    SEPARATORS[form],
  );
};

/**
 * Whether a text of a list or a signed file stands for a DER name: as CUCM writes it, or as this project does for `certutils`,
 * or as certutils itself does, with the parts as they stand in DER. Throws a `ProtocolError` (`DER`).
 */
export const isTextOfName = (text: string, name: Buffer): boolean =>
  text === nameText(name) || text === nameText(name, 'certutils') || text === textInDerOrder(name);

const textInDerOrder = (name: Buffer): string =>
  [...partsOf(name)].flatMap(([part, values]) => values.map((value) => `${part}=${value}`)).join(SEPARATORS.certutils);

/** Reads a DER name. Of a part that occurs several times the last counts. Throws a `ProtocolError` (`DER`). */
export const readName = (name: Buffer): DistinguishedName => {
  const found: Partial<Record<Part, string>> = {};
  for (const [part, values] of partsOf(name)) found[part] = values.at(-1) ?? '';
  return { CN: '', ...found };
};
