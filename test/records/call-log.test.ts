// Lines of call logs: against those that CUCM wrote of the same messages, and line by line.

import { describe, expect, it } from 'vitest';
import { type CallOffered, partyOf } from '../../src/calls/index.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { after, instant, milliseconds, wallTime } from '../../src/core/time.js';
import { CallLog, type CallLogDependencies } from '../../src/records/call-log.js';
import { readMessage, stampOf } from '../../src/records/call-log-lines.js';
import type { SipReceived, SipSent } from '../../src/sip/events.js';
import { capturedJson, capturedText, describeCaptured } from '../support/fixtures.js';
import { ManualClock } from '../support/manual-clock.js';
import { endedCall } from './csv.js';

const START = instant(Date.UTC(2020, 5, 28, 21, 11));

const logOf = (options: Partial<CallLogDependencies> = {}) => {
  const lines: string[] = [];
  const log = new CallLog({ clock: new ManualClock(), node: 1, write: (line) => lines.push(line), ...options });
  /** Fields after the time, of each line since the last look. */
  const take = (): string[] => lines.splice(0).map((line) => line.slice(line.indexOf('|') + 1).trimEnd());
  return { log, lines, take };
};

const offered = (changes: Partial<CallOffered> = {}): CallOffered => ({
  type: 'call.offered',
  at: START,
  call: 1001,
  leg: 26_717_221,
  to: 26_717_222,
  device: 'SEPD0EC35500E68' as DeviceName,
  toDevice: 'SEPD4ADBDCE1008' as DeviceName,
  toDn: '1001',
  dn: '1000',
  calling: partyOf('1000'),
  dialled: '1001',
  called: partyOf('1001'),
  ...changes,
});

const message = (type: 'sip.received' | 'sip.sent', text: string, changes: Partial<SipReceived> = {}) =>
  ({
    type,
    at: START,
    transport: 'tcp',
    address: '10.0.0.1',
    port: 50_695,
    link: 81,
    name: '',
    octets: text.length,
    text,
    sequence: 158,
    ...changes,
  }) as SipReceived | SipSent;

const request = (method: string, sequence: number, ...headers: readonly string[]): string =>
  [`${method} sip:1001@10.0.0.9 SIP/2.0`, 'Call-ID: a@b', `CSeq: ${sequence} ${method}`, ...headers, '', ''].join(
    '\r\n',
  );
const answer = (status: string, method: string, sequence: number): string =>
  [`SIP/2.0 ${status}`, 'i:a@b', 'To: <sip:1>;tag=x', `CSeq: ${sequence} ${method}`, '', ''].join('\r\n');

interface Ladder {
  readonly ladder: string;
  readonly messages: readonly {
    readonly file: string;
    readonly at: number;
    readonly frm: string;
    readonly to: string;
  }[];
}

const ladderOf = (name: string): Ladder['messages'] =>
  capturedJson<{ ladders: readonly Ladder[] }>('calls/index.json').ladders.find(({ ladder }) => ladder === name)
    ?.messages ?? [];

/** A line of a call log without the time; the numbers of connections and messages are not compared. */
const comparable = (line: string): string =>
  line
    .slice(line.indexOf('|') + 1)
    .replace(/\d+,100,14,\d+\.\d+/, 'node,100,14,x.y')
    .replace(/\^SEP[0-9A-F]{12}\|/, '^*|')
    .replace(/\|\d+\|(?=[^|]*@[^|]*\|[^|]*$)/, '|n|');

const capturedLines = (path: string): string[] => capturedText(path).trim().split(/\r?\n/).map(comparable);

describeCaptured('a call log of CUCM', () => {
  it('of a call with digits by KPML has the same lines in the same order', () => {
    const legs = new Map<string, number>();
    const devices: Readonly<Record<string, readonly [device: string, address: string, port: number]>> = {
      A: ['SEPD0EC35500E68', '192.168.7.141', 50_695],
      B: ['SEPD4ADBDCE1008', '192.168.7.171', 51_173],
    };
    const { log, lines } = logOf({
      factsOf: ({ address }, callId) => ({
        device: Object.values(devices).find(([, at]) => at === address)?.[0] ?? '',
        localAddress: '192.168.7.100',
        ...(legs.has(callId) ? { leg: legs.get(callId) ?? 0 } : {}),
      }),
    });
    let came = START;
    for (const { file, at, frm, to } of ladderOf('01-basic-kpml')) {
      if (file.includes('/016-')) {
        log.offered(offered());
        legs.set('d0ec3550-0e680003-56e573c6-6348fed7@192.168.7.141', 26_717_221);
        legs.set('cff3400-d651f371-b-6407a8c0@192.168.7.100', 26_717_222);
      }
      if (file.includes('/032-')) {
        const { orig, dest = orig } = endedCall();
        log.ended(
          endedCall({
            orig: { ...orig, leg: 26_717_221, cause: 0 },
            dest: { ...dest, leg: 26_717_222, cause: 16 },
          }),
        );
      }
      const isIn = to === 'cucm';
      if (isIn) came = after(START, milliseconds(Math.round(at * 1000)));
      const [, address = '', port = 0] = devices[isIn ? frm : to] ?? [];
      const text = capturedText(`calls/${file}`);
      log.message(message(isIn ? 'sip.received' : 'sip.sent', text, { at: came, address, port }));
    }
    expect(lines.map((line) => comparable(line.trimEnd()))).toEqual(
      capturedLines('calls/trace/calllogs-01-basic-kpml.txt'),
    );
  });

  it.each([
    ['04-transfer-ringing', 'calls/trace/calllogs-04-transfer.txt'],
    ['05-hunt-no-answer', 'calls/trace/calllogs-05-hunt.txt'],
  ])('of ladder %s names the same messages', (ladder, path) => {
    const { log, take } = logOf();
    for (const { file, to } of ladderOf(ladder))
      log.message(message(to === 'cucm' ? 'sip.received' : 'sip.sent', capturedText(`calls/${file}`)));
    const named = (line: string): string => {
      const fields = line.split('|');
      return [fields[3], ...fields.slice(-2)].join(' ');
    };
    const theirs = capturedLines(path).filter((line) => line.startsWith('SIPL'));
    expect(take().map(named).sort()).toEqual(theirs.map(named).sort());
  });

  it('has rejected calls as we write them', () => {
    const [line = ''] = capturedText('calls/trace/calllogs-rejects.txt').split(/\r?\n/).slice(3);
    const { log, take } = logOf();
    const { orig, dest = orig, answeredAt: _, ...rest } = endedCall();
    log.ended({
      ...rest,
      dialled: '2025550198',
      calling: partyOf('1002'),
      called: partyOf('2025550198'),
      orig: { ...orig, leg: 46_434_988, cause: 1, by: 'server' },
      dest: { ...dest, leg: 46_434_989, cause: 0 },
    });
    expect(take()).toEqual([comparable(line)]);
  });
});

describe('a call', () => {
  it('has one SETUP however many phones are offered it', () => {
    const { log, take } = logOf();
    log.offered(offered());
    log.offered(offered({ to: 26_717_223, toDevice: 'SEP000000000003' as DeviceName }));
    expect(take()).toEqual([
      'CC|SETUP|26717221|26717222|1000|1001|1001',
      'CC|OFFERED|26717221|26717222|1000|1001|1001|SEPD0EC35500E68|SEPD4ADBDCE1008',
      'CC|OFFERED|26717221|26717223|1000|1001|1001|SEPD0EC35500E68|SEP000000000003',
    ]);
  });

  it('is released, or rejected where it failed before an answer', () => {
    const { log, take } = logOf();
    const { orig, dest = orig, answeredAt: _, ...unanswered } = endedCall();
    log.ended(endedCall());
    log.ended({ ...unanswered, orig, dest });
    log.ended({ ...unanswered, orig: { ...orig, cause: 0 }, dest: { ...dest, cause: 17 } });
    log.ended({ ...unanswered, dialled: '99', called: partyOf(''), orig: { ...orig, cause: 1 } });
    expect(take()).toEqual([
      'CC|RELEASE|16777217|16777218|16',
      'CC|RELEASE|16777217|16777218|16',
      'CC|REJECT|16777217|16777218|1001|1002|1002|17',
      'CC|REJECT|16777217|0|1001|99|99|1',
    ]);
  });

  it('of which nothing was dialled has no line', () => {
    const { log, take } = logOf();
    const { orig, dest: _, answeredAt: __, ...rest } = endedCall({ dialled: '', called: partyOf('') });
    log.ended({ ...rest, orig });
    log.ended({ ...rest, orig: { ...orig, cause: 102 } });
    expect(take()).toEqual([]);
  });
});

describe('a SIP message', () => {
  it('is named with its flow, its leg and what set it off', () => {
    const facts = { leg: 5, device: 'SEP000000000001', localAddress: '10.0.0.9', localPort: 5062 };
    const { log, take } = logOf({ factsOf: (_, callId) => (callId === 'a@b' ? facts : undefined) });
    log.message(message('sip.received', request('INVITE', 101, 'To: <sip:1>')));
    log.message(message('sip.sent', answer('100 Trying', 'INVITE', 101), { sequence: 159 }));
    log.message(message('sip.sent', request('INVITE', 1, 'To: <sip:1>'), { sequence: 160 }));
    log.message(message('sip.sent', request('INVITE', 2, 'To: <sip:1>;tag=y'), { sequence: 161 }));
    log.message(message('sip.sent', request('CANCEL', 1), { at: after(START, milliseconds(1)), sequence: 162 }));
    const flow = (direction: string) => `SIPL|5|TCP|${direction}|10.0.0.9|5062|SEP000000000001|10.0.0.1|50695`;
    expect(take()).toEqual([
      `${flow('IN')}|1,100,14,81.158^10.0.0.1^*|158|a@b|INVITE`,
      `${flow('OUT')}|1,100,14,81.158^10.0.0.1^*|159|a@b|100 Trying`,
      `${flow('OUT')}|1,100,14,1.1^*^*|160|a@b|INVITE`,
      `${flow('OUT')}|1,100,14,81.158^10.0.0.1^*|161|a@b|INVITE`,
      `${flow('OUT')}|1,100,14,1.2^*^*|162|a@b|CANCEL`,
    ]);
  });

  it('of which nothing is known has a line all the same', () => {
    const { log, take } = logOf();
    log.message(message('sip.received', request('BYE', 2), { transport: 'tls' }));
    expect(take()).toEqual(['SIPL|0|TLS|IN|0.0.0.0|5061||10.0.0.1|50695|1,100,14,81.158^10.0.0.1^*|158|a@b|BYE']);
  });

  it.each(['REGISTER', 'SUBSCRIBE', 'OPTIONS', 'PUBLISH', 'MESSAGE', 'INFO'])('of %s is not of a call', (method) => {
    const { log, take } = logOf();
    log.message(message('sip.received', request(method, 1)));
    log.message(message('sip.sent', answer('200 OK', method, 1)));
    expect(take()).toEqual([]);
  });

  it('of REFER or NOTIFY is of a call within a dialog and of a transfer, and so is its answer', () => {
    const { log, take } = logOf();
    const titles = () => take().map((line) => line.slice(line.lastIndexOf('|') + 1));
    const tag = 'To: "A" <sip:1@x>;tag=y';
    for (const text of [
      request('REFER', 1, 'To: <sip:1>'),
      answer('202 Accepted', 'REFER', 1),
      request('NOTIFY', 2, tag, 'Event: kpml'),
      answer('200 OK', 'NOTIFY', 2),
      request('NOTIFY', 3, tag, 'Event: dialog'),
      answer('200 OK', 'NOTIFY', 3),
    ])
      log.message(message('sip.received', text));
    expect(titles()).toEqual([]);
    for (const text of [
      request('REFER', 4, tag),
      answer('100 Trying', 'REFER', 4),
      answer('202 Accepted', 'REFER', 4),
      request('NOTIFY', 5, tag, 'o: refer;id=4'),
      answer('200 OK', 'NOTIFY', 5),
      answer('200 OK', 'NOTIFY', 5),
    ])
      log.message(message('sip.received', text));
    expect(titles()).toEqual(['REFER', '100 Trying', '202 Accepted', 'NOTIFY', '200 OK']);
  });

  it('forges neither a field nor a line', () => {
    const { log, lines } = logOf();
    const text = 'SIP/2.0 486 Busy|CC\u0007\r\nCSeq: 1 INVITE\r\nCall-ID: a|b\r\n\r\n';
    log.message(message('sip.received', text));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\|158\|a%7Cb\|486 Busy%7CCC\n$/);
  });

  it.each(['', 'INVITE', 'SIP/2.0 ', 'INVITE sip:a SIP/2.0\r\n', 'SIP/2.0 200 OK\r\nCSeq: x\r\n\r\n'])(
    'that is none, such as %j, is left out',
    (text) => expect(readMessage(text)).toBeUndefined(),
  );
});

it('the time of a line is local, with slashes and milliseconds', () => {
  const date = new Date(2019, 7, 27, 23, 22, 3, 62);
  expect(stampOf(wallTime(date.getTime()))).toBe('2019/08/27 23:22:03.062');
});
