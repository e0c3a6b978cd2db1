// What the running daemon knows of phones: those that fail, those that were never seen, and those that nobody configured.

import { parseIpv4Address } from '../../core/identifiers.js';
import { milliseconds, minutes } from '../../core/time.js';
import { bad, counted, type DoctorCheck, type DoctorFinding, some, warning, well } from '../check.js';
import type { DaemonEventJson, DoctorView, GivenVerdict } from '../view.js';

/** Where nothing was heard, phones have had this long to come. */
const SETTLED = minutes(10);

/** The causes that only say that a phone was not switched on yet. */
const NEVER_SEEN: ReadonlySet<string> = new Set(['power.never-seen', 'power.never-seen-after-restart']);

const isSame = (one: string, other: string | undefined): boolean =>
  other === undefined || one.toUpperCase() === other.toUpperCase();

/** How long the daemon has run, in milliseconds. */
const age = ({ clock, daemon }: DoctorView): number =>
  clock.wallTime(clock.now()) - (daemon?.health.startedAt ?? clock.wallTime(clock.now()));

/** A remedy as it stands in the answer: a text, or an object with one. */
const remedyText = (remedy: unknown): string => {
  if (typeof remedy === 'string') return remedy;
  const { text, file, line } = (remedy ?? {}) as Readonly<Record<string, unknown>>;
  const place = typeof file === 'string' ? `  (${file}${typeof line === 'number' ? `:${line}` : ''})` : '';
  return typeof text === 'string' ? `${text}${place}` : '';
};

const verdicts: DoctorCheck = {
  group: 'devices',
  name: 'verdicts',
  looksAt: 'the devices that fail now, by cause: the code, the sentence and the fix of the verdict',
  finds: {
    'ops.no-verdicts': 'a newer labcm',
    '(the code of the verdict)': 'the fix of the verdict',
  },
  asksDaemon: true,
  run: async (view) => {
    const given = await view.daemon?.verdicts();
    if (given === undefined) return [well('ops.no-verdicts', 'this daemon gives no verdicts: a newer labcm does')];
    const verdictOf = new Map(
      given.devices.flatMap(({ device, verdict }): [string, GivenVerdict][] =>
        verdict === null ? [] : [[device, verdict]],
      ),
    );
    return given.groups.flatMap(({ code, severity, sentence, count, devices }): readonly DoctorFinding[] => {
      const mine = devices.filter((name) => isSame(name, view.device));
      if (severity === 'harmless' || NEVER_SEEN.has(code) || mine.length === 0) return [];
      const shown = view.device === undefined ? count : mine.length;
      const [first = ''] = mine;
      const own = verdictOf.get(first);
      const fix = (own?.remedy ?? []).map(remedyText).filter((text) => text !== '');
      const about =
        shown === 1 ? `${first}: ${own?.sentence ?? sentence}` : `${shown} devices (${some(mine, 3)}): ${sentence}`;
      return [
        (severity === 'blocking' ? bad : warning)(code, about, {
          fix: fix.length > 0 ? fix : [`labcm timeline ${first}`],
          facts: { count: shown, devices: mine.slice(0, MOST_NAMES), severity },
        }),
      ];
    });
  },
};

const MOST_NAMES = 100;

const unseen: DoctorCheck = {
  group: 'devices',
  name: 'never-seen',
  looksAt: 'devices of which nothing was heard, once the daemon has run for ten minutes',
  finds: { 'power.never-seen': 'power and switch port; `labcm doctor --listen 60s --device NAME` while it boots' },
  asksDaemon: true,
  run: async (view) => {
    const { daemon, device } = view;
    const silent = ((await daemon?.devices()) ?? []).filter(
      ({ name, status }) => status === 'Unknown' && isSame(name, device),
    );
    const names = silent.map(({ name }) => name);
    const [first] = names;
    if (first === undefined) return [];
    const about =
      names.length === 1
        ? `nothing was ever heard of ${first}`
        : `nothing was ever heard of ${counted(names.length, 'device')}: ${some(names)}`;
    const facts = { devices: names.slice(0, MOST_NAMES), count: names.length };
    // Before, they may just not have been switched on.
    return age(view) < SETTLED && device === undefined
      ? [well('power.never-seen', about, { facts })]
      : [
          warning('power.never-seen', about, {
            wanted: 'DHCP, a file or a registration of it',
            fix: [`labcm doctor --listen 60s --device ${first}  while it boots`, 'its power, switch port and VLAN'],
            facts,
          }),
        ];
  },
};

const strangers: DoctorCheck = {
  group: 'devices',
  name: 'strangers',
  looksAt: 'phones that were seen and that nobody configured',
  finds: { 'files.unknown-device': 'the lines to paste, or take it off the wire' },
  asksDaemon: true,
  run: async ({ daemon, host }) => {
    const { phones, total } = (await daemon?.strangers()) ?? { phones: [], total: 0 };
    const own = new Set(host.addresses().map(({ address }) => address));
    // Checks such as these leave the address of this machine behind, and no name.
    const named = phones.filter(
      ({ name }) => parseIpv4Address(name) === undefined || !(own.has(name) || name.startsWith('127.')),
    );
    const others = total - phones.length;
    return named.map(({ name, nearest, advice, snippet }, index) =>
      warning(
        'files.unknown-device',
        `${name} was seen and is not configured${nearest === null ? '' : `; ${nearest} is, which is nearly the same`}${index === named.length - 1 && others > 0 ? `; ${others} more were` : ''}`,
        {
          wanted: 'phones that are configured',
          fix: snippet === null ? [advice] : snippet.trimEnd().split('\n'),
          facts: { name, ...(nearest === null ? {} : { nearest }) },
        },
      ),
    );
  },
};

/** What a phone that boots sends first. */
const SIGNS_OF_LIFE = [
  'dhcp.received',
  'dhcp.stranger',
  'dhcp.other-server',
  'tftp.request',
  'http.request',
  'sccp.link-opened',
  'sip.link-opened',
  'device.registering',
  'device.rejected',
  'device.registered',
];

/** Every text in an event, so that a name is found in a file name and in a station. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const isAbout = (event: DaemonEventJson, device: string): boolean => {
  const mac = device.toUpperCase().replace(/^(?:SEP|ATA)/, '');
  return textsIn(event).some((text) => text.toUpperCase().replaceAll(':', '').includes(mac));
};

const listened: DoctorCheck = {
  group: 'devices',
  name: 'listen',
  looksAt: 'with `--listen 60s`: any sign of life of a phone that boots, of `--device` where it is given',
  option: 'listen',
  finds: { 'power.never-seen': 'power, switch port and VLAN of the phone', 'power.heard': 'nothing: it is heard' },
  asksDaemon: true,
  within: ({ listen }) => milliseconds(listen + 1000),
  run: async ({ daemon, device, listen }) => {
    const enough = (event: DaemonEventJson): boolean => device === undefined || isAbout(event, device);
    const heard = ((await daemon?.events(SIGNS_OF_LIFE, listen, { enough })) ?? []).filter(enough);
    const [first] = heard;
    const who = device ?? 'any phone';
    return first === undefined
      ? [
          bad('power.never-seen', `nothing was heard of ${who} in ${listen / 1000} s`, {
            wanted: 'a DHCP message, a request for a file or a connection',
            fix: ['its power and switch port: show power inline', 'its VLAN, and DHCP relaying to this machine'],
            facts: { seconds: listen / 1000, ...(device === undefined ? {} : { device }) },
          }),
        ]
      : [well('power.heard', `${who} was heard: ${first.type}`, { facts: { type: first.type } })];
  },
};

/** The group `devices`. */
export const DEVICE_CHECKS: readonly DoctorCheck[] = [verdicts, unseen, strangers, listened];
