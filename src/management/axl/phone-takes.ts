// What the elements of a phone in a request mean for its configuration. Each adds to a draft; nothing is written here.

import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { ConfiguredDevice } from '../../devices/index.js';
import { child, children, contentOf, countOf, saysSomething, textIn, textOf, truthOf } from './elements.js';
import type { TakeElement } from './fields.js';
import { patternOf } from './numbers.js';
import type { PhoneMemory } from './phone.js';
import { type GivenLine, numberKeys, readPhoneLine, wholeLine } from './phone-line-fields.js';

/** The changes of a phone that a request asks for. */
export class PhoneDraft {
  /** Keys of the configuration, as `change` takes them: `null` takes one away. */
  readonly patch: Record<string, unknown> = {};
  readonly faults: string[] = [];
  /** The lines that the request gives, with their partitions. */
  readonly given: GivenLine[] = [];
  /** The security profile that the request names. */
  profile: string | undefined;
  /** The operation of CAPF that it asks for, and what the user of the phone is to type. */
  operation: string | undefined;
  string: string | undefined;
  /** The phone as it is; `undefined`: it is added. */
  readonly present: ConfiguredDevice | undefined;
  readonly #numberKeys: (dn: string) => Readonly<Record<string, unknown>>;
  readonly #elements: Map<string, string>;
  #lines: Record<string, Readonly<Record<string, string>>>;

  /** `numberKeys`: what belongs to a number, whoever has it. */
  constructor(
    present: ConfiguredDevice | undefined,
    memory: PhoneMemory,
    numberKeys: (dn: string) => Readonly<Record<string, unknown>>,
  ) {
    this.present = present;
    this.#numberKeys = numberKeys;
    this.#elements = new Map(Object.entries(memory.elements));
    this.#lines = { ...memory.lines };
  }

  /** Remembers an element; an empty one takes what was remembered away. */
  keep(element: XmlTreeNode): void {
    if (saysSomething(element)) this.#elements.set(element.name, contentOf(element));
    else this.#elements.delete(element.name);
  }

  /** Remembers an element no longer. */
  forget(name: string): void {
    this.#elements.delete(name);
  }

  /** What is remembered of an element. */
  kept(name: string): string | undefined {
    return this.#elements.get(name);
  }

  /** What is remembered from now on. `isUsual`: nobody need remember the element. */
  memory(isUsual: (name: string, content: string) => boolean): PhoneMemory {
    const elements = [...this.#elements].filter(([name, content]) => !isUsual(name, content));
    return { elements: Object.fromEntries(elements), lines: this.#lines };
  }

  /** The lines that an element holds. */
  linesIn(element: XmlTreeNode): readonly GivenLine[] {
    return children(element, 'line').map((line) => {
      const dn = patternOf(textIn(child(line, 'dirn'), 'pattern'));
      const own = this.present?.lines.find((each) => each.dn === dn);
      return readPhoneLine(line, own === undefined ? this.#numberKeys(dn) : numberKeys(own));
    });
  }

  /** Gives the phone other lines. `kept`: what is remembered of each by its number. */
  setLines(lines: readonly Readonly<Record<string, unknown>>[], given: readonly GivenLine[]): void {
    this.patch.lines = lines.length === 0 ? null : lines;
    this.given.push(...given);
    const numbers = new Set(lines.map(({ dn }) => dn));
    const remembered = new Map(Object.entries(this.#lines));
    for (const { dn, kept } of given) remembered.set(dn, kept);
    this.#lines = Object.fromEntries(
      [...remembered].filter(([dn, kept]) => numbers.has(dn) && Object.keys(kept).length > 0),
    );
  }
}

type TakePhone = TakeElement<PhoneDraft>;

/** Remembered unless `settleProfile` knows it. */
export const takeProfile: TakePhone = (draft, element) => {
  draft.keep(element);
  draft.profile = textOf(element) || undefined;
};

/** A text of the configuration; an empty one takes it away. */
export const takeText =
  (key: string): TakePhone =>
  (draft, element) => {
    draft.patch[key] = textOf(element) || null;
  };

/** A load of its own only where the element does not say that it is the model's. */
export const takeLoad: TakePhone = (draft, element) => {
  const isUsual = truthOf(element.attributes.get('special')?.trim() ?? '') === false;
  draft.patch.load = isUsual ? null : textOf(element) || null;
};

export const takeVendorConfig: TakePhone = (draft, element) => {
  const settings = element.children.map((each) => [each.name, textOf(each) || null] as const);
  draft.patch.vendorConfig = saysSomething(element) ? Object.fromEntries(settings) : null;
};

/** `lines` are all lines of the phone. */
export const takeLines: TakePhone = (draft, element) => {
  const given = [...draft.linesIn(element)].sort(byIndex);
  draft.setLines(given.map(lineKeys), given);
};

/** `addLines` adds some, or changes those that the phone has. */
export const takeAddedLines: TakePhone = (draft, element) => {
  const given = draft.linesIn(element);
  const lines = (draft.present?.lines ?? []).map(wholeLine);
  for (const line of given) {
    const at = lines.findIndex(({ dn }) => dn === line.dn);
    if (at >= 0) lines[at] = lineKeys(line);
    else lines.splice(Math.min((line.index ?? lines.length + 1) - 1, lines.length), 0, lineKeys(line));
  }
  draft.setLines(lines, given);
};

/** `removeLines` takes some away, by their numbers. */
export const takeRemovedLines: TakePhone = (draft, element) => {
  const gone = new Set(draft.linesIn(element).map(({ dn }) => dn));
  const lines = (draft.present?.lines ?? []).map(wholeLine);
  for (const dn of gone)
    if (!lines.some((line) => line.dn === dn)) draft.faults.push(`removeLines: the phone has no line ${dn}`);
  draft.setLines(
    lines.filter(({ dn }) => !gone.has(String(dn))),
    [],
  );
};

const lineKeys = ({ keys }: GivenLine): Readonly<Record<string, unknown>> => keys;

const byIndex = (one: { readonly index: number | undefined }, other: { readonly index: number | undefined }): number =>
  (one.index ?? Number.POSITIVE_INFINITY) - (other.index ?? Number.POSITIVE_INFINITY) || 0;

/** Speed dials, or those with a lamp: the others stay. */
export const takeButtons =
  (isLamp: boolean): TakePhone =>
  (draft, element) => {
    const [item, destination] = isLamp ? ['busyLampField', 'blfDest'] : ['speeddial', 'dirn'];
    const given = children(element, item)
      .map((each) => ({
        index: countOf(textIn(each, 'index')),
        number: textIn(each, destination) || textIn(each, 'blfDirn'),
        label: textIn(each, 'label'),
      }))
      .sort(byIndex)
      .map(({ number, label }) => ({
        number,
        ...(label === '' ? {} : { label }),
        ...(isLamp ? { busyLampField: true } : {}),
      }));
    const before = (draft.patch.speedDials ?? draft.present?.speedDials ?? []) as readonly {
      readonly busyLampField?: boolean;
    }[];
    const others = before.filter(({ busyLampField = false }) => busyLampField !== isLamp);
    const all = isLamp ? [...others, ...given] : [...given, ...others];
    draft.patch.speedDials = all.length === 0 ? null : all;
  };

export const takeModules: TakePhone = (draft, element) => {
  const given = children(element, 'addOnModule').map((each) => ({
    index: countOf(textIn(each, 'index')),
    model: textIn(each, 'model'),
  }));
  draft.patch.modules = given.length === 0 ? null : given.sort(byIndex).map(({ model }) => model);
};

/** A service without a URL is one that CUCM knows by its name and labcm does not: it is left out. */
export const takeServices: TakePhone = (draft, element) => {
  const given = children(element, 'service').map((each) => ({
    name: textIn(each, 'name') || textIn(each, 'telecasterServiceName'),
    url: textIn(each, 'url'),
  }));
  const known = given.filter(({ url }) => url !== '');
  draft.patch.serviceUrls = known.length === 0 ? null : known;
};

/** The words of AXL for what a phone does with calls while its user does not want to be disturbed. */
const DISTURB = new Map([
  ['Ringer Off', 'ringer-off'],
  ['Call Reject', 'reject'],
]);

export const takeDisturb: TakePhone = (draft, element) => {
  const given = textOf(element);
  const isOn =
    element.name === 'dndStatus'
      ? truthOf(given) === true
      : (draft.patch.doNotDisturb ?? draft.present?.doNotDisturb ?? null) !== null;
  const option = (element.name === 'dndOption' ? given : draft.kept('dndOption')) || 'Ringer Off';
  draft.patch.doNotDisturb = isOn ? (DISTURB.get(option) ?? 'ringer-off') : null;
};

/** AXL has the password with the user, whom labcm does not have. */
export const takeDigestUser: TakePhone = (draft, element) => {
  const user = textOf(element);
  if (user === draft.present?.digest?.user) return;
  if (user === '') draft.patch.digest = null;
  else
    draft.faults.push(
      `digestUser: found ${JSON.stringify(user)}, wanted none: its password cannot be given here; set digest over labcm's own API`,
    );
};
