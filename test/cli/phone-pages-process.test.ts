// `labcm phone --pages` as a process, read by programs that are not ours: curl, and the parsers of Python's library.

import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';
import { ProgramProcess, program } from '../support/program.js';

const PHONE = 'SEP000000000001';
const has = (program: string, ...words: string[]): boolean => spawnSync(program, words).status === 0;
const WITH_CURL = has('curl', '--version');
const WITH_PYTHON = has('python3', '--version');

/** Prints the texts of an HTML page, joined as public programs join them, or the elements of an XML page as JSON. */
const READER = `
import sys, json, urllib.request, xml.etree.ElementTree as tree
from html.parser import HTMLParser
class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.texts = []
    def handle_data(self, data):
        self.texts.append(data)
answer = urllib.request.urlopen(sys.argv[1], timeout=10)
page = answer.read()
if 'xml' in answer.headers['Content-Type']:
    print(json.dumps({e.tag: e.text for e in tree.fromstring(page)}))
else:
    reader = Texts()
    reader.feed(page.decode(answer.headers.get_content_charset()))
    print('_'.join(reader.texts))
`;

describe('labcm phone --pages', { timeout: 60_000 }, () => {
  const daemon = new TestDaemon();
  let phone: ProgramProcess;
  let url = '';

  beforeAll(async () => {
    writeFileSync(join(daemon.folder, 'password'), 'a good password\n');
    daemon.configure(`
phones: { pages: true, authentication: { user: lab, passwordFile: password } }
devices:
  - { name: ${PHONE}, model: 7962, protocol: SCCP, lines: [5001] }
`);
    await daemon.start();
    const ports = { tftp: daemon.endpoint('TFTP').port, http: daemon.endpoint('HTTP').port };
    phone = new ProgramProcess([
      ...['phone', '--name', PHONE, '--model', '7962', '--pages', '0', '--stay'],
      ...['--tftp-port', String(ports.tftp), '--http-port', String(ports.http)],
    ]);
    await phone.waitForText('Registered with');
    [, url = ''] = /Pages: (\S+)/.exec(phone.out) ?? [];
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });
  afterAll(async () => {
    await phone.kill();
    await daemon.remove();
  });

  /** Meanwhile the daemon, which is in this process, says whether the user may. */
  const curl = async (...words: string[]): Promise<Buffer> =>
    (await promisify(execFile)('curl', ['-s', '-m', '10', ...words], { encoding: 'buffer' })).stdout;
  const python = (path: string) => spawnSync('python3', ['-c', READER, `${url}${path}`], { encoding: 'utf8' }).stdout;

  it('is an option that is completed', async () => {
    const words = ['--get-yargs-completions', 'labcm', 'phone', '--'];
    expect((await program(words, { environment: { SHELL: '/bin/bash' } })).out.split('\n')).toContain('--pages');
  });

  it.skipIf(!WITH_CURL)('gives curl its screen once the user has said who it is', async () => {
    expect((await curl(`${url}CGI/Screenshot`)).toString()).toBe('<CiscoIPPhoneError Number="4"/>\n');
    const user = ['-u', 'lab:a good password'];
    const picture = await curl(...user, `${url}CGI/Screenshot`);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    // Without asking first, as .NET does it: curl sends the password when it is asked for it.
    expect((await curl('--anyauth', ...user, `${url}CGI/Screenshot`)).subarray(0, 8)).toEqual(picture.subarray(0, 8));
  });

  it.skipIf(!WITH_CURL)('obeys a key that curl posts', async () => {
    const xml = '<CiscoIPPhoneExecute><ExecuteItem URL="Key:Services" Priority="0"/></CiscoIPPhoneExecute>';
    const answer = await curl('-u', 'lab:a good password', '--data-urlencode', `XML=${xml}`, `${url}CGI/Execute`);
    expect(answer.toString()).toContain('Data="Success"');
    await phone.waitForText('Pushed: Key:Services');
  });

  it.skipIf(!WITH_PYTHON)('is read by the XML parser of Python', () => {
    expect(JSON.parse(python('DeviceInformationX'))).toMatchObject({
      ...{ HostName: PHONE, phoneDN: '5001', modelNumber: 'CP-7962G', serialNumber: 'LAB00000001' },
      udi: 'phone\nCisco IP Phone 7962G, Global\nCP-7962G\nV01\nLAB00000001',
    });
    expect(JSON.parse(python('CGI/Java/Serviceability?adapterX=device.statistics.configuration'))).toMatchObject({
      ...{ HostName: PHONE, CallManager1: expect.stringMatching(/ Active$/), TFTPServer1: '127.0.0.1' },
      AuthenticationURL: expect.stringContaining('/phone/authenticate'),
    });
  });

  it.skipIf(!WITH_PYTHON)('is read by the HTML parser of Python, where programs find what they look for', () => {
    const setup = python('CGI/Java/Serviceability?adapter=device.statistics.configuration');
    const device = python('CGI/Java/Serviceability?adapter=device.statistics.device');
    const found = (text: string, label: string) => new RegExp(`${label}_([^(_| )\n]*)`).exec(text)?.[1];
    expect([found(setup, 'Host Name'), found(setup, 'IP Address'), found(setup, 'TFTP Server 1')]).toEqual([
      ...[PHONE, '127.0.0.1', '127.0.0.1'],
    ]);
    expect([found(device, 'Serial Number'), found(device, 'Phone DN'), found(device, 'Model Number')]).toEqual([
      ...['LAB00000001', '5001', 'CP-7962G'],
    ]);
  });

  it('answers eight of many clients at once, refuses the others, and goes on', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        fetch(`${url}DeviceInformationX`).then(
          ({ status }) => status,
          () => 'refused',
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 200).length).toBeGreaterThanOrEqual(8);
    await expect.poll(async () => (await fetch(`${url}DeviceInformationX`)).status).toBe(200);
  });
});
