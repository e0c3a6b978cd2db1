// Trouble of the machine that labcm runs on (`docs/protocols/explain.md` §2.8). It holds for the daemon; of a phone it is
// said only where it concerns it.

import type { CounterRise } from '../../../core/host-facts.js';
import { after, between, type Instant, minutes, seconds } from '../../../core/time.js';
import type { ListenerFailed } from '../../../events.js';
import { cause, causes } from '../cause.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, or, setting } from '../remedies.js';
import { spanText } from '../shown-text.js';
import type { Evidence } from '../verdict.js';
import { LATELY } from './endings.js';

/** Whether a service is the one that the phone needs next. */
const needs = (view: PhoneView, service: ListenerFailed['service']): boolean => {
  if (view.isDaemon) return true;
  if (view.isRegistered || view.boot.furthest === 'stays') return false;
  if (service === 'SIP' || service === 'SCCP') return view.configured?.protocol === service;
  return view.boot.furthest === 'power' || view.boot.furthest === 'dhcp';
};

const failedListener = (view: PhoneView, code: string): ListenerFailed | undefined =>
  view.surroundings.failedListeners().find((event) => event.code === code && needs(view, event.service));

const ofListener = (event: ListenerFailed | undefined) => {
  if (event === undefined) return undefined;
  const { service, transport, address, port, code } = event;
  return { service, transport, address, port, code };
};

/** The facts about listeners that `where` selects. */
const listenerEvidence = (view: PhoneView, { code }: { readonly code: string }): readonly Evidence[] =>
  view.surroundings.failedListeners().flatMap((event): Evidence[] => {
    const text = event.code === code ? view.textOf(event) : undefined;
    return text === undefined ? [] : [{ at: event.at, type: event.type, text }];
  });

const ofHost = { stage: 'ops', shows: '', evidence: [] } as const;

/** What was seen so long ago is over. */
const OVERLOADED_FOR = minutes(1);
const isRecent = (view: PhoneView, at: Instant | undefined): at is Instant =>
  at !== undefined && view.now < after(at, OVERLOADED_FOR);

/**
 * How labcm was too slow within the last minute, and when. The counters are those of the whole machine: they do not say
 * whose datagrams were dropped.
 */
const overload = (view: PhoneView) => {
  const stood = view.surroundings.daemonEvent('daemon.stood-still');
  if (stood !== undefined && isRecent(view, stood.at))
    return { at: stood.at, what: `labcm itself is late: the process stood still for ${spanText(stood.milliseconds)}.` };
  const { rcvbufErrors, listenOverflows } = view.host.counters ?? {};
  return dropped(view, rcvbufErrors, 'datagrams') ?? dropped(view, listenOverflows, 'new connections');
};

const dropped = (view: PhoneView, rise: CounterRise | undefined, what: string) => {
  const { at, by } = rise?.latest ?? {};
  return isRecent(view, at) ? { at, what: droppedSentence(by ?? 0, what) } : undefined;
};

const droppedSentence = (count: number, what: string): string =>
  `This machine is late: within ten seconds its kernel dropped ${count} ${what} that labcm or another program did not take.`;

/** Phones whose clocks are compared. */
const SAMPLE = 50;

/** If phones have one time and this host has another: by how many milliseconds it is behind them. */
const equalSkew = ({ surroundings }: PhoneView): number | undefined => {
  const skews: number[] = [];
  for (const { registration } of surroundings.devices()) {
    if (typeof registration?.clockSkew === 'number' && registration.keepAlives > 0) skews.push(registration.clockSkew);
    if (skews.length === SAMPLE) break;
  }
  const [first = 0] = skews;
  const isEqual = skews.every((skew) => Math.abs(skew - first) <= seconds(2));
  return skews.length >= 3 && isEqual && Math.abs(first) > seconds(5) ? first : undefined;
};

const DESCRIPTORS = 'descriptors';
const NOT_SAVED = 'not-saved';

export const opsHostCauses = causes({
  'ops.port-taken': cause({
    ...ofHost,
    severity: 'blocking',
    confidence: 'certain',
    fits: (view) => ofListener(failedListener(view, 'EADDRINUSE')),
    moreEvidence: listenerEvidence,
    sentence: ({ service, transport, address, port }) =>
      `${service} is not up on ${address}: ${transport} port ${port} is held by another program.`,
    remedy: ({ transport, port, service }, place) => [
      command(shell`ss -l${transport === 'udp' ? 'u' : 't'}np 'sport = :${port}'   # names the program`),
      service === 'TFTP' ? command(shell`systemctl disable --now tftpd-hpa   # if it is that one`) : look('stop it'),
      ...or(setting(place, writtenYaml(portKey(service)))),
    ],
    example: { service: 'TFTP', transport: 'udp', address: '10.2.0.1', port: 69, code: 'EADDRINUSE' },
  }),
  'ops.port-forbidden': cause({
    ...ofHost,
    severity: 'blocking',
    confidence: 'certain',
    fits: (view) => ofListener(failedListener(view, 'EACCES')),
    moreEvidence: listenerEvidence,
    sentence: ({ service, transport, address, port }) =>
      `${service} may not bind ${transport} port ${port} on ${address} without privileges.`,
    remedy: () => [command(shell`setcap cap_net_bind_service=+ep $(readlink -f $(which node))   # then restart it`)],
    example: { service: 'TFTP', transport: 'udp', address: '10.2.0.1', port: 69, code: 'EACCES' },
  }),
  'ops.descriptors': cause({
    ...ofHost,
    severity: 'blocking',
    confidence: 'certain',
    fits: (view) => {
      const { limit, usedUp } = view.host.descriptors;
      if (!usedUp || view.isRegistered) return undefined;
      return { limit, needs: Math.max((limit ?? 0) * 2, view.config.devices.length + SPARE) };
    },
    moreEvidence: (view) =>
      view.surroundings
        .degradations()
        .flatMap(({ part, reason, since }) => (part === DESCRIPTORS ? [degraded(part, reason, since)] : [])),
    sentence: ({ limit }) =>
      `All ${limit === undefined ? '' : `${limit} `}descriptors that labcm may hold are in use: new connections are closed, and files cannot be read.`,
    remedy: ({ needs: wanted }) => [
      command(shell`ulimit -n ${wanted}   # in the shell that starts labcm`),
      ...or(look(`LimitNOFILE=${wanted} in its systemd unit`)),
    ],
    example: { limit: 1024 as number | undefined, needs: 2304 },
  }),
  'ops.disk': cause({
    ...ofHost,
    severity: 'degraded',
    confidence: 'certain',
    fits: (view) => {
      const isRefused = view.record?.dhcp?.silentReason === NOT_SAVED && !view.isRegistered;
      const found = view.surroundings
        .degradations()
        .find(({ part }) => part !== DESCRIPTORS && (view.isDaemon || (isRefused && part === LEASES)));
      return found === undefined
        ? undefined
        : { part: found.part, reason: found.reason, state: view.config.state.directory };
    },
    moreEvidence: (view, values) =>
      view.surroundings
        .degradations()
        .flatMap(({ part, reason, since }) => (part === values.part ? [degraded(part, reason, since)] : [])),
    sentence: ({ part, reason }) => `labcm cannot write its ${part}: ${reason}.`,
    remedy: ({ state, reason }) => {
      const directory = /^(\/[^:]*)\//.exec(reason)?.[1] ?? state;
      return [command(shell`df -h ${directory}; ls -ld ${directory}   # free space, and who may write`)];
    },
    example: { part: 'trace files', reason: '/var/log/labcm/ccm.txt: no space left on device', state: './state' },
  }),
  'ops.host-clock': cause({
    ...ofHost,
    severity: 'degraded',
    confidence: 'likely',
    fits: (view) => {
      if (!view.isDaemon) return undefined;
      const jump = view.host.clockJump;
      if (jump !== undefined && view.now < after(jump.at, LATELY)) return { by: jump.by, jumped: true };
      const skew = equalSkew(view);
      return skew === undefined ? undefined : { by: skew, jumped: false };
    },
    sentence: ({ by, jumped }) =>
      jumped
        ? `This host's clock jumped ${by < 0 ? 'back' : 'ahead'} by ${spanText(by)}; phones take theirs from it.`
        : `This host's clock is ${spanText(by)} ${by < 0 ? 'ahead of' : 'behind'} that of its phones, which take theirs from it or by NTP.`,
    remedy: () => [command(shell`timedatectl set-ntp true`)],
    example: { by: 10_800_000, jumped: true },
  }),
  'ops.overloaded': cause({
    ...ofHost,
    severity: 'degraded',
    confidence: 'certain',
    fits: (view) => {
      const found = overload(view);
      if (found === undefined || view.isRegistered) return undefined;
      // Of a phone only if it was about to do something then.
      const { began, lastAt } = view.boot;
      const isAffected = began !== undefined && lastAt !== undefined && between(lastAt, found.at) < OVERLOADED_FOR;
      return view.isDaemon || (isAffected && began <= found.at) ? { what: found.what } : undefined;
    },
    until: (view) => {
      const at = overload(view)?.at;
      return at === undefined ? undefined : after(at, OVERLOADED_FOR);
    },
    sentence: ({ what }) => what,
    remedy: (_, place) => [
      look('let fewer phones start at once, or give this machine more processor time'),
      ...or(setting(place, yaml`trace: { level: significant }   # writes less`)),
    ],
    example: { what: droppedSentence(412, 'datagrams') },
  }),
});

/** Descriptors that labcm needs besides those of phones. */
const SPARE = 256;
/** The name of the degradation of DHCP. */
const LEASES = 'lease file';

const degraded = (part: string, reason: string, at: Instant): Evidence => ({
  at,
  type: 'daemon.degraded',
  text: `${part}: ${reason}`,
});

/** The key of another port. Only sockets of one address each can fail while the others are served: those over UDP. */
const portKey = (service: string): string =>
  service === 'SIP' ? 'sip: { udp: 5070 }' : 'tftp: { port: 6969 }   # real phones ask port 69 only';
