// What a phone shows of its model and protocol before it registers: by its vendor class in DHCP and by the files that it
// requests (`docs/protocols/explain.md` §1.3, `provisioning.md` §2.2, §3.1, §6).

import type { FileFact, Protocol } from './device.js';
import type { DhcpFacts } from './facts.js';
import { findModel, MODELS, type Model } from './models.js';

/** What a phone shows. `by`: the texts that show it, the one about the model first. */
export interface ShownIdentity {
  /** Only if no other model shows the same. */
  readonly model?: Model;
  readonly protocol?: Protocol;
  readonly by: readonly string[];
}

/** The files and the DHCP messages of a device or of an unknown phone. */
export interface ShownFacts {
  readonly files: readonly Pick<FileFact, 'file'>[];
  readonly dhcp?: Pick<DhcpFacts, 'vendorClass'> | undefined;
}

/** What a text may show: the models that show the same, and their protocol. */
interface Clue {
  readonly by: string;
  /** Empty: it says nothing about the model. */
  readonly models: readonly Model[];
  readonly protocol: Protocol | undefined;
}

const CLASS = /^Cisco Systems,? Inc\. (?:IP|Wireless) Phone (?:CP-)?([0-9]{4}[A-Z0-9-]*)/;

const modelOfClass = (vendorClass: string): Model | undefined => {
  const named = CLASS.exec(vendorClass)?.[1];
  if (named === undefined) return undefined;
  return findModel(named) ?? findModel(named.slice(0, 4));
};

const named = (...names: readonly string[]): readonly Model[] => names.flatMap((name) => findModel(name) ?? []);

/** The models that fetch a locale jar of that stem. */
const modelsOfJar = (stem: string): readonly Model[] => MODELS.filter(({ localeJar }) => localeJar === stem);

/** The models of a family of loads, by the number in their names: `SCCP42.9-4-2SR3-1S`, `term42.default.loads`. */
const FAMILIES: ReadonlyMap<string, readonly Model[]> = new Map([
  ['06', named('7906')],
  ['11', named('7911', '7906')],
  ['31', named('7931')],
  ['41', named('7941', '7961', '7941G-GE', '7961G-GE')],
  ['42', named('7942', '7962')],
  ['45', named('7945', '7965')],
  ['61', named('7961')],
  ['62', named('7962')],
  ['65', named('7965')],
  ['70', named('7970', '7971', '7971G-GE')],
  ['71', named('7971', '7971G-GE')],
  ['75', named('7975')],
]);

type Match = Readonly<Record<string, string | undefined>>;

interface FileClue {
  readonly file: RegExp;
  readonly protocol: (match: Match) => Protocol | undefined;
  readonly models: (match: Match) => readonly Model[];
}

const byName = ({ protocol }: Match): Protocol => (protocol?.toUpperCase() === 'SIP' ? 'SIP' : 'SCCP');
const byFamily = ({ family = '' }: Match): readonly Model[] => FAMILIES.get(family) ?? [];

/** What file names show, the most telling first. */
const FILES: readonly FileClue[] = [
  // One jar for both protocols.
  { file: /(?:^|[/\\])gb-sccp-sip\.jar$/i, protocol: () => undefined, models: () => modelsOfJar('gb-sccp-sip') },
  {
    file: /(?:^|[/\\])(?<stem>[a-z]+(?:-[a-z]+)*?)-(?<protocol>sccp|sip)\.jar$/i,
    protocol: byName,
    models: ({ stem = '' }) => modelsOfJar(stem.toLowerCase()),
  },
  { file: /^(?<protocol>sccp|sip)(?<family>\d{2})\./i, protocol: byName, models: byFamily },
  { file: /^(?:jar|cvm)(?<family>\d{2})(?<protocol>sccp|sip)\./i, protocol: byName, models: byFamily },
  { file: /^(?:term|apps|dsp|cnu)(?<family>\d{2})\./i, protocol: () => undefined, models: byFamily },
  { file: /^(?<protocol>sccp|sip)\d{2}(?:xx|\d{2})[_\d]*\./i, protocol: byName, models: () => [] },
  { file: /^P003/i, protocol: () => 'SCCP', models: () => named('7940', '7960') },
  { file: /^P0S3/i, protocol: () => 'SIP', models: () => named('7940', '7960') },
  { file: /^(?:SIPDefault\.cnf|SIP[0-9A-F]{12}\.cnf)$/i, protocol: () => 'SIP', models: () => named('7940', '7960') },
  {
    file: /(?:^|[/\\])g4-tones\.xml$/i,
    protocol: () => 'SIP',
    models: () => named('8961', '9951', '9971'),
  },
];

const clueOf = ({ file }: Pick<FileFact, 'file'>): Clue | undefined => {
  for (const { file: pattern, protocol, models } of FILES) {
    const match = pattern.exec(file);
    if (match === null) continue;
    const groups = match.groups ?? {};
    return { by: file, models: models(groups), protocol: protocol(groups) };
  }
  return undefined;
};

/** Loads that are named by a series of models: `sip78xx`, `sip88xx`, `SCCP69xx`, `sip8845_65`, `sip9971`. */
const SERIES_LOAD = /^(?:sccp|sip)(?<series>\d{2})(?:xx|(?<first>\d{2})(?:_(?<second>\d{2}))?)\./i;
/** Models of a series that have loads of their own names. */
const OF_OWN_LOAD: ReadonlySet<string> = new Set(['8821', '8831', '8845', '8865', '6901', '6911', '6945']);

/** The models that a load is firmware of, by its name. Empty: it does not say. */
export const modelsOfLoad = (load: string): readonly Model[] => {
  const { series, first, second } = SERIES_LOAD.exec(load)?.groups ?? {};
  if (series === undefined) return clueOf({ file: `${load}.loads` })?.models ?? [];
  if (first !== undefined) return named(`${series}${first}`, ...(second === undefined ? [] : [`${series}${second}`]));
  const ofSeries = new RegExp(`^Cisco (${series}\\d\\d)$`);
  return MODELS.filter(({ name }) => {
    const short = ofSeries.exec(name)?.[1];
    return short !== undefined && !OF_OWN_LOAD.has(short);
  });
};

/**
 * What the phone shows of its model and protocol. The vendor class names a model; files of one family leave several, of
 * which the first texts that agree leave fewer. `undefined`: it shows neither.
 */
export const shownBy = ({ files, dhcp }: ShownFacts): ShownIdentity | undefined => {
  const vendorClass = dhcp?.vendorClass ?? '';
  const ofClass = modelOfClass(vendorClass);
  const clues: Clue[] = files.flatMap((file) => clueOf(file) ?? []).reverse(); // the newest first
  if (ofClass !== undefined) clues.unshift({ by: vendorClass, models: [ofClass], protocol: undefined });
  let models: readonly Model[] = [];
  const by: string[] = [];
  for (const clue of clues) {
    if (clue.models.length === 0) continue;
    const left = models.length === 0 ? clue.models : models.filter((model) => clue.models.includes(model));
    if (left.length === 0 || left.length === models.length) continue;
    models = left;
    by.push(clue.by);
  }
  const ofProtocol = clues.find(({ protocol }) => protocol !== undefined);
  const [model] = models;
  const isOne = model !== undefined && models.length === 1;
  if (ofProtocol !== undefined && !by.includes(ofProtocol.by)) by.push(ofProtocol.by);
  const protocol = ofProtocol?.protocol ?? (isOne && model.protocols.length === 1 ? model.protocols[0] : undefined);
  if (!isOne && protocol === undefined) return undefined;
  return {
    ...(isOne ? { model } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    by,
  };
};
