import { describe, expect, it } from 'vitest';
import { aDevice } from '../support/devices.js';
import { processorTime } from '../support/processor-time.js';
import { type SipHarness, sip, sipHarness, statuses } from './harness.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from './phones.js';

const lab = (): Promise<SipHarness> => sipHarness([aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] })]);
const FROM = { address: '192.0.2.1', port: 5060 };

let branches = 0;

/** An OPTIONS of which some lines are otherwise: by name, `undefined` for none. */
const options = (changes: Readonly<Record<string, string | undefined>> = {}, body = ''): string => {
  const { line = 'OPTIONS sip:5005@10.10.210.10 SIP/2.0', ...others } = changes;
  const headers: Record<string, string | undefined> = {
    Via: `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtorture${++branches}`,
    From: '<sip:caller@example.com>;tag=323',
    To: '<sip:5005@10.10.210.10>',
    'Call-ID': `torture.${branches}`,
    CSeq: '60 OPTIONS',
    'Max-Forwards': '70',
    ...others,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return sip([line, ...lines].join('\n'), body);
};

const register = (changes: Readonly<Record<string, string | undefined>>): string =>
  options({
    line: 'REGISTER sip:10.10.210.10 SIP/2.0',
    CSeq: '1 REGISTER',
    Contact: '<sip:5005@192.0.2.1>',
    ...changes,
  });

/** What RFC 4475 sends besides the captured ones, in words of ours, and the answers that are right (`sip.md` §12). */
const ROWS: readonly (readonly [string, string, readonly number[]])[] = [
  [
    'a display name that touches its bracket (§3.1.1.6)',
    options({ From: 'caller<sip:caller@example.com>;tag=1' }),
    [200],
  ],
  ['an escaped method (§3.1.1.5)', options({ line: 'OPTI%4fNS sip:x SIP/2.0', CSeq: '1 OPTI%4fNS' }), [501]],
  [
    'Vias of transports that nobody knows (§3.1.1.10)',
    options({
      Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKt, SIP/2.0/SCTP s1.example.com;branch=z9hG4bKu, SIP/2.0/UNKNOWN s4.example.com;branch=z9hG4bKv',
    }),
    [200],
  ],
  ['a length beyond the datagram (§3.1.2.2)', options().replace('Content-Length: 0', 'Content-Length: 9999'), [400]],
  ['a negative length (§3.1.2.3)', options().replace('Content-Length: 0', 'Content-Length: -999'), [400]],
  [
    'numbers beyond all bounds (§3.1.2.4)',
    register({ CSeq: '36893488147419103232 REGISTER', 'Max-Forwards': '300', Expires: '10000000000000000000' }),
    [400],
  ],
  ['blanks in the Request-Line (§3.1.2.9)', options({ line: 'OPTIONS  sip:5005@10.10.210.10  SIP/2.0' }), [400]],
  ['a date that is not in GMT (§3.1.2.12)', options({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' }), [200]],
  [
    'a Contact with headers and no brackets (§3.1.2.13)',
    register({ Contact: 'sip:5005@192.0.2.1?Route=%3Csip:sip.example.com%3E' }),
    [400],
  ],
  [
    'a comma in a bare display name (§3.1.2.15)',
    options({ From: 'Bell, Alexander <sip:bell@example.com>;tag=43' }),
    [200, 400],
  ],
  ['another version (§3.1.2.16)', options({ line: 'OPTIONS sip:x@10.10.210.10 SIP/7.0' }), [505]],
  ['another method in CSeq (§3.1.2.17)', options({ CSeq: '8 INVITE' }), [400]],
  [
    'an unknown method, another in CSeq (§3.1.2.18)',
    options({ line: 'NEWMETHOD sip:x SIP/2.0', CSeq: '8 INVITE' }),
    [400, 501],
  ],
  ['a branch without its cookie’s rest (§3.2.1)', options({ Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' }), [200]],
  [
    'an unknown scheme of the Request-URI (§3.3.2)',
    options({ line: 'OPTIONS nobodyKnowsThisScheme:x SIP/2.0' }),
    [416],
  ],
  ['a known scheme that is not SIP (§3.3.3)', options({ line: 'OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0' }), [416]],
  [
    'To, From and Contact of other schemes (§3.3.4)',
    register({ To: '<isbn:2983792873>', From: '<http://www.example.com>;tag=3234233', Contact: '<name:John_Smith>' }),
    [400],
  ],
  [
    'an extension that is required (§3.3.5)',
    options({ Require: 'nothingSupportsThis, nothingSupportsThisEither' }),
    [420],
  ],
  [
    'an unknown authorization scheme (§3.3.7)',
    register({ Authorization: 'NoOneKnowsThisScheme opaque-data=here' }),
    [200, 401],
  ],
  ['two values where one may be (§3.3.8)', options({ CSeq: '59 OPTIONS\nCSeq: 60 OPTIONS' }), [400]],
  [
    'two lengths (§3.3.9)',
    options({}, 'There is no way to know').replace('Content-Length', 'Content-Length: 5\r\nContent-Length'),
    [400],
  ],
  ['no hops left (§3.3.11)', options({ 'Max-Forwards': '0' }), [200]],
  ['an unknown parameter of the Contact (§3.3.12)', register({ Contact: 'sip:5005@192.0.2.1;unknownparam' }), [200]],
  ['an unknown parameter of its URI (§3.3.13)', register({ Contact: '<sip:5005@192.0.2.1;unknownparam>' }), [200]],
  [
    'an escaped header in its URI (§3.3.14)',
    register({ Contact: '<sip:5005@192.0.2.1?Route=%3Csip:sip.example.com%3E>' }),
    [200],
  ],
  [
    'the manners of RFC 2543: no branch, no From tag, no hops (§3.4.1)',
    options({ Via: 'SIP/2.0/UDP 192.0.2.1', From: '<sip:caller@example.com>', 'Max-Forwards': undefined }),
    [200],
  ],
];

describe('the torture of RFC 4475', () => {
  it.each(ROWS)('%s', async (_case, words, right) => {
    const { udp } = await lab();
    const finals = statuses((await udp(FROM)).ask(words)).filter((status) => Number(status) >= 200);
    expect(finals).toHaveLength(1);
    expect(right).toContain(finals[0]);
  });

  it('a parameter without brackets is the Contact’s, one within them is its URI’s', async () => {
    const contacts = ['sip:5005@192.0.2.1;unknownparam', '<sip:5005@192.0.2.1;unknownparam>'];
    const echoed = await Promise.all(
      contacts.map(async (Contact) =>
        header(
          (await (await lab()).udp(FROM)).ask(register({ Contact })).find(({ status }) => status === 200),
          'Contact',
        ),
      ),
    );
    expect(echoed[0]).toMatch(/^<sip:5005@192\.0\.2\.1>;unknownparam;/);
    expect(echoed[1]).toMatch(/^<sip:5005@192\.0\.2\.1;unknownparam>;/);
  });

  it('two escaped NULs are another user than one (§3.1.1.4)', async () => {
    const { udp, database } = await lab();
    const phone = await udp(FROM);
    for (const user of ['%00', '%00%00', '%00'])
      phone.ask(register({ Contact: `<sip:${user}@192.0.2.1>`, 'Call-ID': `nul-${user}` }));
    const [answer] = phone
      .ask(register({ Contact: undefined, 'Call-ID': 'list' }))
      .filter(({ status }) => status === 200);
    expect([...(answer?.headers() ?? [])].filter(([name]) => name === 'Contact')).toHaveLength(2);
    expect(database.byName('SEP005056A1033D')?.state).toBe('registered');
  });
});

describe('odd words of phones that mean well', () => {
  it('an address of IPv6 in Via, Contact and To is echoed octet for octet', async () => {
    const { udp } = await lab();
    const answers = (await udp(FROM)).ask(
      register({
        Via: 'SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKipv6',
        To: '<sip:5005@[2001:db8::10]>',
        Contact: '<sip:5005@[2001:db8::9:1]:5062;transport=udp>',
        'User-Agent': 'of usual length, so that a NOTIFY may follow: '.padEnd(160, '.'),
      }),
    );
    expect(statuses(answers)).toEqual([100, 200, 'NOTIFY']);
    expect(header(answers[1], 'Via')).toBe('SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKipv6;received=192.0.2.1');
    expect(header(answers[1], 'Contact')).toContain('<sip:5005@[2001:db8::9:1]:5062;transport=udp>');
  });

  it('UTF-8 in a display name comes back as it was sent', async () => {
    const { udp } = await lab();
    const words = Buffer.from(options({ From: '"Bürö ☎ 日本" <sip:caller@example.com>;tag=1' }), 'utf8');
    const [answer] = (await udp(FROM)).ask(words);
    expect(answer?.status).toBe(200);
    expect(Buffer.from(header(answer, 'From') ?? '', 'latin1').toString('utf8')).toBe(
      '"Bürö ☎ 日本" <sip:caller@example.com>;tag=1',
    );
  });

  it('compact, folded, in any case and with blanks, it is the same REGISTER', async () => {
    const { udp, database } = await lab();
    const words = ciscoRegister({ transport: 'UDP', sentBy: '192.0.2.1', port: 5060 })
      .replace('Via: ', 'v :  ')
      .replace('From: ', 'f:')
      .replace('To: ', 'T\t: ')
      .replace('Call-ID:', 'i:\r\n ')
      .replace('CSeq: 101 REGISTER', 'cSEQ:\r\n\t0101   REGISTER')
      .replace('Contact: ', 'm: ')
      .replace('Supported: replaces,', 'k: replaces\r\nSUPPORTED:')
      .replace('Content-Length:', 'l:')
      .replace(';+u.sip!model', '\r\n  ;+U.SIP!MODEL');
    const answers = (await udp(FROM)).ask(words);
    expect(statuses(answers)).toEqual([100, 200]);
    expect(database.byName('SEP005056A1033D')?.registration).toMatchObject({ typeId: 30016, lines: ['5005'] });
  });

  it('every Via is copied in its order, and only the first is changed', async () => {
    const { udp } = await lab();
    const [answer] = (await udp(FROM)).ask(
      options({
        Via: 'SIP/2.0/UDP proxy.example.com:5060;rport;branch=z9hG4bKa , SIP/2.0/TCP b.example.com;branch=z9hG4bKb\nv: SIP/2.0/TLS c.example.com;received=10.0.0.1',
      }),
    );
    expect([...(answer?.headers() ?? [])].filter(([name]) => name === 'Via').map(([, value]) => value)).toEqual([
      'SIP/2.0/UDP proxy.example.com:5060;rport=5060;branch=z9hG4bKa;received=192.0.2.1, SIP/2.0/TCP b.example.com;branch=z9hG4bKb',
      'SIP/2.0/TLS c.example.com;received=10.0.0.1',
    ]);
  });
});

describe('a bomb of words', () => {
  it.each([
    ['semicolons', ';'.repeat(8_000)],
    ['brackets', '<'.repeat(8_000)],
    ['quotes', '"'.repeat(8_001)],
    ['escapes in a quote', `"${'\\"'.repeat(4_000)}`],
    ['commas', '<sip:a@b>,'.repeat(800)],
    ['parameters', `<sip:a@b>${';p=1'.repeat(1_900)}`],
    ['percent signs', `<sip:${'%41'.repeat(2_600)}@b>`],
  ])('of %s in each header is answered or refused, a hundred of them within a second', async (_case, bomb) => {
    const { udp } = await lab();
    const phone = await udp(FROM);
    const took = processorTime();
    for (let count = 0; count < 20; count += 1)
      for (const name of ['Contact', 'To', 'From', 'Route', 'Authorization'])
        expect(phone.ask(register({ [name]: bomb })).length).toBeGreaterThan(0);
    expect(took()).toBeLessThan(1_000);
  });
});

describe('words that all objects have', () => {
  const WORDS = ['constructor', '__proto__', 'hasOwnProperty', 'toString'];
  const REQUESTS = [
    ciscoRegister({ transport: 'UDP', headers: BULK_HEADERS, body: BULK_BODY }),
    plain('REGISTER', '5005', {
      headers: [
        'Authorization: Digest username="u", realm="ccmsipline", nonce="x", uri="sip:a", response="0", algorithm=MD5',
      ],
    }),
    plain('SUBSCRIBE', '5005', { headers: ['Event: presence', 'Accept: application/pidf+xml'], expires: '600' }),
    plain('SUBSCRIBE', '5005', {
      headers: ['Event: as-feature-event', 'Content-Type: application/x-as-feature-event+xml'],
      body: '<SetForwarding><forwardingType>forwardBusy</forwardingType></SetForwarding>',
    }),
    plain('PUBLISH', '5005', { headers: ['Event: presence', 'SIP-If-Match: x'], body: '<presence><dnd/></presence>' }),
    plain('REFER', '5005', {
      headers: ['Refer-To: cid:1', 'Content-Type: application/x-cisco-alarm+xml'],
      body: '<Alarm Name="a"><ParameterList><String name="b">c</String></ParameterList></Alarm>',
    }),
    plain('NOTIFY', '5005', {
      headers: ['Event: dialog', 'Content-Type: application/dialog-info+xml'],
      body: '<dialog-info entity="sip:5005@x"><dialog><state>trying</state></dialog></dialog-info>',
    }),
    plain('INVITE', '5005', { headers: ['Content-Type: application/sdp'], body: 'v=0' }),
  ];

  it.each(REQUESTS.map((request) => [request.slice(0, request.indexOf('\r\n')), request] as const))(
    'in the place of any word of %s are words like others',
    async (_line, request) => {
      const { udp, probe } = await lab();
      const phone = await udp({ address: '10.10.210.200', port: 3311 });
      const tokens = request.split(/([\w!.+-]+)/);
      for (let at = 1; at < tokens.length; at += 2) for (const word of WORDS) phone.ask(tokens.with(at, word).join(''));
      expect(probe.of('sip.failed')).toEqual([]);
      const words = plain('OPTIONS', 'x', { transport: 'UDP', callId: 'last' });
      expect(phone.ask(words).some(({ status }) => status === 200)).toBe(true);
    },
  );
});
