// Causes in the dialogue of a registration, where labcm refused nothing for good (`docs/protocols/explain.md` §2.5).

import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { inQuotes, shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, network, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { lastHeard, lastPast } from './endings.js';

type Answered = EventOf<'sip.register-answered'>;

/** Its last answer to a REGISTER that `where` selects, if nothing was accepted since. */
const answered = (view: PhoneView, where: (event: Answered) => boolean): Answered | undefined =>
  view.record?.registration === undefined ? view.facts.last('sip.register-answered', where) : undefined;

const isChallenge = ({ status, credentials, given }: Answered): boolean =>
  status === 401 && credentials === 'none' && given === undefined;

const isTooBrief = ({ status }: Answered): boolean => status === 423;

const portOf = (endpoint: string): string => endpoint.slice(endpoint.lastIndexOf(':') + 1);

/** `CapabilitiesReqMessage` is `CapabilitiesReq` to people. */
const wordOf = (message: string | undefined): string | undefined => message?.replace(/Message$/, '');

const REGISTER_ANSWERS = ['sip.register-answered'] as const;

/** Challenges in a row after which a phone does not answer them. */
const CHALLENGES = 3;

export const registerDialogueCauses = causes({
  'register.wrong-realm': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected',
    evidence: REGISTER_ANSWERS,
    fits: (view) => {
      const event = answered(view, ({ given }) => given !== undefined);
      // A later answer was refused for something else: it was for our realm.
      if (event !== undefined && view.refusal !== undefined && view.refusal.at > event.at) return undefined;
      return event?.given === undefined ? undefined : { realm: event.given, ours: event.configured ?? '' };
    },
    excludedBy: ({ config }, { realm }) => config.sip.realm === realm,
    counts: (event) => event.type === 'sip.register-answered' && event.given !== undefined,
    sentence: ({ realm, ours }) =>
      `It answers for the realm ${quoted(realm)} of another server and not for ${quoted(ours)}.`,
    remedy: ({ realm }, place) => [
      look('power it off and on, so that it begins anew with the realm that it is asked for'),
      ...or(setting(place, yaml`sip: { realm: ${inQuotes(realm)} }   # if many phones do so`)),
    ],
    example: { realm: 'asterisk', ours: 'ccmsipline' },
  }),
  'register.challenge-unanswered': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'Registering',
    evidence: REGISTER_ANSWERS,
    fits: (view) => {
      const event = answered(view, isChallenge);
      if (event === undefined || view.refusal !== undefined) return undefined;
      const times = view.facts.count('sip.register-answered', isChallenge);
      if (times < CHALLENGES && !view.isOverdue) return undefined;
      return { times, sentTo: event.sentTo, source: event.source };
    },
    counts: (event) => event.type === 'sip.register-answered' && isChallenge(event),
    sentence: ({ times, sentTo, source }) => {
      const asked = `It was asked for a password ${times === 1 ? 'once' : `${times} times`} and never answered`;
      return portOf(sentTo) === portOf(source)
        ? `${asked}: it has no password, or labcm's answers to ${sentTo} do not reach it.`
        : `${asked}: labcm's answers go to port ${portOf(sentTo)}, as its Via says, and it sends from ${portOf(source)}.`;
    },
    remedy: ({ sentTo, source }, place) =>
      portOf(sentTo) === portOf(source)
        ? [
            look("enter the device's `digest` user and password in the phone"),
            ...or(deviceKeys(place, yaml`digest: …   # take it out, and no password is asked for`)),
          ]
        : [
            look('let it register over TCP, which needs no port of its own for answers'),
            ...or(network('no NAT and no SIP ALG between the phone and this host; a VPN where there is one')),
          ],
    example: { times: 3, sentTo: '10.2.0.14:5060', source: '10.2.0.14:49152' },
  }),
  'register.too-brief': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: REGISTER_ANSWERS,
    fits: (view) => {
      const event = answered(view, isTooBrief);
      const times = view.facts.count('sip.register-answered', isTooBrief);
      if (event === undefined || times < 2) return undefined;
      return { asked: event.asked, min: event.least ?? view.config.sip.expires.min / 1000, times };
    },
    excludedBy: ({ config }, { asked }) => asked !== undefined && asked * 1000 >= config.sip.expires.min,
    counts: (event) => event.type === 'sip.register-answered' && isTooBrief(event),
    sentence: ({ asked, min, times }) =>
      `It asked ${times} times to be registered for ${asked === undefined ? 'less than' : `${asked} s, less than`} the ${min} s allowed, and does not take the hint.`,
    remedy: ({ asked = 10 }, place) => [
      // A phone that asks for no time at all cannot be granted that.
      setting(place, yaml`sip: { expires: { min: ${Math.max(asked, 1)}s } }`),
      ...or(look('set its registration timer to 3600 s')),
    ],
    example: { asked: 10 as number | undefined, min: 60, times: 2 },
  }),
  'register.cseq-back': cause({
    stage: 'register',
    severity: 'degraded',
    confidence: 'certain',
    shows: 'registers at the second try',
    evidence: REGISTER_ANSWERS,
    fits: (view) => {
      const event = answered(view, ({ status }) => status === 500);
      return event === undefined ? undefined : { cseq: event.cseq };
    },
    sentence: ({ cseq }) =>
      `It counts backwards, to CSeq ${cseq}, after a restart of its own; it will come with a new Call-ID.`,
    remedy: () => [look('wait for its next attempt; if it goes on, power it off and on')],
    example: { cseq: 101 },
  }),
  'register.never-completes': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering, In Progress',
    evidence: ['device.registering', 'device.unregistered'],
    // A phone that keeps its connection alive hangs from the beginning.
    since: (view) => (lastPast(view)?.keepAlives === 0 ? lastHeard(view) : lastPast(view)?.began),
    fits: (view) => {
      if (view.ending?.reason !== 'no-capabilities') return undefined;
      const said = wordOf(view.record?.registrations.at(-1)?.said);
      return { device: view.name, said: said === 'KeepAliveAck' ? undefined : said };
    },
    sentence: ({ said }) =>
      `It was accepted and never said which codecs it has${said === undefined ? '' : `; the last that it heard was ${said}`}.`,
    remedy: ({ device }, place) => [
      deviceKeys(place, yaml`maxProtocolVersion: 11`),
      command(shell`labcm pcap ${device} -o ${device}.pcapng   # what was said before`),
    ],
    example: { device: 'SEP001122334455', said: 'CapabilitiesReq' as string | undefined },
  }),
  'register.token-deferred': cause({
    stage: 'register',
    severity: 'attention',
    confidence: 'certain',
    shows: 'it stays with the other call manager',
    evidence: ['sccp.token', 'sip.token'],
    fits: (view) => {
      if (view.record?.registration !== undefined) return undefined;
      const token = view.facts.last('sccp.token');
      if (token !== undefined) return token.granted ? undefined : { wait: token.wait, section: 'sccp' };
      const granted = view.facts.last('sip.token')?.granted;
      return granted === false ? { wait: view.config.sip.tokens.wait / 1000, section: 'sip' } : undefined;
    },
    sentence: ({ wait }) => `It wants to come home and was told to wait ${wait} s, since many come at once.`,
    remedy: ({ section }, place) => [
      look('wait: it asks again by itself'),
      ...or(setting(place, yaml`${section}: { tokens: { perSecond: 50 } }`)),
    ],
    example: { wait: 30, section: 'sccp' },
  }),
});
