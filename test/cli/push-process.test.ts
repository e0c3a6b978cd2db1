// `labcm push` as a process, against a daemon and a simulated phone with a web server.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { freePort } from '../../src/lab/free-port.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { bootPhone, type Phone, PhoneEnvironment, type PhoneStep } from '../../src/phone/index.js';
import { TestDaemon } from '../support/daemon.js';
import { program } from '../support/program.js';

const PHONE = 'SEP000000000001';
const SILENT = 'SEP000000000002';

describe('labcm push', { timeout: 60_000 }, () => {
  const daemon = new TestDaemon();
  const environment = new PhoneEnvironment({
    ...{ clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
    bus: new EventBus<PhoneStep>((error) => {
      throw error;
    }),
  });
  let phone: Phone;

  beforeAll(async () => {
    const webPort = await freePort();
    writeFileSync(join(daemon.folder, 'password'), 'a good password\n');
    daemon.configure(`
phones: { pages: true, webPort: ${webPort}, authentication: { user: lab, passwordFile: password } }
devices:
  - { name: ${PHONE}, model: 7962, protocol: SCCP, lines: [5001] }
  - { name: ${SILENT}, model: 7962, protocol: SCCP, lines: [5002] }
`);
    await daemon.start();
    phone = await bootPhone(environment, {
      ...{ name: PHONE, model: '7962', protocol: 'SCCP', webPort },
      ports: {
        tftp: daemon.endpoint('TFTP').port,
        http: daemon.endpoint('HTTP').port,
        sccp: daemon.endpoint('SCCP').port,
      },
    });
  });
  afterAll(async () => {
    await phone.stop();
    await environment.close();
    await daemon.remove();
  });

  const push = (...words: string[]) =>
    program(['push', ...words, '--api', daemon.url('')], { directory: daemon.folder });

  it('shows a text, presses keys and opens a page, and tells the answer', async () => {
    expect(await push(PHONE.toLowerCase(), '--text', 'Back at noon & later')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(`^${PHONE} at 127.0.0.1 over HTTP: the phone did it \\(\\d+ ms\\)\n$`),
    });
    expect(phone.web.pushes.shown).toMatchObject({ title: 'labcm', text: 'Back at noon & later' });
    const keys = ['--execute', 'Key:Services', '--execute', 'SoftKey:Exit', '--priority', '2'];
    expect(await push(PHONE, ...keys)).toMatchObject({ code: 0 });
    expect(phone.web.pushes.executed).toEqual(['Key:Services', 'SoftKey:Exit']);
    expect(await push(PHONE, '--url', daemon.url('/phone/directory', 'HTTP'))).toMatchObject({ code: 0 });
    expect(phone.web.pushes.shown?.title).toBe('Directories');
  });

  it('gives the API’s answer as JSON', async () => {
    const { code, out } = await push(PHONE, '--execute', 'Key:Info', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        ...{ device: PHONE, address: '127.0.0.1', transport: 'HTTP', outcome: 'done', answer: 'the phone did it' },
        milliseconds: expect.any(Number),
      },
    ]);
  });

  it('exits with 1 where the phone could not do it', async () => {
    expect(await push(PHONE, '--url', daemon.url('/phone/nothing', 'HTTP'))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/did not do http.*HTTP 404/),
    });
  });

  it.each([
    [1, ['SEP999999999999', '--text', 'x'], /no device of that name/],
    [1, [SILENT, '--text', 'x'], /a device that is not registered/],
    [2, [PHONE], /found 0 of them, wanted one of --text, --url and --execute/],
    [2, [PHONE, '--text', 'x', '--url', 'http://a/'], /found 2 of them/],
    [2, [PHONE, '--text', 'x', '--priority', '1'], /beside --text/],
    [2, [PHONE, '--url', 'http://a/', '--title', 'x'], /without --text/],
    [2, [PHONE, '--url', 'http://a/', '--priority', '3'], /--priority: found 3/],
    [2, [PHONE, '--execute', 'rm -rf'], /execute: found "rm -rf"/],
  ])('exits with %d for %j', async (code, words, err) => {
    expect(await push(...words)).toMatchObject({ code, out: '', err: expect.stringMatching(err) });
  });

  it('exits with 2 for a text that no phone shows whole', async () => {
    const { code, err } = await push(PHONE, '--text', 'x'.repeat(4_001));
    expect([code, err]).toEqual([2, expect.stringMatching(/text: found 4001 characters, wanted 1 to 4000/)]);
  });
});
