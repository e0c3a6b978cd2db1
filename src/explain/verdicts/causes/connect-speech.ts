// Causes at the connection of a phone: what it says on it, and how TLS fails (`docs/protocols/explain.md` §2.4).

import { detectProtocol } from '../../../core/protocol-detection.js';
import { OLDEST_TLS } from '../../../core/tls-versions.js';
import { findModel, type Model } from '../../../devices/index.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, network, onPhone, or, setting } from '../remedies.js';
import { newest, portOf, SECTION } from './connect-facts.js';

type Service = 'SCCP' | 'SIP';
type LinkClosed = EventOf<'sccp.link-closed'> | EventOf<'sip.link-closed'>;

const LINK_ENDS = ['sccp.link-closed', 'sip.link-closed'] as const;

/** Mute connections, and cut messages, that are a pattern. */
const REPEATED = 2;

/** What speaks on a port of labcm and is not what is spoken there. */
interface Alien {
  readonly service: Service;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly bytes: string;
  /** labcm could tell that it is not its protocol, whatever else it is. */
  readonly isProven: boolean;
}

/** The newest of what was no message of the port's protocol. */
const alienIn = (view: PhoneView): Alien | undefined => {
  const sccp = newest(view, 'sccp.malformed', ({ fatal }) => fatal);
  const sip = newest(view, 'sip.malformed');
  const sccpEnd = newest(view, 'sccp.link-closed', ({ bytes }) => bytes !== undefined);
  const sipEnd = newest(view, 'sip.link-closed', ({ bytes }) => bytes !== undefined);
  const newestFirst = [sccp, sip, sccpEnd, sipEnd]
    .filter((event) => event !== undefined)
    .sort((one, other) => other.at - one.at);
  const [event] = newestFirst;
  if (event === undefined) return undefined;
  const { bytes = '' } = event;
  switch (event.type) {
    case 'sccp.malformed':
      return { service: 'SCCP', transport: 'tcp', bytes, isProven: true };
    case 'sccp.link-closed':
      return { service: 'SCCP', transport: 'tcp', bytes, isProven: false };
    case 'sip.malformed':
      return { service: 'SIP', transport: event.transport, bytes, isProven: event.answered === 0 && event.link !== 0 };
    case 'sip.link-closed':
      return { service: 'SIP', transport: event.transport, bytes, isProven: false };
  }
};

/** What it speaks instead. `undefined`: it may be a damaged message of the right protocol. */
const foreignTongue = ({ service, bytes, isProven }: Alien): string | undefined => {
  const detected = detectProtocol(Buffer.from(bytes, 'hex'));
  if (detected === service) return undefined;
  return detected ?? (isProven ? 'something else' : undefined);
};

const ALIEN_EVENTS = ['sccp.malformed', 'sip.malformed', ...LINK_ENDS, 'net.tls-failed'] as const;

/** OpenSSL's codes for what is no TLS at all. */
const NOT_TLS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'HTTP',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'HTTP',
  ERR_SSL_WRONG_VERSION_NUMBER: 'something else',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'something else',
};

type TlsFailed = EventOf<'net.tls-failed'>;

/** Alerts by which a phone refuses the certificate of labcm, by their names (RFC 8446 §6.2). */
const UNTRUSTED: Readonly<Record<number, string>> = {
  42: 'bad_certificate',
  46: 'certificate_unknown',
  48: 'unknown_ca',
};
const EXPIRED = 45;

const NO_VERSION = 'it offers no version of TLS that labcm speaks';
const NO_CIPHER = 'it has no cipher in common with labcm';

/** Why the TLS of a phone is too old, by alert and by OpenSSL's code. */
const TOO_OLD: Readonly<Record<string, string>> = {
  40: NO_CIPHER,
  70: NO_VERSION,
  71: NO_CIPHER,
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_VERSION,
  ERR_SSL_VERSION_TOO_LOW: NO_VERSION,
  ERR_SSL_NO_SHARED_CIPHER: NO_CIPHER,
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: NO_CIPHER,
};

const tooOld = ({ alert, code }: TlsFailed): string | undefined => TOO_OLD[alert ?? code] ?? TOO_OLD[code];

/** The last failure of TLS, if nothing went better since. */
/** Of its way to a call manager. What fails at CAPF and TVS keeps nobody from registering. */
const tlsFailure = (view: PhoneView): (TlsFailed & { readonly service: 'SCCP' | 'SIP' }) | undefined => {
  const failed = newest(view, 'net.tls-failed', ({ service }) => service === 'SCCP' || service === 'SIP');
  return failed as (TlsFailed & { readonly service: 'SCCP' | 'SIP' }) | undefined;
};

/** As people type a model: `7962`, else its type id. */
const typedName = (model: Model): string => {
  const short = model.name.replace(/^Cisco /, '');
  return findModel(short) === model ? short : String(model.id);
};

const ofTls = { stage: 'connect', severity: 'blocking', evidence: ['net.tls-failed'] } as const;

/** How often its connections ended in this way, and whether that was the newest thing heard. */
const endings = (view: PhoneView, where: (event: LinkClosed) => boolean): number =>
  LINK_ENDS.reduce(
    (sum, type) => sum + (newest(view, type, where) === undefined ? 0 : view.facts.count(type, where)),
    0,
  );

const isMute = ({ cause: end, bytes }: LinkClosed): boolean => end === 'mute' && bytes === undefined;
/** labcm gave up waiting for the rest. */
const isUnfinished = ({ cause: end, bytes }: LinkClosed): boolean =>
  end === 'unfinished' || (bytes !== undefined && (end === 'mute' || end === 'silent'));
/** The phone gave up sending it. */
const isCut = ({ cause: end, bytes }: LinkClosed): boolean =>
  bytes !== undefined && (end === 'peer-closed' || end === 'error');

export const connectSpeechCauses = causes({
  'connect.tls-to-plain': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: ALIEN_EVENTS,
    fits: (view) => {
      const alien = alienIn(view);
      if (alien === undefined || alien.transport === 'tls' || foreignTongue(alien) !== 'TLS') return undefined;
      const { service, transport } = alien;
      const section = SECTION[service];
      return {
        service,
        port: portOf(view.config, service, transport) ?? 0,
        tls: portOf(view.config, service, 'tls'),
        section,
      };
    },
    counts: (event) => event.type !== 'net.tls-failed',
    sentence: ({ port }) => `It speaks TLS to the plain port ${port}: its file or its last cluster says "encrypted".`,
    remedy: ({ section, tls }, place) => {
      const forgetting = [
        onPhone('erase its trust list, so that it forgets its last cluster: Settings > Security Configuration'),
        look('then power it off and on, so that it reads its file again'),
      ] as const;
      const port = section === 'sccp' ? 2443 : 5061;
      return tls === undefined
        ? [setting(place, yaml`${section}: { tls: ${port} }`), ...or(...forgetting)]
        : forgetting;
    },
    example: { service: 'SCCP', port: 2000, tls: undefined as number | undefined, section: 'sccp' },
  }),
  'connect.not-our-protocol': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: '',
    evidence: ALIEN_EVENTS,
    fits: (view) => {
      const failed = tlsFailure(view);
      const notTls = failed === undefined ? undefined : NOT_TLS[failed.code];
      if (failed !== undefined && notTls !== undefined)
        return { who: view.name, given: notTls, wanted: 'TLS', port: portOf(view.config, failed.service, 'tls') ?? 0 };
      const alien = alienIn(view);
      const given = alien === undefined ? undefined : foreignTongue(alien);
      if (alien === undefined || given === undefined || given === 'TLS') return undefined;
      const { service, transport } = alien;
      return { who: view.name, given, wanted: service, port: portOf(view.config, service, transport) ?? 0 };
    },
    sentence: ({ given, wanted, port }) => `What it sends to port ${port} is ${given}, not ${wanted}.`,
    remedy: ({ who, wanted, port }) => [
      look(`correct the port in the phone or client: ${port} is for ${wanted} alone`),
      command(shell`labcm timeline ${who}   # its first octets`),
    ],
    example: { who: '10.2.0.14', given: 'HTTP', wanted: 'SCCP', port: 2000 },
  }),
  'connect.tls-untrusted': cause({
    ...ofTls,
    confidence: 'certain',
    shows: 'TLS error',
    fits: (view) => {
      const { service, alert = 0 } = tlsFailure(view) ?? {};
      const name = UNTRUSTED[alert];
      if (service === undefined || name === undefined) return undefined;
      const model = view.configured?.model;
      return {
        service,
        alert,
        name,
        hasLists: view.config.security.itl !== 'off',
        model: model === undefined ? 'MODEL' : typedName(model),
      };
    },
    sentence: ({ service, alert, name }) =>
      `It ends the TLS handshake of ${service} with alert ${alert} (${name}): it does not know labcm's certificate.`,
    remedy: ({ hasLists, model }, place) =>
      hasLists
        ? [
            command(shell`labcm trust list   # whether it has taken the present list`),
            look('power the phone off and on, so that it reads the list, and look whether it reaches TVS'),
            ...or(
              command(shell`labcm itl erase-steps ${model}`),
              onPhone('erase its trust lists: it takes the next ones on faith'),
            ),
          ]
        : [
            deviceKeys(place, yaml`requireTls: false`),
            ...or(look('give it a trust list that holds the certificate of labcm')),
          ],
    example: { service: 'SIP' as Service, alert: 48, name: 'unknown_ca', hasLists: true, model: '8845' },
  }),
  'connect.tls-clock': cause({
    ...ofTls,
    confidence: 'likely',
    shows: 'Registering',
    fits: (view) => {
      const failed = tlsFailure(view);
      return failed?.alert === EXPIRED ? { service: failed.service } : undefined;
    },
    sentence: ({ service }) =>
      `By its clock labcm's certificate is not valid, so it ends the TLS handshake of ${service}.`,
    remedy: (_, place) => [
      setting(place, yaml`phones: { dateTime: { ntp: ["…"] } }   # a time server that it reaches`),
      look('the dates in the certificate: openssl x509 -noout -dates -in FILE'),
    ],
    example: { service: 'SIP' },
  }),
  'connect.tls-too-old': cause({
    ...ofTls,
    confidence: 'certain',
    shows: 'Registering',
    fits: (view) => {
      const failed = tlsFailure(view);
      const why = failed === undefined ? undefined : tooOld(failed);
      if (failed === undefined || why === undefined) return undefined;
      const section = SECTION[failed.service];
      const oldest = view.config[section].tls?.minVersion;
      return { why, section, isForbidden: oldest !== undefined && oldest !== OLDEST_TLS };
    },
    sentence: ({ why }) => `Its TLS is too old: ${why}.`,
    remedy: ({ section, isForbidden }, place) => [
      ...(isForbidden ? [setting(place, yaml`${section}: { tlsMinVersion: ${OLDEST_TLS} }`)] : []),
      ...(isForbidden ? or(look('give it a newer load')) : [look('give it a newer load')]),
      ...or(deviceKeys(place, yaml`requireTls: false   # lets it register over the plain port`)),
    ],
    example: { why: NO_VERSION, section: 'sip', isForbidden: true },
  }),
  'connect.mute': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'Registering, then the next node',
    evidence: LINK_ENDS,
    fits: (view) => {
      const times = endings(view, isMute);
      return times < REPEATED ? undefined : { times };
    },
    sentence: ({ times }) =>
      `It opened a connection ${times} times and never spoke: a firewall or proxy answers in its place, or it is a port scan.`,
    remedy: () => [
      network('look for its connection at each hop; on an ASA: show conn'),
      look('if it is a monitor that only looks whether the port is open, take it off this port'),
    ],
    example: { times: 2 },
  }),
  'connect.slow-words': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'Registering',
    evidence: LINK_ENDS,
    fits: (view) => {
      const unfinished = endings(view, isUnfinished);
      const cut = endings(view, isCut);
      if (unfinished === 0 && cut < REPEATED) return undefined;
      const alien = alienIn(view);
      return alien !== undefined && foreignTongue(alien) !== undefined ? undefined : { times: unfinished + cut };
    },
    sentence: ({ times }) =>
      `It began a message ${times === 1 ? 'once' : `${times} times`} and its end never came: large packets are lost on the way (MTU).`,
    remedy: () => [
      network('lower the MTU to that of the tunnel on the way: on the router, ip tcp adjust-mss 1360'),
      ...or(look('it is a phone that freezes: power it off and on')),
    ],
    example: { times: 1 },
  }),
});
