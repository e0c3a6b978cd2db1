// How calls are told: digit analysis in the form of CUCM's SDI traces (`docs/protocols/calls.md` §7.1), the rest in their
// manner. What a station is sent and sends has its own lines in `sccp.ts` and `sip.ts`.

import { CAUSES, causeOf } from '../../calls/causes.js';
import type {
  CallAnalysed,
  CallConferencing,
  CallDenial,
  CallEvent,
  CallForwarded,
  CallLineState,
  CallMediaFailed,
  CallOffered,
  FeatureRefusal,
} from '../../calls/events.js';
import type { Rows } from '../row.js';

type Target = NonNullable<CallAnalysed['target']>;

interface AboutLeg {
  readonly call: number;
  readonly leg: number;
  readonly device?: string;
  readonly dn: string;
}

const gci = ({ call, leg }: AboutLeg): string => `GCI=(${leg >>> 24}, ${call}), CI=${leg}`;
const subject = ({ device, dn }: AboutLeg): string => device ?? dn;
const farEnd = (device: string | undefined): string => device ?? 'a service of labcm';

/** CUCM's number of what a pattern is for. */
export const PATTERN_USAGE: Readonly<Record<Target['kind'], number>> = {
  line: 2,
  hunt: 7,
  park: 2,
  conference: 1,
  pickup: 2,
  forward: 2,
  intercom: 2,
  page: 2,
  service: 2,
  emergency: 5,
  trunk: 5,
};

/** The number that a target has. */
export const numberOf = (target: Target): string => (target.kind === 'line' ? target.dn : target.number);

const matchLine = (dn: string, digits: string): string =>
  `Digit analysis: match(fqcn="${dn}", cn="${dn}", pss="", dd="${digits}")`;

const DENIALS: Readonly<Record<CallDenial, string>> = {
  'line-full': 'cannot make another call: the line has as many as `maxCalls` allows',
  'too-fast': 'cannot make another call in this second: `calls.limits.perSecond` allows no more',
  'device-full': 'cannot make another call: it has as many as `calls.limits.perDevice` allows',
  'server-full': 'cannot make a call: there are as many as `calls.limits.calls` allows',
  disabled: 'cannot make a call: `calls.enabled` is false',
};

/** By the reasons of redirection (`docs/protocols/calls.md` §2.11). */
const FORWARD_REASONS: Readonly<Partial<Record<CallForwarded['reason'], string>>> = {
  1: 'it is busy',
  2: 'nobody answers, or no phone of it is registered',
  15: 'it forwards all calls',
  50: 'its user diverts it',
};

const FEATURE_REFUSALS: Readonly<Record<FeatureRefusal, string>> = {
  'no-such-number': 'the number leads to no phone',
  'own-number': 'it is the number of the line itself',
  'not-its-line': 'the device has no such line',
  'too-often': 'it sets more within a second than it may',
  'not-kept': 'it cannot be kept',
};

const wantedFeature = (dn: string, number: string): string => {
  if (dn === '') return 'set do not disturb';
  return number === '' ? `end that ${dn} forwards` : `forward ${dn} to ${number}`;
};

const MEDIA_FAILURES: Readonly<Record<CallMediaFailed['reason'], string>> = {
  silent: 'did not open its receive channel',
  refused: 'could not open its receive channel',
  'bad-address': 'named an address to which nobody may send',
  'no-codec': 'has no codec in common with',
  'not-sending': 'could not send its speech',
};

const LINE_STATES: Readonly<Record<CallLineState['state'], string>> = {
  unknown: 'no phone has it registered any more',
  idle: 'is idle',
  'in-use': 'is in use',
  alerting: 'rings',
  'do-not-disturb': 'does not want to be disturbed',
};

/** What becomes of the call. */
const OUTCOMES: typeof MEDIA_FAILURES = {
  silent: 'there is no speech, and the call ends',
  refused: 'there is no speech, and the call ends',
  'bad-address': 'there is no speech, and the call ends',
  'no-codec': 'there is no speech, and the call ends',
  'not-sending': 'the other end hears nothing',
};

export const callLines = {
  'call.off-hook': {
    component: 'CCM',
    level: 'state-transition',
    text: (event) =>
      `StationCdpc: restart0_StationOffHook - ${gci(event)} on line=${event.line}, DN=${event.dn}, Device=${event.device ?? ''}`,
  },
  'call.denied': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, dn, reason, count }) =>
      `LineControl: call denied. Device=${device}, DN=${dn}, Reason=${reason}${count > 1 ? `, Count=${count}` : ''}`,
    summary: ({ device, reason, count }) => ({
      tone: 'bad',
      about: device,
      text: `${DENIALS[reason]}${count > 1 ? ` (${count} calls in a second)` : ''}`,
    }),
  },
  'call.dialling': {
    component: 'CCM',
    level: 'detailed',
    text: ({ dn, digits }) => [matchLine(dn, digits), 'Digit analysis: potentialMatches=PotentialMatchesExist'],
  },
  'call.analysed': {
    component: 'CCM',
    level: 'significant',
    text: ({ dn, dialled, target, steps }) =>
      target === undefined
        ? [matchLine(dn, dialled), 'Digit analysis: potentialMatches=NoPotentialMatchesExist']
        : [
            matchLine(dn, dialled),
            'Digit analysis: analysis results',
            `PretransformCallingPartyNumber=${dn}`,
            `|CallingPartyNumber=${dn}`,
            '|DialingPartition=',
            `|DialingPattern=${steps[0]?.pattern ?? ''}`,
            `|DialingRoutePatternRegularExpression=(${steps[0]?.pattern ?? ''})`,
            `|PatternUsage=${PATTERN_USAGE[target.kind]}`,
            `|PretransformDigitString=${dialled}`,
            '|PretransformTagsList=SUBSCRIBER',
            `|CollectedDigits=${numberOf(target)}`,
            '|UnconsumedDigits=',
            '|RouteBlockFlag=RouteThisPattern',
          ],
  },
  'call.offered': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Cdcc: CcSetupReq. ${gci(event)}, DestCI=${event.to}, Calling=${event.calling.number}, Dialed=${event.dialled}, Called=${event.called.number}, Device=${event.device ?? ''}, DestDevice=${event.toDevice ?? ''}${event.autoAnswer === undefined ? '' : `, AutoAnswer=${event.autoAnswer}`}${event.isOneWay === true ? ', OneWay' : ''}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `calls ${event.dialled}: ${event.toDevice ?? `the service ${event.called.number}`} is offered the call${offeredHow(event)}`,
    }),
  },
  'call.alerting': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `Cdcc: CcAlertReq. ${gci(event)}, Device=${event.device ?? ''}, Waited=${event.waited}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `rings (${event.waited} ms after the number was complete)`,
    }),
  },
  'call.answered': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `Cdcc: CcSetupRes. ${gci(event)}, Device=${event.device ?? ''}, Waited=${event.waited}`,
    summary: (event) => ({ tone: 'good', about: subject(event), text: 'answers' }),
  },
  'call.media': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `MediaManager: connection. ${gci(event)}, Device=${event.device ?? ''}, RemoteIpAddr=${event.to.address}, RemoteRtpPortNumber=${event.to.port}, Codec=${event.codec}, msecPacketSize=${event.milliseconds}, RFC2833PayloadType=${event.telephoneEvent ?? 0}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `sends ${event.codec} to ${farEnd(event.toDevice)} at ${event.to.address}:${event.to.port}`,
    }),
  },
  'call.media-failed': {
    component: 'CCM',
    level: 'error',
    text: (event) =>
      `MediaManager: connection failed. ${gci(event)}, Device=${event.device ?? ''}, FarDevice=${event.farDevice ?? ''}, Reason=${event.reason}${namedIn(event)}${codecLists(event)}`,
    summary: (event) => ({
      tone: 'bad',
      about: subject(event),
      text:
        event.reason === 'no-codec'
          ? `${MEDIA_FAILURES['no-codec']} ${farEnd(event.farDevice)}${codecLists(event)}`
          : `${MEDIA_FAILURES[event.reason]}${namedIn(event)} for its call with ${farEnd(event.farDevice)}: ${OUTCOMES[event.reason]}`,
    }),
  },
  'call.held': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `Cdcc: hold. ${gci(event)}, Device=${event.device ?? ''}`,
    summary: (event) => ({ tone: 'plain', about: subject(event), text: 'puts the call on hold' }),
  },
  'call.resumed': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `Cdcc: resume. ${gci(event)}, Device=${event.device ?? ''}`,
    summary: (event) => ({ tone: 'plain', about: subject(event), text: 'takes the call off hold' }),
  },
  'call.released': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Cdcc: CcDisconnReq. ${gci(event)}, Device=${event.device ?? ''}, Cause=${event.cause}, By=${event.by}`,
    summary: (event) => (event.by === 'user' ? { tone: 'plain', about: subject(event), text: 'hangs up' } : undefined),
  },
  'call.forwarded': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Forwarding: ${gci(event)}, From=${event.from.number}, To=${event.to}, Reason=${event.reason}${event.isLoop ? ', Loop' : ''}`,
    summary: (event) => ({
      tone: event.isLoop ? 'bad' : 'plain',
      about: event.from.device ?? event.from.number,
      text: event.isLoop
        ? `forwards a call to ${event.to}, where it has been already or has gone too far: the caller hears busy`
        : `forwards a call to ${event.to}: ${FORWARD_REASONS[event.reason] ?? 'redirected'}`,
    }),
  },
  'call.feature-refused': {
    component: 'CCM',
    level: 'error',
    text: ({ device, dn, number, reason, detail }) =>
      `Feature: refused. Device=${device}, DN=${dn}, Number=${number}, Reason=${reason}${detail === undefined ? '' : `, Detail=${detail}`}`,
    summary: ({ device, dn, number, reason, detail }) => ({
      tone: 'bad',
      about: device,
      text: `cannot ${wantedFeature(dn, number)}: ${FEATURE_REFUSALS[reason]}${detail === undefined ? '' : `: ${detail}`}`,
    }),
  },
  'call.parked': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Park: ${gci(event)}, Device=${event.device ?? ''}, Parked=${event.parked.number}, Slot=${event.slot}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `parks the call of ${event.parked.number} at ${event.slot}`,
    }),
  },
  'call.park-reminded': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `Park: reversion. ${gci(event)}, Slot=${event.slot}, ParkedBy=${event.parkedBy}`,
    summary: (event) => ({
      tone: 'plain',
      about: event.parkedBy,
      text: `is reminded of the call that waits at ${event.slot}`,
    }),
  },
  'call.retrieved': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Park: retrieval. ${gci(event)}, Device=${event.device ?? ''}, Parked=${event.parked.number}, Slot=${event.slot}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `fetches the call of ${event.parked.number} from ${event.slot}`,
    }),
  },
  'call.picked-up': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Pickup: ${gci(event)}, Device=${event.device ?? ''}, Calling=${event.calling.number}, Ringing=${event.ringing.number}, RingingDevice=${event.ringing.device ?? ''}`,
    summary: (event) => ({
      tone: 'good',
      about: subject(event),
      text: `picks up the call of ${event.calling.number} that rings at ${event.ringing.number}`,
    }),
  },
  'call.transferred': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Cdcc: transfer. ${gci(event)}, ConsultationCI=${event.consultation}, Device=${event.device ?? ''}, Transferred=${event.transferred.number}, To=${event.to.number}${event.isRinging ? ', Ringing' : ''}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `transfers ${event.transferred.number} to ${event.to.number}${event.isRinging ? ', which rings still' : ''}`,
    }),
  },
  'call.joined': {
    component: 'CCM',
    level: 'detailed',
    text: (event) =>
      `Cdcc: join. ${gci(event)}, DestCI=${event.to.join('/')}, Device=${event.device ?? ''}, Calling=${event.calling.number}, Called=${event.called.number}, Reason=${event.reason}${event.isRinging ? ', Ringing' : ''}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `is in one call with ${(event.dn === event.calling.number ? event.called : event.calling).number} now${event.isRinging ? ', which rings still' : ''}`,
    }),
  },
  'call.conference-joined': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `ConferenceManager: joined. ${conferenceFacts(event)}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `joins ${conferenceName(event)}: ${event.parties} ${event.parties === 1 ? 'party' : 'parties'} now`,
    }),
  },
  'call.conference-left': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `ConferenceManager: left. ${conferenceFacts(event)}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `leaves ${conferenceName(event)}: ${event.parties} ${event.parties === 1 ? 'party' : 'parties'} now`,
    }),
  },
  'call.moved': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `SharedLine: remote resume. ${gci(event)}, Device=${event.device ?? ''}, DestCI=${event.to}, DestDevice=${event.toDevice ?? ''}`,
    summary: (event) => ({
      tone: 'plain',
      about: subject(event),
      text: `held a call that ${event.toDevice ?? 'another phone of the line'} has resumed`,
    }),
  },
  'call.paged': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Paging: ${gci(event)}, Device=${event.device ?? ''}, Page=${event.number}, Group=${event.group}, Listening=${event.listening}, Called=${event.called}, Missed=${event.missed}`,
    summary: (event) => ({
      tone: event.listening + event.called === 0 ? 'bad' : 'plain',
      about: subject(event),
      text: `pages ${event.number}: listening to ${event.group}: ${event.listening}, called: ${event.called}, not reached: ${event.missed}`,
    }),
  },
  'call.preserved': {
    component: 'CCM',
    level: 'special',
    text: (event) => `Cdcc: call preservation. ${gci(event)}, Device=${event.device ?? ''}`,
    summary: (event) => ({
      tone: 'bad',
      about: subject(event),
      text: 'lost its link in a call: both phones may talk on until they hang up',
    }),
  },
  'call.measured': {
    component: 'CCM',
    level: 'detailed',
    text: (event) => {
      const { packetsSent, packetsReceived, packetsLost, jitter, latency } = event.statistics;
      return `StationCdpc: ConnectionStatistics. ${gci(event)}, Device=${event.device ?? ''}, PacketsSent=${packetsSent}, PacketsReceived=${packetsReceived}, PacketsLost=${packetsLost}, Jitter=${jitter}, Latency=${latency}`;
    },
  },
  'call.line-state': {
    component: 'CCM',
    level: 'state-transition',
    text: ({ dn, state, before, told }) =>
      `LineControl: BLF. DN=${dn}, State=${state}, Before=${before}, Watchers=${told}`,
    summary: ({ dn, state, told }) => ({
      tone: 'plain',
      about: dn,
      text: `${LINE_STATES[state]}: ${told} ${told === 1 ? 'watcher is' : 'watchers are'} told`,
    }),
  },
  'call.one-way': {
    component: 'CCM',
    level: 'error',
    text: (event) =>
      `MediaManager: one-way audio. ${gci(event)}, Device=${event.device ?? ''}, FarDevice=${event.farDevice ?? ''}, PacketsSent=${event.packetsSent}, PacketsReceived=0`,
    summary: (event) => ({
      tone: 'bad',
      about: subject(event),
      text: `heard nothing of the ${event.packetsSent} packets that ${farEnd(event.farDevice)} sent: one-way audio`,
    }),
  },
  'call.ended': {
    component: 'CCM',
    level: 'significant',
    text: ({ call, orig, dest, calling, called, dialled }) =>
      `Cdcc: call ended. GCI=(${orig.leg >>> 24}, ${call}), OrigCI=${orig.leg}, DestCI=${dest?.leg ?? 0}, Calling=${calling.number}, Dialed=${dialled}, Called=${called.number}, OrigCause=${orig.cause}, DestCause=${dest?.cause ?? 0}`,
    summary: ({ calling, dialled, answeredAt, at, orig, dest }) => {
      const cause = orig.cause || dest?.cause || 0;
      return {
        tone: answeredAt === undefined && cause !== 16 ? 'bad' : 'plain',
        about: orig.device ?? calling.number,
        text:
          answeredAt === undefined
            ? `did not reach ${dialled === '' ? 'anybody' : dialled}${why(cause)}`
            : `talked with ${dialled} for ${Math.round((at - answeredAt) / 1000)} s`,
      };
    },
  },
} as const satisfies Rows<CallEvent['type']>;

const conferenceFacts = (event: CallConferencing): string =>
  `${gci(event)}, Device=${event.device ?? ''}, Conference=${event.conference}, Parties=${event.parties}`;

/** Those that a user made by a key have a number that nobody dials. */
const conferenceName = ({ kind, conference }: CallConferencing): string =>
  kind === 'meet-me' ? `room ${conference}` : `conference ${conference}`;

/** `: the called user is busy (cause 17)`. */
const why = (cause: number): string => (cause === NORMAL ? '' : `: ${CAUSES[causeOf(cause)].text} (cause ${cause})`);

const NORMAL = 16;

/** ` and answers by itself`. */
const offeredHow = ({ autoAnswer, isOneWay }: Pick<CallOffered, 'autoAnswer' | 'isOneWay'>): string => {
  if (isOneWay === true) return ' and answers by itself, with its microphone off';
  return autoAnswer === undefined ? '' : ' and answers by itself';
};

/** `: 224.0.1.75:4000`. */
const namedIn = ({ to }: Pick<CallMediaFailed, 'to'>): string => (to === undefined ? '' : `: ${to.address}:${to.port}`);

/** `: it has G729, the other PCMU`. */
const codecLists = ({ codecs }: Pick<CallMediaFailed, 'codecs'>): string =>
  codecs === undefined ? '' : `: one has ${codecs[0].join(' ') || 'none'}, the other ${codecs[1].join(' ') || 'none'}`;
