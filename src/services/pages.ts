// The pages for phones as a table: what each shows. `phone-services.ts` finds out which phone asks.

import type { Instant } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { CallListName, CallLists } from './call-lists.js';
import type { CorporateDirectory } from './directory.js';
import { OBJECT_LIMITS, type PhoneObject } from './objects.js';
import { PAGE_PATHS, type PageName, type PhoneServiceSettings } from './settings.js';

/** What a page is made from. */
export interface PageContext {
  /** `undefined`: it is not known which phone asks. */
  readonly phone: DeviceRecord | undefined;
  readonly settings: PhoneServiceSettings;
  readonly directory: CorporateDirectory;
  readonly calls: CallLists;
  /** A key of the query; empty: it is not there. */
  query(key: string): string;
  /** The URL of a page, for the phone that asks. */
  url(page: PageName, query?: Readonly<Record<string, string>>): string;
  /** The time of day as the phone shows it; of an instant of another day its date. */
  time(at: Instant): string;
  readonly now: Instant;
}

/** A page: its object, and after how many seconds the phone asks again. */
export interface ServicePage {
  readonly object: PhoneObject;
  readonly refreshSeconds?: number;
}

const LISTS = { missed: 'Missed calls', placed: 'Placed calls', received: 'Received calls' } as const;

const callItems = (context: PageContext) =>
  Object.entries(LISTS).map(([list, name]) => ({ name, url: context.url(list as CallListName) }));

const UNKNOWN: ServicePage = {
  object: {
    kind: 'text',
    title: 'labcm',
    prompt: '',
    text: 'labcm does not know which phone asks: no device, or more than one, is registered from this address.',
  },
};

const callList =
  (list: CallListName) =>
  (context: PageContext): ServicePage => {
    const { phone, calls, time } = context;
    if (phone === undefined) return UNKNOWN;
    const entries = calls
      .of(phone.configured.name, list)
      .map(({ name, number, at }) => ({ name: `${time(at)} ${name || number || 'unknown'}`, number }));
    const title = LISTS[list];
    return entries.length === 0
      ? { object: { kind: 'text', title, prompt: '', text: 'No calls.' } }
      : { object: { kind: 'directory', title, prompt: `${entries.length} calls`, entries, softKeys: dialKeys() } };
  };

/** Keys of the phone itself; naming one hides its own, so all are named. */
const dialKeys = (...further: readonly { readonly name: string; readonly url: string }[]) => [
  { name: 'Dial', url: 'SoftKey:Dial' },
  { name: 'EditDial', url: 'SoftKey:EditDial' },
  { name: 'Exit', url: 'SoftKey:Exit' },
  ...further,
];

/** What is searched for; longer terms find nothing more. */
const TERM = 32;

const directoryList = (context: PageContext): ServicePage => {
  const { directory, query, url, now } = context;
  const [f, l, n] = [query('f'), query('l'), query('n')].map((term) => term.trim().slice(0, TERM));
  const search = { first: f ?? '', last: l ?? '', number: n ?? '' };
  const found = directory.find(search, now);
  const wanted = Number(/^\d{1,9}$/.exec(query('start'))?.[0] ?? 1);
  const start = Math.min(Math.max(1, wanted), Math.max(1, found.length));
  const entries = found.slice(start - 1, start - 1 + OBJECT_LIMITS.directoryEntries);
  const title = 'Directory';
  if (entries.length === 0)
    return { object: { kind: 'text', title, prompt: '', text: 'No entry begins so. Search again.' } };
  const last = start - 1 + entries.length;
  const terms = Object.fromEntries(Object.entries({ f, l, n }).map(([key, term]) => [key, term ?? '']));
  const next = { name: 'Next', url: url('list', { ...terms, start: String(last + 1) }) };
  const prompt = `${start} to ${last} of ${found.length}`;
  return {
    object: { kind: 'directory', title, prompt, entries, softKeys: dialKeys(...(last < found.length ? [next] : [])) },
  };
};

const NO_LOAD = 'unknown';

const aboutPhone = ({ phone, time, now }: PageContext): string => {
  if (phone === undefined) return time(now);
  const { configured, registration } = phone;
  const since = registration?.registeredAt;
  return [
    configured.description || configured.name,
    ...configured.lines.map(({ dn, label }) => (label === '' || label === dn ? dn : `${dn} ${label}`)),
    time(now),
    since === undefined ? 'not registered' : `registered since ${time(since)}`,
    `load ${registration?.load || NO_LOAD}`,
  ].join('\n');
};

const IDLE_REFRESH_SECONDS = 60;

/** The table. */
export const PAGES: Readonly<Record<Exclude<PageName, 'authentication'>, (context: PageContext) => ServicePage>> = {
  services: (context) => ({
    object: {
      kind: 'menu',
      title: 'Services',
      prompt: 'Choose one',
      items: [
        { name: 'Directory', url: context.url('search') },
        ...callItems(context),
        { name: 'This phone', url: context.url('information') },
        ...(context.phone?.configured.serviceUrls ?? []),
        ...context.settings.entries,
      ],
    },
  }),
  // 7900s want a menu here, whose entries lead to lists (§1).
  directory: (context) => ({
    object: {
      kind: 'menu',
      title: 'Directories',
      prompt: 'Choose one',
      items: [
        { name: 'Search the directory', url: context.url('search') },
        { name: 'The whole directory', url: context.url('list') },
        ...callItems(context),
      ],
    },
  }),
  search: ({ url }) => ({
    object: {
      kind: 'input',
      title: 'Directory',
      prompt: 'Type the beginning',
      url: url('list'),
      fields: [
        { label: 'First name', parameter: 'f', flags: 'A' },
        { label: 'Last name', parameter: 'l', flags: 'A' },
        { label: 'Number', parameter: 'n', flags: 'T' },
      ],
    },
  }),
  list: directoryList,
  missed: callList('missed'),
  placed: callList('placed'),
  received: callList('received'),
  idle: (context) => ({
    object: {
      kind: 'text',
      title: context.phone?.configured.name ?? 'labcm',
      prompt: context.settings.cluster,
      text: aboutPhone(context),
    },
    refreshSeconds: IDLE_REFRESH_SECONDS,
  }),
  information: (context) => ({
    object: {
      kind: 'text',
      title: context.phone?.configured.name ?? 'labcm',
      prompt: context.phone?.configured.model.name ?? '',
      text: aboutPhone(context),
    },
  }),
};

/** The page at a path; `undefined`: there is none. Paths of CUCM's own pages lead to ours. */
export const pageAt = (path: string): PageName | undefined => BY_PATH.get(path.toLowerCase());

const CUCM_PATHS: Readonly<Record<string, PageName>> = {
  '/ccmcip/authenticate.jsp': 'authentication',
  '/ccmcip/xmldirectory.jsp': 'directory',
  '/ccmcip/xmldirectoryinput.jsp': 'search',
  '/ccmcip/xmldirectorylist.jsp': 'list',
  '/ccmcip/getservicesmenu.jsp': 'services',
  '/ccmcip/gettelecasterhelptext.jsp': 'information',
};

const BY_PATH: ReadonlyMap<string, PageName> = new Map([
  ...Object.entries(PAGE_PATHS).map(([page, path]) => [path, page as PageName] as const),
  ...Object.entries(CUCM_PATHS),
]);
