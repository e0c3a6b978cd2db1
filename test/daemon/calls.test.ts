// Calls of a whole daemon, by phones over real sockets: what the API, the timelines, the metrics and the files say of them,
// and what a new configuration changes.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallingSccpPhone, CallingSipPhone } from '../support/calling-phones.js';
import { eventually, SERVICES, TestDaemon } from '../support/daemon.js';

const PHONES = `
devices:
  - { name: SEP000000000001, model: CIPC, protocol: SCCP, lines: [5001] }
  - { name: SEP000000000002, model: CIPC, protocol: SCCP, lines: [{ dn: "5002", busyTrigger: 1 }] }
  - { name: SEP000000000003, model: CIPC, protocol: SIP, lines: [5003] }
  - { name: SEP000000000004, model: CIPC, protocol: SCCP, lines: [5002, 50021] }
`;
const TRANSLATED = `calls: { translations: [{ match: "9.XXXX", to: "5003" }, { match: "8X", to: "4711" }] }\n${PHONES}`;

let lab: TestDaemon;
const phones: { close(): unknown }[] = [];

beforeEach(() => {
  lab = new TestDaemon();
  lab.configure(TRANSLATED);
});
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close();
  await lab.remove();
});

const sccp = async (name: string): Promise<CallingSccpPhone> => {
  const phone = await CallingSccpPhone.register(lab.endpoint('SCCP').port, name, 20_000 + 2 * phones.length);
  phones.push(phone);
  return phone;
};
const sip = async (): Promise<CallingSipPhone> => {
  const phone = await CallingSipPhone.register(lab.endpoint('SIP', 'tcp').port, 'SEP000000000003', '5003');
  phones.push(phone);
  return phone;
};

const ask = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(lab.url(path));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const dial = async (number: string, from = '') =>
  (await ask(`/api/dial?number=${encodeURIComponent(number)}${from === '' ? '' : `&from=${from}`}`)).body;
const metrics = async (): Promise<string[]> =>
  (await (await fetch(lab.url('/metrics'))).text()).split('\n').filter((line) => /^labcm_call|^labcm_rtp/.test(line));
const stepsOf = async (device: string): Promise<string[]> =>
  ((await ask(`/api/devices/${device}/timeline`)).body.steps as { type: string; text: string }[])
    .filter(({ type }) => type.startsWith('call.'))
    .map(({ text }) => text);
const filesIn = (folder: string, start: string): string[] =>
  existsSync(join(lab.folder, folder))
    ? readdirSync(join(lab.folder, folder)).filter((name) => name.startsWith(start))
    : [];
const readIn = (folder: string, start: string): string =>
  filesIn(folder, start)
    .map((name) => readFileSync(join(lab.folder, folder, name), 'utf8'))
    .join('');

describe('a call between two SCCP phones', () => {
  it('is in the API while it stands, and in timelines, metrics and files afterwards', async () => {
    await lab.start();
    const [a, b] = [await sccp('SEP000000000001'), await sccp('SEP000000000004')];
    a.call('5002');
    await b.reaches(4);
    expect((await ask('/api/calls')).body).toMatchObject({
      total: 1,
      calls: [
        {
          dialled: '5002',
          answeredAt: null,
          codec: null,
          legs: [
            { role: 'caller', device: 'SEP000000000001', dn: '5001', state: 'ring-out', receive: null },
            { role: 'called', device: 'SEP000000000004', dn: '5002', state: 'ring-in', receive: null },
          ],
        },
      ],
    });
    b.lift();
    await Promise.all([a, b].map((phone) => phone.hears('StartMediaTransmissionMessage')));
    expect((await ask('/api/calls')).body).toMatchObject({
      calls: [
        {
          answeredAt: expect.stringMatching(/^\d{4}-/),
          codec: 'G722',
          legs: [
            { state: 'connected', receive: '127.0.0.1:20000' },
            { state: 'connected', receive: '127.0.0.1:20002' },
          ],
        },
      ],
    });
    expect(await metrics()).toEqual(
      expect.arrayContaining(['labcm_calls 1', 'labcm_call_legs{state="connected"} 2', 'labcm_calls_answered_total 1']),
    );
    a.hangUp();
    await b.reaches(2);
    expect((await ask('/api/calls')).body).toMatchObject({ total: 0, calls: [] });
    expect(await metrics()).toEqual(
      expect.arrayContaining(['labcm_calls 0', 'labcm_calls_ended_total{cause="16"} 1', 'labcm_rtp_streams 0']),
    );
    expect(await stepsOf('SEP000000000001')).toEqual([
      'calls 5002: SEP000000000004 is offered the call',
      'sends G722 to SEP000000000004 at 127.0.0.1:20002',
      'hung up',
    ]);
    expect(await stepsOf('SEP000000000004')).toEqual([
      expect.stringMatching(/^rings \(\d+ ms after the number was complete\)$/),
      'answers',
      'sends G722 to SEP000000000001 at 127.0.0.1:20000',
      'was hung up by the other end',
    ]);
    await lab.stop();
    expect(readIn('logs', 'calllogs')).toMatch(/\|CC\|SETUP\|\d+\|\d+\|5001\|5002\|5002\n/);
    expect(readIn('logs', 'calllogs')).toMatch(/\|CC\|RELEASE\|\d+\|\d+\|16\n/);
  });

  it('ends with the daemon, and the phones hear so', async () => {
    await lab.start();
    const [a, b] = [await sccp('SEP000000000001'), await sccp('SEP000000000002')];
    a.call('5002');
    await b.reaches(4);
    b.lift();
    await a.reaches(5);
    await lab.stop();
    await Promise.all([a.reaches(2), b.reaches(2)]);
    expect(lab.log('events.jsonl')).toContain('"call.ended"');
    const [cdr = ''] = filesIn('logs/cdr', 'cdr_');
    expect(cdr).toMatch(/^cdr_StandAloneCluster_01_\d{12}_\d+$/);
    const rows = readIn('logs/cdr', 'cdr_').trim().split('\n');
    expect(rows).toHaveLength(3); // names, types, the call
    expect(rows[2]).toContain('"SEP000000000001"');
  });

  it('leaves a caller with a tone where the line is busy', async () => {
    await lab.start();
    const [a, b] = [await sccp('SEP000000000001'), await sccp('SEP000000000002')];
    b.lift();
    await b.reaches(1);
    expect(await dial('5002')).toMatchObject({
      phones: [
        {
          device: 'SEP000000000002',
          outcome: 'is busy: the line has 1 call, and `busyTrigger` is 1',
        },
        { device: 'SEP000000000004', outcome: 'is Unknown' },
      ],
    });
    a.call('5002');
    await a.hears('StartToneMessage');
    expect(await stepsOf('SEP000000000001')).toEqual([]);
    a.hangUp();
    await eventually(async () =>
      expect(await stepsOf('SEP000000000001')).toEqual([
        'hung up',
        'did not reach 5002: the called user is busy (cause 17)',
      ]),
    );
    expect(await metrics()).toContain('labcm_calls_ended_total{cause="17"} 1');
  });
});

describe('a call of both protocols', () => {
  it('that the SCCP phone makes reaches the SIP phone by its translation', async () => {
    await lab.start();
    const [a, c] = [await sccp('SEP000000000001'), await sip()];
    a.call('91234');
    await c.rings();
    expect((await ask('/api/calls')).body).toMatchObject({
      calls: [{ dialled: '91234', legs: [{ dn: '5001' }, { device: 'SEP000000000003', dn: '5003' }] }],
    });
    c.answer();
    await a.hears('StartMediaTransmissionMessage');
    expect((await ask('/api/calls')).body).toMatchObject({ calls: [{ codec: 'PCMU' }] });
    a.hangUp();
    await c.hears('BYE');
    await lab.stop();
    expect(readIn('logs', 'calllogs')).toMatch(
      /\|CC\|OFFERED\|\d+\|\d+\|5001\|91234\|5003\|SEP000000000001\|SEP000000000003\n/,
    );
  });

  it('that the SIP phone makes rings at the SCCP phone, and the phone has the last line of the call log', async () => {
    await lab.start();
    const [a, c] = [await sccp('SEP000000000001'), await sip()];
    c.call('5001');
    await a.reaches(4);
    a.lift();
    await c.reaches(200);
    await a.hears('StartMediaTransmissionMessage');
    a.hangUp();
    await c.hears('BYE');
    expect(await stepsOf('SEP000000000003')).toContain('calls 5001: SEP000000000001 is offered the call');
    const { address, port } = lab.endpoint('SIP', 'tcp');
    await lab.stop();
    const lines = readIn('logs', 'calllogs').trim().split('\n');
    const sipl = lines.filter((line) => line.includes('|SIPL|')).map((line) => line.split('|').slice(1));
    const ci = sipl.at(-1)?.[1];
    expect(ci).toMatch(/^\d{8,10}$/);
    expect(
      sipl.map(([, , transport, way, host, at, device, , , , , , title]) => [transport, way, host, at, device, title]),
    ).toEqual(
      [
        ['IN', 'INVITE'],
        ['OUT', '100 Trying'],
        ['OUT', '180 Ringing'],
        ['OUT', '200 OK'],
        ['IN', 'ACK'],
        ['OUT', 'BYE'],
        ['IN', '200 OK'],
      ].map(([way, title]) => ['TCP', way, address, String(port), 'SEP000000000003', title]),
    );
    // The INVITE came before there was a leg.
    expect([...new Set(sipl.slice(1).map(([, leg]) => leg))].filter((leg) => leg !== '0')).toEqual([ci]);
  });
});

describe('GET /api/dial', () => {
  it.each([
    ['5001', { result: 'line', number: '5001', canGrow: false }],
    ['5002', { result: 'line', number: '5002', canGrow: true }],
    ['500', { result: 'incomplete', number: null, canGrow: true }],
    ['4', { result: 'none', number: null, text: '4 leads nowhere: the caller hears reorder tone (cause 1)' }],
    ['*41', { result: 'service', number: '*41', text: '*41 is the service echo.' }],
    [
      '112',
      {
        result: 'emergency',
        number: '112',
        text: '112 is an emergency number: labcm answers it itself, and no call leaves this machine.',
      },
    ],
    [
      '91234',
      {
        result: 'line',
        number: '5003',
        steps: [
          { rule: 'translation', pattern: '9.XXXX', to: '5003' },
          { rule: 'line', pattern: '5003' },
        ],
        text: '91234 is the line 5003, and no phone of it would ring: SEP000000000003 is Unknown.',
      },
    ],
    [
      '9112',
      {
        result: 'incomplete',
        text: '9112 is the beginning of a number: labcm waits for more digits. It is an emergency number, and `calls.emergency` does not list it: labcm does not answer it, and sends it nowhere. Dialled digit by digit, it ends at 911, which is an emergency number: labcm answers it itself, and no call leaves this machine',
      },
    ],
    [
      '1125',
      {
        result: 'none',
        text: '1125 leads nowhere: the caller hears reorder tone (cause 1). Dialled digit by digit, it ends at 112, which is an emergency number: labcm answers it itself, and no call leaves this machine',
      },
    ],
    [
      '118',
      {
        result: 'none',
        text: '118 leads nowhere: the caller hears reorder tone (cause 1). It is an emergency number, and `calls.emergency` does not list it: labcm does not answer it, and sends it nowhere',
      },
    ],
    [
      '0112',
      {
        result: 'none',
        text: '0112 leads nowhere: the caller hears reorder tone (cause 1). Only without its first digit it is 112, an emergency number',
      },
    ],
    [
      '91125',
      {
        result: 'line',
        text: '91125 is the line 5003, and no phone of it would ring: SEP000000000003 is Unknown. Dialled digit by digit, it ends at 911, which is an emergency number: labcm answers it itself, and no call leaves this machine.',
      },
    ],
    [
      '50031',
      {
        result: 'none',
        text: '50031 leads nowhere: the caller hears reorder tone (cause 1). Dialled digit by digit, it ends at 5003, which is the line 5003, and no phone of it would ring: SEP000000000003 is Unknown',
      },
    ],
    ['*735003', { result: 'forward', number: '*73', text: '*735003 forwards all calls of the caller’s line to 5003.' }],
    [
      '*73',
      {
        result: 'forward',
        canGrow: true,
        text: '*73 ends that the line of the caller forwards all calls. A longer number begins so, too: labcm waits for the next digit first.',
      },
    ],
    ['*734', { result: 'none' }],
    ['*7350', { result: 'incomplete' }],
    ['81', { result: 'none', steps: [{ rule: 'translation', pattern: '8X', to: '4711' }] }],
  ])('of %s says what it leads to', async (number, answer) => {
    await lab.start();
    expect(await dial(number)).toMatchObject({ dialled: number, ...answer });
  });

  it('says that a line forwards, and that a phone is not to be disturbed', async () => {
    await lab.start();
    const put = (path: string, body: object) =>
      fetch(lab.url(path), {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await sccp('SEP000000000001');
    await put('/api/devices/SEP000000000001/dnd', { doNotDisturb: 'reject' });
    expect(await dial('5001')).toMatchObject({
      text: '5001 is the line 5001, and no phone of it would ring: SEP000000000001 is busy for every call: do not disturb.',
    });
    await put('/api/lines/5001/forward', { all: '5003' });
    expect(await dial('5001')).toMatchObject({ text: '5001 is the line 5001, which forwards all calls to 5003.' });
  });

  it('says which phones ring, and not the one that dials', async () => {
    await lab.start();
    await Promise.all([sccp('SEP000000000001'), sccp('SEP000000000002'), sccp('SEP000000000004')]);
    expect(await dial('5002')).toMatchObject({
      text: '5002 is the line 5002: SEP000000000002, SEP000000000004 would ring. A longer number begins so, too: labcm waits for the next digit first.',
    });
    expect(await dial('5001', 'sep000000000001')).toMatchObject({
      text: '5001 is the line 5001, and no phone of it would ring: SEP000000000001 is the caller itself.',
    });
  });

  it.each([
    ['', 400],
    ['?number=', 400],
    ['?number=5%200', 400],
    [`?number=${'1'.repeat(65)}`, 400],
    ['?number=5001&from=NOBODY', 404],
    ['?number=5001&nonsense=1', 400],
  ])('refuses %s', async (query, status) => {
    await lab.start();
    expect((await ask(`/api/dial${query}`)).status).toBe(status);
  });
});

describe('GET /api/calls', () => {
  it.each(['?limit=x', '?offset=-1', '?nonsense=1'])('refuses %s', async (query) => {
    await lab.start();
    expect((await ask(`/api/calls${query}`)).status).toBe(400);
  });

  it('shows a device alone, and says where there is none of that name', async () => {
    await lab.start();
    const [a, b] = [await sccp('SEP000000000001'), await sccp('SEP000000000002')];
    a.lift();
    b.lift();
    await Promise.all([a.reaches(1), b.reaches(1)]);
    expect((await ask('/api/calls')).body).toMatchObject({ total: 2 });
    expect((await ask('/api/calls?device=sep000000000002')).body).toMatchObject({
      total: 1,
      calls: [{ dialled: '', legs: [{ device: 'SEP000000000002', state: 'off-hook' }] }],
    });
    expect((await ask('/api/calls?device=NOBODY')).status).toBe(404);
  });
});

describe('a new configuration', () => {
  it('changes numbers and limits, and the calls that stand go on', async () => {
    await lab.start();
    const [a, b] = [await sccp('SEP000000000001'), await sccp('SEP000000000002')];
    a.call('5002');
    await b.reaches(4);
    lab.configure(`calls: { services: { echo: "*99" }, limits: { calls: 1 } }\n${PHONES}`);
    await lab.daemon.reload();
    expect(lab.log('ccm.txt')).toBeDefined();
    expect(await dial('*99')).toMatchObject({ result: 'service' });
    expect(await dial('*41')).toMatchObject({ result: 'none' });
    expect(await dial('91234')).toMatchObject({ result: 'none' });
    b.lift();
    await a.reaches(5);
    const c = await sccp('SEP000000000004');
    c.lift();
    await eventually(async () =>
      expect(await stepsOf('SEP000000000004')).toEqual([
        'cannot make a call: there are as many as `calls.limits.calls` allows',
      ]),
    );
    expect(await metrics()).toContain('labcm_calls_denied_total{reason="server-full"} 1');
  });

  it('says which keys wait for the next start, by their names in the file', async () => {
    await lab.start();
    lab.configure(
      `calls: { enabled: false, rtp: { ports: 25000-25001 } }\n${PHONES}`,
      SERVICES.replace('console: off', 'console: off, callLogs: false, cdr: { every: 5m }'),
    );
    await lab.daemon.reload();
    await lab.stop();
    const [reloaded = ''] = lab
      .log('events.jsonl')
      .split('\n')
      .filter((line) => line.includes('daemon.reloaded'));
    expect(JSON.parse(reloaded)).toMatchObject({
      settings: ['calls.translations', 'calls.rtp.ports'],
      afterRestart: ['calls.enabled', 'trace.callLogs', 'trace.cdr'],
    });
  });

  it('takes the music of the last one, however long the one before takes to read', async () => {
    const wav = (samples: number): Buffer => {
      const bytes = Buffer.alloc(44 + samples * 2);
      bytes.write('RIFF\0\0\0\0WAVEfmt ', 0, 'latin1');
      bytes.writeUInt32LE(36 + samples * 2, 4);
      for (const [value, at] of [
        [16, 16],
        [0x00010001, 20],
        [8_000, 24],
        [16_000, 28],
        [0x00100002, 32],
      ] as const)
        bytes.writeUInt32LE(value, at);
      bytes.write('data', 36, 'latin1');
      bytes.writeUInt32LE(samples * 2, 40);
      return bytes;
    };
    mkdirSync(lab.folder, { recursive: true });
    writeFileSync(join(lab.folder, 'tune.wav'), wav(8_000));
    lab.configure(`calls: { music: tune.wav }\n${PHONES}`);
    await lab.start();
    expect(await dial('*42')).toMatchObject({ text: '*42 is the service tone.' });
    lab.configure(PHONES);
    await lab.daemon.reload();
    await lab.stop();
    const [reloaded = ''] = lab
      .log('events.jsonl')
      .split('\n')
      .filter((line) => line.includes('daemon.reloaded'));
    expect(JSON.parse(reloaded)).toMatchObject({ settings: ['calls.music'], afterRestart: [] });
  });
});

describe('calls that are off', () => {
  it('are none in the API, and no files are made', async () => {
    lab.configure(`calls: { enabled: false }\n${PHONES}`);
    await lab.start();
    await sccp('SEP000000000001');
    expect((await ask('/api/calls')).body).toMatchObject({ total: 0, calls: [] });
    expect(await dial('5001')).toMatchObject({
      result: 'none',
      text: 'calls are not served: `calls.enabled` is false',
    });
    expect((await metrics()).filter((line) => !line.endsWith(' 0'))).toEqual([]);
    await lab.stop();
    expect(filesIn('logs', 'calllogs')).toEqual([]);
    expect(filesIn('logs', 'cdr')).toEqual([]);
  });
});
