// Makes tapes of the captured conversations, which the project does not carry.

import { MessageFramer } from '../../src/tapes/replay/message-framer.js';
import type { Tape } from '../../src/tapes/tape.js';
import { tapedPhoneOf } from '../../src/tapes/taped-phone.js';
import { capturedBytes, capturedHex, capturedJson } from './fixtures.js';
import { capturedStreams } from './sccp-captures.js';
import { type WrittenMessage, type WrittenTape, writtenTape } from './tapes.js';

const sideOf = (direction: string): 'phone' | 'server' => (direction === 'phone-to-server' ? 'phone' : 'server');

/** The tape with the name by which its phone registers. */
const named = (tape: Tape): Tape => {
  const { names, protocol, model } = tapedPhoneOf(tape.messages);
  return { ...tape, header: { ...tape.header, device: names[0] ?? tape.header.device, protocol, model } };
};

/** A whole SCCP connection, by the id of its fixture. */
export const streamTape = (id: string, ends: Pick<WrittenTape, 'phone' | 'server'> = {}): Tape => {
  const stream = capturedStreams().find((one) => one.id === id);
  if (stream === undefined) throw new Error(`no stream ${id}`);
  const framers = { phone: new MessageFramer('sccp'), server: new MessageFramer('sccp') };
  return named(
    writtenTape(
      stream.segments.flatMap(({ direction, hex }): readonly WrittenMessage[] => {
        const from = sideOf(direction);
        return framers[from].push(Buffer.from(hex, 'hex')).map((octets) => ({ from, octets }));
      }),
      ends,
    ),
  );
};

/** Where the model stands in a RegisterReq, and a model that is served. */
const DEVICE_TYPE_AT = 40;
const MODEL_7960 = 7;

/** CallManager 2 registered a 30 VIP, which is not served: here it calls itself a 7960. */
export const as7960 = (tape: Tape): Tape => ({
  ...tape,
  messages: tape.messages.map((message) => {
    if (message.name !== 'RegisterReqMessage') return message;
    const octets = Buffer.from(message.octets);
    octets.writeUInt32LE(MODEL_7960, DEVICE_TYPE_AT);
    return { ...message, octets };
  }),
});

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

/** One phone of a captured call. */
export interface CapturedPart {
  /** All that it said and heard. */
  readonly whole: Tape;
  /** What of it is played. */
  readonly played: Tape;
}

/** When the captured call begins, behind what comes before it; milliseconds. */
const CALL_AT = 1_000;

/** The time of a message of a call. No two have the same. */
const timeOf = (at: number, index: number): number => CALL_AT + Math.round(at * 1_000) + index / 1_000;

/** One phone of a ladder, after `before`. `unplayed`: of the names of files. */
export const ladderPart = (
  ladder: string,
  role: string,
  {
    phone,
    server,
    before,
    unplayed,
  }: {
    readonly phone: string;
    readonly server: string;
    readonly before: readonly WrittenMessage[];
    readonly unplayed: RegExp | undefined;
  },
): CapturedPart => {
  const { ladders } = capturedJson<{
    readonly ladders: readonly { readonly ladder: string; readonly messages: readonly LadderMessage[] }[];
  }>('calls/index.json');
  const all = ladders.find((one) => one.ladder === ladder)?.messages ?? [];
  const messages = all
    .map((message, index) => ({ ...message, at: timeOf(message.at, index), name: message.file.replace(/^.*\//, '') }))
    .filter(({ frm, to }) => frm === role || to === role);
  const tapeOf = (of: typeof messages): Tape =>
    named(
      writtenTape(
        [
          ...before,
          ...of.map(({ file, frm, at }) => ({
            from: frm === role ? ('phone' as const) : ('server' as const),
            octets: capturedBytes(`calls/${file}`),
            at,
          })),
        ],
        { protocol: 'sip', phone, server },
      ),
    );
  return { whole: tapeOf(messages), played: tapeOf(messages.filter(({ name }) => unplayed?.test(name) !== true)) };
};

interface CapturedRow {
  /** Absent in the fixture: only the order is known, and the rows are a second apart. */
  readonly at: number;
  readonly device: string;
  readonly direction: string;
  readonly message: string;
  readonly octets: number;
  readonly hex?: string;
}

/** The messages of a captured SCCP call that a device said and heard, with the times of a tape. */
export const sccpCallRows = (call: string, device: string): readonly CapturedRow[] =>
  capturedJson<{ readonly messages: readonly (Omit<CapturedRow, 'at'> & { readonly at?: number })[] }>(
    `calls/sccp/${call}.json`,
  )
    .messages.map((row, index) => ({ ...row, at: timeOf(row.at ?? index, index) }))
    .filter((row) => row.device === device);

/** What the phone says is played, and of what the server says all but `unsaid`: nobody waits for that. */
const playedPart = (whole: Tape, unsaid: RegExp): CapturedPart => ({
  whole,
  played: { ...whole, messages: whole.messages.filter(({ from, name }) => from === 'phone' || !unsaid.test(name)) },
});

/** One phone of a call that is on a whole connection, which has no times: the rows of the call have them. */
export const streamPart = (
  stream: Tape,
  rows: readonly CapturedRow[],
  { registered, unsaid }: { readonly registered: string; readonly unsaid: RegExp },
): CapturedPart => {
  const begin = stream.messages.findIndex(({ name }) => name === registered) + 1;
  const end = (rows.at(-1)?.at ?? 0) + 1;
  const messages = stream.messages.map((message, index) => ({
    ...message,
    at: index < begin ? index : (rows[index - begin]?.at ?? end + index),
  }));
  return playedPart({ ...stream, messages }, unsaid);
};

/** One phone of a call whose rows are all that there is. A row without octets has its name alone. */
export const rowsPart = (
  rows: readonly CapturedRow[],
  {
    made,
    standIns = {},
    unsaid = /^$/,
    ...ends
  }: {
    readonly phone: string;
    readonly server: string;
    /** What was not captured, with its times. */
    readonly made: readonly WrittenMessage[];
    /** By the name of a message without octets: what stands in for it. */
    readonly standIns?: Readonly<Record<string, Buffer>>;
    readonly unsaid?: RegExp;
  },
): CapturedPart =>
  playedPart(
    named(
      writtenTape(
        [
          ...made,
          ...rows.map(({ at, direction, message, octets, hex }): WrittenMessage => {
            const known = hex === undefined ? standIns[message] : Buffer.from(hex, 'hex');
            const from = sideOf(direction);
            return known === undefined
              ? { at, from, name: message, octets: Buffer.alloc(0), leftOut: octets }
              : { at, from, octets: known };
          }),
        ].sort(({ at = 0 }, { at: other = 0 }) => at - other),
        ends,
      ),
    ),
    unsaid,
  );

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
