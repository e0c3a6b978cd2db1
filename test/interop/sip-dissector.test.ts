// What the service sends, as Wireshark reads it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sipHarness } from '../sip/harness.js';
import { authorization, BULK_BODY, BULK_HEADERS, ciscoRegister, plain } from '../sip/phones.js';
import { aDevice } from '../support/devices.js';
import { pcapOf } from '../support/pcap.js';

const PORT = 5060;
const EVENTS = ['message-summary', 'presence', 'dialog', 'kpml', 'service-control', 'as-feature-event'];

/** One of everything that the service sends over a stream. */
const everything = async (): Promise<Buffer[]> => {
  const stamps = { config: '1-a', dialplan: '', softkey: '2-b', featureControl: '' };
  const { tcp, server } = await sipHarness(
    [
      aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] }),
      aDevice('SOFT', { protocol: 'SIP', lines: ['6001'] }),
      aDevice('AUTH', { protocol: 'SIP', lines: ['7001'], digest: { user: 'u', password: 'p' } }),
    ],
    { stamps },
  );
  const peer = tcp();
  const sent: Buffer[] = [];
  const phone = {
    ask: (words: string) => {
      const answers = peer.ask(words);
      sent.push(...answers.map(({ bytes }) => bytes));
      return answers;
    },
  };
  const over = { transport: 'TCP' } as const;
  phone.ask(ciscoRegister({ body: BULK_BODY, headers: BULK_HEADERS }));
  phone.ask(ciscoRegister({ cseq: 102 }));
  for (const command of ['reset', 'restart', 'apply'] as const) server.command('SEP005056A1033D', command);
  for (const event of EVENTS)
    phone.ask(plain('SUBSCRIBE', '5005', { ...over, callId: event, headers: [`Event: ${event}`], expires: '600' }));
  phone.ask(plain('SUBSCRIBE', '5005', { ...over, callId: 'none', headers: ['Event: none'] }));
  phone.ask(plain('REGISTER', '6001', over));
  const challenge = phone.ask(plain('REGISTER', '7001', over)).at(-1);
  phone.ask(
    plain('REGISTER', '7001', { ...over, cseq: 2, headers: [authorization(challenge, 'u', 'p', 'sip:10.10.210.10')] }),
  );
  for (const method of ['OPTIONS', 'INVITE', 'BYE', 'REFER', 'MESSAGE', 'UNHEARDOF'])
    phone.ask(plain(method, '5005', { ...over, callId: method }));
  phone.ask(plain('INVITE', '5005', { ...over, callId: 'body', headers: ['Content-Type: text/html'], body: 'x' }));
  phone.ask(plain('PUBLISH', '5005', { ...over, headers: ['Event: presence'] }));
  phone.ask(ciscoRegister({ cseq: 103, expires: '10' }));
  phone.ask(ciscoRegister({ cseq: 104, headers: ['Require: magic'] }));
  phone.ask(ciscoRegister({ cseq: 50 }));
  phone.ask(ciscoRegister({ device: 'SEP0000DEADBEEF' }));
  phone.ask(ciscoRegister({ device: 'SEP005056A1033D', model: 7, callId: 'model' }));
  phone.ask(ciscoRegister({ cseq: 105, expires: '0' }));
  phone.ask(ciscoRegister({ cseq: 106, model: 621 }));
  return sent;
};

it('tshark finds nothing malformed in any message that the service sends', async () => {
  const messages = await everything();
  const folder = mkdtempSync(join(tmpdir(), 'labcm-dissect-'));
  const file = join(folder, 'sent.pcap');
  writeFileSync(
    file,
    pcapOf(
      messages.map((bytes) => ({ fromServer: true, bytes })),
      PORT,
    ),
  );
  const tshark = (...more: string[]): string[] =>
    execFileSync('tshark', ['-r', file, '-o', 'tcp.check_checksum:FALSE', ...more], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter((line) => line !== '');
  const read = tshark('-Y', 'sip', '-T', 'fields', '-e', 'sip.Status-Code', '-e', 'sip.Method', '-e', 'sip.CSeq.seq');
  expect(read).toHaveLength(messages.length);
  const statuses = new Set(read.map((line) => line.split('\t')[0]));
  for (const status of [
    '100',
    '200',
    '401',
    '404',
    '405',
    '415',
    '420',
    '423',
    '480',
    '481',
    '485',
    '489',
    '500',
    '501',
  ])
    expect(statuses).toContain(status);
  expect(tshark('-Y', '_ws.malformed || _ws.expert.severity == "Error" || _ws.unreassembled')).toEqual([]);
  // Every message ends where it says: nothing of a frame is left over.
  expect(tshark('-Y', 'sip && tcp.len > 0 && data')).toEqual([]);
  rmSync(folder, { recursive: true });
});
