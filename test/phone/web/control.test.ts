// What a user of a simulated phone may do over HTTP, and what strangers cannot: /CGI/Execute, /CGI/Screenshot, /CGI/LineInfo,
// and clients that are slow, loud or odd.

import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawScreen } from '../../../src/phone/web/screenshot.js';
import { aDevice } from '../../support/devices.js';
import { type PhoneHarness, PRIMARY, phoneHarness } from '../harness.js';
import { type Answer, type Asking, answerOf, ask, connect, PHONE_ADDRESS, xmlOf } from './harness.js';

const NAME = 'SEP0011223344A1';
/** The authentication URL of the harness's files. */
const AUTHENTICATION = '/ccmcip/authenticate.jsp';
const USER = `Authorization: Basic ${Buffer.from('lab:a good: password').toString('base64')}`;
const STRANGER = `Authorization: Basic ${Buffer.from('lab:guess').toString('base64')}`;
const EXECUTE = new URLSearchParams({
  XML: '<CiscoIPPhoneExecute><ExecuteItem URL="Key:Services" Priority="0"/></CiscoIPPhoneExecute>',
}).toString();

/** A phone whose file names an authentication URL, and the server there. */
const controlled = async (model = '7962', protocol: 'SCCP' | 'SIP' = 'SCCP') => {
  const devices = [aDevice(NAME, { model, protocol, lines: ['5001', '5003'] })];
  const lab = await phoneHarness({ devices, calls: {} });
  const asked: string[] = [];
  await lab.streams.listen({ address: PRIMARY, port: 8080, maxLinks: 9, maxLinksPerSource: 9 }, (link) => ({
    received: (bytes) => {
      const [, target = ''] = bytes.toString('latin1').split(' ');
      asked.push(target);
      const query = new URLSearchParams(target.split('?')[1]);
      const body = query.get('Password') === 'a good: password' ? 'AUTHORIZED' : 'UN-AUTHORIZED';
      link.write(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    },
    closed: () => {},
  }));
  const phone = await lab.boot({
    ...{ name: NAME, protocol, model, localAddress: PHONE_ADDRESS, webPort: 80 },
    calls: { answer: 'never', sound: 'tone' },
  });
  expect(phone.state, phone.why).toBe('registered');
  return { lab, phone, asked };
};

const control = (lab: PhoneHarness, path: string, user?: string, more: Asking = {}): Promise<Answer> =>
  ask(lab, path, { headers: user === undefined ? [] : [user], ...more });

describe('who may control a phone', () => {
  it.each([
    ['/CGI/Execute', { method: 'POST', body: EXECUTE }],
    ['/CGI/Screenshot', {}],
    ['/CGI/LineInfo', {}],
    ['/CGI/Java/CallInfo1', {}],
  ])('is asked at %s, and the authentication URL says it', async (path, more) => {
    const { lab, phone, asked } = await controlled();
    const nobody = await control(lab, path, undefined, more);
    expect([nobody.status, nobody.text, asked]).toEqual([401, '<CiscoIPPhoneError Number="4"/>\n', []]);
    expect(nobody.headers).toContain('WWW-Authenticate: Basic realm=');
    const stranger = await control(lab, path, STRANGER, more);
    expect([stranger.status, stranger.text]).toEqual([200, '<CiscoIPPhoneError Number="4"/>\n']);
    const user = await control(lab, path, USER, more);
    expect([user.status, user.text.includes('CiscoIPPhoneError')]).toEqual([200, false]);
    expect(asked.at(-1)).toBe(`${AUTHENTICATION}?UserID=lab&Password=a+good%3A+password&devicename=${NAME}`);
    await phone.stop();
  });

  it('may have it hear what is sent to a group, until somebody ends that, or the phone is off', async () => {
    const { lab, phone } = await controlled();
    const execute = (uri: string) =>
      phone.web.pushes.obey(`<CiscoIPPhoneExecute><ExecuteItem URL="${uri}"/></CiscoIPPhoneExecute>`);
    expect(await execute('RTPMRx:239.1.1.1:30000:50')).toContain('Data="Success"');
    expect(phone.calls?.pages.heard).toEqual({ group: '239.1.1.1:30000', received: 0, lost: 0, loudness: undefined });
    // Another group in place of the first, and once more the same.
    for (const uri of ['RTPMRx:239.1.1.2:30002', 'RTPMRx:239.1.1.2:30002']) await execute(uri);
    expect(phone.calls?.pages.group).toBe('239.1.1.2:30002');
    expect(await execute('RTPMRx:Stop')).toContain('Data="Success"');
    expect(phone.calls?.pages.heard).toBeUndefined();
    await execute('RTPMRx:239.1.1.1:30000');
    await phone.stop();
    expect(lab.stepsOf('phone.page-joined').map(({ group }) => group)).toEqual([
      ...['239.1.1.1:30000', '239.1.1.2:30002', '239.1.1.2:30002', '239.1.1.1:30000'],
    ]);
    expect(lab.stepsOf('phone.page-left')).toHaveLength(4);
  });

  it('and of four things that it shall do it does none', async () => {
    const { phone } = await controlled();
    const execute = (count: number) =>
      `<CiscoIPPhoneExecute>${'<ExecuteItem URL="Key:Services" Priority="0"/>'.repeat(count)}</CiscoIPPhoneExecute>`;
    expect(await phone.web.pushes.obey(execute(4))).toBe('<CiscoIPPhoneError Number="1"/>\n');
    expect(phone.web.pushes.executed).toEqual([]);
    expect(await phone.web.pushes.obey(execute(3))).toContain('Status="0"');
    expect(phone.web.pushes.executed).toHaveLength(3);
    await phone.stop();
  });

  it('and a key that is pressed is told and remembered', async () => {
    const { lab, phone } = await controlled();
    const answer = await control(lab, '/CGI/Execute', USER, { method: 'POST', body: EXECUTE });
    expect(answer.text).toContain('<ResponseItem URL="Key:Services" Data="Success" Status="0" />');
    expect(lab.stepsOf('phone.pushed')).toMatchObject([{ what: 'Key:Services' }]);
    expect(phone.web.pushes.executed).toEqual(['Key:Services']);
  });
});

/** The rows of a PNG, read without the writer: each chunk, the header, the rows without filter. */
const readPng = (octets: Buffer) => {
  expect(octets.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < octets.length; ) {
    const length = octets.readUInt32BE(at);
    chunks.set(octets.toString('latin1', at + 4, at + 8), octets.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  expect(rows.length).toBe((width + 1) * height);
  return { width, height, dot: (x: number, y: number) => rows[y * (width + 1) + 1 + x] };
};

describe('a screenshot', () => {
  it.each([
    ['7962', 'SCCP', 298, 168],
    ['8851', 'SIP', 800, 480],
  ] as const)('of a %s over %s is a PNG of %d by %d dots', async (model, protocol, width, height) => {
    const { lab, phone } = await controlled(model, protocol);
    const { headers, body } = await control(lab, '/CGI/Screenshot', USER);
    expect(headers).toContain('Content-Type: image/png');
    const png = readPng(body);
    expect([png.width, png.height]).toEqual([width, height]);
    const drawn = Array.from({ length: width }, (_, x) => png.dot(x, 4)).filter((colour) => colour === 3);
    expect(drawn.length).toBeGreaterThan(10);
    await phone.stop();
  });

  it('of a 7960 is the object of old phones', async () => {
    const { lab } = await controlled('7960');
    const { headers, text } = await control(lab, '/CGI/Screenshot', USER);
    expect(headers).toContain('Content-Type: text/xml');
    const image = xmlOf({ text } as Answer).CiscoIPPhoneImage;
    expect(image).toMatchObject({ Width: '133', Height: '65', Depth: '2' });
    expect(String(image?.Data)).toMatch(/^[0-9A-F]{4420}$/); // 34 octets in each of 65 rows
  });

  it('has the line, what was pushed and its soft keys, where they belong', async () => {
    const { phone } = await controlled();
    await phone.web.pushes.obey('<CiscoIPPhoneText><Title>Noon</Title><Text>Back É at one</Text></CiscoIPPhoneText>');
    const facts = {
      ...{ identity: phone.plan.identity, lines: ['I'], leased: undefined, fileServer: '', file: undefined },
      ...{ callManagers: [], calls: [], display: undefined },
    };
    const at = 0 as never;
    const { width, pixels } = drawScreen({ facts, at, shown: phone.web.pushes.shown });
    const rows = (left: number, top: number, letters: number) =>
      Array.from({ length: 7 }, (_, y) =>
        Array.from({ length: letters * 6 }, (_, x) => (pixels[(top + y) * width + left + x] === 3 ? '#' : ' ')).join(
          '',
        ),
      );
    // The number of the line is at the right edge: an I.
    expect(rows(width - 6, 1, 1)).toEqual([' ###  ', '  #   ', '  #   ', '  #   ', '  #   ', '  #   ', ' ###  ']);
    // Below the bar the title begins: an N.
    expect(rows(1, 11, 1)).toEqual(['#   # ', '#   # ', '##  # ', '# # # ', '#  ## ', '#   # ', '#   # ']);
    // A letter with an accent is drawn without it.
    expect(rows(1 + 5 * 6, 21, 1)[0]).toBe('##### ');
  });
});

describe('what a phone tells of its lines and calls', () => {
  it('has each line, and the call at the first', async () => {
    const { lab, phone } = await controlled();
    phone.calls?.dial('5009');
    await lab.pass(1);
    const lines = xmlOf(await control(lab, '/CGI/LineInfo', USER)).CiscoIPPhoneLineInfo;
    expect(lines?.CiscoIPPhoneLines).toMatchObject([{ lineDirNum: '5001' }, { lineDirNum: '5003' }]);
    const call = xmlOf(await control(lab, '/CGI/Java/CallInfo1', USER)).CiscoIPPhoneCallLineInfo;
    expect(call).toMatchObject({
      LineDirNum: '5001',
      CiscoIPPhoneCallInfo: { CallType: 'OUTBOUND', CallingPartyDirNum: '5001', CalledPartyDirNum: '5009' },
    });
    expect((await control(lab, '/CGI/Java/CallInfo3', USER)).status).toBe(404);
    expect(xmlOf(await control(lab, '/CGI/ModeInfo', USER))).toHaveProperty('CiscoIPPhoneModeInfo');
    expect((await control(lab, '/CGI/Nothing', USER)).status).toBe(404);
  });
});

describe('a client', () => {
  it.each([
    ['a path that is too long', `GET /${'a'.repeat(2_000)} HTTP/1.1\r\n\r\n`, 414],
    ['a head without end', `GET / HTTP/1.1\r\nX: ${'a'.repeat(9_000)}`, 431],
    ['something else', '\u0016\u0003\u0001\r\n\r\n', 400],
    ['another method', 'DELETE / HTTP/1.1\r\n\r\n', 405],
    ['GET where it must post', 'GET /CGI/Execute HTTP/1.1\r\n\r\n', 405],
    ['POST where it must get', 'POST /CGI/Screenshot HTTP/1.1\r\n\r\n', 405],
    ['a body that is too long', 'POST /CGI/Execute HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', 413],
    ['a length that is none', 'POST /CGI/Execute HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 400],
    ['line ends of old programs', 'HEAD / HTTP/1.1\n\n', 200],
    ['a whole URL', 'GET http://10.10.210.201/DeviceInformationX HTTP/1.0\r\n\r\n', 200],
  ])('that sends %s is answered so', async (_what, octets, status) => {
    const { lab } = await controlled();
    const { link, came, ended } = await connect(lab);
    link.write(Buffer.from(octets, 'latin1'));
    await lab.settle();
    expect([answerOf(came()).status, ended()]).toEqual([status, 'peer-closed']);
    expect((await ask(lab, '/DeviceInformationX')).status).toBe(200);
  });

  it('that asks with HEAD gets no body', async () => {
    const { lab } = await controlled();
    const { headers, body } = await ask(lab, '/', { method: 'HEAD' });
    expect([/Content-Length: [1-9]/.test(headers), body.length]).toEqual([true, 0]);
  });

  it('that sends its request in single octets is answered', async () => {
    const { lab } = await controlled();
    const { link, came } = await connect(lab);
    for (const octet of Buffer.from('GET /DeviceInformationX HTTP/1.1\r\n\r\n')) link.write(Buffer.from([octet]));
    await lab.settle();
    expect(answerOf(came()).status).toBe(200);
  });

  it('that does not finish its request is cut off after ten seconds', async () => {
    const { lab } = await controlled();
    const { link, ended } = await connect(lab);
    link.write(Buffer.from('GET / HT'));
    await lab.pass(9);
    expect(ended()).toBe('');
    await lab.pass(2);
    expect(ended()).toBe('error');
  });
});

it('a phone that is switched off has no pages any more', async () => {
  const { lab, phone } = await controlled();
  expect(phone.web.url).toBe(`http://${PHONE_ADDRESS}:80/`);
  expect(lab.stepsOf('phone.pages-opened')).toMatchObject([{ url: `http://${PHONE_ADDRESS}:80/` }]);
  await phone.stop();
  await expect(connect(lab)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('a phone without a web server keeps no log', async () => {
  const lab = await phoneHarness({ devices: [aDevice(NAME)] });
  const phone = await lab.boot({ name: NAME, protocol: 'SCCP' });
  expect([phone.state, phone.web.log, phone.web.url]).toEqual(['registered', undefined, undefined]);
});
