// The captured calls against what labcm sends, device by device. Each difference that is meant is a row of `DIFFERENCES`.

import { expect, it } from 'vitest';
import { decode } from '../../../src/sccp/messages/catalogue.js';
import { capturedJson, describeCaptured } from '../../support/fixtures.js';
import type { ReceivedMessage } from '../../support/sccp-harness.js';
import { type CallTestPhone, KEY, phoneLab } from './harness.js';

interface Row {
  readonly device: string;
  readonly direction: string;
  readonly message: string;
  readonly octets: number;
  readonly hex?: string;
}

interface Ladder {
  readonly messages: readonly Row[];
}

/** What labcm sends otherwise than the captured servers, and why. */
const DIFFERENCES: readonly { readonly message: string; readonly field: string; readonly because: string }[] = [
  { message: 'SelectSoftKeys', field: 'validKeyMask', because: 'keys of features that are not served are masked off' },
  { message: 'OpenReceiveChannel', field: 'sourcePortNumber', because: '4000 is no port that anybody has said' },
];
const ADDED: Readonly<Record<string, string>> = {
  ClearPriNotify: 'the notice of who rings goes when the call is answered',
};

/** Numbers that are each server's own. */
const OWN = ['callReference', 'conferenceId', 'passThruPartyId', 'remotePortNumber'];

const short = (name: string): string => name.replace(/Message$/, '');

const comparable = (message: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const free = [...OWN, ...DIFFERENCES.filter((row) => row.message === message).map(({ field }) => field)];
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !free.includes(name) && value !== 0 && value !== ''),
  );
};

const ladder = (name: string): Ladder => {
  const { messages } = capturedJson<Ladder>(`calls/sccp/${name}.json`);
  return { messages: messages.map((row) => ({ ...row, message: short(row.message) })) };
};

const toPhone = ({ messages }: Ladder, device: string): readonly Row[] =>
  messages.filter((row) => row.device === device && row.direction === 'server-to-phone');

const fieldsOf = (row: Row, version: number): Readonly<Record<string, unknown>> => {
  const bytes = Buffer.from(row.hex ?? '', 'hex');
  const received = decode(bytes.readUInt32LE(8), bytes.subarray(12), version);
  if (received.type === 'Unknown' || received.type === 'Short') throw new Error(`unreadable: ${row.message}`);
  return received.fields as Readonly<Record<string, unknown>>;
};

/** Compares one message; of a held-out row the length alone. `octets`: whether newer fields may follow. */
const compareOne = (row: Row, ours: ReceivedMessage, version: number, octets: 'same' | 'longer'): void => {
  if (octets === 'same') expect([row.message, ours.frame.length]).toEqual([row.message, row.octets]);
  else expect(ours.frame.length).toBeGreaterThanOrEqual(row.octets);
  if (row.hex === undefined) return;
  const theirs = fieldsOf(row, version);
  const ourFields = comparable(row.message, ours.fields);
  if (octets === 'same') expect(ourFields, row.message).toEqual(comparable(row.message, theirs));
  else expect(ourFields, row.message).toMatchObject(comparable(row.message, theirs));
};

/** All of them in order, and no others but those of `ADDED`. */
const compare = (rows: readonly Row[], phone: CallTestPhone, version: number): void => {
  const sent = phone.fresh().filter(({ name }) => ADDED[short(name)] === undefined);
  expect(sent.map(({ name }) => short(name))).toEqual(rows.map(({ message }) => message));
  for (const [index, row] of rows.entries()) compareOne(row, sent[index] as ReceivedMessage, version, 'same');
};

/** All of them in this order among what was sent: the capture lost frames in between. */
const compareAmong = (rows: readonly Row[], phone: CallTestPhone, version: number): void => {
  const sent = phone.fresh();
  let from = 0;
  for (const row of rows) {
    const found = sent.findIndex(({ name }, index) => index >= from && short(name) === row.message);
    if (found < 0) throw new Error(`${row.message} does not follow ${sent[from - 1]?.name}`);
    compareOne(row, sent[found] as ReceivedMessage, version, 'longer');
    from = found + 1;
  }
};

describeCaptured('captured calls', () => {
  it('of Unified CM at protocol 20: redialled, answered by the handset, media', async () => {
    const own = new Set<unknown>([19_805_770, 19_805_771]);
    const all = ladder('cucm-v20-redial-answer');
    // What feeds the recorder: by its reference, and of the held-out transmissions those after the first.
    let transmissions = 0;
    const rows = (device: string): Row[] =>
      toPhone(all, device).filter((row) => {
        if (row.message !== 'StartMediaTransmission') return true;
        if (row.hex !== undefined) return own.has(fieldsOf(row, 20).callReference);
        transmissions += 1;
        return transmissions === 1;
      });
    const named = (label: string) => ({ displayName: label, label });
    const lab = await phoneLab([{ dn: '321' }, { dn: '307' }]);
    const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
    for (const [phone, address, name] of [
      [a, '192.168.195.58', 'LAB Meeting Room'],
      [b, '192.168.195.50', 'Tester Example'],
    ] as const) {
      const { configured, registration } = lab.harness.record(phone.name);
      Object.assign(configured.lines[0] as object, named(name));
      Object.assign(registration as object, { address });
      Object.assign(phone, { address });
    }
    // Something to redial.
    a.lift();
    a.digits('307');
    lab.settle();
    a.hangUp();
    lab.settle();
    a.fresh();
    b.fresh();

    a.key(KEY.redial);
    lab.settle();
    b.send('MediaPathEventMessage', { mediaPathId: 2, mediaPathEvent: 1 });
    // A's port is open first, as it was in the capture.
    b.ack = 'silent';
    b.send('OffHookMessage', { lineInstance: 1, callReference: b.reference });
    lab.settle();
    const [party] = b.receiving.keys();
    b.send('OpenReceiveChannelAckMessage', {
      status: 0,
      ipAddr: b.address,
      portNumber: 17_718,
      passThruPartyId: party ?? 0,
      callReference: b.reference,
    });
    lab.settle();
    compare(rows('A'), a, 20);
    compare(rows('B'), b, 20);
  });

  it('of CallManager 4.1: New Call, and another call that rings and is answered', async () => {
    const rows = toPhone(ladder('callmanager41-newcall-ring-answer'), 'P');
    const lab = await phoneLab([
      { dn: '1000', version: 5 },
      { dn: '1003', version: 5 },
    ]);
    const [p, far] = lab.phones as [CallTestPhone, CallTestPhone];
    Object.assign(far, { address: '10.102.219.27' });
    p.key(KEY.newCall);
    compareAmong(rows.slice(0, 8), p, 5);
    p.hangUp();
    p.fresh();

    far.lift();
    far.digits('1000');
    lab.settle();
    compareAmong(rows.slice(8, 14), p, 5);
    p.key(KEY.answer);
    lab.settle();
    compareAmong(rows.slice(14), p, 5);
  });

  it('of CallManager 2: only the other side is told to switch its speaker off, and before its lamp', async () => {
    const order = (phone: CallTestPhone, names: readonly string[]): string[] =>
      phone
        .fresh()
        .map(({ name }) => short(name))
        .filter((name) => names.includes(name));
    const rows = (device: string): string[] =>
      toPhone({ messages: ladder('callmanager2-dial-answer-hangup').messages.slice(30) }, device).map(
        ({ message }) => message,
      );
    const compared = ['SetSpeakerMode', 'SetLamp', 'StopMediaTransmission'];
    const among = (names: readonly string[]): string[] => names.filter((name) => compared.includes(name));
    const lab = await phoneLab([{ dn: '1091' }, { dn: '1092' }]);
    const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
    a.button(9, 1);
    a.digits('1092');
    lab.settle();
    b.button(9, 1);
    lab.settle();
    a.fresh();
    b.fresh();
    a.hangUp();
    lab.settle();
    // There the lamp goes out before the streams stop; newer servers stop them first.
    expect(order(a, compared).sort()).toEqual(among(rows('A')).sort());
    expect(order(b, compared)).toEqual(among(rows('B')));
  });
});
