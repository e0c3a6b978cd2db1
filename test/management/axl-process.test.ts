// What AXL wrote, in `labcm run` as a process: after kill -9 at any moment, after a restart, and after SIGHUP.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/lab/free-port.js';
import { ProgramProcess } from '../support/program.js';
import { AXL_PATH, BASIC } from './harness.js';

const SOON = 180_000;
const LIVES = 3;

let folder: string;
let port: number;
const running = new Set<ProgramProcess>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-axl-'));
  port = await freePort();
  writeFileSync(join(folder, 'password'), 'lab-secret-1\n');
  writeFileSync(
    join(folder, 'lab.yaml'),
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
management: { user: labadmin, passwordFile: password, port: ${port} }
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
knocks: false
trace: { directory: logs, console: off }
state: { directory: state }
devices: [{ name: A, model: 7962, lines: ['5001'] }, { name: D, model: 7962 }]
`,
  );
});
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

const run = async (): Promise<ProgramProcess> => {
  const daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], { directory: folder });
  running.add(daemon);
  await daemon.waitForText('labcm is ready');
  return daemon;
};

/** What is in `return`. Rejects when the daemon is gone; an empty text stands for a fault. */
const axl = (operation: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const document = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.cisco.com/AXL/API/12.5"><e:Body><a:${operation}>${body}</a:${operation}></e:Body></e:Envelope>`;
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path: AXL_PATH, method: 'POST', agent: false, rejectUnauthorized: false },
        headers: { Authorization: BASIC, 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(document) },
      },
      (response) => {
        let text = '';
        response.on('data', (piece) => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => resolve(/<return>(.*)<\/return>/s.exec(text)?.[1] ?? ''));
      },
    );
    sent.on('error', reject);
    sent.end(document);
  });

const phone = (name: string, rest = ''): string =>
  `<phone><name>${name}</name><product>Cisco 7962</product><class>Phone</class><protocol>SCCP</protocol><devicePoolName>Default</devicePoolName>${rest}</phone>`;
const everything = async (): Promise<readonly string[]> => [
  await axl('listPhone', '<searchCriteria><name>%</name></searchCriteria>'),
  await axl('listLine', '<searchCriteria><pattern>%</pattern></searchCriteria>'),
  await axl('listRoutePartition', '<searchCriteria><name>%</name></searchCriteria>'),
  await axl('getPhone', '<name>C</name>'),
];

describe('what AXL wrote', { timeout: SOON }, () => {
  it('is the same after kill -9, a restart and SIGHUP, with every UUID', async () => {
    const daemon = await run();
    await axl('addRoutePartition', '<routePartition><name>PT1</name><description>One</description></routePartition>');
    await axl(
      'addLine',
      '<line><pattern>7001</pattern><description>Bar</description><routePartitionName>PT1</routePartitionName></line>',
    );
    await axl(
      'addPhone',
      phone(
        'B',
        '<callingSearchSpaceName>CSS1</callingSearchSpaceName><lines><line><index>1</index><dirn><pattern>7001</pattern></dirn></line></lines>',
      ),
    );
    const uuid = await axl('updatePhone', '<name>B</name><newName>C</newName>');
    await axl('updateLine', '<pattern>5001</pattern><newPattern>5002</newPattern>');
    await axl('updatePhone', '<name>A</name><description>Lobby</description>');
    await axl('updatePhone', '<name>D</name><newName>E</newName>');
    const before = await everything();
    expect(before[3]).toContain(`uuid="${uuid}"><name>C</name>`);
    expect(before[3]).toContain('>CSS1<');
    expect([...(before[0]?.matchAll(/<name>(.)</g) ?? [])].map(([, name]) => name)).toEqual(['A', 'C', 'E']);
    expect(before[1]).toContain('<pattern>5002</pattern>');
    await daemon.kill();
    const killed = await run();
    expect(await everything()).toEqual(before);
    killed.signal('SIGHUP');
    await killed.waitForText('the configuration was read again');
    expect(await everything()).toEqual(before);
    killed.signal('SIGTERM');
    await killed.ended;
    await run();
    expect(await everything()).toEqual(before);
  });

  it(`is all there after ${LIVES} kills while more is written, and a line that was cut`, async () => {
    const acknowledged: string[] = [];
    for (let life = 0; life < LIVES; life += 1) {
      const daemon = await run();
      const writing = (async () => {
        for (let index = 0; ; index += 1) {
          const number = `7${life}${String(index).padStart(4, '0')}`;
          const added = await axl('addLine', `<line><pattern>${number}</pattern></line>`).catch(() => undefined);
          if (added === undefined) return;
          if (added !== '') acknowledged.push(`${added} ${number}`);
          if (index === 5) void daemon.kill();
        }
      })();
      await writing;
      await daemon.kill();
      appendFileSync(join(folder, 'state', 'axl.jsonl'), '{"v":1,"op":"put","kind":"li');
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(LIVES * 5);
    await run();
    const [, lines = ''] = await everything();
    const there = new Set(
      [...lines.matchAll(/<line uuid="(.*?)"><pattern>(.*?)</g)].map(([, uuid, number]) => `${uuid} ${number}`),
    );
    expect(acknowledged.filter((line) => !there.has(line))).toEqual([]);
    expect((await axl('addLine', '<line><pattern>7999</pattern></line>')).length).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'state', 'axl.jsonl'), 'utf8')).not.toContain('"li{');
  });
});
