// What makes a changed configuration hold: the last step of every remedy that changes one.

import { needsRestart } from '../../config/index.js';
import { type ConfiguredPlace, look, type RemedyStep, reload } from './remedies.js';

/** For what labcm reads at its start only. */
export const RESTART: RemedyStep = look('restart labcm: it reads this at its start only');

/** The keys that a step writes, to the second level: `sip.expires` of `sip: { expires: { min: 10s } }`. */
export const keysIn = (yaml: string): readonly string[] => {
  const [, section = '', rest = ''] = /^(\w+):([\s\S]*)$/.exec(yaml) ?? [];
  const inner = rest.includes('\n') ? blockKeys(rest) : flowKeys(rest);
  return inner.length === 0 ? [section] : inner.map((key) => `${section}.${key}`);
};

const blockKeys = (lines: string): readonly string[] => [...lines.matchAll(/^ {2}(\w+):/gm)].map(([, key = '']) => key);

/** Of `{ a: 1, b: { c: 2 } }`: a and b. */
const flowKeys = (rest: string): readonly string[] => {
  const [, mapping] = /^\s*\{(.*)\}/.exec(rest) ?? [];
  if (mapping === undefined) return [];
  let flat = mapping;
  for (let before = ''; before !== flat; ) {
    before = flat;
    flat = flat.replace(/[{[][^{}[\]]*[}\]]/g, '');
  }
  return [...flat.matchAll(/(\w+):/g)].map(([, key = '']) => key);
};

/**
 * The steps, each alternative with what makes its change of the configuration hold: a reload, or a restart where a key
 * is read at the start only. It comes after the last line of configuration.
 */
export const withInForce = (steps: readonly RemedyStep[], place: ConfiguredPlace): readonly RemedyStep[] =>
  alternativesOf(steps).flatMap((alternative) => {
    const last = alternative.findLastIndex(({ do: kind }) => kind === 'config');
    if (last < 0) return alternative;
    const isOfStart = alternative.some(
      ({ do: kind, line, text }) => kind === 'config' && line === undefined && keysIn(text).some(needsRestart),
    );
    return alternative.toSpliced(last + 1, 0, isOfStart ? RESTART : reload(place));
  });

/** The steps of each alternative. */
const alternativesOf = (steps: readonly RemedyStep[]): readonly RemedyStep[][] => {
  const alternatives: RemedyStep[][] = [];
  for (const step of steps) {
    const last = alternatives.at(-1);
    if (last === undefined || step.or === true) alternatives.push([step]);
    else last.push(step);
  }
  return alternatives;
};
