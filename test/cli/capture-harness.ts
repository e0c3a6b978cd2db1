// Writes captures and runs `labcm decode` on them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { CaptureDecoder } from '../../src/decoding/capture-decoder.js';
import { CaptureReader } from '../../src/pcap/read-capture.js';
import { bootPackets, inEthernet } from '../support/boot-capture.js';
import { pcapFile } from '../support/capture-files.js';
import { labcm } from './harness.js';

export let folder = '';
let count = 0;

/** Gives the tests of a file a folder of their own. */
export const inFolder = (): void => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'labcm-captures-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
};

/** Writes a capture; returns its path. */
export const written = (bytes: Buffer): string => {
  count += 1;
  const path = join(folder, `${count}.cap`);
  writeFileSync(path, bytes);
  return path;
};

export interface ShownCapturedMessage {
  readonly time: string;
  readonly packet: number;
  readonly source: string;
  readonly destination: string;
  readonly transport: string;
  readonly protocol: string;
  readonly name?: string;
  readonly fields?: Record<string, unknown>;
  readonly error?: string;
  readonly offset?: number;
}

/** What `labcm decode` prints of it as JSON. */
export const decoded = async (file: Buffer, ...options: string[]) => {
  const { code, out, err } = await labcm(['decode', written(file), '--json', ...options]);
  const shown =
    out === ''
      ? []
      : out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as ShownCapturedMessage);
  return { code, err, shown, names: shown.map(({ protocol, name, error }) => `${protocol} ${name ?? error}`) };
};

/** The names alone, without the command around it. */
export const namesIn = (file: Buffer): string[] => {
  const names: string[] = [];
  const decoder = new CaptureDecoder(
    {},
    {
      onMessage: ({ protocol, decoded: { name, error } }) => names.push(`${protocol} ${name ?? error}`),
    },
  );
  for (const packet of new CaptureReader().push(file)) decoder.add(packet);
  decoder.end();
  return names;
};

/** A capture of IPv4 packets. */
export const raw = (packets: readonly Buffer[]): Buffer =>
  pcapFile(
    packets.map((bytes) => ({ bytes })),
    { linkType: 101 },
  );

export const boot = inEthernet(bootPackets());
/** The messages of `boot`. */
export const BOOT = [
  'dhcp DISCOVER',
  'dhcp OFFER',
  'dhcp REQUEST',
  'dhcp ACK',
  'tftp RRQ',
  'tftp DATA',
  'tftp ACK',
  'tftp DATA',
  'tftp ACK',
  'http GET',
  'http 200',
  'sccp RegisterReqMessage',
  'sccp KeepAliveReqMessage',
  'sccp KeepAliveAckMessage',
  'sccp KeepAliveReqMessage',
  'sip REGISTER',
  'sip 200',
  'sip REGISTER',
  'tls TLS, not readable',
];
