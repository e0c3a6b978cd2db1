import { describe, expect, it } from 'vitest';
import { CAUSES, type CauseName } from '../../../src/calls/index.js';
import {
  callInfoLine,
  contactLineOf,
  displayName,
  type LegView,
  partyLines,
  uriUser,
} from '../../../src/sip/calls/call-headers.js';
import { causeInReason, causeOfAnswer, failureStatus, forwardReasonOf } from '../../../src/sip/calls/causes.js';
import { DIVERSION_WORDS, redirectReasonOf } from '../../../src/sip/calls/diversion-reasons.js';

import type { SipMessage } from '../../../src/sip/message/message.js';
import { parseMessage } from '../../../src/sip/message/parser.js';

const answer = (status: number, ...headers: string[]): SipMessage => {
  const message = parseMessage(Buffer.from([`SIP/2.0 ${status} x`, ...headers, '', ''].join('\r\n')));
  if (message === undefined) throw new Error('no message');
  return message;
};

describe('reasons of Diversion', () => {
  it('are read as they are written, and in other cases and words', () => {
    for (const [reason, word] of DIVERSION_WORDS) expect(redirectReasonOf(word)).toBe(reason);
    expect(['No-Answer', 'unavailable', 'follow-me', ''].map(redirectReasonOf)).toEqual([2, 2, 15, 15]);
  });

  it.each([
    ['user-busy', 1],
    ['unavailable', 2],
    ['deflection', 15],
  ])('%s of a phone that forwards a call forwards it for %i', (word, reason) => {
    expect(forwardReasonOf(answer(302, `Diversion: <sip:5001@10.0.0.1>;reason=${word}`))).toBe(reason);
  });
});

describe('causes', () => {
  it('have a status each, as the page of calls says', () => {
    const statusOf = Object.fromEntries(
      Object.keys(CAUSES).map((name) => [name, failureStatus(name as CauseName, false).status]),
    );
    expect(statusOf).toEqual({
      unallocated: 404,
      noRoute: 404,
      nothingRings: 480,
      normal: 480, // a number that only switches something
      busy: 486,
      noResponse: 480,
      noAnswer: 480,
      absent: 480,
      rejected: 403,
      changed: 410,
      outOfOrder: 500,
      incomplete: 484,
      unspecified: 500,
      noChannel: 503,
      networkOutOfOrder: 503,
      temporaryFailure: 503,
      congestion: 503,
      noMedia: 503,
      unavailable: 500,
      incompatible: 488,
      timer: 408,
      interworking: 500,
    });
    expect(failureStatus('rejected', true).status).toBe(603);
    expect(failureStatus('congestion', false).retryAfter).toBe(5);
  });

  it.each([
    [404, 'unallocated'],
    [484, 'incomplete'],
    [486, 'busy'],
    [600, 'busy'],
    [480, 'noResponse'],
    [603, 'rejected'],
    [403, 'rejected'],
    [408, 'timer'],
    [504, 'timer'],
    [487, 'unspecified'],
    [488, 'incompatible'],
    [415, 'incompatible'],
    [606, 'incompatible'],
    [500, 'temporaryFailure'],
    [503, 'temporaryFailure'],
    [599, 'temporaryFailure'],
    [410, 'changed'],
    [499, 'unspecified'],
    [699, 'rejected'],
    [302, 'temporaryFailure'],
  ])('of a final answer: %i is %s', (status, cause) => {
    expect(causeOfAnswer(answer(status))).toBe(cause);
    expect(causeOfAnswer(answer(status, 'Reason: Q.850;cause=17'))).toBe('busy');
  });

  it.each([
    ['Q.850;cause=16', 'normal'],
    ['q.850 ; cause=16;text="x"', 'normal'],
    ['SIP;cause=200, Q.850;cause=19', 'noAnswer'],
    ['Q.850;cause=126', 'unspecified'],
    ['SIP;cause=486', undefined],
    ['Q.850;cause=0', undefined],
    ['Q.850;cause=x', undefined],
    ['Q.850', undefined],
    [';;;"', undefined],
  ])('in Reason: %s', (text, cause) => {
    expect(causeInReason(answer(486, `Reason: ${text}`))).toBe(cause);
  });
});

const VIEW: LegView = {
  isCisco: true,
  isTrunk: false,
  orientation: 'from',
  host: '10.0.0.1',
  port: 5060,
  transport: 'tcp',
  peerUri: 'sip:x@10.0.0.2',
  globalCallId: '1-1001',
  callInstance: 2,
  product: 'Cisco-CUCM12.5',
};

describe('headers', () => {
  const party = { number: '1000', name: 'Zoë "Z" \\', device: 'SEP1' };

  it('of plain phones have nothing of Cisco', () => {
    const plain = { ...VIEW, isCisco: false };
    const all = `${callInfoLine(plain, { security: 'Unknown' })}${partyLines(plain, party, 'calling', true)}${contactLineOf(plain, '1000', 'SEP1')}`;
    expect(all.toLowerCase()).not.toContain('cisco');
    expect(all).toContain('P-Asserted-Identity: ');
  });

  it('have names in UTF-8, quoted', () => {
    expect(Buffer.from(displayName(party.name), 'latin1').toString('utf8')).toBe('"Zoë \\"Z\\" \\\\" ');
    expect(displayName('')).toBe('');
  });

  it('have numbers that a URI can hold', () => {
    expect(uriUser('*41#')).toBe('*41%23');
    expect(uriUser('a b>@<')).toBe('a%20b%3E%40%3C');
  });
});
