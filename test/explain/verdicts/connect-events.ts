// What is heard of a phone on the way to its call manager, for the cases of the stage `connect`.

import { seconds } from '../../../src/core/time.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

export const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
export const SIP_DEVICE = { name: PHONE, model: 'Cisco 8851', lines: ['5001'] } as const;
export const NEIGHBOUR = { ...DEVICE, name: 'SEP001122334466', lines: ['5002'] } as const;
export const SIP = { devices: [SIP_DEVICE] };
export const TWO_NODES = {
  nodes: [
    { name: 'CM1', address: '10.2.0.1' },
    { name: 'CM2', address: '10.2.0.2' },
  ],
};

/** The phone has fetched its configuration: from then on its address is known. */
export const fetchesItsFile = (lab: VerdictLab): void =>
  lab.say({
    type: 'tftp.completed',
    context: { connection: 1, sequence: 1, address: ADDRESS, port: 49_153 },
    file: `${PHONE}.cnf.xml`,
    device: PHONE,
    octets: 6000,
    blocks: 12,
    resent: 0,
    milliseconds: 20,
    socket: 50_000,
    blockSize: 512,
    windowSize: 1,
    stamp: 'one',
  });

/** The phone has its file, and then this is heard. */
export const afterItsFile =
  (...heard: readonly object[]): VerdictCase['arrange'] =>
  (lab) => {
    fetchesItsFile(lab);
    lab.say(...(heard as readonly Said[]));
  };

export const waitsAfterItsFile: VerdictCase['arrange'] = (lab) => {
  fetchesItsFile(lab);
  lab.wait(seconds(60));
};

export const station = { link: 7, bound: false, address: ADDRESS };
export const flow = { transport: 'tcp', address: ADDRESS, port: 49_154, link: 7 } as const;
export const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
export const CLIENT_HELLO = '16030100c8010000c403035f';

export const knock = (port: number, service: 'SCCP' | 'SIP', transport: 'udp' | 'tcp' | 'tls' = 'tcp') => ({
  type: 'net.knock',
  service,
  transport,
  address: ADDRESS,
  port,
  unsaid: 0,
});
export const sccpEnd = (cause: string, bytes?: string) => ({
  type: 'sccp.link-closed',
  station,
  cause,
  messages: 0,
  ...(bytes === undefined ? {} : { bytes }),
});
export const sipEnd = (cause: string, bytes?: string) => ({
  type: 'sip.link-closed',
  ...flow,
  cause,
  messages: 0,
  ...(bytes === undefined ? {} : { bytes }),
});
export const notSccp = (bytes: string) => ({
  type: 'sccp.malformed',
  station,
  code: 'LENGTH',
  reason: 'it is not SCCP',
  fatal: true,
  bytes,
});
export const notSip = (bytes: string) => ({
  type: 'sip.malformed',
  ...flow,
  reason: 'it is not SIP',
  bytes,
  answered: 0,
  unsaid: 0,
});
export const tlsFailed = (code: string, alert?: number) => ({
  type: 'net.tls-failed',
  service: 'SIP',
  address: ADDRESS,
  port: 49_154,
  code,
  alert,
  phase: 'handshake',
  unsaid: 0,
});
export const linkRefused = (type: 'sccp.link-refused' | 'sip.link-refused', limit = 'links-per-source') => ({
  type,
  address: ADDRESS,
  port: 49_154,
  limit,
  count: 1,
});

export const registersOverTls = (lab: VerdictLab): void => void lab.register(PHONE, 'SIP', { transport: 'tls' });
export const OVER_TLS = { devices: [{ ...SIP_DEVICE, requireTls: true }], sip: { tls: 5061 } };
