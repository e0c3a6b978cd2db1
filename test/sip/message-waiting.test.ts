// Message waiting on SIP phones: unasked at registration and on each change, and by subscription (`sip.md` §10.4, RFC 3842).

import { describe, expect, it } from 'vitest';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { aDevice } from '../support/devices.js';
import { type Peer, type SipHarness, sipHarness } from './harness.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from './phones.js';

const CISCO = 'SEP005056A1033D';
const LINE = '5005' as DirectoryNumber;
const SECOND = '5006' as DirectoryNumber;
const GENERIC = '6001' as DirectoryNumber;
const NONE = 'Messages-Waiting: no\r\n';

const lab = () =>
  sipHarness([
    aDevice(CISCO, { protocol: 'SIP', lines: ['5005', '5006'] }),
    aDevice('GENERIC', { protocol: 'SIP', lines: ['6001', '6002'] }),
  ]);

const set = ({ database, clock }: SipHarness, dn: DirectoryNumber, count: number, old = 0) =>
  database.messages.set(dn, { waiting: count > 0, new: count, old }, 'api', clock.now());

const answerTo = (request: SipMessage, status = 200): string =>
  `SIP/2.0 ${status} X\r\nVia: ${header(request, 'Via')}\r\nFrom: ${header(request, 'From')}\r\nTo: ${header(request, 'To')}\r\nCall-ID: ${header(request, 'Call-ID')}\r\nCSeq: ${header(request, 'CSeq')}\r\nContent-Length: 0\r\n\r\n`;

/** The message-summaries among what came, each answered. */
const summaries = (peer: Peer, came: readonly SipMessage[] = []): SipMessage[] =>
  [...came, ...peer.take()].filter((message) => {
    if (message.method !== 'NOTIFY' || header(message, 'Event') !== 'message-summary') return false;
    peer.ask(answerTo(message));
    return true;
  });

const bulk = (words = {}): string => ciscoRegister({ headers: BULK_HEADERS, body: BULK_BODY, ...words });
const generic = (dn: string, words = {}): string =>
  plain('REGISTER', dn, { transport: 'TCP', expires: '3600', ...words });

const subscribe = (dn: string, words: Parameters<typeof plain>[2] = {}): string =>
  plain('SUBSCRIBE', dn, {
    transport: 'TCP',
    expires: '600',
    headers: ['Event: message-summary', 'Accept: application/simple-message-summary'],
    callId: `mwi-${dn}`,
    ...words,
  });

describe('a Cisco phone', () => {
  it('is told of the line with messages in its status, as captured, and by a NOTIFY', async () => {
    const own = await lab();
    set(own, SECOND, 2);
    const phone = own.tcp();
    const came = phone.ask(bulk());
    const status = came.find(({ method }) => method === 'REFER');
    expect(status?.body.toString()).toContain(
      '<contact all="true"><mwi>no</mwi><cfwdallupdate></cfwdallupdate></contact><contact line="2"><mwi>yes</mwi></contact>\n',
    );
    const [notify, ...others] = summaries(phone, came);
    expect(others).toEqual([]);
    expect(header(notify, 'Subscription-State')).toBe('active');
    expect(notify?.to?.uri).toBe('sip:5006@10.10.210.200');
    expect(notify?.body.toString()).toBe(
      'Messages-Waiting: yes\r\nMessage-Account: sip:5006@10.10.210.10\r\nVoice-Message: 2/0\r\n',
    );
  });

  it('without messages is told as before: the status says no, and no NOTIFY comes', async () => {
    const own = await lab();
    const phone = own.tcp();
    const came = phone.ask(bulk());
    expect(came.find(({ method }) => method === 'REFER')?.body.toString()).toContain(
      '<contact all="true"><mwi>no</mwi><cfwdallupdate></cfwdallupdate></contact>\n</bulkupdate>',
    );
    expect(summaries(phone, came)).toEqual([]);
  });

  it('is told of each change, and of none that is none', async () => {
    const own = await lab();
    const phone = own.tcp();
    phone.ask(bulk());
    summaries(phone);
    set(own, LINE, 1, 3);
    set(own, LINE, 1, 3);
    const [one, ...others] = summaries(phone);
    expect([others, one?.body.toString()]).toEqual([
      [],
      'Messages-Waiting: yes\r\nMessage-Account: sip:5005@10.10.210.10\r\nVoice-Message: 1/3\r\n',
    ]);
    set(own, LINE, 0);
    expect(summaries(phone).map(({ body }) => body.toString())).toEqual([NONE]);
  });

  it('that has left is told nothing', async () => {
    const own = await lab();
    const phone = own.tcp();
    phone.ask(bulk());
    phone.ask(bulk({ cseq: 102, expires: '0' }));
    phone.take();
    set(own, LINE, 1);
    expect(summaries(phone)).toEqual([]);
  });
});

describe('a phone of another maker', () => {
  it('is told at the registration of each line, whatever another server left', async () => {
    const own = await lab();
    set(own, '6002' as DirectoryNumber, 1);
    const phone = own.tcp();
    expect(summaries(phone, phone.ask(generic('6001'))).map(({ body }) => body.toString())).toEqual([NONE]);
    const [second] = summaries(phone, phone.ask(generic('6002', { callId: 'second' })));
    expect(second?.body.toString()).toContain('Messages-Waiting: yes');
    expect(summaries(phone, phone.ask(generic('6001', { cseq: 2 })))).toEqual([]);
  });

  it('that subscribes hears of each change in its dialog, and only there', async () => {
    const own = await lab();
    const phone = own.tcp();
    summaries(phone, phone.ask(generic('6001')));
    const [ok, first] = phone.ask(subscribe('6001'));
    expect([ok?.status, first?.body.toString()]).toEqual([200, NONE]);
    phone.ask(answerTo(first as SipMessage));
    set(own, GENERIC, 2);
    own.clock.advance(50);
    const news = summaries(phone);
    expect(news.map((message) => [header(message, 'Call-ID'), message.body.toString()])).toEqual([
      ['mwi-6001', 'Messages-Waiting: yes\r\nMessage-Account: sip:6001@10.10.210.10\r\nVoice-Message: 2/0\r\n'],
    ]);
    const to = header(ok, 'To') ?? '';
    const [, last] = phone.ask(subscribe('6001', { to, cseq: 2, expires: '0' }));
    expect(header(last, 'Subscription-State')).toBe('terminated;reason=timeout');
    phone.ask(answerTo(last as SipMessage));
    set(own, GENERIC, 0);
    own.clock.advance(50);
    expect(summaries(phone).map((message) => message.toTag)).toEqual([undefined]); // unasked again
  });

  it.each([
    ['a fetch', { expires: '0' }, 200],
    ['too short a time', { expires: '5' }, 423],
    ['a body that it cannot read', { headers: ['Event: message-summary', 'Accept: text/html'] }, 406],
    ['a number of nobody', { uri: 'sip:77@10.10.210.10' }, 404],
  ])('with %s is answered so', async (_case, words, status) => {
    const own = await lab();
    const phone = own.tcp();
    phone.ask(generic('6001'));
    phone.take();
    expect(phone.ask(subscribe('6001', words))[0]?.status).toBe(status);
  });
});
