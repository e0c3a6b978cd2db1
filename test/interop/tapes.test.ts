// The registration of a phone that others wrote, on tape: recorded of the daemon and of a capture, played again, and compared.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTape } from '../../src/tapes/tape-format.js';
import { eventually } from '../support/daemon.js';
import { program } from '../support/program.js';
import { linesOf } from '../support/tapes.js';
import { Baresip } from './support/baresip.js';
import { CALLERS, CallDaemon, DAEMON, deviceName } from './support/call-daemon.js';
import { tshark } from './support/capture.js';

let daemon: CallDaemon;
beforeAll(async () => {
  daemon = await CallDaemon.start([{ dn: '6001' }], '{}\ncapture: { devices: all }');
});
afterAll(() => daemon.stop());

const at = (name: string): string => join(daemon.folder, name);
const linesIn = (name: string): readonly string[] => {
  const tape = readTape(readFileSync(at(name), 'utf8'));
  if ('found' in tape) throw new Error(tape.found);
  return linesOf(tape);
};

it('baresip registers on a tape, which is played to the daemon again and differs from itself in nothing', async () => {
  const [device, api] = [deviceName('6001'), `http://127.0.0.1:${daemon.port('API', 'tcp')}`];
  await Baresip.start(daemon, { dn: '6001', address: CALLERS[0], plays: 425 });
  const kept = ['record', device, '--until', 'kept', '--api', api, '-o'];
  await eventually(async () => expect(await program([...kept, at('daemon.tape.jsonl')])).toMatchObject({ code: 0 }));
  expect(linesIn('daemon.tape.jsonl')).toEqual(expect.arrayContaining(['phone REGISTER', 'server 200']));

  const pcap = await program(['pcap', device, '--redact', '--api', api, '-o', at('boot.pcapng')]);
  expect([pcap.code, pcap.err]).toEqual([0, expect.anything()]);
  const methods = tshark(
    ...['-r', at('boot.pcapng'), '-d', `udp.port==${daemon.port('SIP', 'udp')},sip`],
    ...['-Y', 'sip.Method == "REGISTER"', '-T', 'fields', '-e', 'sip.Method'],
  );
  expect(methods).toContain('REGISTER');
  const from = ['record', device, '--from', at('boot.pcapng'), '-o', at('capture.tape.jsonl')];
  expect(await program(from)).toMatchObject({ code: 0 });
  expect(linesIn('capture.tape.jsonl')).toEqual(linesIn('daemon.tape.jsonl'));
  expect(await program(['diff', at('daemon.tape.jsonl'), at('capture.tape.jsonl')])).toMatchObject({
    code: 0,
    out: 'no difference\n',
  });

  const port = String(daemon.port('SIP', 'udp'));
  const where = ['--server', DAEMON, '--address', CALLERS[1], '--sip-port', port];
  const played = await program([
    ...['replay', at('capture.tape.jsonl'), '--fast', '--wait', '1s', ...where],
    ...['-o', at('played.tape.jsonl')],
  ]);
  expect([played.err, played.out, played.code]).toEqual(['', expect.anything(), 0]);
  expect(await program(['diff', at('capture.tape.jsonl'), at('played.tape.jsonl')])).toMatchObject({ code: 0 });
});
