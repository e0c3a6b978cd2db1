// What a planted fault is, and what several of them need.

import type { FindingState } from '../../src/doctor/check.js';
import type { AskedDaemon, DaemonFacts } from '../../src/doctor/view.js';
import { deviceFile, type Planted, SOUND } from './harness.js';

/** The code, how bad it is, the sentence, the first line of the fix, and the fault. */
export interface FaultCase extends Planted {
  readonly code: string;
  readonly state: FindingState;
  readonly found: RegExp;
  readonly fix: RegExp | undefined;
}

export const edit = (from: string, to: string): string => {
  if (!SOUND.includes(from)) throw new Error(`the sound configuration has no ${from}`);
  return SOUND.replace(from, to);
};

export const udpTable = (address: string, port: number, inode: number): string => {
  const hex = address
    .split('.')
    .reverse()
    .map((one) => Number(one).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  return `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
  1: ${hex}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 07 00000000:00000000 00:00000000 00000000   109        0 ${inode} 2 0000000000000000 0
`;
};

export const OWNER = {
  '/proc/812/comm': 'in.tftpd\n',
  '/proc/812/cgroup': '0::/system.slice/tftpd-hpa.service\n',
};

export const COUNTS = (rcvbuf: number, overflows: number): Record<string, string> => ({
  '/proc/net/snmp': `Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1 900 0 1 ${rcvbuf}\n`,
  '/proc/net/netstat': `TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 ${overflows}\n`,
});

export const arp = (...rows: readonly (readonly [string, string])[]): Record<string, string> => ({
  '/proc/net/arp': `IP address       HW type     Flags       HW address            Mask     Device
${rows.map(([address, mac]) => `${address}     0x1         0x2         ${mac}     *        eth1`).join('\n')}\n`,
});

export const NFT = JSON.stringify({
  nftables: [
    { chain: { family: 'inet', table: 'filter', name: 'input', hook: 'input', policy: 'accept' } },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 69 } },
          { drop: null },
        ],
      },
    },
  ],
});

/** What a sound daemon says of itself. */
export const factsOf = async (sound: AskedDaemon): Promise<DaemonFacts> => {
  const facts = await sound.facts();
  if (facts === undefined) throw new Error('a sound daemon says it');
  return facts;
};

export function both<F>(fetch: F): { readonly tftp: F; readonly http: F } {
  return { tftp: fetch, http: fetch };
}

const nameOf = (file: string): string => file.replace('.cnf.xml', '');

export async function served5002(file: string) {
  const bytes = Buffer.from(deviceFile(nameOf(file)).toString().replace('<name>5005</name>', '<name>5002</name>'));
  return { kind: 'fetched', bytes } as const;
}

export async function servedElsewhere(file: string) {
  return { kind: 'fetched', bytes: deviceFile(nameOf(file), { address: '10.9.9.9' }) } as const;
}

export async function servedOn2001(file: string) {
  return { kind: 'fetched', bytes: deviceFile(nameOf(file), { sccp: 2001 }) } as const;
}
