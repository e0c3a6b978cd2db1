// `labcm reset` of a pattern, against a whole daemon.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, TestDaemon } from '../support/daemon.js';
import { SccpPhone } from '../support/sccp-phone.js';
import { labcm } from './harness.js';

const TOKEN = 'a-token-of-this-test';
const DEVICES = `devices:
${['SEP000000000001', 'SEP000000000002', 'SEP000000000003', 'ATA000000000004'].map((name, index) => `  - { name: ${name}, model: CIPC, protocol: SCCP, lines: ["${index}"] }`).join('\n')}`;

let lab: TestDaemon;
const phones: SccpPhone[] = [];

beforeAll(async () => {
  lab = new TestDaemon();
  lab.configure(DEVICES);
  await lab.start([`http.api.token=${TOKEN}`]);
  for (const name of ['SEP000000000001', 'SEP000000000002', 'ATA000000000004']) {
    const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
    phones.push(phone);
    await phone.comeUp(name);
  }
});
afterAll(async () => {
  for (const phone of phones) phone.socket.destroy();
  await lab.remove();
});

const asked = (words: readonly string[], token = TOKEN) =>
  labcm([...words, '--api', lab.url('')], { fetch, environment: { LABCM_API_TOKEN: token } });

it('tells those whose names fit, and says who is not registered', async () => {
  const { code, out, err } = await asked(['restart', 'sep*']);
  expect([code, out, err]).toEqual([0, 'restart: 2 of 3 told\n', 'SEP000000000003: not-registered\n']);
  await eventually(() => {
    expect(lab.log('ccm.txt')).toContain('DeviceManager: Device restart for 3 devices, Run : 1, AskedBy : 127.0.0.1');
    expect(lab.log('ccm.txt')).toContain(
      'DeviceManager: Device restart for 3 devices done, Run : 1, Sent : 2, NotSent : 1',
    );
    expect(lab.log('ccm.txt').match(/Device restart deviceName : SEP/g)).toHaveLength(2);
  });
});

it.each([
  [['reset', 'SEP*3'], TOKEN, 'SEP*3: found no device that is registered, wanted one or more'],
  [['reset', 'CIPC*'], TOKEN, 'CIPC*: found no device of such a name, wanted one or more'],
  [['reset', 'SEP*'], 'another-token-than-that', 'found no token, or a wrong one'],
  [['reset', 'SEP*', '--per-second', '0'], TOKEN, 'perSecond: found 0, wanted 1 to 1000'],
] as const)('%j fails', async (words, token, fault) => {
  const { code, err } = await asked(words, token);
  expect(code).toBe(token === TOKEN ? 1 : 2); // 2: the daemon could not be asked
  expect(err).toContain(fault);
});
