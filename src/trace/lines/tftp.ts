// The trace lines of the file services, TFTP and HTTP alike: CUCM's TFTP trace, literally where it is known
// (`provisioning.md` §3.3), else in its style.

import type { FileRequestContext } from '../../core/files.js';
import type { HttpEvent, HttpService } from '../../http/events.js';
import type { FileWithheld, ProvisioningEvent } from '../../provisioning/events.js';
import type { TftpEvent } from '../../tftp/events.js';
import { handle } from '../line.js';
import type { Rows } from '../row.js';

// CUCM prints thread and object addresses here. labcm has one thread and one server object, so these are constants,
// which keep the columns for tools that read CUCM's traces.
const RECEIVER = 'TID[00000001] TFTPServer::recvMessage[0x1]()';
const SENDER = 'TID[00000001] TFTPEngine';

/** CUCM's `0x<connection>~<sequence>~<address>~<port>`. */
const contextOf = ({ connection, sequence, address, port }: FileRequestContext): string =>
  `${handle(connection)}~${sequence}~${address}~${port}`;

const ENGINES: Readonly<Record<HttpService, string>> = {
  HTTP: 'HTTPEngine',
  API: 'API',
  Management: 'Management',
};

const kilobytes = (octets: number): string =>
  octets < 10_000 ? `${octets} octets` : `${Math.round(octets / 1000)} kB`;

const FAILURES = {
  timeout: 'the client fell silent',
  'client-error': 'the client gave up',
  superseded: 'the client asked for another file',
  'gave-way': 'the client acknowledged nothing, and its place was given to another',
  'read-error': 'the file could not be read',
  stopped: 'the service stopped',
} as const;

const WITHHELD: Readonly<Record<FileWithheld['why'], string>> = {
  'asked-in-clear': 'it is encrypted, and is not given in clear',
  'no-certificate': 'it is to be encrypted, and no certificate of the phone is known yet',
  'elliptic-key':
    'it is to be encrypted, and the certificate of the phone has an elliptic key, or an RSA key of fewer than 1024 bits',
};

export const tftpLines = {
  'tftp.request': {
    component: 'TFTP',
    level: 'detailed',
    limited: 'by-request',
    text: ({ context, file, opcode, mode, octets, serving, sockets }) => [
      `   ${RECEIVER} sockets:${sockets} CReqContext[${handle(context.connection)}] Requested File[${file}]`,
      `TFTPEngine::is${opcode === 1 ? 'Read' : 'Write'}Request[${contextOf(context)}], [${file}] opcode(${opcode}), Mode(${mode}), Serving Count(${serving})`,
      `   ${RECEIVER} sockets:${sockets} count(${String(serving).padStart(5, '0')}), connect(${handle(context.connection)}), nbytes(${octets})`,
    ],
  },
  'tftp.refused': {
    component: 'TFTP',
    level: 'significant',
    limited: 'by-request',
    text: ({ context, file, code }) => `TFTPEngine::sendNAK[${contextOf(context)}], File[${file}], Error(${code})`,
    summary: ({ context, file, asked = file, device, reason, harmless }) => ({
      tone: harmless ? 'quiet' : 'bad',
      about: device ?? context.address,
      text: harmless
        ? `was refused ${asked}, as every phone of a non-secure cluster is: harmless`
        : `was refused ${asked} by TFTP: ${reason}`,
    }),
  },
  'tftp.completed': {
    component: 'TFTP',
    level: 'significant',
    limited: 'by-request',
    text: ({ context, file, socket }) =>
      `${SENDER}::processMessage[${contextOf(context)}], Transferred[${file}] Socket[${socket}]`,
    summary: ({ context, file, device, octets, resent, milliseconds }) => ({
      tone: 'plain',
      about: device ?? context.address,
      text: `fetched ${file} by TFTP, ${kilobytes(octets)} in ${milliseconds} ms${resent === 0 ? '' : `, ${resent} packets sent again`}`,
    }),
  },
  'tftp.failed': {
    component: 'TFTP',
    level: 'error',
    text: ({ context, file, reason, detail, blocks, resent }) =>
      `${SENDER}::processMessage[${contextOf(context)}], Failed[${file}] Reason[${reason}] Detail[${detail}] Blocks(${blocks}) Resent(${resent})`,
    summary: ({ context, file, device, reason, detail, blocks }) => ({
      tone: 'bad',
      about: device ?? context.address,
      text: `did not get ${file} by TFTP: ${FAILURES[reason]} after ${blocks} blocks${detail === '' ? '' : ` (${detail})`}`,
    }),
  },
  'tftp.malformed': {
    component: 'TFTP',
    level: 'error',
    text: ({ address, port, reason, bytes }) =>
      `   ${RECEIVER} from ${address}~${port} Malformed[${reason}] Bytes[${bytes}]`,
    summary: ({ address, reason }) => ({ tone: 'bad', about: address, text: `sent what is not TFTP: ${reason}` }),
  },
  'tftp.throttled': {
    component: 'TFTP',
    level: 'special',
    text: ({ address, limit, count }) =>
      `TFTPEngine::Busy[${address ?? '0.0.0.0'}], Limit[${limit}], Requests(${count})`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address ?? '',
      text: `${count} TFTP requests over the limit of ${limit}`,
    }),
  },
  'tftp.untraced': {
    component: 'TFTP',
    level: 'special',
    text: ({ requests }) => `TFTPEngine::trace ${requests} requests of the last second are not in this trace`,
    summary: ({ requests }) => ({
      tone: 'quiet',
      about: '',
      text: `${requests} TFTP requests were served and not traced: more came in a second than the trace takes`,
    }),
  },
  'file.dynamic': {
    component: 'TFTP',
    level: 'detailed',
    text: ({ context, file, kind }) => {
      const lines = [
        `-->CReqContext::tftp[${contextOf(context)}]`,
        `CReqContext::CheckAndSetIsStatic(${file.toLowerCase()}) is (Not a Static) File`,
      ];
      if (kind === 'ctl') lines.push(`CReqContext::isCTLCAPFRequest[${file}] Not a CTLCAPF File`);
      return lines;
    },
  },
  'file.trust-list-search': {
    component: 'TFTP',
    level: 'detailed',
    text: ({ context, list, file, search }) =>
      `   CReqContext::tftp[${contextOf(context)}] Handle${list}: [${file}] is ${list}SEPMac.tlv file, Searching[${search}]`,
  },
  'file.find-matching': {
    component: 'TFTP',
    level: 'detailed',
    text: ({ key, found }) =>
      found === undefined
        ? `TFTPCache::FindMatching(${key}), Not Found`
        : `TFTPCache::FindMatching(${key}), Found[${found}]`,
  },
  'file.trust-list-match': {
    component: 'TFTP',
    level: 'detailed',
    text: ({ context, list, match, serving }) =>
      `   CReqContext::tftp[${contextOf(context)}] Handle${list}: Match[${match}] Found, looking for [${serving}] to serve`,
  },
  'file.trust-list-made': {
    component: 'TFTP',
    level: 'special',
    text: ({ file, octets, fingerprint, signer, functions }) =>
      `TFTPCache::Build File[${file}], Octets(${octets}), SHA1[${fingerprint}], Signer[${signer}], Records[${functions.join(', ')}]`,
    summary: ({ file, signer }) => ({
      tone: 'plain',
      about: '',
      text: `${file} was made anew, signed by ${signer}: phones take it at their next boot, if they know the signer`,
    }),
  },
  'file.trust-list-taken': {
    component: 'TFTP',
    level: 'significant',
    text: ({ device, file, fingerprint }) => `TFTPCache::Taken File[${file}], Device[${device}], SHA1[${fingerprint}]`,
    summary: ({ device, file }) => ({
      tone: 'plain',
      about: device,
      text: `has fetched the ${file} of this cluster: it refuses lists and files of others from now on`,
    }),
  },
  'file.forbidden': {
    component: 'TFTP',
    level: 'special',
    text: ({ context, file, reason }) =>
      `ServeFile::validateFileName[${contextOf(context)}], File[${file}] Not Allowed[${reason}]`,
    summary: ({ context, file, reason }) => ({
      tone: 'bad',
      about: context.address,
      text: `asked for ${file}, which is no name of a file: ${reason}`,
    }),
  },
  'file.built': {
    component: 'TFTP',
    level: 'detailed',
    text: ({ file, octets, versionStamp }) =>
      `TFTPCache::Build File[${file}], Octets(${octets}), VersionStamp[${versionStamp}]`,
  },
  'file.broken': {
    component: 'TFTP',
    level: 'error',
    text: ({ file, detail }) => `TFTPCache::Build File[${file}], Failed[${detail}]`,
    summary: ({ file, detail }) => ({ tone: 'bad', about: '', text: `${file} cannot be served: ${detail}` }),
  },
  'file.withheld': {
    component: 'TFTP',
    level: 'error',
    limited: 'by-request',
    text: ({ context, file, device, why }) =>
      `TFTPEngine::withheld[${contextOf(context)}], File[${file}] Device[${device}] Reason[${why}]`,
    summary: ({ file, device, why }) => ({
      tone: 'bad',
      about: device,
      text: `did not get its configuration as ${file}: ${WITHHELD[why]}`,
    }),
  },
  'http.request': {
    component: 'TFTP',
    level: 'detailed',
    limited: 'by-request',
    text: ({ context, file, method }) =>
      `HTTPEngine::processRequest[${contextOf(context)}], [${file}] Method(${method})`,
  },
  'http.file': {
    component: 'TFTP',
    level: 'significant',
    limited: 'by-request',
    text: ({ context, file, status, octets, outcome }) =>
      outcome === 'refused'
        ? `HTTPEngine::sendNAK[${contextOf(context)}], File[${file}], Error(${status})`
        : `HTTPEngine::processRequest[${contextOf(context)}], ${outcome === 'served' ? 'Transferred' : 'Failed'}[${file}] Status(${status}) Octets(${octets})`,
    summary: ({ context, file, asked = file, device, method, status, octets, outcome, harmless, milliseconds }) => {
      const about = device ?? context.address;
      if (outcome === 'failed')
        return { tone: 'bad', about, text: `did not get the whole of ${file} by HTTP: ${octets} octets` };
      if (outcome === 'refused')
        return harmless
          ? { tone: 'quiet', about, text: `was refused ${asked}, as every phone of a non-secure cluster is: harmless` }
          : { tone: 'bad', about, text: `was refused ${asked} by HTTP: status ${status}` };
      if (method === 'HEAD') return undefined;
      return { tone: 'plain', about, text: `fetched ${file} by HTTP, ${kilobytes(octets)} in ${milliseconds} ms` };
    },
  },
  'http.malformed': {
    component: 'TFTP',
    level: 'error',
    text: ({ service, address, port, status, reason, bytes }) =>
      `${ENGINES[service]}::recvMessage from ${address}~${port} Malformed[${reason}] Status(${status}) Bytes[${bytes}]`,
    summary: ({ address, reason }) => ({
      tone: 'bad',
      about: address,
      text: `sent what is no HTTP request: ${reason}`,
    }),
  },
  'http.throttled': {
    component: 'TFTP',
    level: 'special',
    text: ({ service, address, limit, count }) =>
      `${ENGINES[service]}::Busy[${address ?? '0.0.0.0'}], Limit[${limit}], Refused(${count})`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address ?? '',
      text: `${count} over the HTTP limit of ${limit}`,
    }),
  },
  'http.untraced': {
    component: 'TFTP',
    level: 'special',
    text: ({ service, requests }) =>
      `${ENGINES[service]}::trace ${requests} requests of the last second are not in this trace`,
    summary: ({ service, requests }) => ({
      tone: 'quiet',
      about: '',
      text: `${requests} ${service} requests were answered and not traced: more came in a second than the trace takes`,
    }),
  },
  'http.api-refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, method, path, status, reason }) =>
      `API refused ${method} ${path} of ${address}: ${status} ${reason}`,
    summary: ({ address, method, path, reason }) => ({
      tone: 'bad',
      about: address,
      text: `was refused ${method} ${path} by the API: ${reason}`,
    }),
  },
  'http.commands-begun': {
    component: 'CCM',
    level: 'significant',
    text: ({ address, run, command, devices, perSecond }) =>
      `DeviceManager: Device ${command} for ${devices} devices, Run : ${run}, AskedBy : ${address}, PerSecond : ${perSecond}`,
    summary: ({ address, run, command, devices, perSecond }) => ({
      tone: 'plain',
      about: address,
      text: `asked for ${command} of ${devices} devices, ${perSecond} a second (run ${run})`,
    }),
  },
  'http.commands-ended': {
    component: 'CCM',
    level: 'significant',
    text: ({ run, command, devices, sent, untold, stopped }) =>
      `DeviceManager: Device ${command} for ${devices} devices ${stopped ? 'stopped' : 'done'}, Run : ${run}, Sent : ${sent}, NotSent : ${untold}`,
    summary: ({ run, command, devices, sent, untold, stopped }) => ({
      tone: 'plain',
      about: '',
      text: `${command} of ${devices} devices ${stopped ? 'was stopped' : 'is done'}: ${sent} were told, ${untold} are not registered (run ${run})`,
    }),
  },
} as const satisfies Rows<TftpEvent['type'] | ProvisioningEvent['type'] | HttpEvent['type']>;
