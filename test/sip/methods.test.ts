import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { reportOf } from '../../src/devices/index.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice, seedDevices } from '../support/devices.js';
import { type SipHarnessOptions, sipHarness, statuses } from './harness.js';
import { ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const lab = (wishes: SipHarnessOptions = {}) =>
  sipHarness([...seedDevices(), aDevice('OTHER', { protocol: 'SIP', lines: ['5006'] })], wishes);
const tcpRequest = (method: string, dn: string, words: Parameters<typeof plain>[2] = {}) =>
  plain(method, dn, { transport: 'TCP', ...words });

const ALARM =
  '<?xml version="1.0"?>\n<x-cisco-alarm>\n<Alarm Name="DeviceTLInfo">\n<ParameterList>\n<String name="DeviceName">SEP005056A1033D</String>\n<String name="StatusCode">3</String>\n</ParameterList>\n</Alarm>\n</x-cisco-alarm>';
const refer = (body: string, headers: string[] = [], from = '5005') =>
  tcpRequest('REFER', from, {
    cseq: 1000,
    callId: `refer-${headers.length}-${body.length}-${from}`,
    uri: 'sip:10.10.210.10',
    to: '<sip:10.10.210.10>',
    body,
    headers: [
      'Require: norefersub',
      'Refer-To: cid:1@10.10.210.200',
      'Content-Type: application/x-cisco-alarm+xml',
      ...headers,
    ],
  });

describe('an alarm by REFER', () => {
  it('before the registration is answered 202, word for word, and told as one that nothing proves', async () => {
    const { tcp, database, probe } = await lab({ start: Date.UTC(2019, 2, 9, 18, 32, 46) });
    const [accepted, ...more] = tcp().ask(refer(ALARM));
    expect(more).toEqual([]);
    expect(accepted?.status).toBe(202);
    expect([...(accepted?.headers() ?? [])].map(([name]) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Date',
      'Call-ID',
      'CSeq',
      'Contact',
      'Content-Length',
    ]);
    expect(header(accepted, 'Contact')).toBe('<sip:10.10.210.10:5060;transport=tcp>');
    expect(accepted?.toTag).toMatch(/^\d+$/);
    expect(reportOf(database.byName(SEED), 'unprovenAlarm')?.value).toBe(
      'DeviceTLInfo from 10.10.210.200: DeviceName SEP005056A1033D, StatusCode 3',
    );
    expect(database.byName(SEED)).toMatchObject({ state: 'unknown', address: undefined });
    expect(probe.of('sip.alarm')[0]).toMatchObject({
      device: SEED,
      alarm: 'DeviceTLInfo',
      proven: false,
      values: { StatusCode: '3' },
    });
  });

  it('of a registered phone is read into the record, by names that are an alarm’s', async () => {
    const { tcp, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    phone.ask(refer(ALARM));
    const value = (name: string) => reportOf(database.byName(SEED), name)?.value;
    expect([value('alarmName'), value('alarm.StatusCode'), value('StatusCode')]).toEqual([
      'DeviceTLInfo',
      '3',
      undefined,
    ]);
    expect(probe.of('sip.alarm')).toMatchObject([{ device: SEED, proven: true }]);
  });

  it('from a phone that knows but its hardware address finds the device', async () => {
    const { tcp, database } = await lab();
    const nameless = ALARM.replace(/<String name="DeviceName">.*<\/String>\n/, '');
    expect(tcp().ask(refer(nameless, [], '005056a1033d'))[0]?.status).toBe(202);
    expect(reportOf(database.byName(SEED), 'unprovenAlarm')?.value).toBe(
      'DeviceTLInfo from 10.10.210.200: StatusCode 3',
    );
  });

  it('that is broken is accepted all the same, and told', async () => {
    const { tcp, probe, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    expect(phone.ask(refer(ALARM.slice(0, -1)))[0]?.status).toBe(202);
    expect(reportOf(database.byName(SEED), 'alarm.StatusCode')?.value).toBe('3');
    expect(phone.ask(refer('not xml at all'))[0]?.status).toBe(202);
    expect(probe.of('sip.malformed')).toMatchObject([{ reason: 'the alarm cannot be read', answered: 202 }]);
  });
});

describe('other REFERs', () => {
  const typed = (type: string, referTo = 'cid:1@x') =>
    tcpRequest('REFER', '5005', {
      cseq: 1000,
      body: '<x/>',
      headers: [`Refer-To: ${referTo}`, `Content-Type: ${type}`],
    });
  it.each([
    ['an answer of the phone', typed('application/x-cisco-remotecc-response+xml'), 202],
    ['a soft key that nobody serves', typed('application/x-cisco-remotecc-request+xml'), 603],
    ['a call transfer', typed('text/plain', '<sip:5006@10.10.210.10>'), 603],
    ['without Refer-To', tcpRequest('REFER', '5005'), 400],
    ['an extension that nobody knows', tcpRequest('REFER', '5005', { headers: ['Require: norefersub, magic'] }), 420],
  ])('%s', async (_case, words, status) => expect((await lab()).tcp().ask(words)[0]?.status).toBe(status));

  it('a token to come home is granted at a bounded rate', async () => {
    const { tcp, clock, probe } = await lab({ settings: { tokens: { perSecond: 1, burst: 2, wait: seconds(30) } } });
    const phone = tcp();
    let asked = 0;
    const token = () =>
      phone.ask(
        tcpRequest('REFER', '005056a1033d', {
          callId: `tok${++asked}`,
          headers: ['Require: norefersub', 'Refer-To: <urn:X-cisco-remotecc:token-registration>'],
        }),
      )[0];
    expect([token()?.status, token()?.status]).toEqual([202, 202]);
    const refused = token();
    expect([refused?.status, header(refused, 'Retry-After')]).toEqual([503, '30']);
    clock.advance(1_000);
    expect([token()?.status, token()?.status]).toEqual([202, 503]);
    expect(probe.of('sip.token').map(({ granted }) => granted)).toEqual([true, true, false, true, false]);
  });
});

describe('SUBSCRIBE', () => {
  const subscribe = (event: string, dn = '5005', words: Parameters<typeof plain>[2] = {}) =>
    tcpRequest('SUBSCRIBE', dn, { expires: '3600', ...words, headers: [`Event: ${event}`, ...(words?.headers ?? [])] });

  it.each([
    ['message-summary', 'application/simple-message-summary', 'Messages-Waiting: no\r\n'],
    ['presence', 'application/pidf+xml', '<basic>closed</basic>'],
    ['dialog', 'application/dialog-info+xml', 'version="0" state="full"'],
    ['kpml', undefined, ''],
    ['service-control', undefined, ''],
    ['as-feature-event', 'application/x-as-feature-event+xml', '<doNotDisturbOn>false</doNotDisturbOn>'],
  ])('to %s is accepted and told at once', async (event, type, body) => {
    const { tcp } = await lab();
    const [ok, notify] = tcp().ask(subscribe(event));
    expect([ok?.status, notify?.method]).toEqual([200, 'NOTIFY']);
    expect(header(ok, 'Expires')).toBe('3600');
    expect(header(ok, 'Contact')).toBe('<sip:10.10.210.10:5060;transport=tcp>');
    expect(header(notify, 'Subscription-State')).toBe('active;expires=3600');
    expect(header(notify, 'Event')).toBe(event);
    expect(header(notify, 'Content-Type')).toBe(type);
    expect(notify?.body.toString()).toContain(body);
    // In the same dialog: tags and Call-ID, the other way round.
    expect([notify?.fromTag, notify?.toTag, notify?.callId, notify?.uri]).toEqual([
      ok?.toTag,
      't5005',
      'call-5005',
      'sip:5005@10.10.210.200:3311',
    ]);
  });

  it('to what concerns the phone itself may name it otherwise than by a number', async () => {
    const { tcp } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const ask = (event: string, callId: string) =>
      statuses(phone.ask(subscribe(event, '5005', { uri: 'sip:005056A1033D@10.10.210.10', callId })));
    expect(ask('service-control', 'a')).toEqual([200, 'NOTIFY']);
    expect(ask('presence', 'b')).toEqual([404]);
    expect(statuses(tcp().ask(subscribe('service-control', '7777', { uri: 'sip:10.10.210.10' })))).toEqual([404]);
  });

  it('to features sets what it carries, confirms it and tells how it stands', async () => {
    const { tcp, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    let cseq = 0;
    let to: string | undefined;
    const set = (body: string) => {
      cseq += 1;
      const [ok, notify] = phone.ask(
        subscribe('as-feature-event', '5005', {
          callId: 'features',
          cseq,
          headers: ['Content-Type: application/x-as-feature-event+xml'],
          body,
          ...(to === undefined ? {} : { to }),
        }),
      );
      to = header(ok, 'To');
      phone.ask(answerTo(notify, 200));
      return [ok?.body.toString() ?? '', notify?.body.toString() ?? ''];
    };
    const fact = (name: string) => reportOf(database.byName(SEED), name)?.value;
    const dnd = set('<SetDoNotDisturb><device/><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>');
    expect(dnd[0]).toContain('<SetDoNotDisturbResponse ');
    expect(dnd[1]).toContain('<device>5005</device>\n<doNotDisturbOn>true</doNotDisturbOn>\n</DoNotDisturbEvent>');
    expect(fact('doNotDisturb')).toBe(true);
    const forward = (activate: boolean, number: string) =>
      set(
        `<SetForwarding><forwardingType>forwardBusy</forwardingType><activateForward>${activate}</activateForward><forwardDN>${number}</forwardDN></SetForwarding>`,
      );
    const forwarded = forward(true, '5&amp;6');
    expect(forwarded[0]).toContain('<SetForwardingResponse ');
    expect(forwarded[1]).toContain('<forwardStatus>true</forwardStatus>\n<forwardTo>5&amp;6</forwardTo>');
    expect(fact('forwarding.forwardBusy')).toBe('5&6');
    expect(forward(false, '')[1]).toContain('<forwardStatus>false</forwardStatus>\n</ForwardingEvent>');
    const junk = set('<SetForwarding><forwardingType>forwardMoon</forwardingType></SetForwarding>');
    expect(junk[0]).toBe('');
    expect(junk[1]).toContain('<doNotDisturbOn>true</doNotDisturbOn>');
  });

  it('in the type that is accepted', async () => {
    const { tcp } = await lab();
    const accept = (type: string) =>
      tcp().ask(subscribe('presence', '5005', { callId: type, headers: [`Accept: ${type}`] }));
    expect(header(accept('application/cpim-pidf+xml')[1], 'Content-Type')).toBe('application/cpim-pidf+xml');
    expect(accept('text/html')[0]?.status).toBe(406);
  });

  it.each([
    ['an unknown event', subscribe('no-such-event'), 489],
    ['an event that objects have', subscribe('constructor'), 489],
    ['another of these', subscribe('__proto__'), 489],
    ['too short a time', subscribe('presence', '5005', { expires: '10' }), 423],
    ['an unknown dialog', subscribe('presence', '5005', { to: '<sip:5005@10.10.210.10>;tag=77' }), 481],
    ['a number that nobody has', subscribe('presence', '7777'), 404],
    ['no Contact', subscribe('presence', '5005', { contact: undefined }), 400],
  ])('to %s is refused', async (_case, words, status) => {
    const [answer, ...more] = (await lab()).tcp().ask(words);
    expect(answer?.status).toBe(status);
    expect(more).toEqual([]);
    if (status === 489) expect(header(answer, 'Allow-Events')).toContain('message-summary');
    if (status === 423) expect(header(answer, 'Min-Expires')).toBe('60');
  });

  it('is refreshed, fetched and ended in its dialog', async () => {
    const { tcp } = await lab();
    const phone = tcp();
    const [ok] = phone.ask(subscribe('presence'));
    const to = `<sip:5005@10.10.210.10>;tag=${ok?.toTag}`;
    const [again, news] = phone.ask(subscribe('presence', '5005', { cseq: 2, to }));
    expect([again?.status, news?.cseq?.number]).toEqual([200, 102]);
    expect(phone.ask(subscribe('presence', '5005', { cseq: 1, to }))[0]?.status).toBe(500);
    const [ended, last] = phone.ask(subscribe('presence', '5005', { cseq: 3, to, expires: '0' }));
    expect([ended?.status, header(last, 'Subscription-State')]).toEqual([200, 'terminated;reason=timeout']);
    expect(phone.ask(subscribe('presence', '5005', { cseq: 4, to }))[0]?.status).toBe(481);
    const [fetched, once] = phone.ask(subscribe('presence', '5005', { callId: 'fetch', expires: '0' }));
    expect([fetched?.status, header(once, 'Subscription-State')]).toEqual([200, 'terminated;reason=timeout']);
  });

  it('ends in time with a last word', async () => {
    const { tcp, clock } = await lab();
    const phone = tcp();
    phone.ask(answerTo(phone.ask(subscribe('kpml', '5005', { expires: '60' }))[1], 200));
    clock.advance(60_001);
    const [last] = phone.take();
    expect(header(last, 'Subscription-State')).toBe('terminated;reason=timeout');
    expect(last?.body.toString()).toContain('text="Subscription Exp"');
  });

  it('to presence hears of a registration and of its end', async () => {
    const { tcp, clock } = await lab();
    const watcher = tcp({ address: '10.10.210.7', port: 1 });
    watcher.ask(subscribe('presence'));
    const phone = tcp();
    phone.ask(ciscoRegister());
    expect(watcher.take().at(-1)?.body.toString()).toContain('<basic>open</basic>');
    clock.advance(200); // a lamp is told no more often
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    expect(watcher.take().at(-1)?.body.toString()).toContain('<basic>closed</basic>');
  });

  it('dies with the registration of its device, and by a NOTIFY that is refused or not answered', async () => {
    const { tcp, clock } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const [ok] = phone.ask(subscribe('message-summary'));
    const to = `<sip:5005@10.10.210.10>;tag=${ok?.toTag}`;
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    expect(phone.ask(subscribe('message-summary', '5005', { cseq: 2, to }))[0]?.status).toBe(481);

    const other = tcp({ address: '10.10.210.8', port: 2 });
    const [, notify] = other.ask(subscribe('presence', '5006', { callId: 'r' }));
    const [refusedOk] = [other.ask(answerTo(notify, 481))];
    expect(refusedOk).toEqual([]);
    const silent = tcp({ address: '10.10.210.9', port: 3 });
    const [silentOk] = silent.ask(subscribe('presence', '5006', { callId: 's' }));
    clock.advance(33_000);
    const dialog = `<sip:5006@10.10.210.10>;tag=${silentOk?.toTag}`;
    expect(silent.ask(subscribe('presence', '5006', { callId: 's', cseq: 2, to: dialog }))[0]?.status).toBe(481);
  });

  it('is bounded per source and in all', async () => {
    const limits = { ...DEFAULT_SIP.limits, subscriptions: 3, subscriptionsPerSource: 2 };
    const { tcp } = await lab({ settings: { limits } });
    const one = tcp();
    const ask = (peer: typeof one, callId: string) => peer.ask(subscribe('presence', '5005', { callId }))[0]?.status;
    expect([ask(one, 'a'), ask(one, 'b'), ask(one, 'c')]).toEqual([200, 200, 503]);
    const two = tcp({ address: '10.10.210.201', port: 9 });
    expect([ask(two, 'd'), ask(two, 'e')]).toEqual([200, 503]);
  });
});

const answerTo = (
  request: ReturnType<Awaited<ReturnType<typeof lab>>['tcp']> extends { take(): (infer M)[] } ? M | undefined : never,
  status: number,
): string =>
  `SIP/2.0 ${status} X\r\nVia: ${header(request, 'Via')}\r\nFrom: ${header(request, 'From')}\r\nTo: ${header(request, 'To')}\r\nCall-ID: ${header(request, 'Call-ID')}\r\nCSeq: ${header(request, 'CSeq')}\r\nContent-Length: 0\r\n\r\n`;

describe('PUBLISH', () => {
  const publish = (words: Parameters<typeof plain>[2] = {}) =>
    tcpRequest('PUBLISH', '005056a1033d', {
      cseq: 1000,
      expires: '3600',
      uri: 'sip:5005@10.10.210.10',
      ...words,
      headers: ['Event: presence', ...(words?.headers ?? [])],
    });
  it('gives an entity tag, takes it once, and reads do not disturb', async () => {
    const { tcp, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const body =
      '<?xml version="1.0"?><presence><dm:person xmlns:dm="d"><e:activities xmlns:e="e"><ce:dnd xmlns:ce="c"/></e:activities></dm:person></presence>';
    const [ok] = phone.ask(publish({ body }));
    expect([ok?.status, header(ok, 'Expires')]).toEqual([200, '3600']);
    expect(reportOf(database.byName(SEED), 'doNotDisturb')?.value).toBe(true);
    const tag = header(ok, 'SIP-ETag') ?? '';
    const [again] = phone.ask(publish({ callId: 'b', headers: [`SIP-If-Match: ${tag}`] }));
    expect(again?.status).toBe(200);
    expect(header(again, 'SIP-ETag')).not.toBe(tag);
    expect(phone.ask(publish({ callId: 'c', headers: [`SIP-If-Match: ${tag}`] }))[0]?.status).toBe(412);
  });
  it.each([
    ['another event', { headers: [] }, 'Event: presence', 'Event: dialog', 489],
    ['too short a time', { expires: '5' }, '', '', 423],
  ])('of %s is refused', async (_case, words, from, to, status) => {
    expect((await lab()).tcp().ask(publish(words).replace(from, to))[0]?.status).toBe(status);
  });
});

describe('a phone that wants not to be disturbed', () => {
  it('is shown so to those who watch its number, from when it says so to when it no longer does', async () => {
    const { tcp, clock } = await lab();
    const watcher = tcp();
    watcher.ask(ciscoRegister({ device: 'OTHER', dn: '5006' }));
    const words = { expires: '3600', callId: 'watch', headers: ['Event: presence'], uri: 'sip:5005@10.10.210.10' };
    const [, first] = watcher.ask(tcpRequest('SUBSCRIBE', '5006', words));
    watcher.ask(answerTo(first, 200));
    const phone = tcp();
    phone.ask(ciscoRegister());
    watcher.take();
    let count = 0;
    const publish = (body: string): void => {
      count += 1;
      const callId = `dnd${count}`;
      phone.ask(tcpRequest('PUBLISH', '005056a1033d', { callId, headers: ['Event: presence'], body }));
      clock.advance(200); // a lamp is told no more often
    };
    const news = () => watcher.take().map(({ body }) => body.toString().includes('<ce:dnd/>'));
    publish('<presence><dm:person><e:activities><ce:dnd/></e:activities></dm:person></presence>');
    expect(news()).toEqual([true]);
    publish('<presence><ce:dnd/></presence>');
    expect(news()).toEqual([]);
    publish('<presence></presence>');
    expect(news()).toEqual([false]);
    publish('<presence><ce:dnd/></presence>');
    expect(news()).toEqual([true]);
    // What it said before it left is not said of it when it is back.
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    clock.advance(1_000);
    phone.ask(ciscoRegister({ callId: 'back' }));
    expect(news()).toEqual([false, false]);
  });
});

describe('the other methods', () => {
  it('OPTIONS is answered with all that there is, at Max-Forwards 0 too', async () => {
    const [ok] = (await lab())
      .tcp()
      .ask(tcpRequest('OPTIONS', 'anybody').replace('Max-Forwards: 70', 'Max-Forwards: 0'));
    expect(ok?.status).toBe(200);
    expect(header(ok, 'Allow')).toContain('REGISTER');
    expect(header(ok, 'Accept')).toBe('application/sdp');
    expect(header(ok, 'Allow-Events')).toContain('presence');
  });

  it.each([
    ['to a phone', '5005', ['Content-Type: application/sdp'], 'v=0', 480],
    ['to nobody', '7777', [], '', 480],
    ['with another body', '5005', ['Content-Type: application/unknownformat'], '<audio/>', 415],
    ['that accepts no session', '5005', ['Accept: text/nobodyKnowsThis'], '', 406],
  ])('INVITE %s is refused politely, until it is acknowledged', async (_case, dn, headers, body, status) => {
    const { udp, clock } = await lab();
    const phone = await udp();
    // Of usual length: an address that has proved nothing is sent three times the octets that came from it.
    const length = `User-Agent: ${'x'.repeat(200)}`;
    const invite = plain('INVITE', dn, { transport: 'UDP', headers: [...headers, length], body, branch: 'z9hG4bKinv' });
    const [trying, final] = phone.ask(invite);
    expect([trying?.status, final?.status]).toEqual([100, status]);
    clock.advance(1_600);
    expect(statuses(phone.take())).toEqual([status, status]);
    expect(phone.ask(invite).at(-1)?.status).toBe(status);
    phone.ask(plain('ACK', dn, { transport: 'UDP', branch: 'z9hG4bKinv' }));
    clock.advance(40_000);
    expect(phone.take()).toEqual([]);
  });

  it.each([
    ['BYE', 481],
    ['INFO', 481],
    ['UPDATE', 481],
    ['PRACK', 481],
    ['NOTIFY', 481],
    ['CANCEL', 481],
    ['MESSAGE', 405],
    ['RE%47IST%45R', 501],
    ['NEWMETHOD', 501],
    ['__proto__', 501],
    ['toString', 501],
  ])('%s out of a dialog: %i', async (method, status) => {
    const [answer] = (await lab()).tcp().ask(tcpRequest(method, '5005'));
    expect(answer?.status).toBe(status);
    if (status === 501) expect(header(answer, 'Allow')).toContain('REGISTER');
  });

  it('a method that is not served is refused before anything else in the request is judged', async () => {
    const { tcp } = await lab();
    for (const headers of [['Content-Type: text/html'], ['Content-Type: text/plain'], ['Require: magic']]) {
      const [answer] = tcp().ask(tcpRequest('MESSAGE', '5005', { headers, body: 'x' }));
      expect([answer?.status, header(answer, 'Allow')?.includes('MESSAGE')]).toEqual([405, false]);
    }
  });

  it('a request to a sips: URI is answered with a Contact of that scheme, and told by it', async () => {
    const { tcp } = await lab();
    const words = { uri: 'sips:5005@10.10.210.10', contact: '<sips:5005@10.10.210.200:3311>', expires: '600' };
    const [ok, notify] = tcp().ask(tcpRequest('SUBSCRIBE', '5005', { ...words, headers: ['Event: presence'] }));
    expect([ok, notify].map((message) => header(message, 'Contact'))).toEqual([
      '<sips:10.10.210.10:5060>',
      '<sips:5005@10.10.210.10:5060>',
    ]);
  });

  it('ACK is never answered, CANCEL of a REGISTER has no effect', async () => {
    const { tcp, database } = await lab();
    const phone = tcp();
    expect(phone.ask(tcpRequest('ACK', '5005'))).toEqual([]);
    phone.ask(ciscoRegister({ branch: 'z9hG4bKr' }));
    expect(phone.ask(tcpRequest('CANCEL', '5005', { branch: 'z9hG4bKr' }))[0]?.status).toBe(200);
    phone.ask(ciscoRegister({ branch: 'z9hG4bKs', cseq: 102, callId: 'refreshed' }));
    phone.ask(ciscoRegister({ branch: 'z9hG4bKt', cseq: 103, callId: 'refreshed' }));
    const cancel = (cseq: number) =>
      phone.ask(tcpRequest('CANCEL', '5005', { branch: `z9hG4bK${cseq}`, cseq, callId: 'refreshed' }))[0]?.status;
    expect([cancel(103), cancel(99)]).toEqual([200, 481]);
    expect(database.byName(SEED)?.state).toBe('registered');
  });

  it('NOTIFY of the hook is taken', async () => {
    const { tcp, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const hook = (state: string, callId: string) =>
      phone.ask(
        tcpRequest('NOTIFY', '5005', {
          callId,
          headers: ['Event: dialog', 'Content-Type: application/dialog-info+xml'],
          body: `<dialog-info entity="sip:5005@10.10.210.10"><dialog id="1"><state>${state}</state></dialog></dialog-info>`,
        }),
      )[0]?.status;
    expect(hook('trying', 'h1')).toBe(200);
    expect(reportOf(database.byName(SEED), 'hook')?.value).toBe('off-hook');
    expect(hook('terminated', 'h2')).toBe(200);
    expect(reportOf(database.byName(SEED), 'hook')?.value).toBe('on-hook');
  });

  it('responses to nothing of ours are dropped', async () => {
    const { tcp } = await lab();
    expect(
      tcp().ask(
        'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.10.210.10:5060;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
      ),
    ).toEqual([]);
  });
});

describe('a command', () => {
  const STAMPS = { config: '1569698074-a', dialplan: '', softkey: 's', featureControl: 'f' };
  const registered = async (wishes: SipHarnessOptions = {}) => {
    const own = await lab({ stamps: STAMPS, ...wishes });
    const phone = own.tcp();
    phone.ask(ciscoRegister({ callId: 'first' }));
    phone.ask(ciscoRegister({ callId: 'latest' }));
    return { ...own, phone };
  };

  it.each([
    ['reset', 'action=reset\r\nRegisterCallId={latest}\r\n'],
    ['restart', 'action=restart\r\nRegisterCallId={latest}\r\n'],
    [
      'apply',
      'action=apply-config\r\nRegisterCallId={latest}\r\nConfigVersionStamp={1569698074-a}\r\nDialplanVersionStamp={}\r\nSoftkeyVersionStamp={s}\r\nFeatureControlVersionStamp={f}\r\nCUCMResult=Reregister_Needed\r\nLoadId={}\r\nInactiveLoadId={}\r\nLoadServer={}\r\nLogServer={}\r\nPPID=enabled\r\nUpgradeTime=now\r\n',
    ],
  ] as const)('%s is a NOTIFY of service-control with the latest Call-ID', async (command, body) => {
    const { server, phone, probe } = await registered();
    expect(server.command('sep005056a1033d', command)).toBe('sent');
    const [notify] = phone.take();
    expect(notify).toMatchObject({ method: 'NOTIFY', uri: 'sip:5005@10.10.210.200:3311' });
    expect(header(notify, 'From')).toMatch(/^<sip:10\.10\.210\.10>;tag=\d+$/);
    expect(header(notify, 'To')).toBe('<sip:5005@10.10.210.200>');
    expect(header(notify, 'CSeq')).toBe('101 NOTIFY');
    expect(header(notify, 'Event')).toBe('service-control');
    expect(header(notify, 'Subscription-State')).toBe('active');
    expect(header(notify, 'Contact')).toBe('<sip:10.10.210.10:5060;transport=tcp>');
    expect(notify?.body.toString()).toBe(body);
    phone.ask(answerTo(notify, 200));
    expect(probe.of('device.commanded')).toMatchObject([{ device: SEED, command }]);
    expect(probe.of('sip.command-answered')).toMatchObject([{ device: SEED, command, status: 200 }]);
    phone.ask(ciscoRegister({ callId: 'latest', cseq: 102, expires: '0' }));
    expect(probe.of('device.unregistered')[0]?.reason).toBe(command === 'apply' ? 'applied' : 'reset');
  });

  it.each(['reset', 'restart', 'apply'] as const)(
    '%s of an old 7960 is a check-sync without a body',
    async (command) => {
      const { tcp, server, database } = await sipHarness([
        aDevice('SEP00036BAA139F', { model: '7960', protocol: 'SIP', lines: ['5008'] }),
      ]);
      const phone = tcp();
      phone.ask(ciscoRegister({ device: 'SEP00036BAA139F', dn: '5008', model: 7 }));
      server.command('SEP00036BAA139F', command);
      const [notify] = phone.take();
      expect(notify?.method).toBe('NOTIFY');
      expect(header(notify, 'Event')).toBe('check-sync');
      expect(header(notify, 'Subscription-State')).toBe('terminated');
      expect(header(notify, 'Content-Length')).toBe('0');
      phone.ask(answerTo(notify, 200));
      expect(database.byName('SEP00036BAA139F')?.state).toBe('registered');
    },
  );

  it('carries the stamps where the model wants them', async () => {
    const { server, phone } = await registered({ settings: { stampedResets: new Set([30016]) } });
    server.command(SEED, 'reset');
    expect(phone.take()[0]?.body.toString()).toContain(
      'action=reset\r\nRegisterCallId={latest}\r\nConfigVersionStamp={1569698074-a}\r\nDialplanVersionStamp={}\r\nSoftkeyVersionStamp={s}\r\n',
    );
  });

  it('that is not answered ends the registration; that is refused leaves it', async () => {
    const { server, phone, clock, probe, database } = await registered();
    server.command(SEED, 'reset');
    phone.ask(answerTo(phone.take()[0], 400));
    clock.advance(33_000);
    expect(database.byName(SEED)?.state).toBe('registered');
    server.command(SEED, 'reset');
    clock.advance(33_000);
    expect(probe.of('device.unregistered')[0]?.reason).toBe('no-response');
    expect(probe.of('sip.command-answered').map(({ status }) => status)).toEqual([400, 0]);
  });

  it('goes to nobody who is not registered here', async () => {
    const { server, phone } = await registered();
    expect([server.command('OTHER', 'reset'), server.command('NOBODY', 'reset')]).toEqual([
      'not-registered',
      'not-registered',
    ]);
    expect(phone.take()).toEqual([]);
  });

  it('over UDP is repeated until it is answered, to where the phone listens', async () => {
    const { udp, server, clock } = await lab();
    const listens = { address: '10.10.210.200', port: 5060 };
    const phone = await udp({ address: '10.10.210.200', port: 51_098 }, [listens]);
    phone.ask(ciscoRegister({ transport: 'UDP', port: 5060 }));
    // Once it has answered something, it is known to hear us.
    server.command(SEED, 'apply');
    phone.ask(answerTo(phone.take().at(-1), 200));
    server.command(SEED, 'restart');
    clock.advance(3_600);
    const notifies = phone.take();
    expect(statuses(notifies)).toEqual(['NOTIFY', 'NOTIFY', 'NOTIFY', 'NOTIFY']);
    expect(phone.at.slice(2).every((at) => at === '10.10.210.200:5060')).toBe(true);
    phone.ask(answerTo(notifies[0], 200));
    clock.advance(10_000);
    expect(phone.take()).toEqual([]);
  });
});
