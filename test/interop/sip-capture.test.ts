// Dialogues with a whole daemon over UDP and TCP, captured on the loopback as they happen: registrations, subscriptions,
// commands given through the API and refusals. Wireshark reads every packet and finds nothing malformed in any.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID } from '../../src/sip/message/headers.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { authorization, BULK_BODY, BULK_HEADERS, ciscoRegister, plain } from '../sip/phones.js';
import { type Client, streamClient, udpClient } from '../sip/sockets.js';
import { TestDaemon } from '../support/daemon.js';
import { captured, tshark } from './support/capture.js';

const SERVER = '127.0.0.1';
const DEVICES = `
devices:
  - { name: SEP0011223344B1, model: "7821", protocol: SIP, lines: [{ dn: "6101" }, { dn: "6102" }] }
  - { name: SEP0011223344B2, model: "7821", protocol: SIP, lines: [{ dn: "6201" }, { dn: "6202" }] }
  - { name: SOFT1, model: "Third-party SIP Device (Basic)", protocol: SIP, lines: [{ dn: "6301" }], digest: { user: soft1, password: secret } }
  - { name: SOFT2, model: "Third-party SIP Device (Basic)", protocol: SIP, lines: [{ dn: "6302" }], digest: { user: soft2, password: secret } }
`;

type Transport = 'udp' | 'tcp';
const TRANSPORTS = { udp: { desk: 'B1', dn: '6101', soft: '1' }, tcp: { desk: 'B2', dn: '6201', soft: '2' } } as const;
const EVENTS = ['message-summary', 'presence', 'dialog', 'kpml', 'service-control', 'unheard-of'];

const daemon = new TestDaemon();
const folder = mkdtempSync(join(tmpdir(), 'labcm-sip-capture-'));
const file = join(folder, 'sip.pcapng');
const ports: Record<Transport, number> = { udp: 0, tcp: 0 };

/** Everything that this server says to phones, once. */
const dialogues = async (transport: Transport): Promise<void> => {
  const { desk, dn, soft } = TRANSPORTS[transport];
  const client: Client = await (transport === 'udp' ? udpClient(ports.udp) : streamClient(ports.tcp));
  const words = {
    transport: transport === 'udp' ? 'UDP' : 'TCP',
    sentBy: SERVER,
    port: client.local.port,
    server: SERVER,
  } as const;
  const device = `SEP0011223344${desk}`;
  const say = (text: string): void => client.send(Buffer.from(text));
  const ask = async (text: string): Promise<SipMessage | undefined> => {
    say(text);
    return client.mailbox.next(({ status }) => status >= 200);
  };
  /** The server's next request, which is answered. */
  const hears = async (method: string): Promise<SipMessage> => {
    const request = await client.mailbox.next((message) => message.method === method);
    if (request === undefined) throw new Error(`no ${method} over ${transport}`);
    const echoed = (['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const).map(
      (name) => `${name}: ${request.text(ID[name])}`,
    );
    say(['SIP/2.0 200 OK', ...echoed, 'Content-Length: 0', '', ''].join('\r\n'));
    return request;
  };

  // A desk phone: all lines at once, its lamps and stamps, a refresh.
  const own = { ...words, device, dn, model: 621, callId: `desk-${transport}` };
  const first = await ask(ciscoRegister({ ...own, body: BULK_BODY, headers: BULK_HEADERS }));
  expect(first?.status).toBe(200);
  await hears('REFER');
  expect((await ask(ciscoRegister({ ...own, cseq: 102 })))?.status).toBe(200);
  for (const event of EVENTS) {
    const answer = await ask(
      plain('SUBSCRIBE', dn, {
        ...words,
        callId: `${event}-${transport}`,
        headers: [`Event: ${event}`],
        expires: '600',
      }),
    );
    expect([event, answer?.status]).toEqual([event, event === 'unheard-of' ? 489 : 200]);
    if (event !== 'unheard-of') await hears('NOTIFY');
  }
  for (const command of ['apply', 'restart', 'reset']) {
    const done = await fetch(daemon.url(`/api/devices/${device}/${command}`), { method: 'POST' });
    expect(done.status).toBe(202);
    const notify = await hears('NOTIFY');
    expect(notify.body.toString()).toContain(`RegisterCallId={desk-${transport}}`);
  }

  // A soft phone proves itself, and is told of its mailbox.
  const softDn = `630${soft}`;
  const softWords = { ...words, callId: `soft-${transport}` };
  const challenge = await ask(plain('REGISTER', softDn, { ...softWords, expires: '300' }));
  expect(challenge?.status).toBe(401);
  const proof = authorization(challenge, `soft${soft}`, 'secret', `sip:${SERVER}`);
  expect(
    (await ask(plain('REGISTER', softDn, { ...softWords, cseq: 2, headers: [proof], expires: '300' })))?.status,
  ).toBe(200);
  await hears('NOTIFY');

  // What is refused, and what is answered besides.
  const others = [
    [plain('OPTIONS', dn, { ...words, callId: 'options' }), 200],
    [plain('INVITE', dn, { ...words, callId: 'invite', headers: ['Content-Type: application/sdp'] }), undefined],
    [plain('PUBLISH', dn, { ...words, callId: 'publish', headers: ['Event: presence'] }), 200],
    [ciscoRegister({ ...words, device: 'SEP0011223344FF', callId: 'nobody' }), 404],
    [ciscoRegister({ ...own, cseq: 103, expires: '5' }), 423],
    [ciscoRegister({ ...own, cseq: 104, headers: ['Require: magic'] }), 420],
    [ciscoRegister({ ...own, cseq: 105, expires: '0' }), 200],
    [ciscoRegister({ ...own, callId: 'model', model: 7 }), 485],
  ] as const;
  for (const [text, status] of others) {
    const answer = await ask(text);
    if (status !== undefined) expect([text.slice(0, 40), answer?.status]).toEqual([text.slice(0, 40), status]);
  }
  await client.close();
};

beforeAll(async () => {
  daemon.configure(DEVICES);
  await daemon.start();
  for (const transport of ['udp', 'tcp'] as const) ports[transport] = daemon.endpoint('SIP', transport).port;
  await captured(file, `udp port ${ports.udp} or tcp port ${ports.tcp}`, async () => {
    for (const transport of ['udp', 'tcp'] as const) await dialogues(transport);
  });
});
afterAll(async () => {
  await daemon.remove();
  rmSync(folder, { recursive: true, force: true });
});

const read = (filter: string, ...names: readonly string[]): string[] =>
  tshark(
    ...['-r', file, '-d', `udp.port==${ports.udp},sip`, '-d', `tcp.port==${ports.tcp},sip`, '-Y', filter],
    ...(names.length === 0 ? [] : ['-T', 'fields', ...names.flatMap((name) => ['-e', name])]),
  )
    .split('\n')
    .filter((line) => line !== '');

describe.each(['udp', 'tcp'] as const)('what the daemon says over %s', (transport) => {
  const said = (filter: string, ...names: readonly string[]): string[] =>
    read(`${transport}.srcport == ${ports[transport]} && ${filter}`, ...names).flatMap((line) => line.split(','));

  it('is SIP to its last octet, with nothing malformed', () => {
    expect(said('(_ws.malformed || _ws.unreassembled || _ws.expert.severity >= 0x00800000)')).toEqual([]);
    expect(said('data')).toEqual([]);
    if (transport === 'udp') expect(said('!sip')).toEqual([]);
  });

  it('holds every answer and request of the dialogues', () => {
    const methods = said('sip.Method', 'sip.Method');
    expect(methods.filter((method) => method === 'NOTIFY').length).toBeGreaterThanOrEqual(EVENTS.length - 1 + 3 + 1);
    expect(methods).toContain('REFER');
    const statuses = new Set(said('sip.Status-Code', 'sip.Status-Code'));
    for (const status of ['100', '200', '401', '404', '420', '423', '485', '489']) expect(statuses).toContain(status);
    const events = new Set(said('sip.Event', 'sip.Event'));
    for (const event of ['message-summary', 'presence', 'dialog', 'kpml', 'service-control'])
      expect(events).toContain(event);
  });

  it('gives bodies that their own dissectors read', () => {
    const types = new Set(said('sip.Content-Type', 'sip.Content-Type').map((type) => type.replace(/;.*/, '')));
    for (const type of ['multipart/mixed', 'text/plain', 'application/pidf+xml', 'application/dialog-info+xml'])
      expect(types).toContain(type);
  });
});
