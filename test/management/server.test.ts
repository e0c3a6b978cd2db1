import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MANAGEMENT_LIMITS } from '../../src/management/settings.js';
import { ACCOUNT, BASIC, ManagementHarness, namesIn, RIS_PATH, selectRequest } from './harness.js';

let harness: ManagementHarness;
afterEach(() => harness.close());

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('who may use the management interface', () => {
  it.each([
    ['nobody without a password', ''],
    ['nobody with another password', basic(ACCOUNT.user, 'lab-secret-2')],
    ['nobody with another user', basic('admin', ACCOUNT.password)],
    ['nobody with an empty password', basic(ACCOUNT.user, '')],
    ['nobody with what is no Basic', `Bearer ${ACCOUNT.password}`],
    ['nobody with what is no base64', 'Basic lab:lab'],
  ])('%s: 401 with a challenge, and no SOAP', async (_title, authorization) => {
    harness = await ManagementHarness.open();
    const { status, headers, body } = await harness.ask({ authorization, body: selectRequest() });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Basic realm="labcm"');
    expect(body).toContain('401 Unauthorized');
    expect(body).not.toContain('Envelope');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('asks for a password for the WSDL and for paths that are not there, too', async () => {
    harness = await ManagementHarness.open();
    for (const path of [`${RIS_PATH}?wsdl`, '/', '/axl/'])
      expect((await harness.ask({ method: 'GET', path, authorization: '' })).status).toBe(401);
  });

  it('takes a session for half an hour from its last request', async () => {
    harness = await ManagementHarness.open();
    const { headers } = await harness.ris(selectRequest());
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^JSESSIONIDSSO=[\w-]{22}; Path=\/; Secure; HttpOnly/);
    const held = { authorization: '', headers: { Cookie: `a=b; ${cookie.split(';')[0]}` }, body: selectRequest() };
    const again = await harness.ask(held);
    expect(again.status).toBe(200);
    expect(again.headers['set-cookie']).toBeUndefined();
    harness.clock.advance(29 * 60_000);
    expect((await harness.ask(held)).status).toBe(200);
    harness.clock.advance(29 * 60_000);
    expect((await harness.ask(held)).status).toBe(200);
    harness.clock.advance(31 * 60_000);
    expect((await harness.ask(held)).status).toBe(401);
  });

  it('keeps the sessions that were used last', async () => {
    harness = await ManagementHarness.open({ limits: { ...MANAGEMENT_LIMITS, requestsPerSecond: 10_000 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const login = async (): Promise<string> => (await ask(agent, { Authorization: BASIC })).cookie;
    const first = await login();
    const second = await login();
    for (let count = 0; count < 997; count += 1) await login();
    expect((await ask(agent, { Cookie: first })).status).toBe(404);
    await login();
    await login();
    expect((await ask(agent, { Cookie: first })).status).toBe(404);
    expect((await ask(agent, { Cookie: second })).status).toBe(401);
    agent.destroy();
  });

  it('compares no passwords of an address after five wrong ones, answers late, and says so once', async () => {
    harness = await ManagementHarness.open();
    const wrong = { authorization: basic('x', 'y') };
    for (let count = 0; count < 4; count += 1) expect((await harness.ask(wrong)).status).toBe(401);
    const late = [harness.ask(wrong), harness.ask({ body: selectRequest() })];
    let answered = 0;
    for (const each of late) void each.then(() => (answered += 1));
    await waitFor(() => harness.clock.armed === 2);
    expect(answered).toBe(0);
    harness.clock.advance(1_000);
    expect((await Promise.all(late)).map(({ status }) => status)).toEqual([401, 401]);
    expect(harness.events.map((event) => ('reason' in event ? event.reason : event.type))).toEqual([
      ...Array.from({ length: 4 }, () => 'the user or the password is wrong'),
      'the user or the password is wrong once more: none of its address is compared for a minute',
    ]);
    harness.clock.advance(60_000);
    expect((await harness.ris(selectRequest())).status).toBe(200);
  });

  it('a session works while passwords of its address are not compared', async () => {
    harness = await ManagementHarness.open();
    const [cookie = ''] = (await harness.ris(selectRequest())).headers['set-cookie'] ?? [];
    for (let count = 0; count < 4; count += 1) await harness.ask({ authorization: basic('x', 'y') });
    const headers = { Cookie: cookie.split(';')[0] ?? '' };
    expect((await harness.ask({ authorization: '', headers, body: selectRequest() })).status).toBe(200);
  });

  it('refuses what pages of other sites send', async () => {
    harness = await ManagementHarness.open();
    const from = async (Origin: string) => (await harness.ask({ headers: { Origin }, body: selectRequest() })).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from(`https://127.0.0.1:${harness.port}`)).toBe(200);
  });
});

interface Asked {
  readonly status: number;
  readonly cookie: string;
}

/** A GET on a connection of the agent. */
const ask = (agent: Agent, headers: Readonly<Record<string, string>>): Promise<Asked> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: harness.port, path: '/', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          cookie: (response.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '',
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });

const waitFor = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((done) => setImmediate(done));
};

describe('requests', () => {
  it.each([
    ['no service', { method: 'POST', path: '/nowhere' }, 404],
    ['a file that AXL does not have', { method: 'GET', path: '/axl/nothing.xsd' }, 404],
    ['a GET that is not for the WSDL', { method: 'GET' }, 405],
    ['a form', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, 415],
    ['a compressed body', { headers: { 'Content-Encoding': 'gzip' } }, 415],
    ['another character set', { headers: { 'Content-Type': 'text/xml; charset=iso-8859-1' } }, 415],
    ['octets that are no UTF-8', { body: Buffer.from([0xff, 0xfe, 0x41]) }, 415],
    ['a body of 2 MB', { body: Buffer.alloc(2_000_000, 0x20) }, 413],
    ['a body of 10 MB', { body: Buffer.alloc(10_000_000, 0x20) }, 413],
  ])('%s', async (_title, options, expected) => {
    harness = await ManagementHarness.open();
    const { status, body } = await harness.ask({ body: selectRequest(), ...options });
    expect(status).toBe(expected);
    expect(body).toContain('<html>');
    expect(harness.events.at(-1)).toMatchObject({ type: 'management.refused', status: expected });
  });

  it.each([
    ['with a final slash', `${RIS_PATH}/`, {}],
    ['in other case', RIS_PATH.toLowerCase(), {}],
    ['without a content type', RIS_PATH, { 'Content-Type': '' }],
    ['with SOAP 1.2’s content type', RIS_PATH, { 'Content-Type': 'application/soap+xml; charset="UTF-8"' }],
    ['with a strange SOAPAction', RIS_PATH, { SOAPAction: '"CUCM:DB ver=9.1"' }],
  ])('are served %s', async (_title, path, headers) => {
    harness = (await ManagementHarness.open()).seenPhones();
    const { status, body, headers: got } = await harness.ask({ path, headers, body: selectRequest() });
    expect(status).toBe(200);
    expect(got['content-type']).toBe('text/xml;charset=UTF-8');
    expect(namesIn(body)).toHaveLength(4);
  });

  it('keep their connection, with a body too', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    for (let count = 0; count < 3; count += 1) {
      const body = selectRequest();
      const status = await new Promise((resolve, reject) => {
        const headers = { Authorization: BASIC, 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
        const options = { host: '127.0.0.1', port: harness.port, path: RIS_PATH, method: 'POST', agent, headers };
        const sent = request(options, (response) => {
          response.resume();
          response.on('end', () => resolve(`${response.statusCode} ${sent.reusedSocket}`));
        });
        sent.on('error', reject);
        sent.end(body);
      });
      expect(status).toBe(`200 ${count > 0}`);
    }
    agent.destroy();
  });

  it('are told with what was asked and how it ended', async () => {
    harness = (await ManagementHarness.open({ rates: { ris: 1, perfmon: undefined } })).seenPhones();
    await harness.ris(selectRequest());
    await harness.ris(selectRequest());
    const about = { type: 'management.asked', address: '127.0.0.1', user: 'labadmin', service: 'RISService70' };
    expect(harness.events).toMatchObject([
      { ...about, operation: 'selectCmDevice', status: 200, devices: 4 },
      { ...about, operation: 'selectCmDevice', status: 500, devices: 0, fault: expect.stringContaining('Exceeded') },
    ]);
  });

  it('a fault inside is told in the trace, and not to the client', async () => {
    harness = await ManagementHarness.open();
    harness.database.devices = () => {
      throw new Error('a secret path');
    };
    const { status, body } = await harness.ris(selectRequest());
    expect(status).toBe(500);
    expect(body).toContain(
      '<faultcode>soapenv:Server</faultcode><faultstring>This server could not answer</faultstring>',
    );
    expect(harness.events[0]).toMatchObject({ type: 'management.refused', reason: 'a secret path' });
  });
});

const bomb = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${selectRequest({ NodeName: '&b;' })}`;
const external = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${selectRequest({ NodeName: '&e;' })}`;
const deep = (levels: number): string => selectRequest({ NodeName: `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}` });
const attributes = Array.from({ length: 65 }, (_, n) => `a${n}="1"`).join(' ');

describe('hostile bodies', () => {
  it.each([
    ['entities in entities', bomb, 'a document type'],
    ['an entity of a file', external, 'a document type'],
    ['an unknown entity', selectRequest({ NodeName: '&x;' }), 'not well-formed'],
    ['20,000 levels', deep(20_000), 'nested more than 64 deep'],
    ['20,000 elements', selectRequest({ NodeName: '<a/>'.repeat(20_000) }), 'more than 10000 elements'],
    ['65 attributes', selectRequest({ NodeName: `<a ${attributes}/>` }), 'more than 64 attributes'],
    ['a processing instruction', `<?xml-stylesheet href="x"?>${selectRequest()}`, 'a processing instruction'],
    ['tags that do not match', '<a><b></a></b>', 'not well-formed'],
    ['a prefix of nobody', '<x:Envelope/>', 'not well-formed'],
    ['another encoding', `<?xml version="1.0" encoding="utf-16"?>${selectRequest()}`, 'another encoding'],
    ['nothing', '', 'not well-formed'],
    ['a megabyte of text', selectRequest({ NodeName: 'x'.repeat(1_000_000) }), undefined],
    ['names of JavaScript', selectRequest({ __proto__x: '1', constructor: '2' }), undefined],
  ])('%s cost their sender a fault, quickly', async (_title, body, words) => {
    harness = (await ManagementHarness.open()).seenPhones();
    const before = performance.now();
    const answer = await harness.ris(body);
    expect(performance.now() - before).toBeLessThan(1_000);
    if (words === undefined) expect(answer.status).toBe(200);
    else {
      expect(answer.status).toBe(500);
      expect(answer.body).toContain('<faultcode>soapenv:Client</faultcode>');
      expect(answer.body).toContain(words);
    }
    expect((await harness.ris(selectRequest())).status).toBe(200);
  });

  it.each([
    [
      'another envelope',
      selectRequest().replace('schemas.xmlsoap.org/soap', 'www.w3.org/2003/05/soap'),
      'VersionMismatch',
    ],
    ['no envelope', '<a/>', 'Client'],
    ['an empty body', selectRequest().replace(/<soap:select.*<\/soap:selectCmDevice>/s, ''), 'Client'],
    [
      'a header that must be understood',
      selectRequest().replace('<soapenv:Header/>', '<soapenv:Header><x soapenv:mustUnderstand="1"/></soapenv:Header>'),
      'MustUnderstand',
    ],
  ])('%s is the fault of SOAP for it', async (_title, body, code) => {
    harness = await ManagementHarness.open();
    const answer = await harness.ris(body);
    expect(answer.status).toBe(500);
    expect(answer.body).toContain(`<faultcode>soapenv:${code}</faultcode>`);
  });

  it('WS-Addressing may be understood', async () => {
    harness = await ManagementHarness.open();
    const header =
      '<soapenv:Header><w:Action xmlns:w="http://www.w3.org/2005/08/addressing" soapenv:mustUnderstand="1">x</w:Action></soapenv:Header>';
    expect((await harness.ris(selectRequest().replace('<soapenv:Header/>', header))).status).toBe(200);
  });
});

describe('connections', () => {
  it('without TLS are told and closed', async () => {
    harness = await ManagementHarness.open();
    const text = await new Promise<string>((resolve) => {
      const socket = connectPlain(harness.port, '127.0.0.1');
      let read = '';
      socket.on('data', (piece) => (read += piece.toString('latin1')));
      socket.on('close', () => resolve(read));
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*this port speaks HTTPS/s);
    await waitFor(() => harness.events.length > 0);
    expect(harness.events).toMatchObject([{ type: 'http.malformed', service: 'Management', address: '127.0.0.1' }]);
    expect((await harness.ris(selectRequest())).status).toBe(200);
  });

  it('of one address are limited before their handshake', async () => {
    harness = await ManagementHarness.open({ limits: { ...MANAGEMENT_LIMITS, connectionsPerSource: 2 } });
    const held = [1, 2].map(() => connectPlain(harness.port, '127.0.0.1'));
    await waitFor(() => harness.connections === 2);
    await expect(harness.ris(selectRequest())).rejects.toThrow(/socket|ECONN/);
    for (const socket of held) socket.destroy();
    await waitFor(() => harness.connections === 0);
    expect((await harness.ris(selectRequest())).status).toBe(200);
  });
});
