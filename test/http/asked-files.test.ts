// The files that phones asked for, gathered from devices and from phones that nobody configured.

import { afterEach, describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { FileFact } from '../../src/devices/device.js';
import { AskedFiles, MOST_FILES } from '../../src/http/api/asked-files.js';
import type { AskedFileJson } from '../../src/http/api/file-list-shapes.js';
import type { ApiUnknownPhone } from '../../src/http/index.js';
import { aDevice } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { type ApiHarness, apiHarness, ask, NO_TIMELINES, NOW } from './api-harness.js';

let lab: ApiHarness;
afterEach(() => lab.api.close());

const fact = (file: string, second: number, rest: Partial<FileFact> = {}): FileFact => ({
  at: instant(NOW + second * 1_000),
  file,
  transport: 'TFTP',
  outcome: 'served',
  octets: 100,
  milliseconds: second,
  ...rest,
});

const MISS = { outcome: 'refused', octets: 0, reason: 'file not found' } as const;

const STRANGER: ApiUnknownPhone = {
  name: 'SEPAABBCCDDEEFF',
  mac: 'AABBCCDDEEFF',
  address: '10.0.0.9',
  since: NOW,
  lastSeenAt: NOW,
  refusal: undefined,
  model: undefined,
  protocol: undefined,
  nearest: undefined,
  advice: 'add it',
  snippet: undefined,
  steps: [
    {
      at: instant(NOW + 50_000),
      step: 'tftp',
      type: 'tftp.refused',
      text: '',
      facts: { file: 'XMLDefault.cnf.xml', reason: 'busy' },
    },
    {
      at: instant(NOW + 51_000),
      step: 'http',
      type: 'http.file',
      text: '',
      facts: { file: 'SIPaabbccddeeff.cnf', outcome: 'served', octets: 7 },
    },
    { at: NOW, step: 'dhcp', type: 'dhcp.received', text: '', facts: {} },
  ],
};

const opened = async (): Promise<void> => {
  lab = await apiHarness({}, { timelines: { ...NO_TIMELINES, unknown: 1, newestUnknown: () => [STRANGER] } });
  lab.database.configure(
    ['SEP000000000001', 'SEP000000000002', 'SEP000000000003'].map((name) => aDevice(name)),
    NOW,
  );
  const remember = (name: string, ...facts: FileFact[]) => {
    for (const one of facts)
      lab.database.recordFileRequest(name, one, { address: '10.0.0.1', port: 1, transport: 'tftp' } as never);
  };
  remember(
    'SEP000000000001',
    fact('CTLSEP000000000001.tlv', 1, { ...MISS, harmless: true }),
    fact('SEP000000000001.cnf.xml', 2, { octets: 4_000 }),
    fact('jar70sccp.9-4-2.sbn', 3, MISS),
    fact('jar70sccp.9-4-2.sbn', 4, { octets: 9_000 }),
  );
  remember(
    'SEP000000000002',
    fact('CTLSEP000000000002.tlv', 5, { ...MISS, harmless: true }),
    fact('sep000000000002.cnf.xml', 6, { octets: 4_100, transport: 'HTTP' }),
    fact('jar70sccp.9-4-2.sbn', 7, MISS),
  );
};

const files = async (query = '') => {
  const { status, body } = await ask(lab, `/api/files${query}`);
  return { status, body: JSON.parse(body) };
};
const named = async (query: string) =>
  (await files(query)).body.files.map(({ file }: { readonly file: string }) => file);

describe('/api/files', () => {
  it('has each file once, whoever it is for, with who missed it', async () => {
    await opened();
    const { body } = await files('?sort=file');
    expect(
      body.files.map(({ file, devices, strangers, missed }: AskedFileJson) => [file, devices, strangers, missed]),
    ).toEqual(
      [
        ['CTL{device}.tlv', 2, 0, 2],
        ['jar70sccp.9-4-2.sbn', 2, 0, 1],
        ['{device}.cnf.xml', 2, 0, 0],
        ['SIP{mac}.cnf', 0, 1, 0],
        ['XMLDefault.cnf.xml', 0, 1, 1],
      ].sort(([one], [other]) => (String(one).toLowerCase() < String(other).toLowerCase() ? -1 : 1)),
    );
    const [ctl] = body.files.filter(({ file }: { file: string }) => file.startsWith('CTL'));
    expect(ctl).toEqual({
      file: 'CTL{device}.tlv',
      devices: 2,
      strangers: 0,
      outcomes: { served: 0, refused: 2, failed: 0, asked: 0 },
      missed: 2,
      harmless: true,
      reason: 'file not found',
      transports: ['TFTP'],
      octets: null,
      milliseconds: null,
      at: '2026-11-25T09:00:05.000Z',
      lastDevice: 'SEP000000000002',
      missedBy: ['SEP000000000001', 'SEP000000000002'],
    });
  });

  it('counts the last request of a device, and of times the one in the middle', async () => {
    await opened();
    const { body } = await files('?file=*sbn');
    expect(body.files[0]).toMatchObject({
      outcomes: { served: 1, refused: 1 },
      octets: 9_000,
      milliseconds: { median: 4, most: 4 },
      harmless: false,
      missedBy: ['SEP000000000002'],
      lastDevice: 'SEP000000000002',
    });
  });

  it.each([
    ['?missed=harmful', ['jar70sccp.9-4-2.sbn', 'XMLDefault.cnf.xml']],
    ['?missed=yes', ['CTL{device}.tlv']],
    ['?missed=no', ['{device}.cnf.xml', 'SIP{mac}.cnf']],
    ['?transport=http', ['{device}.cnf.xml', 'SIP{mac}.cnf']],
    ['?outcome=served&sort=-octets', ['jar70sccp.9-4-2.sbn', '{device}.cnf.xml', 'SIP{mac}.cnf']],
    ['?sort=-at&limit=1', ['SIP{mac}.cnf']],
    ['?sort=-missed&limit=1', ['CTL{device}.tlv']],
  ])('%s', async (query, wanted) => {
    await opened();
    expect(await named(query)).toEqual(wanted);
  });

  it.each(['?missed=perhaps', '?outcome=lost', '?sort=colour', '?fields=names', '?limit=0'])(
    'refuses %s',
    async (query) => {
      await opened();
      expect((await files(query)).status).toBe(400);
    },
  );
});

describe('the gathering', () => {
  it('tells so many names apart and counts the rest, and is shared by those who ask at once', async () => {
    await opened();
    const clock = new ManualClock();
    const many = Array.from({ length: 100 }, (_, index) => aDevice(`ATA${String(index).padStart(12, '0')}`));
    lab.database.configure(many, NOW);
    for (const [index, { name }] of many.entries())
      for (let count = 0; count < 32; count += 1)
        lab.database.recordFileRequest(name, fact(`${count} for number ${index}`, count), {} as never);
    const asked = new AskedFiles({ clock, devices: lab.database, timelines: NO_TIMELINES });
    const [one, other] = await Promise.all([asked.gather(), asked.gather()]);
    expect(one).toBe(other);
    expect(one.files).toHaveLength(MOST_FILES);
    expect(one.others).toBe(100 * 32 - MOST_FILES);
    expect(await asked.gather()).toBe(one);
    clock.advance(1_000);
    expect(await asked.gather()).not.toBe(one);
  });
});
