import { describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import {
  ClientTransactions,
  type OutgoingMessage,
  UNANSWERED,
  UNSENT,
} from '../../src/sip/transaction/client-transactions.js';
import type { Flow } from '../../src/sip/transport/flow.js';

const SECOND = 1_000;

/** A flow over UDP to that address: what it may be sent, and what it was. */
const flowTo = (address: string, { valid = true, room = Number.POSITIVE_INFINITY } = {}) => {
  const remote = { address, port: 5060 };
  const state = { valid, room, sent: [] as string[] };
  const flow: Flow = {
    transport: 'udp',
    remote,
    local: { address: '10.0.0.1', port: 5060 },
    link: 0,
    peer: undefined,
    open: true,
    send: (text) => {
      if (state.room < 1) return false;
      state.room -= 1;
      state.sent.push(text);
      return true;
    },
    maySend: () => state.room >= 1,
    isValidated: () => state.valid,
    validate: () => {
      state.valid = true;
    },
  };
  return { flow, state, remote };
};

const message = (key: string, flow: Flow, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key,
  text: key,
  flow,
  to: flow.remote,
  toDevice: true,
  isWanted: () => true,
  onFinal: () => {},
  ...more,
});

const answer = (branch: string, status = 200) => {
  const text = `SIP/2.0 ${status} X\r\nVia: SIP/2.0/UDP h;branch=${branch}\r\nCSeq: 1 NOTIFY\r\n\r\n`;
  const read = parseMessage(Buffer.from(text));
  if (read === undefined) throw new Error('no message');
  return read;
};

const pass = (outgoing: ClientTransactions, until: number): void => {
  for (let now = 0; now <= until; now += 100) outgoing.expire(instant(now));
};

describe('a request over UDP', () => {
  it('is repeated until it is given up, to an address that has proved nothing twice', () => {
    const outgoing = new ClientTransactions(() => {});
    const [known, unknown] = [flowTo('10.0.0.2'), flowTo('10.0.0.3', { valid: false })];
    outgoing.send(message('a', known.flow), instant(0));
    outgoing.send(message('b', unknown.flow), instant(0));
    pass(outgoing, 40 * SECOND);
    expect([known.state.sent.length, unknown.state.sent.length]).toEqual([11, 3]);
    expect(outgoing.size).toBe(0);
  });

  it('is not repeated for somebody who is no longer there; its late answer is still heard', () => {
    const outgoing = new ClientTransactions(() => {});
    const { flow, state } = flowTo('10.0.0.2');
    const heard: number[] = [];
    let isWanted = true;
    outgoing.send(
      message('b1 NOTIFY', flow, { isWanted: () => isWanted, onFinal: (status) => heard.push(status) }),
      instant(0),
    );
    pass(outgoing, SECOND);
    isWanted = false;
    pass(outgoing, 20 * SECOND);
    expect(state.sent).toHaveLength(2);
    expect(outgoing.receiveResponse(answer('b1'), flow, instant(20 * SECOND))).toBe(true);
    expect(heard).toEqual([200]);
  });

  it('that cannot be sent yet waits for more from its address, and is given up as unsent', () => {
    const outgoing = new ClientTransactions(() => {});
    const { flow, state, remote } = flowTo('10.0.0.2', { valid: false, room: 1 });
    const heard: unknown[] = [];
    for (const name of ['a', 'b', 'c'])
      outgoing.send(message(name, flow, { onFinal: (status) => heard.push([name, status]) }), instant(0));
    expect(state.sent).toEqual(['a']);
    state.room = 1;
    outgoing.sendWaiting(remote.address, instant(SECOND));
    expect(state.sent).toEqual(['a', 'b']);
    pass(outgoing, 40 * SECOND);
    expect(heard.sort()).toEqual([
      ['a', UNANSWERED],
      ['b', UNANSWERED],
      ['c', UNSENT],
    ]);
    expect(outgoing.size).toBe(0);
  });

  it('proves its address by its answer, if that comes from where it went', () => {
    const outgoing = new ClientTransactions(() => {});
    const [asked, other] = [flowTo('10.0.0.2', { valid: false }), flowTo('10.0.0.3', { valid: false })];
    for (const branch of ['b1', 'b2']) outgoing.send(message(`${branch} NOTIFY`, asked.flow), instant(0));
    outgoing.receiveResponse(answer('b1'), other.flow, instant(1));
    expect([asked.state.valid, other.state.valid]).toEqual([false, false]);
    outgoing.receiveResponse(answer('b2'), asked.flow, instant(1));
    expect(asked.state.valid).toBe(true);
  });
});

describe('what awaits an answer', () => {
  const limits = { devices: 3, others: 4, othersPerSource: 2 };

  it('is bounded per source and in all for others than devices, and leaves devices their places', () => {
    const excess: string[] = [];
    const outgoing = new ClientTransactions((address) => excess.push(address), limits);
    const sent = Array.from({ length: 10 }, (_, index) => flowTo(`10.0.1.${index >> 2}`));
    for (const [index, { flow }] of sent.entries())
      outgoing.send(message(`o${index}`, flow, { toDevice: false }), instant(0));
    expect(excess).toEqual(['10.0.1.0', '10.0.1.0', '10.0.1.1', '10.0.1.1', '10.0.1.2', '10.0.1.2']);
    // Each was said once all the same.
    expect(sent.every(({ state }) => state.sent.length === 1)).toBe(true);
    const phone = flowTo('10.0.0.2');
    for (const name of ['a', 'b', 'c']) outgoing.send(message(name, phone.flow), instant(0));
    expect(excess).toHaveLength(6);
    pass(outgoing, 600);
    expect(phone.state.sent.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('of others gives way to the next after two seconds in vain', () => {
    const heard: string[] = [];
    const outgoing = new ClientTransactions(() => {}, limits);
    const send = (name: string, last: number, now: number): void =>
      outgoing.send(
        message(name, flowTo(`10.0.1.${last}`).flow, { toDevice: false, onFinal: () => heard.push(name) }),
        instant(now),
      );
    for (let index = 0; index < 4; index += 1) send(`o${index}`, index, index * 100);
    send('soon', 9, 1_000);
    expect([outgoing.size, heard]).toEqual([4, []]);
    send('later', 9, 2_050);
    expect([outgoing.size, heard]).toEqual([4, ['o0']]);
  });

  it('counts an answer that is sent again once', () => {
    const outgoing = new ClientTransactions(() => {}, limits);
    const { flow } = flowTo('10.0.1.1');
    for (let again = 0; again < 10; again += 1) outgoing.send(message('invite', flow, { toDevice: false }), instant(0));
    expect(outgoing.size).toBe(1);
    pass(outgoing, 40 * SECOND);
    expect(outgoing.size).toBe(0);
  });
});
