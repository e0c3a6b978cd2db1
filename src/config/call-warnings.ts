// Warnings about numbers that are valid and that lead elsewhere than is meant, or nowhere: a line has the number, too
// (`docs/protocols/calls.md` §5.3), nobody has it, or calls would come back to where they were. Devices may come while the daemon
// runs, so nothing here is a fault but translations that lead back to themselves.

import { type Analysis, DialPlan } from '../calls/dial-plan.js';
import { forwardRefusal, MOST_FORWARDS } from '../calls/forward-targets.js';
import type { CallSettings } from '../calls/settings.js';
import { type DeviceName, deviceKey } from '../core/identifiers.js';
import { type ConfiguredDevice, FORWARD_NAMES, NO_FORWARD } from '../devices/index.js';
import { callSettings } from './call-settings.js';
import type { Config } from './config.js';
import type { KeyProblem } from './key-problem.js';
import { memberLists } from './number-checks.js';
import { codesOf, isBehindCode, numberClaims } from './number-claims.js';
import type { Sections } from './schema.js';

/** A problem of a key of a device. */
export type DeviceProblem = readonly [device: DeviceName, problem: KeyProblem];

type Configured = Pick<Config, 'calls' | 'devices' | 'policy'>;

/** Warnings about `calls` and about lines. One pass over all devices. */
export const callWarnings = (
  config: Configured,
): { readonly calls: readonly KeyProblem[]; readonly devices: readonly DeviceProblem[] } => {
  if (!config.calls.enabled) return { calls: [], devices: [] };
  const numbers = new KnownNumbers(config.calls, config.devices, config.policy.autoRegistration);
  const groups = new Set(config.calls.pickupGroups.map(({ name }) => name));
  return {
    calls: [
      ...linesWithClaims(config),
      ...unknownMembers(config, numbers),
      ...config.calls.translations.flatMap(({ to }, index): KeyProblem[] =>
        numbers.leads(to) ? [] : [[['calls', 'translations', index, 'to'], nowhere(to), SOMEWHERE]],
      ),
      ...(config.calls.voicemail === '' || numbers.leads(config.calls.voicemail)
        ? []
        : [[['calls', 'voicemail'], nowhere(config.calls.voicemail), SOMEWHERE] as const]),
    ],
    devices: config.devices.flatMap((device) =>
      lineProblems(device, groups, numbers).map((problem): DeviceProblem => [device.name, problem]),
    ),
  };
};

const SOMEWHERE = 'a number that leads somewhere, or a device with it';
const nowhere = (number: string): string => `${JSON.stringify(number)}, which leads nowhere`;

/** The directory numbers of the configuration, and where each number leads. Each is analysed once. */
class KnownNumbers {
  readonly #lines = new Map<string, ConfiguredDevice>();
  readonly #plan: DialPlan;
  readonly #given: Configured['policy']['autoRegistration'];
  readonly #analyses = new Map<string, Analysis>();
  readonly #forwards = new Map<string, string>();

  constructor(
    settings: CallSettings,
    devices: readonly ConfiguredDevice[],
    given: Configured['policy']['autoRegistration'],
  ) {
    for (const device of devices)
      for (const { dn, forward } of device.lines) {
        if (!this.#lines.has(dn)) this.#lines.set(dn, device);
        if (forward.all !== undefined && !this.#forwards.has(dn)) this.#forwards.set(dn, forward.all);
      }
    this.#given = given;
    this.#plan = new DialPlan({ has: (dn) => this.hasLine(dn), all: () => this.#lines.keys() }, settings);
  }

  /** Whether a device has the line, or auto-registration may give it. */
  hasLine(dn: string): boolean {
    if (this.#lines.has(dn)) return true;
    const range = this.#given;
    return range !== undefined && /^[1-9]\d*$/.test(dn) && Number(dn) >= range.first && Number(dn) <= range.last;
  }

  analyse(number: string): Analysis {
    const known = this.#analyses.get(number);
    if (known !== undefined) return known;
    const analysis = this.#plan.analyse(number);
    this.#analyses.set(number, analysis);
    return analysis;
  }

  leads(number: string): boolean {
    return this.analyse(number).kind === 'match';
  }

  /** Why a call of `dn`, whose line forwards all calls, rings nowhere; `undefined`: it may ring. */
  endlessFrom(dn: string): string | undefined {
    const path = [dn];
    for (let number = this.#forwards.get(dn); number !== undefined; ) {
      const analysis = this.analyse(number);
      if (analysis.kind !== 'match' || analysis.target.kind !== 'line') return undefined;
      const next = analysis.target.dn;
      if (path.includes(next)) return `calls come back: ${[...path, next].join(' → ')}`;
      if (path.length > MOST_FORWARDS) return `calls are forwarded more than ${MOST_FORWARDS} times`;
      path.push(next);
      number = this.#forwards.get(next);
    }
    return undefined;
  }
}

/** One warning for each number that is claimed by a key of calls and is a line as well. */
const linesWithClaims = ({ calls, devices }: Configured): readonly KeyProblem[] => {
  const claims = numberClaims(calls);
  const codes = codesOf(claims);
  const places = new Map(claims.toReversed().map((claim) => [claim.text, claim]));
  const seen = new Set<string>();
  return devices.flatMap(({ name, lines }) =>
    lines.flatMap(({ dn }): KeyProblem[] => {
      const claim = places.get(dn);
      const code = codes.find((each) => isBehindCode(each, { kind: each.kind, head: dn, text: dn }));
      if ((claim === undefined && code === undefined) || seen.has(dn)) return [];
      seen.add(dn);
      return [
        ...(claim === undefined
          ? []
          : [
              [
                claim.path,
                `${dn}, which is ${claim.what} and a line of ${name}: the line rings`,
                'another number for one of them',
              ] as const,
            ]),
        ...(code === undefined
          ? []
          : [
              [
                code.path,
                `${code.text}, with which ${dn}, a line of ${name}, begins: what begins so is never dialled to its end`,
                'another number for one of them',
              ] as const,
            ]),
      ];
    }),
  );
};

/** One warning for each list of calls with members that nobody has. */
const unknownMembers = ({ calls, devices }: Configured, numbers: KnownNumbers): readonly KeyProblem[] => {
  const hunts = new Set(calls.hunts.map(({ dn }) => dn));
  const names = calls.paging.length === 0 ? new Set<string>() : new Set(devices.map(({ name }) => deviceKey(name)));
  return memberLists(calls).flatMap(({ path, members, of }): KeyProblem[] => {
    const isKnown = (member: string): boolean =>
      of === 'lines' ? numbers.hasLine(member) : names.has(deviceKey(member));
    const unknown = members.filter((member) => !isKnown(member));
    const [first] = unknown;
    if (first === undefined) return [];
    const at = [...path, members.indexOf(first)];
    const found = JSON.stringify(first) + (unknown.length === 1 ? '' : ` and ${unknown.length - 1} more`);
    if (of === 'devices')
      return [[at, `${found}, of which no device has the name`, 'names of devices: it hears nothing until it is one']];
    return [
      hunts.has(first)
        ? [at, `${found}, which is a hunt list`, 'directory numbers: a list in a list never rings']
        : [at, `${found}, which no device has as a line`, 'directory numbers: it never rings until a device has it'],
    ];
  });
};

/** The groups, forwards and voicemail numbers of the lines of one device. */
const lineProblems = (
  { lines }: ConfiguredDevice,
  groups: ReadonlySet<string>,
  numbers: KnownNumbers,
): readonly KeyProblem[] =>
  lines.flatMap(({ dn, forward, voicemail, pickupGroup }, index): KeyProblem[] => {
    const problems: KeyProblem[] = [];
    const at = (...keys: string[]) => ['lines', index, ...keys];
    if (pickupGroup !== '' && !groups.has(pickupGroup))
      problems.push([
        at('pickupGroup'),
        `${JSON.stringify(pickupGroup)}, of which there is no group`,
        groups.size === 0
          ? 'a group of calls.pickupGroups: there is none'
          : `one of calls.pickupGroups: ${[...groups].join(', ')}`,
      ]);
    if (voicemail !== '' && !numbers.leads(voicemail)) problems.push([at('voicemail'), nowhere(voicemail), SOMEWHERE]);
    if (forward === NO_FORWARD) return problems;
    for (const kind of FORWARD_NAMES) {
      const number = forward[kind];
      const refusal = number === undefined ? undefined : forwardRefusal(numbers, dn, number);
      const endless = kind === 'all' && refusal === undefined ? numbers.endlessFrom(dn) : undefined;
      const found = JSON.stringify(number);
      if (refusal === 'own-number')
        problems.push([
          at('forward', kind),
          `${found}, which leads to the line itself`,
          'another number: calls come back',
        ]);
      else if (refusal !== undefined)
        problems.push([
          at('forward', kind),
          numbers.leads(number ?? '') ? `${found}, to which nothing can be forwarded` : nowhere(number ?? ''),
          SOMEWHERE,
        ]);
      else if (endless !== undefined)
        problems.push([at('forward', kind), `${found}, from which ${endless}`, 'another number: callers hear busy']);
    }
    return problems;
  });

/** Translations that lead to themselves, at once or by way of others. */
export const translationLoops = (
  calls: Sections['calls'] | undefined,
  devices: readonly ConfiguredDevice[],
): readonly KeyProblem[] => {
  if (calls === undefined || calls.translations.length === 0) return [];
  const numbers = new KnownNumbers(callSettings({ calls }), devices, undefined);
  return calls.translations.flatMap(({ to }, index): KeyProblem[] => {
    const analysis = numbers.analyse(to);
    if (analysis.kind !== 'none') return [];
    const chain = [to, ...analysis.steps.flatMap((step) => step.to ?? [])];
    const repeated = chain.findIndex((number, at) => chain.indexOf(number) < at);
    if (repeated === -1) return [];
    const circle = chain.slice(0, repeated + 1).join(' → ');
    return [
      [['calls', 'translations', index, 'to'], JSON.stringify(to), `a number that is not translated back: ${circle}`],
    ];
  });
};
