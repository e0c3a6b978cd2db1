// Which page a path opens, by family of models (`docs/protocols/phone-services.md` §4).

import type { WallTime } from '../../core/time.js';
import type { PhoneFamily } from '../../devices/index.js';
import type { PhoneRequest } from './http-request.js';
import { DEVICE, ETHERNET, NETWORK, OLD_PORT, type PageField, type PageView, PORT, STREAMING } from './page-fields.js';
import { longTime, shortTime } from './page-times.js';
import {
  element,
  htmlLines,
  htmlPage,
  htmlTable,
  plainTable,
  type WrittenPage,
  xmlDocument,
  xmlTable,
} from './page-writers.js';
import type { PhoneFacts } from './phone-facts.js';
import type { LogLine, StatusLog } from './status-log.js';
import type { StreamHistory } from './stream-history.js';

/** What the pages show. */
export interface PagesSource {
  readonly facts: PhoneFacts;
  readonly log: StatusLog;
  readonly history: StreamHistory;
  /** The address that the reader used; a phone that has another by DHCP shows that. */
  readonly address: string;
  readonly at: WallTime;
}

type Page = 'device' | 'network' | 'ethernet' | 'port' | 'streaming' | 'log';

interface PageRow {
  readonly root: string;
  readonly title: string;
  readonly fields: (family: PhoneFamily) => readonly PageField[];
}

const PAGES: Readonly<Record<Exclude<Page, 'log'>, PageRow>> = {
  device: { root: 'DeviceInformation', title: 'Device Information', fields: () => DEVICE },
  network: { root: 'NetworkConfiguration', title: 'Network Setup', fields: () => NETWORK },
  ethernet: { root: 'EthernetInformation', title: 'Ethernet Information', fields: () => ETHERNET },
  port: {
    ...{ root: 'PortInformation', title: 'Port Information' },
    fields: (family) => (family === '7940' ? OLD_PORT : PORT),
  },
  streaming: { root: 'StreamingStatistics', title: 'Streaming Statistics', fields: () => STREAMING },
};

/** A page, its number where there are several, and its form. */
interface Opened {
  readonly page: Page;
  readonly number: number;
  readonly isXml: boolean;
}

const PATHS: Readonly<Record<string, Page>> = {
  DeviceInformation: 'device',
  NetworkConfiguration: 'network',
  EthernetInformation: 'ethernet',
  PortInformation: 'port',
  StreamingStatistics: 'streaming',
  DeviceLog: 'log',
};

/** The logs of `/DeviceLog?N`: 0 debug display, 1 stack statistics, which no simulated phone has, 2 status messages. */
const CONSOLE = 0;
const STATUS = 2;

/** The pages of `/CGI/Java/Serviceability`. */
const ADAPTERS: Readonly<Record<string, readonly [page: Page, number: number]>> = {
  'device.statistics.device': ['device', 1],
  'device.statistics.configuration': ['network', 1],
  'device.statistics.ethernet': ['ethernet', 1],
  'device.statistics.port.network': ['port', 1],
  'device.statistics.port.access': ['port', 2],
  'device.statistics.consolelog': ['log', CONSOLE],
  'device.settings.status.messages': ['log', STATUS],
  ...Object.fromEntries([0, 1, 2, 3, 4].map((at) => [`device.statistics.streaming.${at}`, ['streaming', at + 1]])),
};

/** How many of a page there are; of others one. */
const MOST: Readonly<Partial<Record<Page, (family: PhoneFamily) => number>>> = {
  port: (family) => (family === '7940' ? 3 : 2),
  streaming: (family) => (family === '7940' ? 2 : 5),
};

/** These have no Java: their pages are the plain ones alone. */
const WITHOUT_JAVA: ReadonlySet<PhoneFamily> = new Set(['7940', '69xx']);
const WITH_LOCAL_MENUS = /^Cisco (?:7937|8831)$/;
const LOCAL_MENUS: Readonly<Record<string, 'device' | 'network'>> = {
  'func=219': 'network',
  'func=603': 'device',
  'func=604': 'device',
};

/** The page that a request opens; `undefined`: the phone has none there. */
export const pageFor = ({ path, query }: PhoneRequest, source: PagesSource): WrittenPage | undefined => {
  const { family, name } = source.facts.identity.model;
  if (path === '/FS/messages' && !WITHOUT_JAVA.has(family)) return consoleFile(source);
  const menu = path === '/localmenus.cgi' && WITH_LOCAL_MENUS.test(name) ? LOCAL_MENUS[query] : undefined;
  if (menu !== undefined) {
    const { title, fields } = PAGES[menu];
    return plainTable(title, fields(family), viewOf(source, undefined));
  }
  const opened = openedBy(path, query, family);
  if (opened === undefined) return undefined;
  const { page, number, isXml } = opened;
  if (page === 'log') return logPage(source, number, isXml);
  const view = viewOf(source, page === 'streaming' ? number : undefined);
  const { root, title, fields } = PAGES[page];
  return isXml ? xmlTable(root, fields(family), view) : htmlTable(title, fields(family), view);
};

const openedBy = (path: string, query: string, family: PhoneFamily): Opened | undefined => {
  if (path === '/') return { page: 'device', number: 1, isXml: false };
  if (path === '/CGI/Java/Serviceability') {
    const [, isXml, adapter = ''] = /^adapter(X?)=([a-z0-9.]+)/.exec(query) ?? [];
    const row = Object.hasOwn(ADAPTERS, adapter) ? ADAPTERS[adapter] : undefined;
    if (row === undefined || WITHOUT_JAVA.has(family)) return undefined;
    return { page: row[0], number: row[1], isXml: isXml === 'X' };
  }
  const [, name = '', x] = /^\/([A-Za-z]+?)(X?)$/.exec(path) ?? [];
  const page = Object.hasOwn(PATHS, name) ? PATHS[name] : undefined;
  if (page === undefined) return undefined;
  // Without a number, or with something else, a phone shows the first.
  const first = page === 'log' ? CONSOLE : 1;
  const number = /^\d{1,3}$/.test(query) ? Number(query) : first;
  const most = page === 'log' ? STATUS : (MOST[page]?.(family) ?? Number.MAX_SAFE_INTEGER);
  return number < first || number > most ? undefined : { page, number, isXml: x === 'X' };
};

const viewOf = ({ facts, history, address, at }: PagesSource, stream: number | undefined): PageView => ({
  ...{ facts, at, packets: history.packets, address: facts.leased?.address ?? address },
  stream: stream === undefined ? undefined : history.streams[stream - 1],
});

const SHORT_TIMES: ReadonlySet<PhoneFamily> = new Set(['79xx', '7940', '69xx']);

/** Newer phones write the message below its time. */
const stamped = (family: PhoneFamily, { at, text }: LogLine): string =>
  SHORT_TIMES.has(family) ? `${shortTime(at)} ${text}` : `[${longTime(at)}]\n${text}`;

const logPage = (source: PagesSource, number: number, isXml: boolean): WrittenPage => {
  const { facts, log } = source;
  const { family } = facts.identity.model;
  const lines = number === STATUS ? log.messages : number === CONSOLE ? log.console : [];
  const texts = lines.map((line) => stamped(family, line));
  if (isXml) return xmlDocument(family, 'DeviceLog', texts.map((text) => element('status', text)).join(''));
  const view = viewOf(source, undefined);
  // The console log of a phone with Java is a file, to which its page has a link.
  if (number === CONSOLE && !WITHOUT_JAVA.has(family))
    return htmlPage('Console Logs', view, '<TABLE><TR><TD><A HREF="/FS/messages">messages</A></TD></TR></TABLE>');
  return htmlLines(number === STATUS ? 'Status Messages' : 'Debug Display', texts, view);
};

const consoleFile = ({ facts, log }: PagesSource): WrittenPage => ({
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(log.console.map(({ at, text }) => `${longTime(at)} ${facts.identity.name}: ${text}\n`).join('')),
});
