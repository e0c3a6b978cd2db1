// Causes at the way of files to a phone: TFTP and HTTP themselves (`docs/protocols/explain.md` §2.3).

import { instant, seconds } from '../../../core/time.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { isAtDhcp } from '../dhcp-story.js';
import { allFiles, asksHttpFirst, FILE_EVENTS, isFileEvent, lastFile, outcomeOf, wasServed } from '../file-events.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { isSentHere } from './files.js';

type Completed = EventOf<'tftp.completed'>;
type Failed = EventOf<'tftp.failed'>;

/** Of a file of this size the speed tells something. */
const LARGE = 100_000;
/** Octets in a millisecond. */
const SLOW = 50;
/** Packets of a file that may be lost without the way being bad. */
const LOST_BY_CHANCE = 2;
const LOST_SHARE = 0.05;

const isLossy = ({ blocks, resent }: Completed): boolean => resent > LOST_BY_CHANCE && resent > LOST_SHARE * blocks;
const isSlow = (event: Completed): boolean =>
  isLossy(event) || (event.octets >= LARGE && event.octets < SLOW * event.milliseconds);

/** A first packet that was never acknowledged. */
const isUnheard = ({ reason, blocks, resent }: Failed): boolean => reason === 'timeout' && blocks === 0 && resent > 0;
/** A transfer that began and broke off. */
const isBrokenOff = ({ reason, blocks }: Failed): boolean => reason === 'timeout' && blocks > 0;
const isOptionRefused = ({ errorCode, blocks }: Failed): boolean => errorCode === OPTION_REFUSED && blocks === 0;

/**
 * Whether the phone was sent a file since its last transfer that failed like this began: that one, or any. A phone that
 * asks again from another port has the file before its first transfer is given up.
 */
const wasSentSince = (
  { facts }: PhoneView,
  where: (event: Failed) => boolean,
  which: 'that file' | 'any file' = 'any file',
): boolean => {
  const event = facts.last('tftp.failed', where);
  if (event === undefined) return false;
  const began = instant(event.at - event.milliseconds);
  return which === 'any file'
    ? facts.has('tftp.completed', ({ at }) => at >= began)
    : wasServed(facts, event.file, began);
};

/** RFC 2347: the client does not take the OACK. */
const OPTION_REFUSED = 8;

const SMALL_BLOCKS = yaml`tftp: { blockSize: 512, windowSize: 1 }`;

/** HTTP that is dropped costs a phone so long for each file. */
const HTTP_TIMEOUT = seconds(20);

/** Options of `tftp.limits` by what the limit is called. */
const TFTP_LIMITS = {
  'requests per second': 'requestsPerSecond',
  'transfers per source': 'transfersPerSource',
  transfers: 'transfers',
} as const;

interface TurnedAway {
  readonly at: number;
  readonly limit: string;
  readonly yaml: string;
}

/** The limit that the phone, or another one at its address, was over. */
const turnedAway = ({ facts, config }: PhoneView): TurnedAway | undefined => {
  const tftp = facts.last('tftp.throttled');
  const http = facts.last('http.throttled');
  const refused = lastFile(facts, 'refused', (_, { type }) => type === 'http.file');
  const at = Math.max(tftp?.at ?? 0, http?.at ?? 0, refused?.at ?? 0);
  if (at === 0) return undefined;
  if (tftp !== undefined && tftp.at === at) {
    const key = TFTP_LIMITS[tftp.limit as keyof typeof TFTP_LIMITS];
    return key === undefined
      ? undefined
      : { at, limit: `\`tftp.limits.${key}\``, yaml: `tftp: { limits: { ${key}: ${2 * config.tftp.limits[key]} } }` };
  }
  if (http !== undefined && http.at === at && http.limit.endsWith('TLS handshakes per second')) {
    const yaml = `security: { unproven: { perSecond: ${2 * config.secureMode.unproven.perSecond} } }`;
    return { at, limit: '`security.unproven.perSecond`', yaml };
  }
  const { limits } = config.http.provisioning;
  const key = refused !== undefined && 'status' in refused && refused.status === 503 ? 'serving' : 'requestsPerSecond';
  return {
    at,
    limit: `\`http.provisioning.limits.${key}\``,
    yaml: `http: { provisioning: { limits: { ${key}: ${2 * limits[key]} } } }`,
  };
};

export const fileTransferCauses = causes({
  'files.broken': cause({
    stage: 'files',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'File not found',
    evidence: ['file.broken', ...FILE_EVENTS],
    fits: ({ facts, config }) => {
      const event = facts.last('file.broken');
      return event === undefined ? undefined : { file: event.file, detail: event.detail, root: config.tftp.root };
    },
    excludedBy: ({ facts }, { file }) => {
      const event = facts.last('file.broken');
      return event !== undefined && wasServed(facts, file, event.at);
    },
    counts: (event, { file }) => event.type === 'file.broken' || (isFileEvent(event) && event.file === file),
    sentence: ({ file, detail }) => `Its file ${quoted(file)} cannot be served: ${detail}.`,
    remedy: ({ file, detail, root }, place) =>
      /EACCES|EPERM/.test(detail)
        ? [command(shell`ls -l ${`${root}/${file}`}   # the daemon must be able to read it`)]
        : [look(`mend what is said of it: ${detail}`), command(shell`labcm check -c ${place.mainFile}`)],
    example: { file: 'SCCP42.9-4-2SR3-1S.loads', detail: 'EACCES: permission denied', root: './tftp-root' },
  }),
  'files.blocks-lost': cause({
    stage: 'files',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'TFTP timeout',
    evidence: ['tftp.failed'],
    fits: ({ facts }) => {
      const event = facts.last('tftp.failed', isUnheard);
      return event === undefined
        ? undefined
        : { file: event.file, times: event.resent + 1, address: event.context.address };
    },
    excludedBy: (view) => wasSentSince(view, isUnheard),
    counts: (event) => event.type === 'tftp.failed' && isUnheard(event),
    sentence: ({ file, times }) =>
      `It asks for ${quoted(file)}, and labcm's first block, sent ${times} times, never reaches it: answers come from another port than 69, and something drops them.`,
    remedy: ({ address }) => [
      network('let UDP from all ports above 1023 of this host to the phones pass, not from port 69 alone'),
      command(
        shell`ip route get ${address}   # on a host with two interfaces: the answer must leave by the one it came in`,
      ),
    ],
    example: { file: 'SEP001122334455.cnf.xml', times: 3, address: '10.2.0.14' },
  }),
  'files.slow': cause({
    stage: 'files',
    severity: 'degraded',
    confidence: 'certain',
    shows: 'minutes at Loading',
    evidence: ['tftp.completed', 'tftp.failed'],
    fits: ({ facts }) => {
      const broken = facts.last('tftp.failed', isBrokenOff);
      const slow = broken === undefined ? facts.last('tftp.completed', isSlow) : undefined;
      const event = broken ?? slow;
      if (event === undefined) return undefined;
      const { file, milliseconds, resent } = event;
      return { file, seconds: Math.round(milliseconds / 1000), resent, isBroken: broken !== undefined };
    },
    excludedBy: (view, { isBroken }) => isBroken && wasSentSince(view, isBrokenOff, 'that file'),
    counts: (event, { isBroken }) =>
      isBroken ? event.type === 'tftp.failed' && isBrokenOff(event) : event.type === 'tftp.completed' && isSlow(event),
    sentence: ({ file, seconds, resent, isBroken }) => {
      const packets = resent === 1 ? '1 packet' : `${resent} packets`;
      if (isBroken)
        return `It got a part of ${quoted(file)}, and then no answer came for ${packets} sent again: the link loses packets.`;
      return resent > 0
        ? `It got ${quoted(file)} in ${seconds} s with ${packets} sent again: the link loses packets.`
        : `It got ${quoted(file)} in ${seconds} s and nothing was lost: the way to it is long or narrow.`;
    },
    remedy: ({ resent, isBroken }, place) =>
      resent > 0 || isBroken
        ? [
            network("duplex and speed of its switch port, and its cable: both ends on 'auto'"),
            ...or(setting(place, SMALL_BLOCKS)),
          ]
        : [
            look('nothing is broken; a load takes minutes over such a link'),
            network('put a TFTP server with the loads near the phones'),
          ],
    example: { file: 'cvm42sccp.9-4-2ES26.sbn', seconds: 184, resent: 212, isBroken: false },
  }),
  'files.options-refused': cause({
    stage: 'files',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'TFTP error',
    evidence: ['tftp.failed'],
    fits: ({ facts }) => {
      const event = facts.last('tftp.failed', isOptionRefused);
      return event === undefined ? undefined : { file: event.file };
    },
    excludedBy: (view) => wasSentSince(view, isOptionRefused),
    counts: (event) => event.type === 'tftp.failed' && isOptionRefused(event),
    sentence: ({ file }) => `It refuses the TFTP options that it asked for itself, at ${quoted(file)}.`,
    remedy: (_, place) => [setting(place, SMALL_BLOCKS)],
    example: { file: 'SEP001122334455.cnf.xml' },
  }),
  'files.http-dropped': cause({
    stage: 'files',
    severity: 'degraded',
    confidence: 'likely',
    shows: 'a long wait before every file',
    evidence: ['device.leased', 'dhcp.received', ...FILE_EVENTS],
    fits: ({ facts, configured, config }) => {
      if (configured === undefined || !asksHttpFirst(configured.model) || facts.has('http.file')) return undefined;
      const leased = facts.last('device.leased') ?? facts.last('dhcp.received', ({ decision }) => decision === 'ACK');
      const first = leased && allFiles(facts).find(({ at }) => at >= leased.at);
      if (leased === undefined || first === undefined) return undefined;
      const waited = first.at - ('milliseconds' in first ? first.milliseconds : 0) - leased.at;
      if (waited < HTTP_TIMEOUT) return undefined;
      const { enabled, port } = config.http.provisioning;
      return { seconds: Math.round(waited / 1000), isOn: enabled, port };
    },
    sentence: ({ seconds, port }) =>
      `It asked for its first file ${seconds} s after it had its address: it waits for an answer on TCP ${port} before it tries TFTP, and something drops that instead of refusing it.`,
    remedy: ({ isOn, port }, place) => [
      ...(isOn ? [] : [setting(place, yaml`http: { provisioning: { enabled: true } }`)]),
      network(
        `let TCP ${port} to this host pass, or reject it, but do not drop it: \`nft … tcp dport ${port} reject with tcp reset\``,
      ),
    ],
    example: { seconds: 32, isOn: true, port: 6970 },
  }),
  'files.tftp-off': cause({
    stage: 'files',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'TFTP timeout',
    evidence: ['device.leased', 'dhcp.received'],
    fits: (view) => {
      const { config, configured } = view;
      if (config.tftp.enabled || configured === undefined || asksHttpFirst(configured.model)) return undefined;
      return isAtDhcp(view) && isSentHere(view) ? { model: configured.model.name } : undefined;
    },
    sentence: ({ model }) =>
      `It has its address and gets no file: nothing listens on UDP 69 here, and a ${model} asks by TFTP alone.`,
    remedy: (_, place) => [
      command(shell`setcap cap_net_bind_service=+ep $(readlink -f $(which node))   # the right to bind port 69`),
      setting(place, yaml`tftp: { enabled: true, port: 69 }`),
    ],
    example: { model: 'Cisco 7962' },
  }),
  'files.busy': cause({
    stage: 'files',
    severity: 'degraded',
    confidence: 'certain',
    shows: 'a slow start',
    evidence: ['tftp.throttled', 'http.throttled', 'http.file'],
    fits: (view) => {
      const found = turnedAway(view);
      return found === undefined ? undefined : { limit: found.limit, yaml: found.yaml };
    },
    excludedBy: (view) => {
      const { at = 0 } = turnedAway(view) ?? {};
      return lastFile(view.facts, 'served', (_, event) => event.at > at) !== undefined;
    },
    counts: (event) => event.type !== 'http.file' || outcomeOf(event) === 'refused',
    sentence: ({ limit }) => `Its request for a file was turned away, because more came than ${limit} allows.`,
    remedy: ({ yaml: limits }, place) => [
      look('start fewer phones at once: each comes again by itself'),
      ...or(setting(place, writtenYaml(limits))),
    ],
    example: { limit: '`tftp.limits.transfers`', yaml: 'tftp: { limits: { transfers: 8192 } }' },
  }),
  'files.forbidden': cause({
    stage: 'files',
    severity: 'attention',
    confidence: 'certain',
    shows: '',
    evidence: ['file.forbidden'],
    fits: ({ facts }) => {
      const event = facts.last('file.forbidden');
      return event === undefined
        ? undefined
        : { file: event.file, reason: event.reason, address: event.context.address };
    },
    sentence: ({ file, reason }) =>
      /leads out|drive/.test(reason)
        ? `It asked for ${quoted(file)}, which leads out of the served folder.`
        : `It asked for ${quoted(file)}, which is no name of a file: ${reason}.`,
    remedy: ({ address }) => [
      look(`nothing to mend here: it was refused. Find out who has ${address}: phones do not ask for that`),
    ],
    example: { file: '../../etc/passwd', reason: 'leads out of the root', address: '10.2.0.14' },
  }),
});
