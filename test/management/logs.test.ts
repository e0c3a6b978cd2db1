import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogFolders } from '../../src/net/files/log-folders.js';
import { capturedBytes, describeCaptured } from '../support/fixtures.js';
import { ManagementHarness, serviceRequest, textsOf } from './harness.js';
import { replay } from './replay.js';

const LOGS = '/logcollectionservice2/services/LogCollectionPortTypeService';
const DIME = '/logcollectionservice/services/DimeGetFileService';
const RECORDS = '/CDRonDemandService2/services/CDRonDemandService';
const TRACE = Buffer.from(Array.from({ length: 100_001 }, (_, n) => n % 251));

let harness: ManagementHarness;
const secret = mkdtempSync(join(tmpdir(), 'labcm-secret-'));
beforeAll(async () => {
  harness = await ManagementHarness.open();
  const logs = join(harness.directory, 'logs');
  for (const folder of ['cm/trace/ccm/sdl', 'cdr']) mkdirSync(join(logs, folder), { recursive: true });
  writeFileSync(join(secret, 'ccm.00000009.txt'), 'secret');
  for (const name of ['ccm.txt', 'ccm.00000001.txt', 'events.jsonl', 'password', 'ccm.txt.old'])
    writeFileSync(join(logs, name), name);
  writeFileSync(join(logs, 'tftp.txt'), TRACE);
  writeFileSync(join(logs, 'cm/trace/ccm/sdl/SDL001_100_000001.txt'), 'sdl');
  for (const time of ['202311142200', '202311142230', '202311142330'])
    writeFileSync(join(logs, `cdr/cdr_Lab_01_${time}_1`), time);
  symlinkSync(join(secret, 'ccm.00000009.txt'), join(logs, 'ccm.00000002.txt'));
});
afterAll(async () => {
  await harness.close();
  rmSync(secret, { recursive: true });
});

const ask = (operation: string, elements = '', path = LOGS) =>
  harness.ask({ path, body: serviceRequest(operation, elements) });
const getFile = (name: string, path = LOGS) => {
  const body = serviceRequest('FileName', name);
  return harness.ask({ path, body, headers: { SOAPAction: '"GetOneFile"' } });
};
const paths = (reply: string): string[] => textsOf(reply, 'absolutepath');
const items = (...names: readonly string[]): string => names.map((name) => `<soap:item>${name}</soap:item>`).join('');
const select = async (criteria: string): Promise<string[]> =>
  paths((await ask('selectLogFiles', `<soap:FileSelectionCriteria>${criteria}</soap:FileSelectionCriteria>`)).body);

describe('LogCollection', () => {
  it('names the node and its logs', async () => {
    const { body } = await ask('listNodeServiceLogs', '<soap:ListRequest></soap:ListRequest>');
    expect(textsOf(body, 'name')).toEqual(['CM1']);
    expect(textsOf(body, 'item')).toEqual([
      'Cisco CallManager',
      'Cisco Tftp',
      'Cisco DHCP Monitor Service',
      'Cisco CDR files on CM publisher processed',
      'labcm events',
    ]);
  });

  it.each([
    [
      'of one service',
      `<soap:ServiceLogs>${items('cisco callmanager')}</soap:ServiceLogs>`,
      [
        '/var/log/active/cm/trace/ccm/sdi/ccm.00000001.txt',
        '/var/log/active/cm/trace/ccm/sdi/ccm.txt',
        '/var/log/active/cm/trace/ccm/sdl/SDL001_100_000001.txt',
      ],
    ],
    [
      'of the system',
      `<soap:SystemLogs>${items('labcm events')}</soap:SystemLogs>`,
      ['/var/log/active/labcm/events.jsonl'],
    ],
    ['of a service that nobody knows', `<soap:ServiceLogs>${items('Cisco Coffee')}</soap:ServiceLogs>`, []],
    ['before a date', '<soap:ToDate>04/12/19 11:15 AM</soap:ToDate>', []],
  ])('lists the files %s', async (_title, criteria, expected) => {
    expect(await select(criteria)).toEqual(expected);
  });

  it('lists every file that it shows, and nothing else', async () => {
    const all = await select('<soap:ServiceLogs/><soap:SystemLogs/>');
    expect(all).toHaveLength(8);
    expect(all.join()).not.toMatch(/password|old|00000002/);
  });

  it('sends a file in the reply, octet for octet', async () => {
    const { status, body } = await getFile('/var/log/active/cm/trace/cm/tftp/tftp.txt');
    expect(status).toBe(200);
    expect(Buffer.from(textsOf(body, 'GetOneFileReturn')[0] ?? '', 'base64').equals(TRACE)).toBe(true);
  });

  it('sends a file beside the reply, at the older path', async () => {
    const { status, headers, body } = await getFile('/var/log/active/cm/trace/ccm/sdi/ccm.txt', DIME);
    expect(status).toBe(200);
    const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
    expect(headers['content-type']).toMatch(/^multipart\/related; type="text\/xml";/);
    const parts = body.split(`--${boundary}`);
    expect(parts).toHaveLength(4);
    expect(parts[1]).toContain('Content-Type: text/xml');
    expect(parts[1]).toContain('<ns1:GetOneFileReturn>ccm.txt</ns1:GetOneFileReturn>');
    expect(parts[2]).toMatch(/^\r\nContent-Type: application\/octet-stream\r\n.*\r\n\r\nccm\.txt\r\n$/s);
    expect(parts[3]).toBe('--\r\n');
  });

  it.each([
    ['that is not there', '/var/log/active/cm/trace/ccm/sdi/ccm.00000007.txt'],
    ['that is a link', '/var/log/active/cm/trace/ccm/sdi/ccm.00000002.txt'],
    ['of another kind', '/var/log/active/cm/trace/ccm/sdi/password'],
    ['of another folder', '/var/log/active/cm/trace/ccm/sdi/tftp.txt'],
    ['outside', '/etc/passwd'],
    ['outside, by steps up', '/var/log/active/cm/trace/ccm/sdi/../../../../../../../etc/passwd'],
    ['without a name', '/var/log/active/cm/trace/ccm/sdi/'],
    ['of no path', ''],
    ['of a megabyte', '/x'.repeat(400_000)],
  ])('has no file %s', async (_title, path) => {
    for (const service of [LOGS, DIME]) {
      const { status, body } = await getFile(path, service);
      expect(status).toBe(500);
      expect(textsOf(body, 'faultstring')[0]).toMatch(/^FileName .* ?do not exist$/);
      expect(body.length).toBeLessThan(1_000);
    }
  });

  it('searches no file', async () => {
    const criteria = '<soap:FileSelectionCriteria><soap:SearchStr>x</soap:SearchStr></soap:FileSelectionCriteria>';
    const { status, body } = await ask('selectLogFiles', criteria);
    expect(status).toBe(500);
    expect(body).toContain('SearchStr is not offered');
  });
});

describe('CDRonDemand', () => {
  const list = (from: string, to: string) =>
    ask('get_file_list', `<soap:in0>${from}</soap:in0><soap:in1>${to}</soap:in1><soap:in2>true</soap:in2>`, RECORDS);

  it('lists the records of an hour', async () => {
    const { body } = await list('202311142200', '202311142300');
    expect(textsOf(body, 'FileName')).toEqual(['cdr_Lab_01_202311142200_1', 'cdr_Lab_01_202311142230_1']);
  });

  it.each([
    ['no record', '202001010000', '202001010100', 'No file found within the specified time range'],
    ['more than an hour', '202311142200', '202311142301', 'The time range is longer than 60 minutes'],
    ['no time', 'yesterday', '202311142301', 'The times must be written as yyyymmddhhmm, the earlier one first'],
    [
      'an end before the begin',
      '202311142200',
      '202311142159',
      'The times must be written as yyyymmddhhmm, the earlier one first',
    ],
  ])('is a fault for %s', async (_title, from, to, words) => {
    const { status, body } = await list(from, to);
    expect(status).toBe(500);
    expect(textsOf(body, 'faultstring')).toEqual([words]);
  });

  it('pushes no file', async () => {
    const { status, body } = await ask('get_file', '<soap:in0>x</soap:in0>', RECORDS);
    expect(status).toBe(500);
    expect(body).toContain('get_file is not offered');
  });

  it('is sent by LogCollection', async () => {
    const { body } = await getFile('/var/log/active/cm/cdr_repository/processed/cdr_Lab_01_202311142200_1');
    expect(Buffer.from(textsOf(body, 'GetOneFileReturn')[0] ?? '', 'base64').toString()).toBe('202311142200');
  });
});

describe('folders of logs', () => {
  it('keeps no file open for a client that goes away before or while it reads', async () => {
    const logs = realpathSync(join(harness.directory, 'logs'));
    const isOpen = (fd: string): boolean => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === join(logs, 'tftp.txt');
      } catch {
        return false;
      }
    };
    const open = (): number => readdirSync('/proc/self/fd').filter(isOpen).length;
    const folders = new LogFolders(logs);
    expect(await folders.read('', 'tftp.txt')).toBeDefined();
    expect(open()).toBe(0);
    for await (const chunk of (await folders.read('', 'tftp.txt')) ?? []) {
      expect([chunk.length, open()]).toEqual([49_152, 1]);
      break;
    }
    expect(open()).toBe(0);
  });

  it('are none outside, also by a link', async () => {
    const folders = new LogFolders(join(harness.directory, 'logs'));
    symlinkSync(secret, join(harness.directory, 'logs', 'elsewhere'));
    expect(await folders.list('elsewhere')).toEqual([]);
    expect(await folders.list('..')).toEqual([]);
    expect(await folders.read('elsewhere', 'ccm.00000009.txt')).toBeUndefined();
    expect(await folders.read('', '../logs/ccm.txt')).toBeUndefined();
    expect(await new LogFolders(undefined).list('')).toEqual([]);
  });
});

describeCaptured('recorded requests for logs', () => {
  it.each([
    ['zeep-4.2.1-listNodeServiceLogs-wsa', /<ns1:listNodeServiceLogsResponse /],
    [
      'zeep-4.2.1-GetOneFile-wsa',
      /<faultstring>FileName \/var\/log\/active\/cm\/trace\/ccm\/sdl\/SDL001\.txt do not exist</,
    ],
  ])('%s', async (file, wanted) => {
    expect(await replay(harness.port, capturedBytes(`apis/recorded/${file}.http`))).toMatch(wanted);
  });
});
