// A phone that nobody configured, as the commands tell of it, from a whole daemon that it really asked.

import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderWith } from '../config/harness.js';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { capturedHex, capturedText, describeCaptured } from '../support/fixtures.js';
import { labcm } from './harness.js';

const OVER_SIP = 'SEP0A55000000CD';
const OVER_SCCP = 'SEP0A55000000AB';

let lab: TestDaemon;

beforeAll(async () => {
  lab = new TestDaemon();
  lab.configure(`${SEED_PHONES}  - { name: SEP0A55000000CE, model: 8851, protocol: SIP, lines: [5007] }\n`);
  await lab.start();
});
afterAll(() => lab.stop());

/** Sends it, and resolves with the first of what comes back. */
const answerTo = ({ address, port }: { address: string; port: number }, bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port }, () => socket.write(bytes));
    socket.once('data', (data) => {
      resolve(data);
      socket.destroy();
    });
    socket.once('error', reject);
  });

const asked = (...words: readonly string[]) => {
  const { address, port } = lab.endpoint('API');
  return labcm([...words, '--api', `http://${address}:${port}`], { fetch });
};

describeCaptured('a phone that nobody configured', () => {
  beforeAll(async () => {
    const sip = lab.endpoint('SIP', 'tcp');
    const text = capturedText('reports/unknown-device.sip')
      .replaceAll('@HOST@', sip.address)
      .replaceAll('@IP@', '127.0.0.1')
      .replaceAll('@PORT@', '49152')
      .replaceAll('@BRANCH@', '1')
      .replaceAll('@CALLID@', 'one@127.0.0.1')
      .replace(/\r?\n/g, '\r\n');
    expect((await answerTo(sip, Buffer.from(text))).toString()).toContain('404 Not Found');
    await answerTo(lab.endpoint('SCCP', 'tcp'), capturedHex('reports/unknown-device-sccp.hex'));
  });

  it('is listed below the devices: when it asked, from where, and what to do', async () => {
    const { code, out, err } = await asked('status');
    expect(code).toBe(0);
    const [, below = ''] = out.split('\n\n');
    expect(below).toMatch(/^NOT CONFIGURED +STATUS +PROTOCOL +ADDRESS +HEARD +MODEL +WHAT TO DO$/m);
    expect(below).toMatch(
      /^SEP0A55000000CD +Rejected +SIP +127\.0\.0\.1 +20.+ Cisco 8851 +is SEP0A55000000CE meant\?/m,
    );
    expect(below).toMatch(/^SEP0A55000000AB +Rejected +SCCP +127\.0\.0\.1 +20.+ Cisco 7960 +add it to devices$/m);
    expect(err).toBe('0 of 3 registered; 2 heard of that nobody configured\n');
    expect(JSON.parse((await asked('status', '--json')).out)).toMatchObject({
      total: 3,
      unknown: { total: 2, phones: [{ name: OVER_SCCP }, { name: OVER_SIP, unknown: { nearest: 'SEP0A55000000CE' } }] },
    });
  });

  it.each([
    [OVER_SIP, 'SIP'],
    ['0a:55:00:00:00:cd', 'SIP'],
    [OVER_SCCP.toLowerCase(), 'SCCP'],
  ])('has a status under %s, with why it was refused and what to add', async (who, protocol) => {
    const { code, out } = await asked('status', who);
    expect(code).toBe(0);
    expect(out).toMatch(/^Status: +Rejected$/m);
    expect(out).toMatch(/^Configured: +no$/m);
    expect(out).toMatch(/^Reason: +2 NoEntryInDatabase: no device of that name/m);
    expect(out).toMatch(new RegExp(`^Protocol: +${protocol}$`, 'm'));
    expect(out).toMatch(/^devices:\n {2}- name: SEP0A55000000[A-Z]{2}\n {4}model: \d{4}\n {4}protocol: S/m);
  });

  it('has a timeline', async () => {
    const { code, out, err } = await asked('timeline', OVER_SIP);
    expect(code).toBe(0);
    expect(out).toMatch(/registration +was rejected over SIP from 127\.0\.0\.1: no device of that name/);
    expect(err).toMatch(/^waits for somebody who configures it$/m);
    expect(err).toContain(`  - name: ${OVER_SIP}`);
  });

  it('can be waited for and asserted', async () => {
    expect(await asked('wait', OVER_SIP, 'rejected')).toMatchObject({ code: 0 });
    const { code, err } = await asked('wait', OVER_SCCP, 'registered', '--within', '10ms');
    expect(code).toBe(1);
    expect(err).toMatch(/found Rejected \(2 NoEntryInDatabase: .+\); .+; nobody configured it: add it to devices/);
    const file = join(
      folderWith({
        'e.yaml': `devices: { ${OVER_SIP}: { status: Rejected, reason: NoEntryInDatabase, model: Cisco 8851 } }`,
      }),
      'e.yaml',
    );
    expect(await asked('assert', file)).toMatchObject({ code: 0 });
  });

  it('is nobody to whom a command could be sent, and neither is one that was never heard', async () => {
    expect((await asked('reset', OVER_SIP)).code).toBe(1);
    expect((await asked('status', 'SEP0A55000000DD')).err).toContain('found no device of that name');
    expect((await asked('timeline', 'SEP0A55000000DD')).code).toBe(1);
  });
});
