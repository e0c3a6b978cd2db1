// Causes at the lines of a phone (`docs/protocols/explain.md` §2.6). Most of them stand in the configuration alone.

import type { DirectoryNumber } from '../../../core/identifiers.js';
import { type DeviceRecord, modelById } from '../../../devices/index.js';
import { cause, causes } from '../cause.js';
import { inQuotes, shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, onPhone, or, setting } from '../remedies.js';

const ofLines = { stage: 'lines', confidence: 'certain' } as const;

/** So many of several are named in a sentence. */
const NAMED = 4;

const listed = (items: readonly string[]): string =>
  items.length <= NAMED ? items.join(', ') : `${items.slice(0, NAMED).join(', ')} and ${items.length - NAMED} more`;

/** What is known of a line that is not registered. */
const whyMissing = ({ history }: PhoneView, dn: DirectoryNumber | undefined): string => {
  const answer = history.last('sip.register-answered', (event) => event.dn === dn && event.status >= 400);
  if (answer === undefined) return '';
  return answer.status === 401 ? ': it was asked for a password and gave none' : `: it was answered ${answer.status}`;
};

/** The other devices with this number, if they do not say by one label that this is meant. */
const sharersOf = (view: PhoneView, dn: DirectoryNumber): readonly DeviceRecord[] => {
  const records = view.surroundings.byDirectoryNumber(dn);
  if (records.length < 2) return [];
  const labels = new Set(
    records.flatMap(({ configured: { lines } }) => lines.filter((line) => line.dn === dn).map(({ label }) => label)),
  );
  const [label] = labels;
  return labels.size === 1 && label !== dn ? [] : records.filter((record) => record !== view.record);
};

export const lineCauses = causes({
  'lines.none': cause({
    ...ofLines,
    severity: 'degraded',
    shows: 'Unprovisioned',
    evidence: [],
    fits: ({ configured }) => (configured?.lines.length === 0 ? {} : undefined),
    sentence: () => 'It has no line: no number is configured for it.',
    remedy: (_, place) => [deviceKeys(place, yaml`lines: ["1000"]   # a number of your choice`)],
    example: {},
  }),
  'lines.partial': cause({
    ...ofLines,
    severity: 'degraded',
    shows: 'one key is grey',
    evidence: ['device.partially-registered', 'sip.register-answered', 'device.rejected'],
    fits: (view) => {
      const { record, configured } = view;
      if (record?.state !== 'partially-registered' || record.registration === undefined) return undefined;
      const since = view.facts.last('device.partially-registered')?.at ?? record.registration.startedAt;
      if (view.now - since < view.timeOfVerdict('lines')) return undefined;
      const dns = configured?.lines.map(({ dn }) => dn) ?? [];
      const bound = new Set(record.registration.lines);
      const missing = dns.filter((dn) => !bound.has(dn));
      return {
        device: view.name,
        bound: dns.length - missing.length,
        all: dns.length,
        missing: listed(missing),
        several: missing.length > 1,
        because: whyMissing(view, missing[0]),
      };
    },
    sentence: ({ bound, all, missing, several, because }) =>
      `${bound} of its ${all} lines ${bound === 1 ? 'is' : 'are'} registered; ${missing} ${several ? 'are' : 'is'} missing${because}.`,
    remedy: ({ device }) => [
      onPhone('power it off and on, so that it registers each line: a bare refresh binds the first one alone'),
      command(shell`labcm timeline ${device}   # the answer for that line`),
    ],
    example: { device: 'SEP001122334455', bound: 1, all: 2, missing: '5002', several: false, because: '' },
  }),
  'lines.shared': cause({
    ...ofLines,
    severity: 'attention',
    shows: 'rings together with others',
    evidence: [],
    fits: (view) => {
      for (const { dn } of view.configured?.lines ?? []) {
        const others = sharersOf(view, dn);
        if (others.length > 0) return { dn, others: listed(others.map(({ configured: { name } }) => name)) };
      }
      return undefined;
    },
    sentence: ({ dn, others }) => `${dn} is also a line of ${others}; calls go to all of them.`,
    remedy: ({ dn }, place) => [
      deviceKeys(
        place,
        yaml`lines: [{ dn: ${inQuotes(dn)}, label: ${inQuotes(`Shared ${dn}`)} }]   # the same label on all says that it is meant`,
      ),
      ...or(look('another number, if that is not wanted')),
    ],
    example: { dn: '5001' as string, others: 'SEP001122334456' },
  }),
  'lines.more-than-keys': cause({
    ...ofLines,
    severity: 'attention',
    shows: 'the last lines are missing',
    evidence: [],
    // The configuration is held to the keys of its model; a phone of another model may have fewer.
    fits: ({ record, configured }) => {
      if (configured === undefined || record?.registration === undefined) return undefined;
      const { lines, modules } = configured;
      const model = modelById(record.registration.typeId);
      if (model === undefined || model.lines === 0) return undefined;
      const keys = modules.reduce((sum, module) => sum + module.lines, model.lines);
      if (lines.length <= keys) return undefined;
      return { lines: lines.length, keys, hidden: listed(lines.slice(keys).map(({ dn }) => dn)) };
    },
    sentence: ({ lines, keys, hidden }) =>
      `It has ${lines} lines and ${keys === 1 ? 'one key' : `${keys} keys`} for them, so ${hidden} cannot be seen.`,
    remedy: ({ keys }, place) => [
      deviceKeys(place, yaml`lines: …   # ${keys === 1 ? 'one' : `at most ${keys}`}, or \`modules\` with more keys`),
    ],
    example: { lines: 3, keys: 2, hidden: '5003' },
  }),
  'lines.dn-in-auto-range': cause({
    ...ofLines,
    severity: 'attention',
    shows: '',
    evidence: [],
    fits: ({ config, record }) => {
      const range = config.policy.autoRegistration;
      if (range === undefined || record === undefined || record.origin !== 'configured') return undefined;
      const { first, last } = range;
      const found = record.configured.lines.find(
        ({ dn }) => /^\d+$/.test(dn) && Number(dn) >= first && Number(dn) <= last,
      );
      return found === undefined ? undefined : { dn: found.dn as string, first, last };
    },
    sentence: ({ dn }) => `${dn} lies in the range for auto-registration; an unknown phone could have had it.`,
    remedy: ({ first, last }, place) => [
      setting(place, yaml`autoRegistration: { enabled: true, range: ${last + 1}-${2 * last + 1 - first} }`),
    ],
    example: { dn: '1001', first: 1000, last: 1999 },
  }),
});
