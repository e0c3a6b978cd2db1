// Why a phone does not stay registered, by how its last registration ended (`docs/protocols/explain.md` §2.7).

import { seconds } from '../../../core/time.js';
import type { PastRegistration } from '../../../devices/index.js';
import { cause, causes } from '../cause.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import {
  ENDS,
  inSeconds,
  isEqual,
  isLoss,
  lastEnd,
  lastHeard,
  lastPast,
  saidOfLastEnd,
  sayingEnds,
} from './endings.js';
import { keepAliveRun, sessionRun } from './stays-patterns.js';

const ofEnds = { stage: 'stays', overBoots: true, evidence: ENDS, since: lastEnd } as const;

const endOf = (view: PhoneView, reason: PastRegistration['reason']): PastRegistration | undefined =>
  view.ending?.reason === reason ? lastPast(view) : undefined;

/** Its lease was over before it fell silent: it had no address to speak from. */
const lostItsLease = (view: PhoneView): boolean => {
  const last = lastPast(view);
  return last !== undefined && view.history.has('device.lease-ended', ({ at }) => at >= last.ended - last.silence);
};

/** The codes by which phones say that the server ended their connection (`docs/protocols/explain.md` §1.4). */
const BY_SERVER: Readonly<Record<number, string>> = { 12: 'reset', 13: 'aborted', 14: 'closed' };

/** What is so near to an end belongs to it. */
const NEAR = seconds(10);

/** labcm did close it, since the phone gave it reason to. */
const wasClosedHere = ({ history }: PhoneView, { ended }: PastRegistration): boolean => {
  const isThen = ({ at }: { readonly at: number }): boolean => isEqual(at, ended, NEAR);
  const closedThen = (event: { readonly at: number; readonly cause: string }): boolean =>
    isThen(event) && (event.cause === 'not-reading' || event.cause === 'unfinished');
  return (
    history.has('sccp.link-closed', closedThen) ||
    history.has('sip.link-closed', closedThen) ||
    history.has('sccp.malformed', (event) => event.fatal && isThen(event))
  );
};

export const stayEndCauses = causes({
  'stays.keepalive-lost': cause({
    ...ofEnds,
    since: lastHeard,
    severity: 'blocking',
    confidence: 'likely',
    shows: 'CM fallback, Registering',
    fits: (view) => {
      const past = endOf(view, 'silence');
      return past === undefined ? undefined : { seconds: inSeconds(past.silence), last: past.heard };
    },
    // What it did afterwards says more than that it was silent.
    excludedBy: (view) =>
      (view.boot.lastAt ?? 0) > (lastPast(view)?.ended ?? 0) ||
      lostItsLease(view) ||
      keepAliveRun(view) !== undefined ||
      sessionRun(view) !== undefined,
    sentence: ({ seconds, last }) =>
      `Nothing came from it for ${seconds} s${last === undefined ? '' : `, after its ${last}`}, so its registration ended; power, cable or path were gone.`,
    remedy: () => [
      look('look at its switch port, and whether the phone has power'),
      look("if it comes back and says `keepalive failure (15)`, it was labcm's answers that were lost"),
    ],
    example: { seconds: 90, last: 'KeepAliveMessage' },
  }),
  'stays.reset-by-middle': cause({
    ...ofEnds,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'registers anew',
    fits: (view) => {
      const said = saidOfLastEnd(view);
      const how = BY_SERVER[said?.code ?? 0];
      const last = lastPast(view);
      if (how === undefined || last === undefined || !isLoss(last)) return undefined;
      return { how, protocol: view.configured?.protocol ?? '' };
    },
    excludedBy: (view) => {
      const last = lastPast(view);
      return last !== undefined && wasClosedHere(view, last);
    },
    until: (view) => saidUntil(view),
    sentence: ({ how }) =>
      `It says that the server ${how} its connection, and labcm did not: something between them did.`,
    remedy: ({ protocol }) => [
      network('look at the log of the firewall or load balancer between the phone and this host at that time'),
      network(
        `switch its inspection off; ASA: \`no inspect ${protocol === 'SIP' ? 'sip' : 'skinny'}\`, which knows only old versions`,
      ),
    ],
    example: { how: 'reset', protocol: 'SCCP' },
  }),
  'stays.half-open': cause({
    ...ofEnds,
    since: lastHeard,
    severity: 'degraded',
    confidence: 'likely',
    shows: 'registers anew by itself',
    fits: (view) => {
      const [said, last] = [saidOfLastEnd(view), lastPast(view)];
      if (said?.code !== 10 || last?.reason !== 'superseded') return undefined;
      const usual = view.configured?.protocol === 'SIP' ? view.config.sip.expires.granted : view.config.sccp.keepAlive;
      const isSame = last.address === view.record?.registration?.address;
      return isSame && last.silence > usual ? { seconds: inSeconds(last.silence) } : undefined;
    },
    until: (view) => saidUntil(view),
    sentence: ({ seconds }) =>
      `Its old connection hung half-open for ${seconds} s until it came again: the path dropped without a word.`,
    remedy: () => [
      look('nothing to do here: the newest connection wins'),
      network('if it comes again and again, a firewall on the way forgets the connection: see stays.firewall-idle'),
    ],
    example: { seconds: 75 },
  }),
  'stays.address-lost': cause({
    ...ofEnds,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Configuring IP',
    fits: (view) => {
      const said = saidOfLastEnd(view);
      return said?.code === 16 ? { address: said.address ?? lastPast(view)?.address } : undefined;
    },
    until: (view) => saidUntil(view),
    sentence: ({ address }) =>
      `It lost its address${address === undefined ? '' : `, ${quoted(address)}`}: its lease ran out, or it saw a second machine with that address.`,
    remedy: ({ address }) => [
      command(
        shell`labcm leases   # whose ${address === undefined ? 'its address' : address.replace(/[^\d./]/g, '')} is`,
      ),
      look('a second DHCP server, or a machine with a fixed address out of the pool, takes addresses away'),
    ],
    example: { address: '10.2.0.14' as string | undefined },
  }),
  'stays.throttled': cause({
    ...ofEnds,
    evidence: ['sccp.throttled', 'device.unregistered'],
    severity: 'blocking',
    confidence: 'certain',
    shows: 'is cut off',
    fits: (view) => {
      if (endOf(view, 'throttled') === undefined) return undefined;
      const { messages, within } = view.config.sccp.throttle;
      return { messages, seconds: within / 1000 };
    },
    sentence: ({ messages, seconds }) => `It sent more than ${messages} messages in ${seconds} s and was cut off.`,
    remedy: ({ messages, seconds }, place) => [
      look('another load of this phone: a healthy one sends a few messages a second'),
      ...or(setting(place, yaml`sccp: { throttle: { messages: ${messages * 2}, within: ${seconds}s } }`)),
    ],
    example: { messages: 2000, seconds: 5 },
  }),
  'stays.not-reading': cause({
    ...ofEnds,
    evidence: ['sccp.link-closed', 'sip.link-closed', 'device.unregistered'],
    severity: 'blocking',
    confidence: 'certain',
    shows: 'freezes',
    fits: (view) => {
      if (view.record === undefined || view.record.registration !== undefined) return undefined;
      const last = lastPast(view);
      const notReading = ({ cause, at }: { readonly cause: string; readonly at: number }): boolean =>
        cause === 'not-reading' && last !== undefined && isEqual(at, last.ended, NEAR);
      if (!view.history.has('sccp.link-closed', notReading) && !view.history.has('sip.link-closed', notReading))
        return undefined;
      const { sip, sccp } = view.config;
      const { backlog } = view.record.configured.protocol === 'SIP' ? sip.limits : sccp.limits;
      return { kilobytes: Math.round(backlog / 1024) };
    },
    sentence: ({ kilobytes }) =>
      `It stopped reading what labcm sends; no more than ${kilobytes} kB wait for a phone, so its connection was closed.`,
    remedy: () => [look('power it off and on'), look('if it happens again: another load')],
    example: { kilobytes: 256 },
  }),
});

const saidUntil = ({ record }: PhoneView) =>
  record?.outOfService === undefined ? undefined : sayingEnds(record.outOfService);
