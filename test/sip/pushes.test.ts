// Objects that are pushed through SIP (`docs/protocols/calls.md` §3.9): the REFER, the answer as it was captured, refusals,
// silence, and answers of others.

import { describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { answeredObject } from '../../src/sip/cisco/data-passthrough.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { bodyParts } from '../../src/sip/message/multipart.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { seedDevices } from '../support/devices.js';
import { capturedBytes, describeCaptured } from '../support/fixtures.js';
import { sipHarness } from './harness.js';
import { ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D' as DeviceName;
const OBJECT = '<CiscoIPPhoneExecute><ExecuteItem URL="Key:Info" Priority="0"/></CiscoIPPhoneExecute>';
const RESPONSE =
  '<CiscoIPPhoneResponse><ResponseItem URL="Key:Info" Data="Success" Status="0"/></CiscoIPPhoneResponse>';

const registered = async () => {
  const lab = await sipHarness(seedDevices());
  const phone = lab.tcp();
  phone.ask(ciscoRegister());
  const push = (object = OBJECT) => lab.server.push(SEED, object, lab.clock.now());
  return { ...lab, phone, push };
};

const answerTo = (request: SipMessage | undefined, status: number): string =>
  `SIP/2.0 ${status} x\r\n${['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(request, name as 'Via')}\r\n`).join('')}To: ${header(request, 'To')};tag=p\r\nContent-Length: 0\r\n\r\n`;

const notify = (callId: string, object = RESPONSE, event = 'refer'): string =>
  plain('NOTIFY', '5005', {
    transport: 'TCP',
    callId,
    cseq: 1000,
    headers: [
      `Event: ${event}`,
      'Subscription-State: terminated; reason=timeout',
      'Content-Type: multipart/mixed; boundary=uniqueBoundary',
    ],
    body: `--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-cm+xml\r\nContent-Disposition: session;handling=required\r\n\r\n${object}\r\n--uniqueBoundary--`,
  });

describe('an object that is pushed through SIP', () => {
  it('is a REFER of two parts, which nothing forbids to answer', async () => {
    const { phone, push } = await registered();
    void push('<CiscoIPPhoneText><Text>Größe --uniqueBoundary--</Text></CiscoIPPhoneText>');
    const [refer] = phone.take();
    expect(refer?.method).toBe('REFER');
    expect(header(refer, 'Require')).toBeUndefined();
    expect(header(refer, 'Refer-To')).toMatch(/^cid:/);
    const parts = refer === undefined ? [] : bodyParts(refer);
    expect(parts.map(({ type }) => type)).toEqual([
      'application/x-cisco-remotecc-request+xml',
      'application/x-cisco-remotecc-cm+xml',
    ]);
    expect(parts[0]?.bytes.toString()).toContain('<transactionid>1</transactionid>');
    expect(parts[1]?.bytes.toString('utf8')).toContain('Größe --uniqueBoundary--');
  });

  it('has the object of the NOTIFY for its answer', async () => {
    const { phone, push } = await registered();
    const answer = push();
    const [refer] = phone.take();
    phone.ask(answerTo(refer, 202));
    expect(phone.ask(notify(refer?.callId ?? ''))[0]?.status).toBe(200);
    expect(await answer).toEqual({ answer: expect.stringContaining(RESPONSE) });
    expect(phone.ask(notify(refer?.callId ?? ''))[0]?.status).toBe(481);
  });

  it('is answered before the 202, where the phone is fast', async () => {
    const { phone, push } = await registered();
    const answer = push();
    const [refer] = phone.take();
    phone.ask(notify(refer?.callId ?? ''));
    phone.ask(answerTo(refer, 202));
    expect(await answer).toMatchObject({ answer: expect.stringContaining(RESPONSE) });
  });

  it.each([603, 501, 400])('is none where the phone answers %d', async (status) => {
    const { phone, push } = await registered();
    const answer = push();
    phone.ask(answerTo(phone.take()[0], status));
    expect(await answer).toBeUndefined();
  });

  it('is late where the phone says nothing, or nothing more', async () => {
    const { phone, push, clock } = await registered();
    for (const isAccepted of [false, true]) {
      const answer = push();
      const [refer] = phone.take();
      if (isAccepted) phone.ask(answerTo(refer, 202));
      clock.advance(4_000);
      expect(await answer).toBe('late');
      expect(phone.ask(notify(refer?.callId ?? ''))[0]?.status).toBe(481);
    }
  });

  it('takes no answer of another, to another request, or of another event', async () => {
    const { phone, push, tcp, clock } = await registered();
    const answer = push();
    const [refer] = phone.take();
    const callId = refer?.callId ?? '';
    expect(tcp({ address: '10.9.9.9', port: 5060 }).ask(notify(callId))[0]?.status).not.toBe(200);
    expect(phone.ask(notify('another'))[0]?.status).toBe(481);
    expect(phone.ask(notify(callId, RESPONSE, 'kpml'))[0]?.status).toBe(481);
    clock.advance(4_000);
    expect(await answer).toBe('late');
  });

  it('is late at once where the service ends', async () => {
    const { push, server, clock } = await registered();
    const answer = push();
    await server.close();
    expect(await answer).toBe('late');
    expect(clock.armed).toBeLessThanOrEqual(1); // the database has one of its own
  });

  it('goes to nobody who is not registered', async () => {
    const { server, clock } = await sipHarness(seedDevices());
    expect(await server.push(SEED, OBJECT, clock.now())).toBeUndefined();
    expect(clock.armed).toBe(0);
  });
});

describeCaptured('an answer that was captured', () => {
  it('is read', () => {
    const message = parseMessage(capturedBytes('calls/sip/07-media-fails-47/003-A-cucm-notify-refer-1000.sip'));
    const object = message === undefined ? undefined : answeredObject(message);
    expect(object).toContain('URL="Dial:85550165" Data="Success" Status="0"');
  });
});
