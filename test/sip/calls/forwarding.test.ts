// Forwarding, do not disturb and iDivert of SIP phones: service URIs, the bodies that phones are told by, 302, Diversion
// (`docs/protocols/calls.md` §3.2, §3.5, §3.9, §4.5).

import { describe, expect, it } from 'vitest';
import { instant, seconds } from '../../../src/core/time.js';
import { type LineForward, NO_FORWARD } from '../../../src/devices/line-forward.js';
import { ID } from '../../../src/sip/message/headers.js';
import { bodyOf, last, sipCallLab, statuses, talk, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const { Diversion: DIVERSION, Via: VIA } = ID;
const SERVICE = 'x-cisco-serviceuri-cfwdall';

type Options = Parameters<typeof sipCallLab>;

const setUp = async (
  lines: readonly NonNullable<Options[0][number]['line']>[] = [],
  { isCisco = true, canSet = true }: { readonly isCisco?: boolean; readonly canSet?: boolean } = {},
) => {
  const lab = await sipCallLab(
    ['1000', '1001', '1002', '1003'].map((dn, index) => ({ dn, isCisco, line: lines[index] ?? {} })),
    {},
    { canSet },
  );
  const [a, b, c, d] = lab.phones as [SipPhone, SipPhone, SipPhone, SipPhone];
  for (const phone of lab.phones) phone.told.length = 0;
  const forwardOf = (dn: string) =>
    lab.harness.database.byDirectoryNumber(dn as never)[0]?.configured.lines[0]?.forward;
  const doNotDisturbOf = (dn: string) =>
    lab.harness.database.byDirectoryNumber(dn as never)[0]?.configured.doNotDisturb;
  return { ...lab, a, b, c, d, forwardOf, doNotDisturbOf };
};

const forwarding = (forward: Partial<LineForward>) => ({ forward: { ...NO_FORWARD, ...forward } });

const kpml = (digits: string): string =>
  `<kpml-response version="1.0" code="200" text="OK" digits="${digits}" tag="Backspace OK"/>`;

/** Takes the subscription to its keys. */
const subscribed = (phone: SipPhone): PhoneDialog => {
  const subscribe = last(phone.take(), 'SUBSCRIBE');
  const dialog = phone.dialogOf(subscribe, 'kpml');
  phone.answer(subscribe, 200, 'OK', { tag: 'kpml', headers: ['Expires: 7200'] });
  return dialog;
};

const press = (phone: SipPhone, dialog: PhoneDialog, digits: string): void =>
  phone.request(dialog, 'NOTIFY', {
    headers: ['Event: kpml', 'Subscription-State: active; expires=7100'],
    body: kpml(digits),
    type: 'application/kpml-response+xml',
  });

/** The bodies of the REFERs that the phone was sent. */
const told = (phone: SipPhone): string[] => phone.told.map((message) => message.body.toString('latin1'));

/** Sends what is due. */
const wait = ({ clock }: { readonly clock: { advance(milliseconds: number): void } }): void => clock.advance(20);

const update = (number: string): string =>
  `<x-cisco-remotecc-request>\n<cfwdallupdate><fwdaddress>${number}</fwdaddress><tovoicemail>off</tovoicemail><linenumber>1</linenumber></cfwdallupdate>\n</x-cisco-remotecc-request>\n`;

describe('the key that forwards all calls', () => {
  it('with a number behind its name sets it, and without one ends that', async () => {
    const lab = await setUp();
    const { a, b, c, forwardOf } = lab;
    const dialog = b.invite(`${SERVICE}1002`, b.sdp());
    const answer = last(b.take(), 480);
    expect(textOf(answer, 'Reason')).toBeUndefined();
    b.request(dialog, 'ACK', { branch: dialog.branch });
    wait(lab);
    b.take();
    expect([forwardOf('1001')?.all, told(b)]).toEqual(['1002', [update('1002')]]);
    a.invite('1001', a.sdp());
    expect([statuses(b.take()), statuses(c.take())]).toEqual([[], ['INVITE']]);
    b.told.length = 0;
    b.invite(SERVICE, b.sdp());
    expect(statuses(b.take())).toContain(480);
    wait(lab);
    b.take();
    expect([forwardOf('1001')?.all, told(b)]).toEqual([undefined, [update('')]]);
  });

  it('has the digits pressed one by one where there are none', async () => {
    const lab = await setUp();
    const { b, forwardOf, expectNothingLeft } = lab;
    const dialog = b.invite(SERVICE, b.sdp());
    const keys = subscribed(b);
    for (const key of '1003') press(b, keys, key);
    const said = b.take();
    expect(statuses(said)).toEqual([200, 200, 200, 200, 'SUBSCRIBE', 480]);
    expect(textOf(last(said, 480), 'Reason')).toBeUndefined();
    b.answer(last(said, 'SUBSCRIBE'), 200, 'OK');
    b.request(dialog, 'ACK', { branch: dialog.branch });
    expect(forwardOf('1001')?.all).toBe('1003');
    expectNothingLeft();
    expect(lab.events.map(({ type }) => type)).not.toContain('call.offered');
  });

  it('changes nothing where no digit comes, or the user hangs up', async () => {
    const { b, clock, forwardOf, expectNothingLeft } = await setUp();
    b.invite(SERVICE, b.sdp());
    subscribed(b);
    clock.advance(seconds(15) + 1);
    expect(statuses(b.take())).toEqual(['SUBSCRIBE', 480]);
    const again = b.invite(SERVICE, b.sdp());
    subscribed(b);
    b.request(again, 'CANCEL');
    expect(statuses(b.take())).toContain(487);
    expect(forwardOf('1001')).toEqual(NO_FORWARD);
    expectNothingLeft();
  });

  it.each([
    ['7777', 404, 'no-such-number'],
    ['1001', 486, 'own-number'],
    ['1'.repeat(65), 404, undefined],
  ])('refuses %s', async (number, status, reason) => {
    const { b, events, forwardOf, expectNothingLeft } = await setUp();
    b.invite(`${SERVICE}${number}`, b.sdp());
    expect(statuses(b.take())).toContain(status);
    expect(forwardOf('1001')).toEqual(NO_FORWARD);
    if (reason !== undefined)
      expect(events.find(({ type }) => type === 'call.feature-refused')).toMatchObject({ dn: '1001', number, reason });
    expectNothingLeft();
  });

  it('is refused where nothing can be kept, and by phones that do not tell their keys', async () => {
    const { b } = await setUp([], { canSet: false });
    b.invite(`${SERVICE}1002`, b.sdp());
    expect(statuses(b.take()).at(-1)).toBe(500);
    const plain = await setUp([], { isCisco: false });
    plain.b.invite(SERVICE, plain.b.sdp());
    expect(statuses(plain.b.take()).at(-1)).toBe(484);
    plain.expectNothingLeft();
  });
});

it('a phone sets ten things a second at most', async () => {
  const lab = await setUp();
  const { b, events, forwardOf } = lab;
  for (let count = 0; count < 100; count += 1) b.invite(`${SERVICE}${count % 2 === 0 ? '1002' : '1003'}`, b.sdp());
  expect(statuses(b.take()).filter((status) => status === 480)).toHaveLength(10);
  wait(lab);
  b.take();
  expect(b.told.length).toBeLessThanOrEqual(10);
  expect(forwardOf('1001')?.all).toBe('1003');
  expect(events.filter(({ type }) => type === 'call.feature-refused')).toHaveLength(1);
  lab.expectNothingLeft();
});

describe('the code to forward', () => {
  it('forwards all calls of the line of a plain phone, and alone ends that', async () => {
    const { b, forwardOf, expectNothingLeft } = await setUp([], { isCisco: false });
    b.invite('*731002', b.sdp());
    expect(statuses(b.take())).toContain(480);
    expect(forwardOf('1001')?.all).toBe('1002');
    b.invite('*73', b.sdp());
    expect(statuses(b.take())).toContain(480);
    expect(forwardOf('1001')?.all).toBeUndefined();
    expectNothingLeft();
  });
});

describe('a phone of Cisco’s', () => {
  it('is told at its registration where its line forwards and that it is not to be disturbed', async () => {
    const lab = await sipCallLab(
      [
        { dn: '1000', transport: 'UDP', line: forwarding({ all: '1001' }), more: { doNotDisturb: 'reject' } },
        { dn: '1001' },
      ],
      {},
      { canSet: true },
    );
    wait(lab);
    const [a] = lab.phones as [SipPhone];
    a.take();
    const status = told(a).find((body) => body.includes('bulkupdate')) ?? '';
    expect(status).toContain(
      '<contact line="1"><mwi>no</mwi><cfwdallupdate><fwdaddress>1001</fwdaddress><tovoicemail>off</tovoicemail></cfwdallupdate></contact>\n</bulkupdate>',
    );
    expect(status).toContain('<dndupdate>\n<state>enable</state>\n<option>callreject</option>\n</dndupdate>');
  });

  it('is told what somebody else sets', async () => {
    const lab = await setUp();
    const { b, control, harness } = lab;
    const { name } = harness.database.byDirectoryNumber('1001' as never)[0]?.configured ?? {};
    control.features.setDoNotDisturb(name as never, 'ringer-off', instant(1));
    wait(lab);
    b.take();
    expect(told(b)).toEqual([
      '<x-cisco-remotecc-request>\n<dndupdate>\n<state>enable</state>\n<option>ringeroff</option>\n</dndupdate>\n</x-cisco-remotecc-request>\n',
    ]);
    control.features.setForward(name as never, '1001', 'busy', '1002', instant(1));
    wait(lab);
    b.take();
    expect(b.told).toHaveLength(1); // its icon is of all calls
  });
});

const FEATURE_HEADERS = ['Event: as-feature-event', 'Expires: 3600'];

describe('a plain phone', () => {
  const set = (phone: SipPhone, body: string, dn = '1001'): void =>
    phone.send(
      [
        `SUBSCRIBE sip:${dn}@10.10.210.10 SIP/2.0`,
        phone.via,
        `From: <sip:${dn}@10.10.210.10>;tag=features`,
        `To: <sip:${dn}@10.10.210.10>`,
        'Call-ID: features',
        'Max-Forwards: 70',
        'CSeq: 1 SUBSCRIBE',
        `Contact: <${phone.contact}>`,
        ...FEATURE_HEADERS,
        'Content-Type: application/x-as-feature-event+xml',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );

  it('sets where its line forwards, and do not disturb, by as-feature-event', async () => {
    const lab = await setUp([], { isCisco: false });
    const { a, b, c, forwardOf } = lab;
    set(
      b,
      '<SetForwarding><device/><forwardingType>forwardImmediate</forwardingType><activateForward>true</activateForward><forwardDN>1002</forwardDN></SetForwarding>',
    );
    expect(forwardOf('1001')?.all).toBe('1002');
    const notify = b.take().findLast(({ method }) => method === 'NOTIFY');
    if (notify !== undefined) expect(bodyOf(notify)).toContain('<forwardTo>1002</forwardTo>');
    a.invite('1001', a.sdp());
    expect(statuses(c.take())).toEqual(['INVITE']);
  });

  it.each([
    [
      'SetDoNotDisturb',
      '<SetDoNotDisturb><device/><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>',
      'ringer-off',
    ],
    ['nothing', '<SetDoNotDisturb><device/><doNotDisturbOn>false</doNotDisturbOn></SetDoNotDisturb>', undefined],
    [
      'a number that nobody has',
      '<SetForwarding><forwardingType>forwardBusy</forwardingType><activateForward>true</activateForward><forwardDN>9999</forwardDN></SetForwarding>',
      undefined,
    ],
  ])('sets %s', async (_what, body, option) => {
    const { b, doNotDisturbOf, forwardOf } = await setUp([], { isCisco: false });
    set(b, body);
    expect([doNotDisturbOf('1001'), forwardOf('1001')]).toEqual([option, NO_FORWARD]);
  });
});

describe('a call that is forwarded', () => {
  it('tells its new phone who forwarded it', async () => {
    const { a, c } = await setUp([{}, forwarding({ all: '1002' })]);
    a.invite('1001', a.sdp());
    const first = last(c.take(), 'INVITE');
    expect(textOf(first, 'Diversion')).toBe('<sip:1001@10.10.210.10>;reason=unconditional;privacy=off;screen=yes');
    c.answer(first, 180, 'Ringing', { tag: 'c' });
    expect(statuses(a.take()).filter((status) => status === 180)).toHaveLength(1);
  });

  it('tells its next phone who forwarded it last and first, and the caller who rings', async () => {
    const { a, c, d, clock } = await setUp([
      {},
      forwarding({ all: '1002' }),
      forwarding({ noAnswer: '1003', after: seconds(5) }),
    ]);
    a.invite('1001', a.sdp());
    c.answer(last(c.take(), 'INVITE'), 180, 'Ringing', { tag: 'c' });
    a.take();
    clock.advance(seconds(5) + 1);
    expect(statuses(c.take())).toContain('CANCEL');
    const second = last(d.take(), 'INVITE');
    expect(second.all(DIVERSION)).toEqual([
      '<sip:1002@10.10.210.10>;reason=no-answer;privacy=off;screen=yes',
      '<sip:1001@10.10.210.10>;reason=unconditional;privacy=off;screen=yes',
    ]);
    d.answer(second, 180, 'Ringing', { tag: 'd' });
    const ringing = last(a.take(), 180);
    expect(ringing.bytes.toString('latin1')).toContain('sip:1003@10.10.210.10>;party=called');
  });
});

describe('a phone that forwards by itself', () => {
  const redirect = (phone: SipPhone, contact: string, headers: readonly string[] = []): void => {
    const invite = last(phone.take(), 'INVITE');
    phone.peer.take();
    phone.send(
      [
        'SIP/2.0 302 Moved Temporarily',
        ...invite.all(VIA).map((via) => `Via: ${via}`),
        `From: ${textOf(invite, 'From')}`,
        `To: ${textOf(invite, 'To')};tag=moved`,
        `Call-ID: ${invite.callId}`,
        `CSeq: ${invite.cseq?.text}`,
        `Contact: ${contact}`,
        ...headers,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  };

  it('is followed to a number that leads to a phone', async () => {
    const { a, b, c, events } = await setUp([], { isCisco: false });
    a.invite('1001', a.sdp());
    redirect(b, '<sip:1002@10.10.210.10>', ['Diversion: <sip:1001@x>;reason=user-busy']);
    expect(statuses(b.take())).toEqual(['ACK']);
    expect(textOf(last(c.take(), 'INVITE'), 'Diversion')).toContain('reason=user-busy');
    expect(events.find(({ type }) => type === 'call.forwarded')).toMatchObject({ to: '1002', reason: 1 });
  });

  it.each(['<sip:9999@10.10.210.10>', '<sip:1001@10.10.210.10>', '<tel:>', '*', `<sip:${'1'.repeat(99)}@x>`])(
    'is not followed to %s',
    async (contact) => {
      const { a, b, expectNothingLeft } = await setUp([], { isCisco: false });
      a.invite('1001', a.sdp());
      redirect(b, contact);
      expect(last(a.take(), 503).reason).toBe('Service Unavailable');
      expectNothingLeft();
    },
  );

  it('in a circle ends in busy', async () => {
    const { a, b, c } = await setUp([], { isCisco: false });
    a.invite('1001', a.sdp());
    redirect(b, '<sip:1002@10.10.210.10>');
    redirect(c, '<sip:1001@10.10.210.10>');
    expect(statuses(a.take())).toContain(486);
  });
});

describe('the key iDivert', () => {
  const divert = (phone: SipPhone, dialog: PhoneDialog, remoteTag: string, key = 'IDivert'): void => {
    const tag = /tag=([^;>]+)/.exec(dialog.from)?.[1];
    const body = `<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>${key}</softkeyevent><dialogid><callid>${dialog.callId}</callid><localtag>${tag}</localtag><remotetag>${remoteTag}</remotetag></dialogid><linenumber>1</linenumber></softkeyeventmsg></x-cisco-remotecc-request>`;
    const { dn, device } = phone.options;
    phone.send(
      [
        'REFER sip:10.10.210.10 SIP/2.0',
        phone.via,
        `From: <sip:${dn}@10.10.210.10>;tag=key${key}`,
        'To: <sip:10.10.210.10>',
        `Call-ID: key-${key}-${remoteTag}`,
        'Max-Forwards: 70',
        'CSeq: 101 REFER',
        `Contact: <${phone.contact}>;+u.sip!devicename.ccm.cisco.com="${device}"`,
        'Refer-To: cid:1234567890@10.10.210.10',
        'Content-Id: <1234567890@10.10.210.10>',
        'Require: norefersub',
        'Content-Type: application/x-cisco-remotecc-request+xml',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );
  };
  const tagOf = (text: string): string => /tag=([^;>]+)/.exec(text)?.[1] ?? '';

  it('sends a call that rings to the voicemail of the line', async () => {
    const { a, b, c } = await setUp([{}, { voicemail: '1002' }]);
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    const dialog = b.dialogOf(invite, 'b');
    divert(b, dialog, tagOf(dialog.to));
    expect(statuses(b.take())).toEqual([202, 'CANCEL']);
    expect(textOf(last(c.take(), 'INVITE'), 'Diversion')).toContain('reason=deflection');
  });

  it('is not active for a line without one, and declined for a dialog of others, and a key that nobody knows', async () => {
    const { a, b, c } = await setUp([{}, {}]);
    const [, dialogB] = talk(a, b);
    divert(b, dialogB, tagOf(dialogB.to));
    expect([statuses(b.take()), told(b).some((body) => body.includes('\u0080I'))]).toEqual([[202], true]);
    divert(b, dialogB, 'nonsense');
    divert(c, dialogB, tagOf(dialogB.to));
    divert(b, dialogB, tagOf(dialogB.to), 'Moon');
    expect([statuses(b.take()), statuses(c.take())]).toEqual([[603, 603], [603]]);
  });
});
