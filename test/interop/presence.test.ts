// Busy lamps and waiting messages, as programs that others wrote see them: sipp subscribes, tshark reads every NOTIFY.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import { systemClock } from '../../src/net/system-clock.js';
import { sipCallLab } from '../sip/calls/call-harness.js';
import type { SipPhone } from '../sip/calls/sip-phone.js';
import { plain } from '../sip/phones.js';
import { type Node, openNode } from '../sip/sockets.js';
import { eventually } from '../support/daemon.js';
import { aDevice } from '../support/devices.js';
import { pcapOf } from '../support/pcap.js';

const run = promisify(execFile);
const WATCHED = '6001' as DirectoryNumber;
const WATCHERS = 20;

let folder: string;
let node: Node;
/** By event: how many NOTIFYs were sent. */
const told = new Map<string, number>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-presence-'));
  node = await openNode([aDevice('WATCHED', { protocol: 'SIP', lines: [WATCHED] })]);
  node.bus.on('sip.sent', ({ name, text }) => {
    const event = /^Event: (\S+)\r$/m.exec(text)?.[1] ?? '';
    if (name === 'NOTIFY') told.set(event, (told.get(event) ?? 0) + 1);
  });
});
afterAll(async () => {
  await node.close();
  rmSync(folder, { recursive: true });
});

/** What phones say besides: over UDP they are sent three times the octets that came from them. */
const WORDS = `User-Agent: sipp as a phone of another maker
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, SUBSCRIBE, INFO, MESSAGE, UPDATE, REFER, PRACK
Supported: replaces, norefersub, timer, 100rel, path, outbound, gruu
X-Room: ${'x'.repeat(200)}`;

const subscribe = (event: string, cseq: number, expires: number, to: string): string => `
  <send retrans="500"><![CDATA[
SUBSCRIBE sip:${WATCHED}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:watcher[call_number]@[remote_ip]>;tag=[pid]w[call_number]
To: <sip:${WATCHED}@[remote_ip]>${to}
Call-ID: [call_id]
CSeq: ${cseq} SUBSCRIBE
Contact: <sip:watcher[call_number]@[local_ip]:[local_port]>
Event: ${event}
Expires: ${expires}
${WORDS}
Content-Length: 0

  ]]></send>
  <recv response="200" rtd="true"><action><ereg regexp=";tag=[^;\\r\\n]*" search_in="hdr" header="To:" check_it="true" assign_to="tag"/></action></recv>`;

/** A NOTIFY, in which that is to stand, and its answer. */
const notified = (expected: string): string => `
  <recv request="NOTIFY"><action><ereg regexp="${expected}" search_in="msg" check_it="true" assign_to="seen"/></action></recv>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>`;

const scenario = (event: string, first: string, then: string): string => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="watch">${subscribe(event, 1, 600, '')}${notified(first)}${notified(then)}${subscribe(event, 2, 0, '[$tag]')}${notified('terminated;reason=timeout')}
  <Reference variables="seen"/>
</scenario>`;

const sipp = async (event: string, first: string, then: string): Promise<void> => {
  const file = join(folder, `${event}.xml`);
  writeFileSync(file, scenario(event, first, then));
  const errors = join(folder, `${event}.log`);
  await run('sipp', [
    ...['-sf', file, '-t', 'u1', '-m', String(WATCHERS), '-r', '100', '-l', String(WATCHERS), '-i', '127.0.0.1'],
    ...['-nostdin', '-timeout', '30', '-timeout_error', '-trace_err', '-error_file', errors],
    `127.0.0.1:${node.udp}`,
  ]);
};

/** Resolves when all have subscribed and were told of it. */
const areSubscribed = (event: string): Promise<void> =>
  eventually(() => expect(told.get(event) ?? 0).toBeGreaterThanOrEqual(WATCHERS));

/** Its phone registers. */
const register = (): void => {
  const attempt = {
    name: 'WATCHED',
    protocol: 'SIP',
    transport: 'tcp',
    address: '127.0.0.9',
    port: 5060,
    link: 0,
    typeId: 30_016,
    mac: undefined,
    protocolVersion: undefined,
    load: '',
    ownAddress: undefined,
    dn: WATCHED,
    peer: undefined,
  } as const;
  const result = node.database.register(attempt, systemClock.now());
  if (!result.accepted) throw new Error(result.reason);
  node.database.bindLines(result.registration, [WATCHED], systemClock.now());
};

describe('sipp', () => {
  it('is told of presence at once and when the phone registers, and says farewell', async () => {
    const watching = sipp('presence', 'basic.closed', 'basic.open');
    await areSubscribed('presence');
    register();
    await watching;
    expect(node.failures).toEqual([]);
  });

  it('is told of messages at once and when they come', async () => {
    const watching = sipp('message-summary', 'Messages-Waiting: no', 'Voice-Message: 3/1');
    await areSubscribed('message-summary');
    node.database.messages.set(WATCHED, { waiting: true, new: 3, old: 1 }, 'api', systemClock.now());
    await watching;
    expect(node.failures).toEqual([]);
  });
});

it('tshark finds nothing malformed in what watchers are told of a call, and reads its XML', async () => {
  const lab = await sipCallLab([{ dn: '1000', name: 'Ann "<&>" É' }, { dn: '1001' }, { dn: '1002', isCisco: false }]);
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  const sent: Buffer[] = [];
  const take = (): void => {
    lab.clock.advance(300);
    sent.push(...c.peer.take().map(({ bytes }) => bytes));
  };
  for (const event of ['presence', 'dialog', 'message-summary'])
    for (const dn of ['1000', '1001'])
      sent.push(
        ...c.peer
          .ask(
            plain('SUBSCRIBE', '1002', {
              ...{ transport: 'TCP', expires: '600', uri: `sip:${dn}@10.10.210.10`, callId: `${event}${dn}` },
              headers: [`Event: ${event}`],
            }),
          )
          .map(({ bytes }) => bytes),
      );
  a.invite('1001', a.sdp());
  take();
  const [invite] = b.take();
  if (invite === undefined) throw new Error('no INVITE');
  b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000 }) });
  take();
  const now = lab.clock.now();
  lab.harness.database.messages.set('1001' as DirectoryNumber, { waiting: true, new: 2, old: 0 }, 'api', now);
  take();
  const notifies = sent.filter((bytes) => bytes.toString('latin1').startsWith('NOTIFY'));
  expect(notifies.length).toBeGreaterThanOrEqual(12);
  const file = join(folder, 'notifies.pcap');
  writeFileSync(
    file,
    pcapOf(
      sent.map((bytes) => ({ fromServer: true, bytes })),
      5060,
    ),
  );
  const tshark = (...more: string[]): string[] =>
    execFileSync('tshark', ['-r', file, '-o', 'tcp.check_checksum:FALSE', ...more], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter((line) => line !== '');
  expect(tshark('-Y', '_ws.malformed || _ws.expert.severity >= 6291456')).toEqual([]);
  expect(tshark('-Y', 'sip.Method == "NOTIFY"').length).toBe(notifies.length);
  // It reads PIDF by itself; the documents of RFC 4235 are given to another reader of XML.
  expect(tshark('-Y', 'xml').length).toBeGreaterThan(0);
  const documents = notifies.map((bytes) => bytes.toString('latin1')).filter((text) => text.includes('<dialog-info'));
  const states = documents.map((text, index) => {
    const document = join(folder, `dialogs${index}.xml`);
    writeFileSync(document, text.slice(text.indexOf('<?xml')), 'latin1');
    const read =
      "import sys,xml.etree.ElementTree as e;print(*[s.text for s in e.parse(sys.argv[1]).iter() if s.tag.endswith('state')])";
    return execFileSync('python3', ['-c', read, document], { encoding: 'utf8' }).trim();
  });
  for (const state of ['terminated', 'early', 'confirmed']) expect(states).toContain(state);
});
