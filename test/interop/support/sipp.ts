// sipp as a phone that does what a file of `sipp/` says, and fails where it meets anything else.

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CallDaemon, DAEMON } from './call-daemon.js';

const run = promisify(execFile);
const SCENARIOS = new URL('sipp/', import.meta.url);

export interface SippPhone {
  readonly dn: string;
  readonly address: string;
  readonly port: number;
  /** Where it says that it receives RTP. */
  readonly rtp: number;
}

/** Registers the phone over UDP, for two minutes at least. The answer to what that brings proves its address (`sip.md` §8). */
export const register = async (daemon: CallDaemon, { dn, address, port }: SippPhone): Promise<void> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(port, address, resolve));
  const proved = new Promise<void>((resolve) => {
    socket.on('message', (bytes, from) => {
      const message = bytes.toString('latin1');
      if (!message.startsWith('NOTIFY ')) return;
      const headers = message.match(/^(Via|From|To|Call-ID|CSeq):.*\r\n/gm)?.join('');
      socket.send(`SIP/2.0 200 OK\r\n${headers}Content-Length: 0\r\n\r\n`, from.port, from.address, () => resolve());
    });
  });
  const server = daemon.port('SIP', 'udp');
  socket.send(
    [
      `REGISTER sip:${DAEMON} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${dn}`,
      `From: <sip:${dn}@${DAEMON}>;tag=${dn}`,
      `To: <sip:${dn}@${DAEMON}>`,
      `Call-ID: ${dn}@${address}`,
      'CSeq: 1 REGISTER',
      'Max-Forwards: 70',
      `Contact: <sip:${dn}@${address}:${port}>`,
      'Expires: 3600',
      'User-Agent: a phone that writes as much as common ones do, since it is sent no more than three times as much',
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE, SUBSCRIBE, NOTIFY, PRACK, UPDATE, REFER',
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n'),
    server,
    DAEMON,
  );
  await daemon.registered(dn);
  await proved;
  socket.close();
};

/**
 * Runs a scenario once. `dials`: the number that a caller calls. `values`: what `{{name}}` in the file stands for. Rejects with
 * what sipp found wrong.
 */
export const scenario = async (
  daemon: CallDaemon,
  phone: SippPhone,
  file: string,
  dials: string,
  values: Readonly<Record<string, string | number>>,
): Promise<void> => {
  const { dn, address, port, rtp } = phone;
  const folder = daemon.folderFor(`sipp-${file}-${Date.now()}`);
  const text = readFileSync(new URL(`${file}.xml`, SCENARIOS), 'utf8');
  writeFileSync(
    join(folder, 'scenario.xml'),
    text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name])),
  );
  const messages = join(folder, 'messages.log');
  try {
    await run(
      'sipp',
      [
        ...['-sf', 'scenario.xml', '-t', 'u1', '-m', '1', '-nostdin', '-timeout', '20', '-timeout_error'],
        ...['-i', address, '-p', String(port), '-mi', address, '-mp', String(rtp), '-s', dials, '-key', 'caller', dn],
        ...['-trace_err', '-error_file', 'errors.log', '-trace_msg', '-message_file', messages],
        `${DAEMON}:${daemon.port('SIP', 'udp')}`,
      ],
      { cwd: folder, env: { ...process.env, TERM: 'dumb' } },
    );
  } catch (error) {
    throw new Error(`${file} failed:\n${readFileSync(messages, 'utf8')}`, { cause: error });
  }
};

/** One phone calls another, each as its file says. */
export const callBetween = async (
  daemon: CallDaemon,
  [caller, callerFile]: readonly [SippPhone, string],
  [called, calledFile]: readonly [SippPhone, string],
  values: Readonly<Record<string, string | number>> = {},
): Promise<void> => {
  const far = ({ address, rtp }: SippPhone) => ({
    ...values,
    farAddress: address.replaceAll('.', '\\.'),
    farPort: rtp,
  });
  await Promise.all([
    scenario(daemon, called, calledFile, called.dn, far(caller)),
    scenario(daemon, caller, callerFile, called.dn, far(called)),
  ]);
  await daemon.quiet();
};
