// Every key of calls that claims numbers, in the order in which digit analysis takes them, whatever kind of key it is. What two of
// them claim is told from this one list: as a fault (`number-checks.ts`), or where a line has it, as a warning
// (`call-warnings.ts`).

import { numberCodes, numberOwners, type OwnedTarget } from '../calls/number-owners.js';
import { literalHead, parsePattern } from '../calls/patterns.js';
import { type CallSettings, DEFAULT_CALLS } from '../calls/settings.js';
import { keyOf } from './schema-errors.js';
import type { Path } from './yaml-source.js';

/** A key that claims a number, or all numbers of a form. */
export interface NumberClaim {
  /** Equal for what collides: the number, or the text of a pattern that matches more than one. */
  readonly text: string;
  /** What every number begins with that it claims. */
  readonly head: string;
  readonly kind: OwnedTarget['kind'] | 'forward' | 'intercom' | 'translation' | 'pattern';
  /** For people, such as `the service echo`. */
  readonly what: string;
  readonly path: Path;
  /** What stands in the file: of a range the range. */
  readonly written: string;
}

const WHAT: Readonly<Record<Exclude<NumberClaim['kind'], 'service'>, string>> = {
  emergency: 'an emergency number',
  hunt: 'a hunt list',
  pickup: 'a pick-up number',
  page: 'a page',
  park: 'a number of parked calls',
  conference: 'a meeting room',
  forward: 'the code that forwards all calls',
  intercom: 'the code of intercom calls',
  translation: 'a translation',
  pattern: 'a pattern',
};

/** Every claim of the settings. */
export const numberClaims = (settings: CallSettings): readonly NumberClaim[] => {
  const { park, conference, translations, patterns } = settings;
  const written: Partial<Record<OwnedTarget['kind'], string | undefined>> = {
    park: park.range,
    conference: conference.rooms,
  };
  return [
    ...numberOwners(settings).map(
      ({ number, target, path }): NumberClaim => ({
        ...{ text: number, head: number, kind: target.kind, path: ['calls', ...path] },
        what: target.kind === 'service' ? `the service ${target.service}` : WHAT[target.kind],
        written: written[target.kind] ?? number,
      }),
    ),
    ...numberCodes(settings).map(({ code, path }): NumberClaim => {
      const kind = path[0] === 'forwardAll' ? 'forward' : 'intercom';
      return { text: code, head: code, kind, what: WHAT[kind], path: ['calls', ...path], written: code };
    }),
    ...translations.flatMap(({ match }, index) => patternClaim('translation', match, ['translations', index, 'match'])),
    ...patterns.flatMap(({ match }, index) => patternClaim('pattern', match, ['patterns', index, 'match'])),
  ];
};

const patternClaim = (kind: 'translation' | 'pattern', match: string, path: Path): readonly NumberClaim[] => {
  const pattern = parsePattern(match);
  if (typeof pattern === 'string') return [];
  const { text: head, isWhole } = literalHead(pattern);
  const text = isWhole ? head : `pattern ${match.replaceAll('.', '')}`;
  return [{ text, head, kind, what: WHAT[kind], path: ['calls', ...path], written: match }];
};

/** The codes among the claims: with digits behind them they are numbers of their own. */
export const codesOf = (claims: readonly NumberClaim[]): readonly NumberClaim[] =>
  claims.filter(({ kind }) => kind === 'forward' || kind === 'intercom');

/** Whether digit analysis takes what `claim` claims for a number that begins with the code `code`, or the other way round. */
export const isBehindCode = (
  code: NumberClaim,
  { kind, head, text }: Pick<NumberClaim, 'kind' | 'head' | 'text'>,
): boolean => {
  // A pattern comes after both codes, and behind that of intercom calls only directory numbers are taken.
  if (code.kind === 'intercom' && (kind === 'translation' || kind === 'pattern')) return false;
  return head.startsWith(code.text) && text !== code.text;
};

const idOf = ({ path, written }: NumberClaim): string => `${keyOf(path)} ${written}`;

const DEFAULTS: ReadonlySet<string> = new Set(numberClaims(DEFAULT_CALLS).map(idOf));

/** Whether the claim is there where nothing is written: then the key that was written is at fault. */
export const isDefaultClaim = (claim: NumberClaim): boolean => DEFAULTS.has(idOf(claim));
