import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { reportOf } from '../../src/devices/index.js';
import { ID } from '../../src/sip/message/headers.js';
import { aDevice } from '../support/devices.js';
import { type SipHarnessOptions, sipHarness, statuses } from './harness.js';
import { authorization, BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const seed = (lines = ['5005'], more: Parameters<typeof aDevice>[1] = {}) =>
  aDevice(SEED, { protocol: 'SIP', lines, ...more });
const plainPhone = (name = 'SOFT', dn = '6001', more: Parameters<typeof aDevice>[1] = {}) =>
  aDevice(name, { protocol: 'SIP', lines: [dn], ...more });
const lab = (lines = ['5005'], wishes: SipHarnessOptions = {}) => sipHarness([seed(lines)], wishes);

describe('a first registration', () => {
  it('is answered 100 and 200, word for word', async () => {
    const { tcp } = await lab(['5005'], { start: Date.UTC(2019, 2, 9, 18, 32, 46) });
    const phone = tcp();
    const [trying, ok] = phone.ask(ciscoRegister({ branch: 'z9hG4bK1' }));
    const words = (message: typeof ok) => message?.bytes.toString('latin1');
    expect(words(trying)).toBe(
      'SIP/2.0 100 Trying\r\nVia: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK1\r\nFrom: <sip:5005@10.10.210.10>;tag=005056a1033d5005\r\nTo: <sip:5005@10.10.210.10>\r\nDate: Sat, 09 Mar 2019 18:32:46 GMT\r\nCall-ID: 005056a1033d-5005@10.10.210.200\r\nCSeq: 101 REGISTER\r\nContent-Length: 0\r\n\r\n',
    );
    expect(words(ok)?.replace(/tag=\d{1,10}\r\nDate/, 'tag=N\r\nDate')).toBe(
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK1\r\nFrom: <sip:5005@10.10.210.10>;tag=005056a1033d5005\r\nTo: <sip:5005@10.10.210.10>;tag=N\r\nDate: Sat, 09 Mar 2019 18:32:46 GMT\r\nCall-ID: 005056a1033d-5005@10.10.210.200\r\nServer: Cisco-CUCM12.5\r\nCSeq: 101 REGISTER\r\nExpires: 120\r\nContact: <sip:uuid-SEP005056A1033D-5005@10.10.210.200:3311;transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-005056a1033d>";+u.sip!devicename.ccm.cisco.com="SEP005056A1033D";+u.sip!model.ccm.cisco.com="30016";x-cisco-newreg\r\nSupported: X-cisco-srtp-fallback,X-cisco-sis-9.1.0\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('is told as facts, with its address, load and line', async () => {
    const { tcp, probe, database } = await lab();
    tcp().ask(
      ciscoRegister({
        headers: [
          'Reason: SIP;cause=200;text="cisco-alarm:12 Name=SEP005056A1033D Load=CIPC-7-0-1-0 Last=cm-reset-tcp"',
        ],
      }),
    );
    expect(probe.types().filter((type) => type.startsWith('device.'))).toEqual([
      'device.registering',
      'device.reported',
      'device.out-of-service',
      'device.registered',
    ]);
    expect(probe.of('device.registered')[0]).toMatchObject({
      device: SEED,
      protocol: 'SIP',
      transport: 'tcp',
      address: '10.10.210.200',
      load: 'CIPC-7-0-1-0',
      lines: ['5005'],
      registeredSip: 1,
      registeredSccp: 0,
    });
    expect(reportOf(database.byName(SEED), 'lastReset')?.value).toBe('cm-reset-tcp');
  });

  it('over UDP has its 100 as CUCM does, and none where streams alone are to have it', async () => {
    const words = ciscoRegister({ transport: 'UDP' });
    expect(statuses((await (await lab()).udp()).ask(words))).toEqual([100, 200]);
    const quiet = await lab(['5005'], { settings: { trying: 'streams' } });
    expect(statuses((await quiet.udp()).ask(words))).toEqual([200]);
    expect(statuses(quiet.tcp().ask(ciscoRegister({ device: SEED, cseq: 102, port: 3312 })))).toEqual([100, 200]);
  });

  it('keeps one To tag per Call-ID', async () => {
    const { tcp } = await lab();
    const phone = tcp();
    const tag = phone.ask(ciscoRegister()).at(-1)?.toTag;
    expect(tag).toMatch(/^\d{1,10}$/);
    expect(phone.ask(ciscoRegister({ cseq: 102 })).at(-1)?.toTag).toBe(tag);
    expect(phone.ask(ciscoRegister({ cseq: 1, callId: 'other' })).at(-1)?.toTag).not.toBe(tag);
  });
});

describe('a refresh', () => {
  it('has neither x-cisco-newreg nor body, and keeps the registration alive', async () => {
    const { tcp, clock, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const { registration } = database.byName(SEED) ?? {};
    for (let cseq = 102; cseq < 110; cseq += 1) {
      clock.advance(115_000);
      const ok = phone.ask(ciscoRegister({ cseq })).at(-1);
      expect(ok?.status).toBe(200);
      expect(header(ok, 'Contact')).not.toContain('newreg');
      expect(header(ok, 'Expires')).toBe('120');
    }
    expect(database.byName(SEED)?.registration).toBe(registration);
    expect(registration?.keepAlives).toBe(8);
    expect(probe.of('device.registered')).toHaveLength(1);
  });

  it('inside the grace is a refresh; after it the registration has ended', async () => {
    const { tcp, clock, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    clock.advance(134_000);
    expect(header(phone.ask(ciscoRegister({ cseq: 102 })).at(-1), 'Contact')).not.toContain('newreg');
    clock.advance(135_000);
    expect(probe.of('device.unregistered')[0]).toMatchObject({ device: SEED, reason: 'silence' });
    expect(database.byName(SEED)?.state).toBe('unregistered');
    expect(header(phone.ask(ciscoRegister({ cseq: 103 })).at(-1), 'Contact')).toContain('x-cisco-newreg');
  });

  it('has the grace that the owner gives', async () => {
    const { tcp, clock, database } = await lab(['5005'], { settings: { grace: seconds(60) } });
    tcp().ask(ciscoRegister());
    clock.advance(179_000);
    expect(database.byName(SEED)?.state).toBe('registered');
    clock.advance(1_001);
    expect(database.byName(SEED)?.state).toBe('unregistered');
  });

  it('with another Call-ID over the same flow goes on as the same registration', async () => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    expect(header(phone.ask(ciscoRegister({ callId: 'fresh', cseq: 5 })).at(-1), 'Contact')).not.toContain('newreg');
    expect(statuses(phone.ask(ciscoRegister({ callId: 'fresh', cseq: 6 })))).toEqual([100, 200]);
    expect(probe.of('device.registered')).toHaveLength(1);
    expect(probe.of('device.unregistered')).toHaveLength(0);
  });
});

describe('the order of requests', () => {
  it.each([
    ['a lower CSeq', 100, 'z9hG4bKlow', 500],
    ['the same CSeq in another request', 101, 'z9hG4bKagain', 500],
    ['the same request once more', 101, 'z9hG4bKfirst', 200],
  ])('%s: %i', async (_case, cseq, branch, status) => {
    const { tcp, clock, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister({ branch: 'z9hG4bKfirst' }));
    clock.advance(60_000);
    expect(phone.ask(ciscoRegister({ cseq, branch })).at(-1)?.status).toBe(status);
    expect(database.byName(SEED)?.registration?.keepAlives).toBe(0);
    clock.advance(75_000);
    expect(database.byName(SEED)?.registration).toBeUndefined();
  });

  it('a retransmission gets the same octets and touches nothing', async () => {
    const { udp, database, probe } = await lab();
    const phone = await udp();
    const words = ciscoRegister({ transport: 'UDP' });
    const first = phone.ask(words).at(-1)?.bytes.toString('latin1');
    probe.clear();
    for (let count = 0; count < 3; count += 1) {
      const again = phone.ask(words);
      expect(again.map(({ bytes }) => bytes.toString('latin1'))).toEqual([first]);
    }
    expect(database.byName(SEED)?.registration?.keepAlives).toBe(0);
    expect(probe.types().filter((type) => type.startsWith('device.'))).toEqual([]);
  });

  it('of a refresh, too, however late', async () => {
    const { udp, clock, database, probe } = await lab();
    const phone = await udp();
    phone.ask(ciscoRegister({ transport: 'UDP' }));
    const words = ciscoRegister({ transport: 'UDP', cseq: 102 });
    const first = phone.ask(words);
    expect(statuses(first)).toEqual([100, 200]);
    probe.clear();
    clock.advance(20_000);
    const again = phone.ask(words);
    expect(again.map(({ bytes }) => bytes.toString('latin1'))).toEqual([first[1]?.bytes.toString('latin1')]);
    expect(database.byName(SEED)?.registration?.keepAlives).toBe(1);
    clock.advance(116_000);
    expect(database.byName(SEED)?.registration).toBeUndefined();
    // Another request with the same number is no repetition.
    phone.ask(ciscoRegister({ transport: 'UDP', cseq: 103 }));
    phone.ask(ciscoRegister({ transport: 'UDP', cseq: 104 }));
    expect(phone.ask(ciscoRegister({ transport: 'UDP', cseq: 104 })).at(-1)?.status).toBe(500);
  });

  it('the same request by another way is told so', async () => {
    const { udp } = await lab();
    const phone = await udp();
    phone.ask(ciscoRegister({ transport: 'UDP', branch: 'z9hG4bKone' }));
    expect(phone.ask(ciscoRegister({ transport: 'UDP', branch: 'z9hG4bKtwo' })).at(-1)?.status).toBe(482);
  });

  it('two phones that drew the same branch are two', async () => {
    const { udp } = await sipHarness([seed(), aDevice('SEP005056A1FFFF', { protocol: 'SIP', lines: ['5006'] })]);
    const one = await udp();
    const other = await udp({ address: '10.10.210.201', port: 3311 });
    const words = { transport: 'UDP', branch: 'z9hG4bK00003855' } as const;
    expect(statuses(one.ask(ciscoRegister(words)))).toEqual([100, 200]);
    const answer = other.ask(
      ciscoRegister({ ...words, device: 'SEP005056A1FFFF', dn: '5006', sentBy: '10.10.210.201' }),
    );
    expect(statuses(answer)).toEqual([100, 200]);
  });
});

describe('several lines', () => {
  const register = (dn: string, cseq = 101) => ciscoRegister({ dn, cseq });

  it('one by one: partly registered until the last, x-cisco-newreg for the first alone', async () => {
    const { tcp, database, probe } = await lab(['5005', '5006', '5007']);
    const phone = tcp();
    const states = ['5005', '5006', '5007'].map((dn) => {
      const ok = phone.ask(register(dn)).at(-1);
      return [ok?.status, header(ok, 'Contact')?.includes('newreg'), database.byName(SEED)?.state];
    });
    expect(states).toEqual([
      [200, true, 'partially-registered'],
      [200, false, 'partially-registered'],
      [200, false, 'registered'],
    ]);
    expect(probe.of('device.registering')).toHaveLength(1);
    expect(database.byName(SEED)?.registration?.lines).toEqual(['5005', '5006', '5007']);
  });

  it('in bulk: all by one request, the offer answered, the stamps sent', async () => {
    const stamps = { config: '1-a', dialplan: '', softkey: '2-b', featureControl: '' };
    const { tcp, database } = await lab(['5005', '5006'], { stamps });
    const phone = tcp();
    const [, ok, refer] = phone.ask(ciscoRegister({ body: BULK_BODY, headers: BULK_HEADERS }));
    expect(database.byName(SEED)).toMatchObject({ state: 'registered', registration: { lines: ['5005', '5006'] } });
    expect(header(ok, 'Content-Type')).toBe('application/x-cisco-remotecc-response+xml');
    expect(ok?.body.toString()).toContain(
      '<optionsind>\n<combine max="6">\n<remotecc><status/></remotecc>\n<service-control/>\n</combine>\n<joinreq></joinreq>\n</optionsind>',
    );
    expect(refer).toMatchObject({ method: 'REFER', uri: `sip:uuid-${SEED}-5005@10.10.210.200:3311;transport=tcp` });
    expect(header(refer, 'Refer-To')).toBe('cid:1234567890@10.10.210.10');
    expect(header(refer, 'Content-Id')).toBe('<1234567890@10.10.210.10>');
    expect(header(refer, 'Content-Type')).toBe('multipart/mixed;boundary=uniqueBoundary');
    expect(header(refer, 'Require')).toBe('norefersub');
    expect(refer?.body.toString()).toContain(
      '<contact all="true"><mwi>no</mwi><cfwdallupdate></cfwdallupdate></contact>',
    );
    expect(refer?.body.toString()).toContain(
      'action=check-version\r\nRegisterCallId={005056a1033d-5005@10.10.210.200}\r\nConfigVersionStamp={1-a}\r\nDialplanVersionStamp={}\r\nSoftkeyVersionStamp={2-b}\r\nFeatureControlVersionStamp={}\r\n',
    );
    const refresh = phone.ask(ciscoRegister({ cseq: 102 }));
    expect(statuses(refresh)).toEqual([100, 200]);
    expect(refresh.at(-1)?.body.length).toBe(0);
    expect(database.byName(SEED)?.registration?.lines).toEqual(['5005', '5006']);
  });

  it('a bare refresh after the end binds the first line alone, and is told to start anew', async () => {
    const { tcp, clock, database } = await lab(['5005', '5006']);
    const phone = tcp();
    phone.ask(ciscoRegister({ body: BULK_BODY, headers: BULK_HEADERS }));
    clock.advance(140_000);
    phone.take();
    const ok = phone.ask(ciscoRegister({ cseq: 102 })).at(-1);
    expect(header(ok, 'Contact')).toContain('x-cisco-newreg');
    expect(database.byName(SEED)?.state).toBe('partially-registered');
    phone.ask(ciscoRegister({ cseq: 103, body: BULK_BODY, headers: BULK_HEADERS }));
    expect(database.byName(SEED)?.state).toBe('registered');
  });

  it('a second line that falls silent is lost alone; the first takes the device with it', async () => {
    const { tcp, clock, database, probe } = await lab(['5005', '5006']);
    const phone = tcp();
    phone.ask(register('5005'));
    phone.ask(register('5006'));
    clock.advance(100_000);
    phone.ask(register('5005', 102));
    clock.advance(100_000);
    expect(database.byName(SEED)).toMatchObject({ state: 'partially-registered', registration: { lines: ['5005'] } });
    phone.ask(register('5006', 102));
    expect(database.byName(SEED)?.state).toBe('registered');
    phone.ask(ciscoRegister({ dn: '5006', cseq: 103, expires: '0' }));
    expect(database.byName(SEED)).toMatchObject({ state: 'partially-registered', registration: { lines: ['5005'] } });
    phone.ask(register('5006', 104));
    phone.ask(ciscoRegister({ dn: '5005', cseq: 104, expires: '0' }));
    expect(database.byName(SEED)?.state).toBe('unregistered');
    expect(probe.of('device.unregistered')).toHaveLength(1);
  });

  it('that the owner takes away or adds change what the device is', async () => {
    const { tcp, clock, database, server } = await lab(['5005', '5006']);
    const phone = tcp();
    phone.ask(register('5005'));
    phone.ask(register('5006'));
    database.configure([seed(['5005', '5007'])], clock.now());
    expect(database.byName(SEED)).toMatchObject({ state: 'partially-registered', registration: { lines: ['5005'] } });
    phone.ask(register('5007'));
    expect(database.byName(SEED)?.state).toBe('registered');
    expect(phone.ask(register('5006', 102)).find(({ status }) => status >= 200)?.status).toBe(404);
    // With none of its lines left it can still be told to restart.
    database.configure([seed(['6000'])], clock.now());
    phone.take();
    expect(server.command(SEED, 'restart')).toBe('sent');
    expect(statuses(phone.take())).toEqual(['NOTIFY']);
  });

  it('a number that is not of the device is refused, and the others stay', async () => {
    const { tcp, database, probe } = await lab(['5005', '5006']);
    const phone = tcp();
    phone.ask(register('5005'));
    const refused = phone.ask(register('9999')).find(({ status }) => status >= 200);
    expect(refused?.status).toBe(404);
    expect(header(refused, 'Warning')).toBe('399 CM1 "Directory number not configured on device"');
    expect(probe.of('device.rejected')[0]).toMatchObject({ device: SEED, reason: 'wrong-line' });
    expect(database.byName(SEED)?.registration?.lines).toEqual(['5005']);
  });
});

describe('the lamps of speed dials', () => {
  const watched = aDevice('OTHER', { protocol: 'SIP', lines: ['6001'] });
  const watcher = seed(['5005'], {
    speedDials: [
      { number: '6001', label: 'Other', busyLampField: true },
      { number: '6002', label: 'Plain', busyLampField: false },
    ],
  });
  const offer = (body: string) => ciscoRegister({ body, headers: BULK_HEADERS });
  const LAMPS = BULK_BODY.replace(
    '<joinreq></joinreq>',
    '<presence usage="blf speed dial">\n<unot></unot>\n</presence>\n<joinreq></joinreq>',
  );

  it('are lit unasked where the phone agreed to it, at its registration and at each change', async () => {
    const { tcp } = await sipHarness([watcher, watched]);
    const phone = tcp();
    const [, ok, refer, ...notifies] = phone.ask(offer(LAMPS));
    expect(ok?.body.toString()).toContain('<presence usage="blf speed dial"><unot/></presence>');
    expect(refer?.method).toBe('REFER');
    expect(notifies).toHaveLength(1);
    const [notify] = notifies;
    expect(notify).toMatchObject({ method: 'NOTIFY', uri: `sip:uuid-${SEED}-5005@10.10.210.200:3311;transport=tcp` });
    expect(header(notify, 'From')).toMatch(/^<sip:6001@10\.10\.210\.10>;tag=/);
    expect(header(notify, 'Event')).toBe('presence');
    expect(notify?.body.toString()).toContain('<basic>closed</basic>');
    const other = tcp({ address: '10.10.210.201', port: 7 });
    other.ask(plain('REGISTER', '6001', { transport: 'TCP' }));
    expect(phone.take().map(({ body }) => body.toString())).toEqual([expect.stringContaining('<basic>open</basic>')]);
    phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    other.ask(plain('REGISTER', '6001', { transport: 'TCP', cseq: 2, expires: '0' }));
    expect(phone.take()).toEqual([]);
  });

  it('stay dark where the phone did not', async () => {
    const { tcp } = await sipHarness([watcher, watched]);
    const phone = tcp();
    expect(statuses(phone.ask(offer(BULK_BODY)))).toEqual([100, 200, 'REFER']);
    tcp({ address: '10.10.210.201', port: 7 }).ask(plain('REGISTER', '6001', { transport: 'TCP' }));
    expect(phone.take()).toEqual([]);
  });
});

describe('what is granted', () => {
  it.each([
    ['3600', '120'],
    ['120', '120'],
    ['65', '65'],
    ['99', '99'],
    ['4294967296', '120'],
    ['nonsense', '120'],
    ['', '120'],
    ['0000100', '100'],
  ])('of %s is %s', async (asked, granted) => {
    const ok = (await lab())
      .tcp()
      .ask(ciscoRegister({ expires: asked }))
      .at(-1);
    expect(ok?.status).toBe(200);
    expect(header(ok, 'Expires')).toBe(granted);
  });

  it('the Contact goes before the header, and without either an hour is asked for', async () => {
    expect(
      header(
        (await lab())
          .tcp()
          .ask(ciscoRegister({ flags: ';expires=90' }))
          .at(-1),
        'Expires',
      ),
    ).toBe('90');
    expect(
      header(
        (await lab())
          .tcp()
          .ask(ciscoRegister({ expires: undefined }))
          .at(-1),
        'Expires',
      ),
    ).toBe('120');
  });

  it('less than the minimum is refused with it, and more than the maximum cut', async () => {
    const [, brief] = (await lab()).tcp().ask(ciscoRegister({ expires: '10' }));
    expect(brief?.status).toBe(423);
    expect(header(brief, 'Min-Expires')).toBe('65');
    const plainLab = await sipHarness([plainPhone()], {
      settings: { expires: { granted: seconds(9_000), min: seconds(60), max: seconds(3_600) } },
    });
    const phone = await plainLab.udp();
    const soft = (cseq: number, expires: string) =>
      phone.ask(plain('REGISTER', '6001', { transport: 'UDP', cseq, expires })).find(({ status }) => status >= 200);
    expect(header(soft(1, '59'), 'Min-Expires')).toBe('60');
    expect(header(soft(2, '60'), 'Expires')).toBe('60');
    expect(header(soft(3, '9999'), 'Expires')).toBe('3600');
  });
});

describe('an unregistration', () => {
  it.each([
    ['by Expires 0', { expires: '0' }],
    ['by expires=0, whatever the header says', { flags: ';expires=0' }],
    ['by Contact *', { contact: '*', expires: '0' }],
  ])('%s ends the registration', async (_case, words) => {
    const { tcp, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const ok = phone.ask(ciscoRegister({ cseq: 102, ...words })).at(-1);
    expect(ok?.status).toBe(200);
    expect(header(ok, 'Contact')).toBeUndefined();
    expect(header(ok, 'Expires')).toBe('0');
    expect(header(ok, 'Server')).toBe('Cisco-CUCM12.5');
    expect(database.byName(SEED)?.state).toBe('unregistered');
    expect(probe.of('device.unregistered')[0]?.reason).toBe('unregistered');
    expect(phone.ask(ciscoRegister({ cseq: 103, ...words })).at(-1)?.status).toBe(200);
  });

  it.each([
    [18, 'fallback'],
    [104, 'applied'],
    [20, 'device-reset'],
    [22, 'reset'],
    [10, 'unregistered'],
  ])('with alarm %i is told as %s', async (alarm, reason) => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    phone.ask(
      ciscoRegister({
        cseq: 102,
        expires: '0',
        headers: [`Reason: SIP;cause=200;text="cisco-alarm:${alarm} Name=${SEED} Last=x"`],
      }),
    );
    expect(probe.of('device.unregistered')[0]?.reason).toBe(reason);
  });

  it.each([
    ['without Expires', { contact: '*', expires: undefined }],
    ['with another Expires', { contact: '*', expires: '3600' }],
    ['beside another Contact', { contact: '*, <sip:a@10.10.210.200>', expires: '0' }],
  ])('Contact * %s is 400 and changes nothing', async (_case, words) => {
    const { tcp, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    expect(phone.ask(ciscoRegister({ cseq: 102, ...words })).at(-1)?.status).toBe(400);
    expect(database.byName(SEED)?.state).toBe('registered');
  });

  it('of a Contact at another port leaves the one in force alone', async () => {
    const { tcp, database } = await lab();
    tcp().ask(ciscoRegister());
    expect(
      tcp({ address: '10.10.210.200', port: 4444 })
        .ask(ciscoRegister({ callId: 'standby', port: 4444, expires: '0' }))
        .at(-1)?.status,
    ).toBe(200);
    expect(database.byName(SEED)?.state).toBe('registered');
  });
});

describe('a ping of the standby node', () => {
  it.each([';expires=0;cisco-keep-alive', ';cisco-keep-alive;video', ';expires=0;cisco-keep-alive;video'])(
    '%s changes nothing, is not challenged and is answered shortly',
    async (flags) => {
      const { tcp, database, probe } = await sipHarness([seed(['5005'], { digest: { user: 'u', password: 'p' } })]);
      const phone = tcp();
      const challenge = phone.ask(ciscoRegister()).at(-1);
      phone.ask(ciscoRegister({ cseq: 102, headers: [authorization(challenge, 'u', 'p', 'sip:10.10.210.10')] }));
      probe.clear();
      const [trying, ok] = tcp().ask(ciscoRegister({ cseq: 900, callId: 'ping', expires: '0', flags }));
      expect([trying?.status, ok?.status]).toEqual([100, 200]);
      expect([...(ok?.headers() ?? [])].map(([name]) => name)).toEqual([
        'Via',
        'From',
        'To',
        'Date',
        'Call-ID',
        'CSeq',
        'Expires',
        'Content-Length',
      ]);
      expect(database.byName(SEED)?.state).toBe('registered');
      expect(probe.types().filter((type) => type.startsWith('device.'))).toEqual([]);
      expect(probe.of('sip.standby')[0]?.device).toBe(SEED);
    },
  );
});

describe('the flow', () => {
  it('that ends is held for five seconds, then the registration ends', async () => {
    const { tcp, clock, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    phone.link.hangUp();
    clock.advance(4_999);
    expect(database.byName(SEED)?.state).toBe('registered');
    clock.advance(2);
    expect(probe.of('device.unregistered')[0]).toMatchObject({ reason: 'connection-lost' });
  });

  it('that is replaced in time carries the registration on without a word', async () => {
    const { tcp, clock, database, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    phone.link.hangUp();
    clock.advance(2_000);
    const again = tcp({ address: '10.10.210.200', port: 3399 });
    expect(header(again.ask(ciscoRegister({ callId: 'second', port: 3399 })).at(-1), 'Contact')).not.toContain(
      'newreg',
    );
    clock.advance(100_000);
    expect(database.byName(SEED)?.registration).toMatchObject({ port: 3399 });
    expect(probe.of('device.unregistered')).toHaveLength(0);
    expect(probe.of('device.registered')).toHaveLength(1);
  });

  it('that ends before the answer is replaced by the same request over another', async () => {
    const { tcp, clock, database } = await lab();
    const words = ciscoRegister({ branch: 'z9hG4bKonce' });
    const phone = tcp();
    phone.ask(words);
    phone.link.hangUp();
    expect(statuses(tcp({ address: '10.10.210.200', port: 3399 }).ask(words))).toEqual([100, 200]);
    clock.advance(60_000);
    expect(database.byName(SEED)).toMatchObject({ state: 'registered', registration: { port: 3399 } });
  });

  it('that a newer one superseded harms nothing by its late end', async () => {
    const { tcp, clock, database, probe } = await lab();
    const old = tcp();
    old.ask(ciscoRegister());
    const fresh = tcp({ address: '10.10.210.200', port: 3399 });
    const ok = fresh.ask(ciscoRegister({ callId: 'second', port: 3399 })).at(-1);
    expect(header(ok, 'Contact')).toContain('x-cisco-newreg');
    expect(probe.of('device.unregistered')[0]?.reason).toBe('superseded');
    old.link.hangUp();
    clock.advance(30_000);
    expect(database.byName(SEED)).toMatchObject({ state: 'registered', registration: { port: 3399 } });
  });

  it('over UDP may change its port where the Contact stays', async () => {
    const { udp, database, probe } = await lab();
    const words = { transport: 'UDP', port: 5060 } as const;
    const hears = [{ address: '10.10.210.200', port: 5060 }];
    (await udp({ address: '10.10.210.200', port: 40_001 }, hears)).ask(ciscoRegister(words));
    (await udp({ address: '10.10.210.200', port: 40_002 })).ask(ciscoRegister({ ...words, cseq: 102 }));
    expect(database.byName(SEED)?.registration).toMatchObject({ port: 40_002 });
    expect(probe.of('device.unregistered')).toHaveLength(0);
  });

  it('answers a phone that sends from one port and listens on another', async () => {
    const { udp } = await lab();
    const phone = await udp({ address: '10.10.210.200', port: 51_098 }, [{ address: '10.10.210.200', port: 5060 }]);
    expect(statuses(phone.ask(ciscoRegister({ transport: 'UDP', port: 5060 })))).toEqual([100, 200]);
    expect(phone.at).toEqual(['10.10.210.200:5060', '10.10.210.200:5060']);
  });
});

describe('a query', () => {
  it('without Contact lists what is bound and changes nothing', async () => {
    const { tcp, clock, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    clock.advance(20_000);
    const ok = phone.ask(ciscoRegister({ cseq: 102, contact: undefined, expires: undefined })).at(-1);
    expect(header(ok, 'Contact')).toContain('<sip:uuid-SEP005056A1033D-5005@10.10.210.200:3311;transport=tcp>');
    expect(header(ok, 'Contact')).toContain(';expires=100');
    expect(database.byName(SEED)?.registration?.keepAlives).toBe(0);
  });
});

describe('step 0 to 2 of the registrar', () => {
  it.each([
    ['a Request-URI of another domain', { server: 'elsewhere.example.com' }, 404],
    ['a Route to another server', { headers: ['Route: <sip:192.0.2.1;lr>'] }, 403],
    ['a Route to ourselves', { headers: ['Route: <sip:10.10.210.10;lr>'] }, 200],
    ['an unknown extension', { headers: ['Require: nothingSupportsThis, path'] }, 420],
    ['a Contact that is everybody', { contact: '<sip:a@255.255.255.255>' }, 400],
    ['a Contact that is nobody', { contact: '<sip:a@0.0.0.0:5060>' }, 400],
    ['a Contact that is this server', { contact: '<sip:a@10.10.210.10:5060>' }, 400],
    ['a Contact with parameters without end', { contact: `<sip:a@10.10.210.200>;x="${'y'.repeat(3_000)}"` }, 400],
  ])('%s: %i', async (_case, words, status) => {
    const { tcp } = await lab(['5005'], { settings: { domains: new Set(['10.10.210.10', 'cm1']) } });
    const answer = tcp().ask(ciscoRegister(words)).at(-1);
    expect(answer?.status).toBe(status);
    if (status === 420) expect(header(answer, 'Unsupported')).toBe('nothingSupportsThis, path');
  });
});

describe('a refusal', () => {
  const cases: readonly (readonly [
    string,
    number,
    string | undefined,
    string,
    Parameters<typeof ciscoRegister>[0],
    Parameters<typeof aDevice>[1],
    SipHarnessOptions,
  ])[] = [
    ['an unknown device', 404, 'Auto-registration failed', 'unknown-device', { device: 'SEP0000DEADBEEF' }, {}, {}],
    [
      'a number of another device',
      404,
      'Directory number not configured on device',
      'wrong-line',
      { dn: '9999' },
      {},
      {},
    ],
    ['another model', 485, 'Device type mismatch', 'wrong-model', { model: 621 }, {}, {}],
    ['a device configured as SCCP', 403, 'Device protocol mismatch', 'wrong-protocol', {}, { protocol: 'SCCP' }, {}],
    ['a suspended device', 403, 'Device is not active', 'suspended', {}, { suspended: true }, {}],
    ['a full server', 503, 'Maximum device registrations exceeded', 'full', {}, {}, { policy: { maxDevices: 0 } }],
    [
      'plain transport where TLS is required',
      403,
      'Device security mismatch: expected TLS, received TCP/UDP',
      'tls-required',
      {},
      { requireTls: true },
      {},
    ],
  ];

  it.each(cases)(
    'of %s is %i, with its warning and reason',
    async (_case, status, warning, reason, words, device, wishes) => {
      const { tcp, probe, database } = await sipHarness([seed(['5005'], device)], wishes);
      const answers = tcp().ask(ciscoRegister(words));
      const refusal = answers.find((answer) => answer.status >= 200);
      expect(answers[0]?.status).toBe(100);
      expect(refusal?.status).toBe(status);
      expect(header(refusal, 'Warning')).toBe(`399 CM1 "${warning}"`);
      expect(header(refusal, 'Retry-After')).toBe(status === 503 ? '35' : undefined);
      expect(probe.of('device.rejected')).toMatchObject([{ reason, protocol: 'SIP' }]);
      expect(database.byName(SEED)?.registration).toBeUndefined();
    },
  );

  it('is shown on the screen of a desk phone: after a 404, before a 485', async () => {
    const unknown = (await lab()).tcp().ask(ciscoRegister({ device: 'SEP0000DEADBEEF' }));
    expect(statuses(unknown)).toEqual([100, 404, 'REFER']);
    expect(unknown[2]?.uri).toBe('sip:10.10.210.200:3311');
    expect(unknown[2]?.body.toString('latin1')).toContain('<statustext>\x80\x2f</statustext>');
    const other = (await lab()).tcp().ask(ciscoRegister({ model: 621 }));
    expect(statuses(other)).toEqual([100, 'REFER', 485]);
    expect(other[1]?.body.toString('latin1')).toContain('<statustext>\x80\x33</statustext>');
  });

  it('of a phone that yields to the one registered already', async () => {
    const { tcp, database } = await lab();
    tcp().ask(ciscoRegister());
    const zeros =
      '<sip:x@10.10.210.201:4000;transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-000000000000>";+u.sip!devicename.ccm.cisco.com="SEP005056A1033D"';
    const other = tcp({ address: '10.10.210.201', port: 4000 });
    const refusal = other.ask(ciscoRegister({ contact: zeros, callId: 'jabber' })).find(({ status }) => status >= 200);
    expect(refusal?.status).toBe(403);
    expect(header(refusal, 'Warning')).toBe('399 CM1 "Registration is active for another client"');
    expect(database.byName(SEED)?.registration).toMatchObject({ address: '10.10.210.200' });
    other.ask(ciscoRegister({ contact: zeros.replace('000000000000>', '005056a1033d>'), callId: 'jabber', cseq: 102 }));
    expect(database.byName(SEED)?.registration).toMatchObject({ address: '10.10.210.201' });
  });

  it('where the first is to stay, of the second', async () => {
    const { tcp } = await lab(['5005'], { policy: { duplicate: 'refuse' } });
    tcp().ask(ciscoRegister());
    const second = tcp({ address: '10.10.210.201', port: 4000 }).ask(
      ciscoRegister({ callId: 'two', sentBy: '10.10.210.201', port: 4000 }),
    );
    expect(second.find(({ status }) => status >= 200)?.status).toBe(403);
  });

  it('by a server that stops', async () => {
    const { udp, server } = await lab();
    const phone = await udp();
    const closing = server.close();
    expect(phone.ask(ciscoRegister({ transport: 'UDP' }))).toEqual([]);
    await closing;
  });
});

describe('auto-registration', () => {
  it('gives an unknown phone a number and tells it to fetch its file', async () => {
    const { tcp, database, probe } = await lab(['5005'], { policy: { autoRegistration: { first: 1000, last: 1999 } } });
    const phone = tcp();
    const answers = phone.ask(ciscoRegister({ device: 'SEP00AA11BB22CC', dn: '00aa11bb22cc' }));
    expect(statuses(answers)).toEqual([100, 200, 'NOTIFY']);
    expect(answers[2]?.body.toString()).toBe(
      'action=restart\r\nRegisterCallId={00aa11bb22cc-00aa11bb22cc@10.10.210.200}\r\n',
    );
    expect(database.byName('SEP00AA11BB22CC')).toMatchObject({
      origin: 'auto-registered',
      configured: { lines: [{ dn: '1000' }] },
    });
    expect(probe.of('device.auto-registered')).toHaveLength(1);
    phone.ask(ciscoRegister({ device: 'SEP00AA11BB22CC', dn: '00aa11bb22cc', cseq: 102, expires: '0' }));
    phone.link.hangUp();
    const again = tcp();
    expect(statuses(again.ask(ciscoRegister({ device: 'SEP00AA11BB22CC', dn: '1000' })))).toEqual([100, 200]);
    expect(database.byName('SEP00AA11BB22CC')?.state).toBe('registered');
  });
});

describe('identity', () => {
  const one =
    (contact: string, device: ReturnType<typeof aDevice>, headers: string[] = []) =>
    async () => {
      const { tcp, database } = await sipHarness([device]);
      tcp().ask(ciscoRegister({ contact, headers, dn: device.lines[0]?.dn ?? '' }));
      return database.byName(device.name)?.state;
    };
  const at = '<sip:x@10.10.210.200:3311;transport=tcp>';
  it.each([
    ['the device name in the Contact', one(`${at};+u.sip!devicename.ccm.cisco.com="sep005056a1033d"`, seed())],
    ['its older spelling', one(`${at};+u.sip!devicename.ccm.features.cisco.com="SEP005056A1033D"`, seed())],
    [
      'the hardware address of the instance',
      one(`${at};+sip.instance="<urn:uuid:00000000-0000-0000-0000-005056a1033d>"`, seed()),
    ],
    [
      'the name in Reason',
      one(at, seed(), ['Reason: SIP;text="cisco-alarm:25 Name=SEP005056A1033D Last=initialized"']),
    ],
    ['the number, where one device has it', one(at, plainPhone('SOFT', '6001'))],
    [
      'the Contact before Reason',
      one(
        `${at};+u.sip!devicename.ccm.cisco.com="test_secure"`,
        aDevice('test_secure', { protocol: 'SIP', lines: ['1'] }),
        ['Reason: SIP;text="cisco-alarm:25 Name=SEP1 Last=x"'],
      ),
    ],
    [
      'the name in Reason, where its instance is of no device',
      one(
        `${at};+sip.instance="<urn:uuid:00000000-0000-0000-0000-00aabbccddee>"`,
        aDevice('soft_phone', { protocol: 'SIP', lines: ['1'] }),
        ['Reason: SIP;text="cisco-alarm:25 Name=soft_phone Last=x"'],
      ),
    ],
  ])('is known by %s', async (_case, state) => expect(await state()).toBe('registered'));

  const INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-0000-0000-00004b85c1bf>"';

  it.each([
    ['has its number', {}, 200],
    ['has credentials', { digest: { user: 'soft01', password: 'secret' } }, 401],
  ])('of another maker’s phone that %s is not what it writes for an instance', async (_case, wishes, status) => {
    const { tcp, database } = await sipHarness([plainPhone('SOFT', '6001', wishes)]);
    const contact = `<sip:6001@10.10.210.200:3311;transport=TCP;ob>;reg-id=1;${INSTANCE}`;
    const words = plain('REGISTER', '6001', { transport: 'TCP', contact, headers: ['User-Agent: MicroSIP/3.21.3'] });
    expect(
      tcp()
        .ask(words)
        .find((answer) => answer.status >= 200)?.status,
    ).toBe(status);
    expect(database.byName('SOFT')?.state).toBe(status === 200 ? 'registered' : 'unknown');
  });

  it('of an unknown phone of Cisco’s is its instance, whatever number it asks for', async () => {
    const { tcp, probe } = await sipHarness([plainPhone('SOFT', '6001')]);
    const answers = tcp().ask(ciscoRegister({ dn: '6001', contact: `${at};${INSTANCE}` }));
    expect(statuses(answers).filter((status) => Number(status) >= 200)).toEqual([404]);
    expect(probe.of('device.rejected')).toMatchObject([{ device: 'SEP00004B85C1BF', reason: 'unknown-device' }]);
  });
});

describe('a plain phone', () => {
  /** Of usual length, so that an address that has proved nothing may be sent a 100, a 200 and a NOTIFY for it. */
  const USUAL = [
    'User-Agent: baresip v1.0.0 (x86_64/linux)',
    'Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE,UPDATE,REFER',
    'Supported: gruu,path,replaces,norefersub',
  ];

  it('registers without a Cisco word, is told its Contact with expires, and its lamp', async () => {
    const { udp, database } = await sipHarness([plainPhone()]);
    const phone = await udp();
    const words = { transport: 'UDP', expires: '300', headers: USUAL } as const;
    const [, ok, notify] = phone.ask(plain('REGISTER', '6001', words));
    expect(header(ok, 'Contact')).toBe('<sip:6001@10.10.210.200:3311>;expires=120;x-cisco-newreg');
    expect(ok?.via?.parameters).toContainEqual({ name: 'rport', value: '3311' });
    expect(notify).toMatchObject({ method: 'NOTIFY', uri: 'sip:6001@10.10.210.200:3311' });
    expect(header(notify, 'Event')).toBe('message-summary');
    expect(notify?.body.toString()).toBe('Messages-Waiting: no\r\n');
    expect(database.byName('SOFT')?.state).toBe('registered');
  });

  it('may have several Contacts, whose number is bounded, and lose one', async () => {
    const { udp } = await sipHarness([plainPhone()], {
      settings: { limits: { ...(await import('../../src/sip/settings.js')).DEFAULT_SIP.limits, contacts: 2 } },
    });
    const phone = await udp();
    const ask = (cseq: number, contact: string, expires = '300') =>
      phone
        .ask(plain('REGISTER', '6001', { transport: 'UDP', cseq, contact, expires }))
        .find(({ status }) => status >= 200);
    expect(ask(1, '<sip:6001@10.10.210.200:3311>, <sip:6001@10.10.210.201:3311>;q=0.5')?.all(ID.Contact)).toHaveLength(
      2,
    );
    expect(ask(2, '<sip:6001@10.10.210.202>')?.status).toBe(503);
    expect(ask(3, '<sip:6001@10.10.210.201:3311>', '0')?.all(ID.Contact)).toEqual([
      '<sip:6001@10.10.210.200:3311>;expires=120',
    ]);
    expect(ask(4, '<sip:6001@10.10.210.202>;expires=100')?.all(ID.Contact)).toHaveLength(2);
  });
});

describe('digest', () => {
  const device = plainPhone('SOFT', '6001', { digest: { user: 'soft01', password: 'secret' } });
  const start = async (devices = [device], seed?: number) => {
    const own = await sipHarness(devices, seed === undefined ? {} : { seed });
    const phone = await own.udp();
    let cseq = 0;
    const ask = (headers: string[] = [], words: Parameters<typeof plain>[2] = {}) =>
      phone
        .ask(plain('REGISTER', '6001', { transport: 'UDP', cseq: ++cseq, expires: '300', headers, ...words }))
        .find(({ status }) => status >= 200);
    return { ...own, ask };
  };
  const URI = 'sip:10.10.210.10';

  it('is asked for, and lets its device in; the To tag stays', async () => {
    const { ask, database } = await start();
    const challenge = ask();
    expect(challenge?.status).toBe(401);
    expect(header(challenge, 'WWW-Authenticate')).toMatch(/algorithm=MD5, qop="auth"$/);
    expect(header(challenge, 'Server')).toBeUndefined();
    const ok = ask([authorization(challenge, 'soft01', 'secret', URI)]);
    expect(ok?.status).toBe(200);
    expect(ok?.toTag).toBe(challenge?.toTag);
    expect(database.byName('SOFT')?.state).toBe('registered');
  });

  it('finds the device of a phone whose number others have too', async () => {
    const { ask, database } = await start([
      device,
      plainPhone('TWIN', '6001', { digest: { user: 'twin', password: 'x' } }),
    ]);
    const challenge = ask();
    expect(challenge?.status).toBe(401);
    expect(ask([authorization(challenge, 'twin', 'x', URI)])?.status).toBe(200);
    expect(database.byName('TWIN')?.state).toBe('registered');
    expect(database.byName('SOFT')?.state).toBe('unknown');
  });

  it('tells a guesser nothing: unknown user, wrong password and unknown number look alike', async () => {
    const shape = (message: ReturnType<Awaited<ReturnType<typeof start>>['ask']>) =>
      message?.bytes.toString('latin1').replace(/nonce="[^"]*"|tag=\w+|branch=\w+|CSeq: \d+|600\d/g, '');
    const { ask } = await start();
    const challenge = ask();
    const wrong = shape(ask([authorization(challenge, 'soft01', 'wrong', URI)]));
    const nobody = shape(ask([authorization(challenge, 'nobody', 'secret', URI)]));
    expect(nobody).toBe(wrong);
    const stranger = await start();
    const unknown = stranger.ask([], { to: '<sip:6009@10.10.210.10>' });
    expect(unknown?.status).toBe(401);
    expect(shape(unknown)).toBe(shape((await start()).ask()));
  });

  it('with a wrong password is a refusal with its reason, and after ten is locked for a while', async () => {
    const { ask, probe, clock } = await start();
    const challenge = ask();
    const guess = () => ask([authorization(challenge, 'soft01', 'wrong', URI)])?.status;
    expect(Array.from({ length: 12 }, guess)).toEqual([...Array<number>(10).fill(401), 403, 403]);
    expect(probe.of('device.rejected')[0]).toMatchObject({ device: 'SOFT', reason: 'wrong-credentials' });
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(403);
    clock.advance(31_000);
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('with an old nonce is asked again as stale', async () => {
    const { ask, clock } = await start();
    const challenge = ask();
    clock.advance(11 * 60_000);
    const again = ask([authorization(challenge, 'soft01', 'secret', URI)]);
    expect(again?.status).toBe(401);
    expect(header(again, 'WWW-Authenticate')).toContain('stale=true');
    expect(ask([authorization(again, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('for a nonce of the server before its restart is asked for anew, and is no refusal', async () => {
    const before = await start();
    const credentials = authorization(before.ask(), 'soft01', 'secret', URI);
    const { ask, probe } = await start([device], 9);
    const again = ask([credentials]);
    expect(again?.status).toBe(401);
    expect(header(again, 'WWW-Authenticate')).not.toContain('stale');
    expect(probe.of('device.rejected')).toEqual([]);
    expect(ask([authorization(again, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('without a count, overheard by somebody elsewhere, is asked for again', async () => {
    const { ask, udp, database } = await start();
    const credentials = authorization(ask(), 'soft01', 'secret', URI);
    expect(ask([credentials])?.status).toBe(200);
    const thief = await udp({ address: '10.10.210.66', port: 5060 });
    const stolen = plain('REGISTER', '6001', {
      transport: 'UDP',
      sentBy: '10.10.210.66',
      port: 5060,
      callId: 'thief',
      expires: '300',
      headers: [credentials],
    });
    const answer = thief.ask(stolen).at(-1);
    expect(answer?.status).toBe(401);
    expect(header(answer, 'WWW-Authenticate')).toContain('stale=true');
    expect(database.byName('SOFT')?.registration?.address).toBe('10.10.210.200');
  });

  it('of a Cisco phone is one MD5 challenge, and its user may not be another device\u2019s', async () => {
    const { tcp } = await sipHarness([seed(['5005'], { digest: { user: 'u', password: 'p' } }), device]);
    const phone = tcp();
    const challenge = phone.ask(ciscoRegister()).at(-1);
    expect(challenge?.all(ID['WWW-Authenticate'])).toHaveLength(1);
    expect(header(challenge, 'WWW-Authenticate')).toMatch(/, algorithm=MD5$/);
    const others = [authorization(challenge, 'soft01', 'secret', URI)];
    expect(phone.ask(ciscoRegister({ cseq: 102, headers: others })).at(-1)?.status).toBe(401);
    const right = [authorization(challenge, 'u', 'p', URI)];
    expect(phone.ask(ciscoRegister({ cseq: 103, headers: right })).at(-1)?.status).toBe(200);
  });

  it('asks for what its owner prefers', async () => {
    const { udp } = await sipHarness([device], { settings: { challenges: ['SHA-256', 'MD5'] } });
    // So short a REGISTER from an address that has proved nothing is answered without a 100.
    const challenge = (await udp()).ask(plain('REGISTER', '6001', { transport: 'UDP' })).at(-1);
    expect(challenge?.all(ID['WWW-Authenticate']).map((text) => /algorithm=([^,]*)/.exec(text)?.[1])).toEqual([
      'SHA-256',
      'MD5',
    ]);
  });

  it('follows the configuration', async () => {
    const { ask, database, clock } = await start();
    database.configure([plainPhone('SOFT', '6001', { digest: { user: 'renamed', password: 'new' } })], clock.now());
    const challenge = ask();
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(401);
    expect(ask([authorization(challenge, 'renamed', 'new', URI)])?.status).toBe(200);
  });
});
