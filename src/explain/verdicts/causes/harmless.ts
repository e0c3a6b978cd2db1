// What looks wrong and is harmless (`docs/protocols/explain.md` §2.9). None of it is ever a verdict.

import { seconds } from '../../../core/time.js';
import { reportOf } from '../../../devices/index.js';
import type { EventOf } from '../../../trace/index.js';
import {
  type AskedOutcome,
  allFiles,
  countFiles,
  type FileEvent,
  isDefaultFile,
  isTrustList,
  outcomeOf,
  plainName,
  unsignedName,
} from '../file-events.js';
import type { PhoneView } from '../phone-view.js';
import type { HarmlessRow } from '../verdict.js';

type Row = Omit<HarmlessRow, 'code'>;

/** The files of a row by what became of them and by their names: how often they were asked for, and their names. */
const files = (outcome: AskedOutcome | 'any', isMeant: (name: string, view: PhoneView) => boolean) => ({
  count: (view: PhoneView): number => countFiles(view.history, outcome, (name) => isMeant(name, view)),
  files: (view: PhoneView): readonly string[] =>
    namesOf(
      allFiles(view.history).filter(
        (event) => (outcome === 'any' || outcomeOf(event) === outcome) && isMeant(plainName(event), view),
      ),
    ),
});

/** Files that are missed by name. */
const missing = (...names: readonly RegExp[]) =>
  files('missing', (name) => names.some((pattern) => pattern.test(unsignedName(name))));

const namesOf = (events: readonly FileEvent[]): readonly string[] => events.map(plainName);

/** Files that are missed and then fetched in another way. */
const missedFirst = (
  isMiss: (event: FileEvent) => boolean,
  isMadeGood: (miss: FileEvent, later: FileEvent) => boolean,
) => {
  const found = ({ history }: PhoneView): readonly FileEvent[] => {
    const asked = allFiles(history);
    return asked.filter(
      (miss) => isMiss(miss) && asked.some((later) => later.at >= miss.at && isMadeGood(miss, later)),
    );
  };
  return {
    count: (view: PhoneView): number => found(view).length,
    files: (view: PhoneView): readonly string[] => namesOf(found(view)),
  };
};

const fold = (event: FileEvent): string => plainName(event).toUpperCase();

/** A phone that asks HTTP first asks TFTP at once. */
const AT_ONCE = seconds(20);

const SIGNED = /(?:\.ENC)?\.SGN$/;

/** The name of a served file as it is on disk or configured. `undefined`: it has none besides the one that was asked for. */
const canonicalName = ({ configured, surroundings: { files } }: PhoneView, name: string): string | undefined => {
  if (configured !== undefined) {
    const own = `${configured.name}.cnf.xml`;
    if (own.toUpperCase() === name.toUpperCase()) return own;
  }
  return files.locate(name);
};

type OutOfService = EventOf<'device.out-of-service'>;

/** Reports of a phone about why it was out of service. */
const outOfService = ({ history }: PhoneView, where: (event: OutOfService) => boolean): number =>
  history.count('device.out-of-service', where);

/** The phone's words for a command of the server (`docs/protocols/explain.md` §1.4). */
const COMMANDED: ReadonlySet<number | undefined> = new Set([22, 23, 104]);
const INITIALIZED = 25;
const ACCESS_VIOLATION = 2;

const ROWS: Readonly<Record<string, Row>> = {
  'harmless.trust-lists': {
    seen: 'CTL and ITL refused; No Trust List installed',
    sentence: 'Phones of a non-secure cluster ask for trust lists and are told that there are none.',
    ...files('missing', isTrustList),
    count: ({ history }) =>
      countFiles(history, 'missing', isTrustList) +
      history.count('device.reported', ({ facts: { alarm } }) => /no trust list/i.test(String(alarm))),
  },
  'harmless.locale-jar': {
    seen: 'mk-sccp.jar, /mk-sip.jar and the like refused, or the dictionary of an old phone',
    sentence: 'Without that file its menus are in English; it registers all the same.',
    ...missing(/-(?:sccp|sip)\.jar$/i, /-(?:dictionary(?:-ext)?|font|kate)(?:\.utf-8)?\.(?:xml|dat)$/i),
  },
  'harmless.tones': {
    seen: 'g3-tones.xml, g4-tones.xml refused',
    sentence: 'Without it tones are the American ones.',
    ...missing(/(?:^|\/)(?:g[34]|79\d\d)-tones\.xml$/i),
  },
  'harmless.dial-rules': {
    seen: 'AppDialRules.xml, dialplan.xml, DR….xml, LdapDirectories.xml refused',
    sentence: 'Without dial rules it waits for the timeout after the last digit.',
    ...missing(/(?:^|\/)(?:(?:App|DirLookup)DialRules|dialplan|LdapDirectories|DR[0-9A-F-]+)\.xml$/i),
  },
  'harmless.soft-keys': {
    seen: 'softkeys.xml, SK….xml, FP….xml refused',
    sentence: 'It uses its built-in keys and features.',
    ...missing(/(?:^|\/)(?:softkeys?\w*|SK[0-9A-F-]+|(?:Default)?FP[0-9A-F-]+|featurePolicy\w*)\.xml$/i),
  },
  'harmless.ring-lists': {
    seen: 'Ringlist.xml, Desktops/… refused',
    sentence: 'Its menus of rings or wallpapers are empty.',
    ...missing(/(?:^|\/)(?:distinctive)?ringlist[^/]*\.(?:xml|dat)$/i, /(?:^|\/)Desktops\//i),
  },
  'harmless.signed-first': {
    seen: 'a signed file refused, then the plain one asked for and served',
    sentence: 'It tried the signed name first and took the plain one.',
    ...missedFirst(
      (event) => outcomeOf(event) === 'missing' && SIGNED.test(fold(event)),
      (miss, later) => outcomeOf(later) === 'served' && fold(later) === fold(miss).replace(SIGNED, ''),
    ),
  },
  'harmless.http-first': {
    seen: 'a miss over HTTP, and the same file over TFTP at once',
    sentence: 'This model asks HTTP first and falls back to TFTP.',
    ...missedFirst(
      (event) => event.type === 'http.file' && outcomeOf(event) !== 'served',
      (miss, later) => later.type !== 'http.file' && later.at - miss.at <= AT_ONCE && fold(later) === fold(miss),
    ),
  },
  'harmless.xmldefault': {
    seen: 'XMLDefault.cnf.xml asked for while auto-registration is on',
    sentence: 'That is how an unknown phone gets its first file.',
    ...files('any', (name, { config }) => config.policy.autoRegistration !== undefined && isDefaultFile(name)),
  },
  'harmless.case': {
    seen: 'a name in other case served',
    sentence: 'Phones spell names in any case.',
    ...files('served', (name, view) => {
      const canonical = canonicalName(view, name);
      return canonical !== undefined && canonical !== name;
    }),
  },
  'harmless.standby': {
    seen: 'a connection without a Register and keepalives on it, or REGISTER with expires=0;cisco-keep-alive',
    sentence: 'It keeps this node as its standby.',
    count: ({ history }) => history.count('sip.standby') + history.count('sccp.standby'),
  },
  'harmless.first-challenge': {
    seen: 'one 401, then 200',
    sentence: 'Every registration with a password begins so.',
    count: ({ history }) => {
      const registered = history.last('device.registering');
      return registered === undefined
        ? 0
        : history.count(
            'sip.register-answered',
            ({ status, credentials, given, at }) =>
              status === 401 && credentials === 'none' && given === undefined && at <= registered.at,
          );
    },
  },
  'harmless.date-1900': {
    seen: 'Date: Sun, 00 Jan 1900',
    sentence: 'It has no clock before its first registration.',
    count: ({ record }) => (record?.registration?.clockSkew === 'none' ? 1 : 0),
  },
  'harmless.ip-port': {
    seen: 'message 0x0002 after the Register',
    sentence: 'Phones tell their media port; nobody needs it.',
    count: ({ record }) => (reportOf(record, 'rtpMediaPort') === undefined ? 0 : 1),
  },
  'harmless.unknown-message': {
    seen: 'a message of an unknown id, and the link goes on',
    sentence: 'labcm does not know that message and passed over it.',
    count: ({ history }) => history.count('sccp.unknown-message'),
  },
  'harmless.reset-expected': {
    seen: 'alarm 22, 23 or 104 after a command of labcm',
    sentence: 'It reports the command that it was given.',
    count: (view) => {
      const [first] = view.history.all(({ type }) => type === 'device.commanded');
      return first === undefined ? 0 : outOfService(view, ({ code, at }) => COMMANDED.has(code) && at >= first.at);
    },
  },
  'harmless.alarm-initialized': {
    seen: 'an alarm of severity 2 with code 25',
    sentence: 'It reports that it was switched on.',
    count: (view) => outOfService(view, ({ code }) => code === INITIALIZED),
  },
  'harmless.refused-write': {
    seen: 'a TFTP write request refused',
    sentence: 'It wanted to write a file; phones work without.',
    count: ({ history }) => history.count('tftp.refused', ({ code }) => code === ACCESS_VIOLATION),
    files: ({ history }) =>
      namesOf(allFiles(history).filter((event) => event.type === 'tftp.refused' && event.code === ACCESS_VIOLATION)),
  },
};

/** The rows, in the order of the specification. */
export const HARMLESS: readonly HarmlessRow[] = Object.entries(ROWS).map(([code, row]) => ({ code, ...row }));
