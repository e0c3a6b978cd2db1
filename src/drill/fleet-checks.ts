// Whether the simulated phones of a drill can be: a phone that could not be would only show when it is switched on.

import { parseDeviceName, parseDirectoryNumber } from '../core/identifiers.js';
import { findModel } from '../devices/index.js';
import { fromPattern, isPattern, type MixPart, parseMix } from '../phone/index.js';
import type { DrillPlan } from './plan.js';

/** A key of `phones` with a value that makes no phones. */
export interface FleetProblem {
  readonly key: 'mix' | 'name' | 'line';
  readonly found: string;
  readonly wanted: string;
}

const MIX = 'models and protocols with shares, such as 7962/sccp=60,7975/sip=40';
const PATTERN = 'a pattern with the number of the phone, such as %d or %010X';

/** What is wrong with them, all at once. */
export const fleetProblems = ({ mix, name, line, count }: DrillPlan['phones']): readonly FleetProblem[] => [
  ...mixProblems(mix),
  ...patternProblems('name', name, count, NAMES),
  ...patternProblems('line', line, count, NUMBERS),
];

const mixProblems = (mix: string): readonly FleetProblem[] => {
  const parts = parseMix(mix);
  if (parts === undefined) return [{ key: 'mix', found: JSON.stringify(mix), wanted: MIX }];
  return parts.flatMap((part): FleetProblem[] => {
    const wanted = wantedOfPart(part);
    return wanted === undefined ? [] : [{ key: 'mix', found: JSON.stringify(partText(part)), wanted }];
  });
};

const partText = ({ model, protocol }: MixPart): string => `${model}/${protocol.toLowerCase()}`;

const wantedOfPart = ({ model, protocol }: MixPart): string | undefined => {
  const row = findModel(model);
  if (row === undefined) return 'a model that labcm knows, such as 7962/sccp or 8851/sip';
  if (row.protocols.includes(protocol)) return undefined;
  const spoken = row.protocols.map((one) => partText({ model, protocol: one, share: 1 }));
  return spoken.length === 0
    ? 'a model that speaks SCCP or SIP, such as 7962/sccp'
    : `${spoken.join(' or ')}, which it speaks`;
};

/** What a text of a pattern must be. */
interface PatternKind {
  readonly isRight: (text: string) => boolean;
  readonly wanted: string;
}

const NAMES: PatternKind = {
  isRight: (text) => parseDeviceName(text) !== undefined,
  wanted: "1 to 15 letters, digits, '.', '_' or '-' for each phone",
};
const NUMBERS: PatternKind = {
  isRight: (text) => parseDirectoryNumber(text) !== undefined,
  wanted: 'a directory number for each phone',
};

const patternProblems = (
  key: 'name' | 'line',
  pattern: string,
  count: number,
  { isRight, wanted }: PatternKind,
): readonly FleetProblem[] => {
  if (!isPattern(pattern)) return [{ key, found: JSON.stringify(pattern), wanted: PATTERN }];
  for (let number = 1; number <= count; number += 1) {
    const text = fromPattern(pattern, number);
    if (!isRight(text))
      return [
        { key, found: `${JSON.stringify(pattern)}, which calls phone ${number} ${JSON.stringify(text)}`, wanted },
      ];
  }
  return [];
};
