// Makes tapes of the captured conversations, which the project does not carry.

import { MessageFramer } from '../../src/tapes/replay/message-framer.js';
import type { Tape } from '../../src/tapes/tape.js';
import { tapedPhoneOf } from '../../src/tapes/taped-phone.js';
import { capturedBytes, capturedHex, capturedJson } from './fixtures.js';
import { capturedStreams } from './sccp-captures.js';
import { type WrittenMessage, writtenTape } from './tapes.js';

const sideOf = (direction: string): 'phone' | 'server' => (direction === 'phone-to-server' ? 'phone' : 'server');

/** The tape with the name by which its phone registers. */
const named = (tape: Tape): Tape => {
  const { names, protocol, model } = tapedPhoneOf(tape.messages);
  return { ...tape, header: { ...tape.header, device: names[0] ?? tape.header.device, protocol, model } };
};

/** A whole SCCP connection, by the id of its fixture. */
export const streamTape = (id: string): Tape => {
  const stream = capturedStreams().find((one) => one.id === id);
  if (stream === undefined) throw new Error(`no stream ${id}`);
  const framers = { phone: new MessageFramer('sccp'), server: new MessageFramer('sccp') };
  return named(
    writtenTape(
      stream.segments.flatMap(({ direction, hex }): readonly WrittenMessage[] => {
        const from = sideOf(direction);
        return framers[from].push(Buffer.from(hex, 'hex')).map((octets) => ({ from, octets }));
      }),
    ),
  );
};

/** Requests of a SIP phone, each with what CUCM answered. */
export const sipTape = (
  pairs: readonly (readonly [request: string, ...answers: string[]])[],
  {
    transport = 'tcp',
    phone,
    server,
  }: { readonly transport?: 'udp' | 'tcp'; readonly phone: string; readonly server: string },
): Tape =>
  named(
    writtenTape(
      pairs.flatMap(([request, ...answers]): readonly WrittenMessage[] => [
        { from: 'phone', octets: capturedBytes(`sip/${request}`) },
        ...answers.map((answer) => ({ from: 'server', octets: capturedBytes(`sip/${answer}`) }) as const),
      ]),
      { protocol: 'sip', transport, phone, server },
    ),
  );

interface LadderMessage {
  readonly file: string;
  readonly at: number;
  readonly frm: string;
  readonly to: string;
}

/** What one phone of a captured call said and heard, after `before`. */
export const ladderTape = (
  ladder: string,
  role: string,
  {
    phone,
    server,
    before,
  }: { readonly phone: string; readonly server: string; readonly before: readonly WrittenMessage[] },
): Tape => {
  const { ladders } = capturedJson<{
    readonly ladders: readonly { readonly ladder: string; readonly messages: readonly LadderMessage[] }[];
  }>('calls/index.json');
  const messages = ladders.find((one) => one.ladder === ladder)?.messages ?? [];
  return named(
    writtenTape(
      [
        ...before,
        ...messages
          .filter(({ frm, to }) => frm === role || to === role)
          .map(({ file, frm, at }) => ({
            from: frm === role ? ('phone' as const) : ('server' as const),
            octets: capturedBytes(`calls/${file}`),
            at: 1_000 + Math.round(at * 1_000),
          })),
      ],
      { protocol: 'sip', phone, server },
    ),
  );
};

/** DHCP messages by their fixtures. */
export const dhcpTape = (rows: readonly (readonly ['phone' | 'server', name: string])[]): Tape =>
  writtenTape(
    rows.map(([from, name]) => ({ from, octets: capturedHex(`provisioning/dhcp/${name}.hex`) })),
    { protocol: 'dhcp', transport: 'udp', phone: '0.0.0.0:68', server: '10.10.210.10:67' },
  );

/** Requests for files by TFTP, each a transfer, and what was answered. */
export const tftpTape = (rows: readonly (readonly [request: string, answer?: string])[]): Tape =>
  writtenTape(
    rows.flatMap(([request, answer], conversation): readonly WrittenMessage[] => [
      { from: 'phone', octets: capturedHex(`provisioning/tftp/${request}.hex`), conversation },
      ...(answer === undefined
        ? []
        : [{ from: 'server', octets: capturedHex(`provisioning/tftp/${answer}.hex`), conversation } as const]),
    ]),
    { protocol: 'tftp', transport: 'udp', phone: '10.10.210.200:49152', server: '10.10.210.10:69' },
  );
