// Why a phone was out of service, as it says itself: one form for the alarm text of SCCP, the Reason header of SIP and
// the XML alarm of both (`docs/protocols/explain.md` §1.4).

import type { Instant } from '../core/time.js';

/** What a phone reported about its last time out of service. Texts are as the phone spells them. */
export interface OutOfServiceReport {
  /** The number of the reason; `undefined`: it gave none, and its words are not known. */
  readonly code: number | undefined;
  /** E.g. `cm-reset-tcp`; empty: it gave none. */
  readonly words: string;
  readonly load?: string;
  readonly inactiveLoad?: string;
  /** Its own address and router, the former maybe with `/24`. */
  readonly address?: string;
  readonly router?: string;
  /** The call manager that it was registered with. */
  readonly node?: string;
  /** The switch and the port of it that the phone is plugged into, by CDP or LLDP. */
  readonly switch?: string;
  readonly switchPort?: string;
  /** The number of its voice VLAN; absent if it has none. */
  readonly voiceVlan?: string;
  /** The status numbers of DHCP, of the configuration file and of DNS. Their meaning is not published: to be shown only. */
  readonly dhcp?: string;
  readonly tftp?: string;
  readonly dns?: string;
  /** The last signalling messages that it sent and heard. */
  readonly lastSent?: string;
  readonly lastHeard?: string;
}

/** The last report of a device. */
export interface OutOfServiceFact extends OutOfServiceReport {
  /** When it was reported: after it was over. */
  readonly at: Instant;
}

/** A reason for being out of service. */
export interface OutOfServiceCode {
  readonly code: number;
  /** What phones call it. */
  readonly words: readonly string[];
  /** What it means, from the phone's point of view. */
  readonly meaning: string;
}

const row = (code: number, meaning: string, ...words: readonly string[]): OutOfServiceCode => ({
  code,
  words,
  meaning,
});

/** The reasons by number (`docs/protocols/explain.md` §1.4, `sccp.md` §5.1 0x0020, `sip.md` §11). */
export const OUT_OF_SERVICE_CODES: readonly OutOfServiceCode[] = [
  row(10, 'TCP timeout', 'TCP-timeout'),
  row(12, 'the server reset the TCP connection', 'cm-reset-tcp'),
  row(13, 'the server aborted the TCP connection', 'cm-aborted-tcp'),
  row(14, 'the server closed the TCP connection', 'cm-closed-tcp'),
  row(15, 'keepalive failure', 'KeepaliveTO'),
  row(16, 'its address was lost', 'Phone-Re-IP'),
  row(17, 'registration timeout', 'LastTimeRegistrationTimeOut'),
  row(18, 'it left for a server of higher priority', 'failback'),
  row(20, 'reset by its user', 'phone-keypad'),
  row(22, 'reset by the server', 'reset-reset', 'LastTimeResetReset'),
  row(23, 'restarted by the server', 'reset-restart'),
  row(24, 'registration rejected', 'phone-reg-rej', 'LastTimePhoneRegRej'),
  row(25, 'initialized', 'initialized', 'Device-Initiated-Reset'),
  row(104, 'it applied a configuration', 'apply_config'),
];

const BY_CODE: ReadonlyMap<number, OutOfServiceCode> = new Map(
  OUT_OF_SERVICE_CODES.map((known) => [known.code, known]),
);
const BY_WORDS: ReadonlyMap<string, number> = new Map(
  OUT_OF_SERVICE_CODES.flatMap(({ code, words }) => words.map((each) => [each.toLowerCase(), code] as const)),
);

/** Its user or this server wished it, or it was switched on. */
const WISHED: ReadonlySet<number | undefined> = new Set([18, 20, 22, 23, 25, 104]);

/** Whether a reason tells of no trouble. */
export const isWishedOutage = ({ code }: Pick<OutOfServiceReport, 'code'>): boolean => WISHED.has(code);

/** What a number means; `undefined`: that is not known. */
export const meaningOfCode = (code: number): string | undefined => BY_CODE.get(code)?.meaning;

/** The number of a reason by its words, in any case; `undefined`: they are not known. */
export const codeOfWords = (words: string): number | undefined => BY_WORDS.get(words.trim().toLowerCase());

/** The reason for people: `keepalive failure (15)`, `"odd-words" (105)`, `number 111`. */
export const describeOutOfService = ({ code, words }: Pick<OutOfServiceReport, 'code' | 'words'>): string => {
  const meaning = code === undefined ? undefined : meaningOfCode(code);
  if (meaning !== undefined) return `${meaning} (${code})`;
  const said = words === '' ? undefined : `"${words}"`;
  if (code === undefined) return said ?? 'no reason given';
  return said === undefined ? `number ${code}` : `${said} (${code})`;
};

/** What a text alarm or a Reason header says: number, words and loads; empty texts: it does not say. */
export const outOfServiceReport = (
  code: number | undefined,
  words: string,
  load: string,
  inactiveLoad = '',
): OutOfServiceReport => ({
  code: code ?? codeOfWords(words),
  words,
  ...(load === '' ? {} : { load }),
  ...(inactiveLoad === '' ? {} : { inactiveLoad }),
});

/** The report by the names of the alarm's values, without their case. */
const XML_NAMES = {
  load: 'activeload',
  inactiveLoad: 'inactiveload',
  address: 'deviceipv4address',
  router: 'ipv4defaultgateway',
  node: 'unifiedcmipaddress',
  switch: 'neighbordeviceid',
  switchPort: 'neighborportid',
  voiceVlan: 'voicevlan',
  dhcp: 'dhcpv4status',
  tftp: 'tftpcfgstatus',
  dns: 'dnsstatusunifiedcm1',
  lastSent: 'lastprotocoleventsent',
  lastHeard: 'lastprotocoleventreceived',
} as const satisfies Partial<Record<keyof OutOfServiceReport, string>>;

/** The number of the reason; its words are in a value whose name begins like this. */
const REASON = 'reasonforoutofservice';
const NO_VLAN = '4095';

/**
 * What the XML alarm `LastOutOfServiceInformation` says. `values`: by name in lower case. The reason stands behind
 * twenty other values, and what helps most behind it.
 */
export const outOfServiceInXml = (values: ReadonlyMap<string, string>): OutOfServiceReport => {
  const number = values.get(REASON) ?? '';
  const words = [...values].find(([name]) => name.startsWith(REASON) && name !== REASON)?.[1] ?? '';
  const found = (Object.entries(XML_NAMES) as [keyof OutOfServiceReport, string][]).flatMap(([field, name]) => {
    const value = values.get(name)?.trim() ?? '';
    return value === '' || (field === 'voiceVlan' && value === NO_VLAN) ? [] : [[field, value] as const];
  });
  return {
    code: /^\d{1,5}$/.test(number) ? Number(number) : codeOfWords(words || number),
    words,
    ...Object.fromEntries(found),
  };
};

/** Two reports within this time that do not contradict each other are about one time out of service. */
const TOGETHER = 30_000;

/**
 * The last report of a device after another one. A phone tells of one time out of service in a text and in a document:
 * then what both say is kept.
 */
export const afterReport = (
  before: OutOfServiceFact | undefined,
  report: OutOfServiceReport,
  at: Instant,
): OutOfServiceFact => {
  const isSame =
    before !== undefined && at - before.at <= TOGETHER && (report.code === undefined || report.code === before.code);
  if (!isSame) return { at, ...report };
  return { ...before, ...report, at, code: report.code ?? before.code, words: report.words || before.words };
};
