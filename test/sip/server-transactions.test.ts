import { describe, expect, it } from 'vitest';
import { instant, after as later, seconds } from '../../src/core/time.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { TRANSACTION_LIMITS } from '../../src/sip/settings.js';
import {
  mergeKey,
  ServerTransactions,
  TIMER_J,
  transactionKey,
} from '../../src/sip/transaction/server-transactions.js';

const request = (via: string, method = 'REGISTER', from = 'tag=1', to = ''): SipMessage => {
  const message = parseMessage(
    Buffer.from(
      `${method} sip:s SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:a@s>;${from}\r\nTo: <sip:a@s>${to}\r\nCall-ID: c\r\nCSeq: 5 ${method}\r\nContent-Length: 0\r\n\r\n`,
    ),
  );
  if (message === undefined) throw new Error('no message');
  return message;
};
const keyOf = (via: string, method?: string, flow = 0): string => transactionKey(request(via, method), flow);

describe('the key of a transaction', () => {
  const via = 'SIP/2.0/UDP 10.10.210.200:3311;branch=z9hG4bK00003855';

  it('is the same for the same branch, sent-by and method', () => {
    expect(keyOf(via)).toBe(keyOf('SIP/2.0/UDP 10.10.210.200:3311;rport;branch=z9hG4bK00003855'));
    expect(keyOf(via, 'ACK')).toBe(keyOf(via, 'INVITE'));
  });

  it.each([
    ['another sent-by', keyOf('SIP/2.0/UDP 10.10.210.201:3311;branch=z9hG4bK00003855')],
    ['another branch, even in case alone', keyOf('SIP/2.0/UDP 10.10.210.200:3311;branch=z9hG4bk00003855')],
    ['another method', keyOf(via, 'OPTIONS')],
    ['another stream', keyOf(via, 'REGISTER', 7)],
  ])('differs for %s', (_case, key) => expect(key).not.toBe(keyOf(via)));

  it('without a usable branch is of the whole request (RFC 2543)', () => {
    const cookieAlone = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK';
    expect(transactionKey(request(cookieAlone, 'OPTIONS', 'tag=1'), 0)).not.toBe(
      transactionKey(request(cookieAlone, 'OPTIONS', 'tag=2'), 0),
    );
    expect(transactionKey(request('SIP/2.0/UDP 192.0.2.1'), 0)).toBe(
      transactionKey(request('SIP/2.0/UDP 192.0.2.1'), 0),
    );
  });

  it('merging looks at requests outside a dialog only', () => {
    expect(mergeKey(request(via))).toBe(mergeKey(request('SIP/2.0/UDP 10.10.210.200:3311;branch=z9hG4bKother')));
    expect(mergeKey(request(via, 'REGISTER', 'tag=1', ';tag=2'))).toBeUndefined();
  });
});

const NOW = instant(1_000_000);

describe('transactions', () => {
  it('are found until Timer J', () => {
    const table = new ServerTransactions(TIMER_J.datagram);
    table.answered(table.begin('k', 'm', 'a', NOW), 'x');
    expect(table.nextDeadline()).toBe(later(NOW, seconds(32)));
    table.expire(later(NOW, seconds(31)));
    expect(table.find('k')?.latestResponse).toBe('x');
    expect(table.hasMerged('m')).toBe(true);
    table.expire(later(NOW, seconds(32)));
    expect(table.find('k')).toBeUndefined();
    expect(table.hasMerged('m')).toBe(false);
    expect(table.size).toBe(0);
    expect(table.nextDeadline()).toBeUndefined();
  });

  it('of one source push out its own oldest, not those of others', () => {
    const table = new ServerTransactions(TIMER_J.datagram, { ...TRANSACTION_LIMITS, all: 100, perSource: 10 });
    table.begin('healthy', undefined, 'phone', NOW);
    for (let count = 0; count < 1_000; count += 1) table.begin(`flood${count}`, `m${count}`, 'flooder', NOW);
    expect(table.size).toBe(11);
    expect(table.find('healthy')).toBeDefined();
    expect(table.find('flood999')).toBeDefined();
    expect(table.find('flood989')).toBeUndefined();
    expect(table.hasMerged('m0')).toBe(false);
  });

  it('are bounded in octets, too, the one in hand excepted', () => {
    const table = new ServerTransactions(TIMER_J.datagram, { ...TRANSACTION_LIMITS, octets: 10_000 });
    for (let count = 0; count < 100; count += 1)
      table.answered(table.begin(`k${count}`, `m${count}`, `source${count}`, NOW), 'x'.repeat(3_000));
    expect(table.size).toBe(3);
    const large = table.begin('large', undefined, 'a', NOW);
    table.answered(large, 'x'.repeat(20_000));
    expect([table.size, table.find('large')?.latestResponse.length]).toEqual([1, 20_000]);
    table.begin('next', undefined, 'a', NOW);
    expect([table.size, table.find('large')]).toEqual([1, undefined]);
    table.answered(large, 'late');
    table.expire(later(NOW, seconds(40)));
    for (let count = 0; count < 3; count += 1)
      table.answered(table.begin(`l${count}`, undefined, 'a', NOW), 'x'.repeat(3_000));
    expect(table.size).toBe(3);
  });

  it('of all push out the oldest of all', () => {
    const table = new ServerTransactions(TIMER_J.datagram, { ...TRANSACTION_LIMITS, all: 100, perSource: 10 });
    for (let count = 0; count < 1_000; count += 1) table.begin(`k${count}`, undefined, `source${count}`, NOW);
    expect(table.size).toBe(100);
    expect(table.find('k899')).toBeUndefined();
    expect(table.find('k900')).toBeDefined();
    table.expire(later(NOW, seconds(40)));
    expect(table.size).toBe(0);
  });
});
