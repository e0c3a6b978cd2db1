// The causes at the connection of a phone (`docs/protocols/explain.md` §2.4), and what only looks like one.

import { minutes, seconds } from '../../../src/core/time.js';
import {
  afterItsFile,
  CLIENT_HELLO,
  DEVICE,
  fetchesItsFile,
  flow,
  hex,
  linkRefused,
  notSccp,
  notSip,
  OVER_TLS,
  registersOverTls,
  SIP,
  sccpEnd,
  sipEnd,
  TWO_NODES,
  tlsFailed,
  waitsAfterItsFile,
} from './connect-events.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type Said } from './verdict-lab.js';

export const CONNECT_SPEECH_CASES: readonly VerdictCase[] = [
  {
    code: 'connect.mute',
    arrange: afterItsFile(sccpEnd('mute'), sccpEnd('mute')),
    sentence:
      'It opened a connection 2 times and never spoke: a firewall or proxy answers in its place, or it is a port scan.',
    remedy: 'show conn',
  },
  {
    code: 'connect.mute',
    title: 'connect.mute, SIP',
    config: SIP,
    arrange: afterItsFile(sipEnd('mute'), sipEnd('mute'), sipEnd('mute')),
    sentence:
      'It opened a connection 3 times and never spoke: a firewall or proxy answers in its place, or it is a port scan.',
    remedy: 'show conn',
  },
  {
    code: 'connect.slow-words',
    config: SIP,
    arrange: afterItsFile(sipEnd('unfinished', hex('REGISTER sip:10.2.0.1 SIP/2.0\r\nVia'))),
    sentence: 'It began a message once and its end never came: large packets are lost on the way (MTU).',
    remedy: 'adjust-mss 1360',
  },
  {
    code: 'connect.slow-words',
    title: 'connect.slow-words, cut twice',
    arrange: afterItsFile(sccpEnd('peer-closed', '7800000000000000'), sccpEnd('error', '7800000000000000')),
    sentence: 'It began a message 2 times and its end never came: large packets are lost on the way (MTU).',
    remedy: 'adjust-mss 1360',
  },
  {
    code: 'connect.not-our-protocol',
    arrange: afterItsFile(notSccp(hex('GET / HTTP/1.1\r\nHost: lab\r\n'))),
    sentence: 'What it sends to port 2000 is HTTP, not SCCP.',
    remedy: '2000 is for SCCP alone',
  },
  {
    code: 'connect.not-our-protocol',
    title: 'connect.not-our-protocol, SSH, whose line never ends',
    config: SIP,
    arrange: afterItsFile(sipEnd('peer-closed', hex('SSH-2.0-OpenSSH_9.2'))),
    sentence: 'What it sends to port 5060 is SSH, not SIP.',
    remedy: '5060 is for SIP alone',
  },
  {
    code: 'connect.not-our-protocol',
    title: 'connect.not-our-protocol, unknown',
    arrange: afterItsFile(notSccp('ffffffff0000000001000000')),
    sentence: 'What it sends to port 2000 is something else, not SCCP.',
    remedy: 'labcm timeline',
  },
  {
    code: 'connect.not-our-protocol',
    title: 'connect.not-our-protocol, no TLS',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ERR_SSL_HTTP_REQUEST')),
    sentence: 'What it sends to port 5061 is HTTP, not TLS.',
    remedy: '5061 is for TLS alone',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-to-plain',
    arrange: afterItsFile(notSccp(CLIENT_HELLO)),
    sentence: 'It speaks TLS to the plain port 2000: its file or its last cluster says "encrypted".',
    remedy: 'sccp: { tls: 2443 }',
  },
  {
    code: 'connect.tls-to-plain',
    title: 'connect.tls-to-plain, SIP, where there is a port for it',
    config: { ...SIP, sip: { tls: 5061 } },
    arrange: afterItsFile(notSip(CLIENT_HELLO)),
    sentence: 'It speaks TLS to the plain port 5060: its file or its last cluster says "encrypted".',
    remedy: 'erase its trust list',
  },
  {
    code: 'connect.tls-untrusted',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 48)),
    sentence: "It ends the TLS handshake of SIP with alert 48 (unknown_ca): it does not know labcm's certificate.",
    remedy: 'requireTls: false',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-untrusted',
    title: 'connect.tls-untrusted, in a cluster with trust lists',
    config: { ...OVER_TLS, security: { itl: 'on' } },
    arrange: afterItsFile(tlsFailed('ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 46)),
    sentence:
      "It ends the TLS handshake of SIP with alert 46 (certificate_unknown): it does not know labcm's certificate.",
    remedy: 'labcm itl erase-steps',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-too-old',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ERR_SSL_UNSUPPORTED_PROTOCOL')),
    sentence: 'Its TLS is too old: it offers no version of TLS that labcm speaks.',
    remedy: 'newer load',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-too-old',
    title: 'connect.tls-too-old, where the configuration forbids its version',
    config: { ...OVER_TLS, sip: { tls: 5061, tlsMinVersion: 'TLSv1.2' } },
    arrange: afterItsFile(tlsFailed('ERR_SSL_UNSUPPORTED_PROTOCOL')),
    sentence: 'Its TLS is too old: it offers no version of TLS that labcm speaks.',
    remedy: 'sip: { tlsMinVersion: TLSv1 }',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-too-old',
    title: 'connect.tls-too-old, ciphers',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 40)),
    sentence: 'Its TLS is too old: it has no cipher in common with labcm.',
    remedy: 'newer load',
    mend: registersOverTls,
  },
  {
    code: 'connect.tls-clock',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 45)),
    sentence: "By its clock labcm's certificate is not valid, so it ends the TLS handshake of SIP.",
    remedy: 'ntp:',
    mend: registersOverTls,
  },
];

/** What looks like one of these causes and is none: with what is found instead, if anything. */
export const NOT_CONNECT_CASES: readonly (Pick<VerdictCase, 'config' | 'options' | 'arrange'> & {
  readonly title: string;
  readonly found?: string;
})[] = [
  {
    title: 'a phone that has had its file for half a minute',
    arrange: (lab) => {
      fetchesItsFile(lab);
      lab.wait(seconds(30));
    },
  },
  {
    title: 'a node behind a translated address, before the phone is overdue',
    config: { nodes: [{ name: 'CM1', address: '10.9.9.9' }] },
    arrange: (lab) => fetchesItsFile(lab),
  },
  {
    title: 'a node behind a translated address that is configured',
    config: { nodes: [{ name: 'CM1', address: '10.9.9.9' }], sip: { advertised: '10.9.9.9' } },
    arrange: waitsAfterItsFile,
    found: 'connect.never',
  },
  {
    title: 'a phone that is to register with another node first',
    config: { ...TWO_NODES, groups: [{ name: 'Default', members: ['CM2', 'CM1'] }] },
    arrange: waitsAfterItsFile,
  },
  {
    title: 'a phone that fetches its load after its file',
    arrange: (lab) => {
      fetchesItsFile(lab);
      lab.say({
        type: 'tftp.completed',
        context: { connection: 1, sequence: 2, address: ADDRESS, port: 49_153 },
        file: 'SCCP42.9-4-2SR3-1S.loads',
        octets: 600,
        blocks: 2,
        resent: 0,
        milliseconds: 20,
        socket: 50_000,
        blockSize: 512,
        windowSize: 1,
      });
      lab.wait(minutes(5));
    },
  },
  { title: 'one mute connection', arrange: afterItsFile(sccpEnd('mute')) },
  { title: 'a message that was cut once', arrange: afterItsFile(sccpEnd('peer-closed', '78000000')) },
  {
    title: 'mute connections before the phone was refused',
    arrange: (lab) => {
      fetchesItsFile(lab);
      lab.say(sccpEnd('mute') as unknown as Said, sccpEnd('mute') as unknown as Said);
      lab.attempt(PHONE, 'SCCP', { typeId: 115 });
    },
    found: 'register.wrong-model',
  },
  {
    title: 'a client that once spoke HTTP at the address of a phone that registers',
    arrange: (lab) => {
      fetchesItsFile(lab);
      lab.say(notSccp(hex('GET / HTTP/1.1\r\n\r\n')) as unknown as Said);
      lab.register();
    },
  },
  {
    title: 'one standby request',
    config: { ...TWO_NODES, ...SIP },
    arrange: afterItsFile({ type: 'sip.standby', ...flow, device: PHONE }),
  },
  { title: 'a refusal for all connections', arrange: afterItsFile(linkRefused('sccp.link-refused', 'links')) },
  {
    title: 'refusals, and silence of the whole network',
    arrange: async (lab) => {
      for (let attempt = 0; attempt < 6; attempt += 1) lab.attempt(PHONE, 'SCCP', { typeId: 115, link: attempt });
      await lab.reload({ devices: [{ ...DEVICE, model: 'Cisco 7941' }] });
      lab.wait(minutes(3));
    },
  },
  {
    title: 'a TLS handshake that broke off',
    config: OVER_TLS,
    arrange: afterItsFile(tlsFailed('ECONNRESET')),
  },
];
