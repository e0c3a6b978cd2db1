// Causes of registrations that were accepted and did not last (`docs/protocols/explain.md` §2.5).

import { between, minutes, seconds } from '../../../core/time.js';
import type { PastRegistration } from '../../../devices/facts.js';
import type { EndReason } from '../../../devices/reasons.js';
import { cause, causes } from '../cause.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, network, or, setting } from '../remedies.js';

/** A registration that ended sooner was left at once. */
const AT_ONCE = seconds(15);
/** A Cisco phone takes less for a failure (`docs/protocols/sip.md` §4.2). */
const LEAST_GRANTED = seconds(65);
const GRANTED_BY_CUCM = seconds(120);

/** Ends by which a phone leaves without a word, or with a reset of its own. */
const LEFT: ReadonlySet<EndReason> = new Set(['connection-lost', 'device-reset']);
/** Those, and a phone that takes its registration back. */
const GAVE_UP: ReadonlySet<EndReason> = new Set([...LEFT, 'unregistered']);

/** The registrations that ended last, the newest first, if it has none now. */
const ended = ({ record }: PhoneView): readonly PastRegistration[] =>
  record === undefined || record.registration !== undefined ? [] : record.registrations.toReversed();

/** The versions in which SCCP's messages change (`docs/protocols/sccp.md` §3), the highest first. */
const VERSIONS = [20, 17, 15, 11, 8, 5, 3] as const;

const ENDED_BY_IT = ['device.unregistered'] as const;

/** Code 17: it asked to be registered and got no complete answer. */
const NO_ANSWER = 17;
/** So long a report of that is of interest. */
const REPORTED_LATELY = minutes(10);

/** When labcm let it in or answered its REGISTER last, before `at`. */
const answeredBefore = ({ history }: PhoneView, at: number): number | undefined =>
  [
    history.last('device.registering', (event) => event.at <= at)?.at,
    history.last('sip.register-answered', (event) => event.at <= at)?.at,
  ]
    .filter((time) => time !== undefined)
    .sort((one, other) => other - one)[0];

export const registerLastsCauses = causes({
  'register.granted-too-short': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration failed, though it was accepted',
    evidence: ENDED_BY_IT,
    fits: (view) => {
      const { granted, max } = view.config.sip.expires;
      if (granted >= LEAST_GRANTED || view.configured?.protocol !== 'SIP') return undefined;
      const [last] = ended(view);
      if (last === undefined || last.lasted > AT_ONCE || !GAVE_UP.has(last.reason)) return undefined;
      return /^Cisco /.test(view.configured.model.name)
        ? { granted: granted / 1000, isMost: max < GRANTED_BY_CUCM }
        : undefined;
    },
    sentence: ({ granted }) => `It was granted ${granted} s; a Cisco phone takes less than 65 s for a failure.`,
    remedy: ({ isMost }, place) => [
      setting(place, yaml`sip: { expires: { granted: 120s${isMost ? yaml`, max: 120s` : yaml``} } }`),
    ],
    example: { granted: 60, isMost: false },
  }),
  'register.stops-after': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'it restarts after "Loading CM list"',
    evidence: ENDED_BY_IT,
    overBoots: true,
    fits: (view) => {
      const { configured, config, name } = view;
      const [last, before] = ended(view);
      if (configured?.protocol !== 'SCCP' || last?.said === undefined || before === undefined) return undefined;
      const isAlike = last.said === before.said && last.heard === before.heard;
      if (!isAlike || ![last, before].every(({ lasted, reason }) => lasted < AT_ONCE && LEFT.has(reason)))
        return undefined;
      const version = configured.maxProtocolVersion ?? config.sccp.maxProtocolVersion;
      const lower = VERSIONS.find((one) => one < version) ?? 0;
      return { said: last.said.replace(/Message$/, ''), lower, device: name };
    },
    counts: (event) => event.type === 'device.unregistered' && LEFT.has(event.reason),
    sentence: ({ said }) => `It leaves each time after ${said}: it stumbles over that message.`,
    remedy: ({ lower, device }, place) => [
      deviceKeys(place, yaml`maxProtocolVersion: ${lower}`),
      command(shell`labcm pcap ${device} -o ${device}.pcapng   # what it was sent; fewer buttons may help, too`),
    ],
    example: { said: 'SoftKeyTemplateRes', lower: 20, device: 'SEP001122334455' },
  }),
  'register.too-slow': cause({
    stage: 'register',
    severity: 'degraded',
    confidence: 'possible',
    shows: 'Registering',
    evidence: ['device.out-of-service', 'device.registering', 'sip.register-answered'],
    since: ({ record }) => record?.outOfService?.at,
    fits: (view) => {
      const { record, now, name } = view;
      const report = record?.outOfService;
      if (report?.code !== NO_ANSWER || record?.registration !== undefined) return undefined;
      const answered = answeredBefore(view, report.at);
      if (answered === undefined || between(report.at, now) > REPORTED_LATELY) return undefined;
      return { before: Math.round((report.at - answered) / 1000), device: name };
    },
    overBoots: true,
    sentence: ({ before }) =>
      `It gave up waiting for an answer that labcm had sent ${before} s before: it did not arrive, or it meant another node.`,
    remedy: ({ device }) => [
      command(shell`labcm pcap ${device} -o ${device}.pcapng   # when the answer left`),
      network('look for what drops packets on the way from this host to the phone'),
      ...or(look('it means another call manager of its group: its screen says which one it tries')),
    ],
    example: { before: 12, device: 'SEP001122334455' },
  }),
});
