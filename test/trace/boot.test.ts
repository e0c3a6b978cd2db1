// The published trace once more, but from the file service's own facts: TFTP and the catalogue as they run.

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { MODELS } from '../../src/devices/models.js';
import type { LabcmEvent } from '../../src/events.js';
import { openFileServer } from '../../src/http/index.js';
import { FileCatalogue } from '../../src/provisioning/catalogue.js';
import { ServedDirectory } from '../../src/provisioning/served-directory.js';
import { TftpServer } from '../../src/tftp/server.js';
import { DEFAULT_TFTP } from '../../src/tftp/settings.js';
import { startTrace } from '../../src/trace/index.js';
import { directory, PlainDevices, settings } from '../provisioning/harness.js';
import { aDevice, seedDevices } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { seededRandom } from '../support/random.js';
import { fetchFile } from '../support/tftp-client.js';
import { SETTINGS } from './harness.js';

const SERVER = { address: '10.10.210.10', port: 69 };
const JARS = {
  'English_United_States/ipc-sccp.jar': 'a jar',
  'English_United_States/ipc-sip.jar': 'another jar',
};

/** The whole file service with its trace on a console that is read. */
const traced = async (
  run: (network: MemoryDatagrams, catalogue: FileCatalogue, bus: EventBus<LabcmEvent>) => Promise<void>,
) => {
  const clock = new ManualClock();
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const trace = await startTrace(bus, SETTINGS, { clock, stdout });
  const root = new ServedDirectory(directory(JARS), clock, 1_000_000);
  await root.refresh();
  const devices = new PlainDevices([...seedDevices(), aDevice('SEP00CAFE00BEEF', { protocol: 'SIP' })]);
  const catalogue = new FileCatalogue({ devices, settings: settings(), models: MODELS, root, bus, clock });
  const network = new MemoryDatagrams();
  const tftp = new TftpServer(
    { ...DEFAULT_TFTP, ...SERVER },
    { network, clock, random: seededRandom(1), source: catalogue, bus },
  );
  await tftp.open();
  await run(network, catalogue, bus);
  await tftp.close();
  await trace.close();
  return text.split('\n').filter((line) => line !== '');
};

/** What is free: times, handles, counters, ports, sockets. */
const withoutTheFree = (line: string): string =>
  line
    .replace(/^\S+ \S+ /, '')
    .replace(/0x[0-9a-f]+~\d+~[\d.]+~\d+/g, '<context>')
    .replace(/TID\[[0-9a-f]{8}\]/g, 'TID[]')
    .replace(/\[0x[0-9a-f]+\]|connect\(0x[0-9a-f]+\)/g, '<handle>')
    .replace(/sockets:\d+/g, 'sockets:')
    .replace(/Socket\[\d+\]/g, 'Socket[]');

const published = (): string[] =>
  readFileSync(new URL('golden/published.log', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(withoutTheFree);

/** Every `wanted` line in its order; others may stand between. */
const expectInOrder = (lines: readonly string[], wanted: readonly string[]): void => {
  let from = 0;
  for (const line of wanted) {
    const found = lines.indexOf(line, from);
    expect(found, `${line}\nafter ${lines[from - 1] ?? 'the start'}`).toBeGreaterThanOrEqual(from);
    from = found + 1;
  }
};

const refusedThenServed = async (network: MemoryDatagrams, files: readonly string[]): Promise<void> => {
  for (const file of files) await fetchFile(network, SERVER, file, { localAddress: '10.10.210.200' }).catch(() => {});
};

describe('the boot of two phones over TFTP', () => {
  it('leaves the published trace', async () => {
    const lines = await traced(async (network) => {
      await refusedThenServed(network, ['CTLipctest2.tlv', 'ipctest2.cnf.xml', 'English_United_States/ipc-sccp.jar']);
      await refusedThenServed(network, [
        'CTLSEP005056A1033D.tlv',
        'SEP005056A1033D.cnf.xml',
        'English_United_States/ipc-sip.jar',
      ]);
    });
    expectInOrder(lines.map(withoutTheFree), published());
  });

  it('leaves a third phone its own true lines', async () => {
    const lines = await traced((network) =>
      refusedThenServed(network, ['CTLSEP00CAFE00BEEF.tlv', 'SEP00CAFE00BEEF.cnf.xml']),
    );
    expectInOrder(
      lines.map(withoutTheFree),
      published()
        .slice(6, 16)
        .map((line) => line.replaceAll('005056A1033D', '00CAFE00BEEF').replaceAll('005056a1033d', '00cafe00beef')),
    );
  });

  it('counts requests up by one, whatever becomes of them', async () => {
    const lines = await traced((network) =>
      refusedThenServed(network, ['nothing.xml', 'ipctest2.cnf.xml', 'nothing.xml']),
    );
    const sequences = lines.flatMap((line) => /isReadRequest\[0x[0-9a-f]+~(\d+)~/.exec(line)?.[1] ?? []).map(Number);
    const [first = 0] = sequences;
    expect(sequences).toEqual([first, first + 1, first + 2]);
  });
});

describe('the same files over HTTP', () => {
  it('are the same octets, refused alike, and told', async () => {
    let overHttp: Buffer = Buffer.alloc(0);
    let overTftp: Buffer = Buffer.alloc(0);
    const lines = await traced(async (network, source, bus) => {
      const http = await openFileServer({ address: '127.0.0.1', port: 0, source, clock: new ManualClock(), bus });
      const url = `http://127.0.0.1:${http.local.port}`;
      overHttp = Buffer.from(await (await fetch(`${url}/sep005056a1033d.CNF.xml`)).arrayBuffer());
      overTftp = (await fetchFile(network, SERVER, 'SEP005056A1033D.cnf.xml')).bytes;
      for (const name of ['CTLSEP005056A1033D.tlv', 'nothing.xml', '..%2f..%2fetc%2fpasswd', '%00', 'a%0Ab'])
        expect((await fetch(`${url}/${name}`)).status, name).toBe(404);
      await http.close();
    });
    expect(overHttp.length).toBeGreaterThan(1_000);
    expect(overHttp.equals(overTftp)).toBe(true);
    expect(lines.filter((line) => line.includes('HTTPEngine::sendNAK'))).toHaveLength(5);
    expect(lines.join('\n')).toMatch(/Transferred\[sep005056a1033d\.CNF\.xml\] Status\(200\)/);
  });
});
