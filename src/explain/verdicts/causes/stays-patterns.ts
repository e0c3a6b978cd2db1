// Why a phone does not stay registered, by a pattern of several ends (`docs/protocols/explain.md` §2.7): one loss is a
// fact, and equal ones have a cause.

import { after, between, type Instant, minutes, seconds } from '../../../core/time.js';
import { cause, causes } from '../cause.js';
import { yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { look, network, onPhone, setting } from '../remedies.js';
import { quoted, spanText } from '../shown-text.js';
import { ENDS, endedByItself, inSeconds, isEqual, isLoss, lastPast, newestRun, patternEnds } from './endings.js';

/** When the first of the losses of a pattern came. */
const firstLoss = (view: PhoneView): Instant | undefined => newestRun(view, endedByItself)[0]?.ended;

const ofEnds = { stage: 'stays', overBoots: true, evidence: ENDS, since: firstLoss } as const;

/** Ends after the same few keepalives, with hardly a keepalive between: our answers do not arrive. */
export const keepAliveRun = (view: PhoneView) => {
  const { record, config } = view;
  const last = lastPast(view);
  if (record === undefined || last === undefined || last.keepAlives > 1 || !isLoss(last)) return undefined;
  const keepAlives = Math.round(last.lasted / config.sccp.keepAlive);
  const isSccp = record.configured.protocol === 'SCCP';
  if (isSccp && (keepAlives < 1 || keepAlives > 3)) return undefined;
  const usual = isSccp ? keepAlives * config.sccp.keepAlive : last.lasted;
  if (!isSccp && last.reason !== 'silence') return undefined;
  const run = newestRun(
    view,
    (past) => isLoss(past) && past.keepAlives <= 1 && isEqual(past.lasted, usual, seconds(2)),
  );
  return run.length < 3 || view.now >= patternEnds(view, last, last.lasted)
    ? undefined
    : {
        seconds: inSeconds(usual),
        keepAlives: isSccp ? keepAlives : undefined,
        srst: config.provisioning.srst.enabled,
      };
};

/** The times after which firewalls forget a connection, in seconds. */
const SESSION_TIMES: readonly number[] = [300, 600, 900, 1800, 3600];

export const sessionRun = (view: PhoneView) => {
  const last = lastPast(view);
  const time = last === undefined ? undefined : SESSION_TIMES.find((each) => isEqual(each * 1000, last.lasted));
  if (last === undefined || time === undefined) return undefined;
  const run = newestRun(view, (past) => isLoss(past) && isEqual(past.lasted, last.lasted));
  return run.length < 2 || view.now >= patternEnds(view, last, last.lasted)
    ? undefined
    : { seconds: time, times: run.length, port: portOf(view) };
};

const portOf = ({ configured, config }: PhoneView): number =>
  configured?.protocol === 'SIP' ? (config.sip.tcp ?? config.sip.udp ?? 5060) : config.sccp.port;

/** Several phones of one switch are lost together, and again after whole minutes. */
const switchRun = (view: PhoneView) => {
  const { record, surroundings } = view;
  const name = record?.outOfService?.switch;
  const run = newestRun(view, isLoss);
  const [before, last] = run.slice(-2);
  if (name === undefined || before === undefined || last === undefined) return undefined;
  const every = between(before.ended, last.ended);
  const count = Math.round(every / minutes(1));
  if (count < 1 || !isEqual(every, count * minutes(1), seconds(5))) return undefined;
  if (view.now >= after(last.ended, minutes(count + 1))) return undefined;
  let behind = 0;
  for (const other of surroundings.devices()) {
    if (other === record) continue;
    const [first, second] = other.registrations.slice(-2);
    const isTogether = second !== undefined && isLoss(second) && isEqual(second.ended, last.ended, seconds(10));
    if (!isTogether) continue;
    if (other.outOfService?.switch !== name) return undefined;
    if (first !== undefined && isEqual(between(first.ended, second.ended), every, seconds(5))) behind += 1;
  }
  return behind < 2 ? undefined : { others: behind, switch: name, minutes: count };
};

/** Answers after which no phone starts anew: a status of SIP, and what follows from the phone's own leaving. */
const SAYS_NOTHING = /^\d|^UnregisterAck|^KeepAliveAck/;

/** Three registrations that began within minutes of each other, each ended by the phone itself, which starts anew. */
const resetRun = (view: PhoneView) => {
  const last = lastPast(view);
  if (last === undefined || !endedByItself(last) || keepAliveRun(view) !== undefined) return undefined;
  const run = newestRun(view, endedByItself).slice(-3);
  const [first, second, third] = run;
  if (first === undefined || second === undefined || third === undefined) return undefined;
  // From several addresses they are several phones.
  if (first.address !== second.address || second.address !== third.address) return undefined;
  const isFast =
    between(first.began, second.began) < minutes(5) &&
    between(second.began, third.began) < minutes(5) &&
    view.now < after(third.ended, minutes(5));
  const isBoot = view.boot.began !== undefined && view.boot.began > third.began;
  if (!isFast || !isBoot || view.history.has('device.commanded', (event) => event.at >= first.began)) return undefined;
  const told = third.said === undefined || SAYS_NOTHING.test(third.said) ? undefined : third.said;
  return { told };
};

export const stayPatternCauses = causes({
  'stays.flap-keepalive': cause({
    ...ofEnds,
    severity: 'blocking',
    confidence: 'likely',
    shows: 'registers anew every 30, 60 or 90 s',
    fits: keepAliveRun,
    until: (view) => untilOf(view),
    sentence: ({ seconds, keepAlives }) =>
      keepAlives === undefined
        ? `It loses its registration every ${seconds} s, each time before a refresh arrives.`
        : `It loses its registration every ${seconds} s, which is ${keepAlives} ${keepAlives === 1 ? 'keepalive' : 'keepalives'}: they go out and no answer comes back.`,
    remedy: ({ srst }, place) => [
      network(
        'find the asymmetric route, or the firewall that sees one direction only, between the phone and this host',
      ),
      ...(srst
        ? [setting(place, yaml`phones: { srst: { enabled: false } }   # nobody answers its second connection`)]
        : []),
    ],
    example: { seconds: 90, keepAlives: 3 as number | undefined, srst: false },
  }),
  'stays.firewall-idle': cause({
    ...ofEnds,
    severity: 'blocking',
    confidence: 'likely',
    shows: 'registers anew every few minutes',
    fits: sessionRun,
    until: (view) => untilOf(view),
    sentence: ({ seconds }) =>
      `It is cut after ${spanText(seconds * 1000)} each time: a firewall on the way forgets connections after that time.`,
    remedy: ({ port, seconds }) => [
      network(
        `a session time for tcp ${port} above ${seconds} s; FortiGate: \`config system session-ttl\`; ASA: \`timeout conn\``,
      ),
    ],
    example: { seconds: 300, times: 2, port: 2000 },
  }),
  'stays.port-security': cause({
    ...ofEnds,
    severity: 'blocking',
    confidence: 'likely',
    shows: 'several phones of one switch register anew together',
    fits: switchRun,
    until: (view, { minutes: count }) => {
      const last = lastPast(view);
      return last === undefined ? undefined : after(last.ended, minutes(count + 1));
    },
    sentence: ({ others, switch: name, minutes }) =>
      `It and ${others} others behind ${quoted(name)} drop together every ${minutes} min: port-security or ARP aging there.`,
    remedy: () => [network('`switchport port-security aging type inactivity`, or a longer aging time, at that switch')],
    example: { others: 4, switch: 'sw1.lab', minutes: 5 },
  }),
  'stays.two-phones': cause({
    ...ofEnds,
    evidence: ['device.name-shared', 'device.unregistered', 'device.registered'],
    since: ({ history }) => history.all(({ type }) => type === 'device.name-shared')[0]?.at,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'two phones register in turn',
    fits: (view) => {
      const shared = view.record?.sharedName;
      if (shared === undefined || shared.changes < 3 || !shared.isCertain) return undefined;
      if (view.now >= after(shared.at, SHARED_FOR)) return undefined;
      return { device: view.name, first: shared.first, second: shared.second };
    },
    until: ({ record }) => (record?.sharedName === undefined ? undefined : after(record.sharedName.at, SHARED_FOR)),
    sentence: ({ device, first, second }) =>
      `Two phones call themselves ${device}: those at ${first} and ${second} throw each other out.`,
    remedy: (_, place) => [
      look('find the copy and rename it: the device name of a soft phone, a cloned MAC address, a simulator'),
      setting(place, yaml`policy: { duplicate: refuse }   # until then: the first one stays`),
    ],
    example: { device: 'SEP001122334455', first: '10.2.0.14:49152', second: '10.2.0.15:50321' },
  }),
  'stays.reset-loop': cause({
    ...ofEnds,
    evidence: ['device.registered', 'device.unregistered', 'device.reported', 'device.out-of-service'],
    severity: 'blocking',
    confidence: 'likely',
    shows: 'restarts every minute or two',
    fits: resetRun,
    until: (view) => {
      const last = lastPast(view);
      return last === undefined ? undefined : after(last.ended, minutes(5));
    },
    sentence: ({ told }) =>
      `It restarts by itself after each registration${told === undefined ? '' : `; the last thing that it was sent is ${told}`}.`,
    remedy: () => [
      look('take `load` out of its configuration, if it has one: a load that it cannot run makes it start again'),
      look('switch off what its file adds: DND, `vendorConfig`, a feature policy, one after the other'),
      onPhone('79xx: Settings, then **#** (or its factory reset)'),
    ],
    example: { told: 'ButtonTemplateResMessage' as string | undefined },
  }),
});

/** After so long without a change two phones no longer share a name. */
const SHARED_FOR = minutes(5);

const untilOf = (view: PhoneView) => {
  const last = lastPast(view);
  return last === undefined ? undefined : patternEnds(view, last, last.lasted);
};
