import { describe, expect, it } from 'vitest';
import { type Instant, instant, seconds } from '../../src/core/time.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice } from '../support/devices.js';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import { ManualClock } from '../support/manual-clock.js';
import { messagesIn, type SipHarnessOptions, sipHarness, statuses } from './harness.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const lab = (wishes: SipHarnessOptions = {}) =>
  sipHarness([aDevice(SEED, { protocol: 'SIP', lines: ['5005', '5007'] })], wishes);

describe('a stream', () => {
  it('answers messages that come in any segments, several to a segment', async () => {
    const { tcp } = await lab();
    const train = Buffer.from(
      ciscoRegister() + ciscoRegister({ dn: '5007' }) + plain('OPTIONS', 'x', { transport: 'TCP' }),
    );
    for (const size of [train.length, 700, 1]) {
      const phone = tcp();
      phone.link.deliver(
        Buffer.from(
          train.toString().replaceAll('z9hG4bK', `z9hG4bK${size}`).replaceAll('Call-ID: ', `Call-ID: ${size}`),
        ),
        size,
      );
      expect(statuses(phone.take())).toEqual([100, 200, 100, 200, 200]);
    }
  });

  it('answers a ping and eats a pong', async () => {
    const { tcp, clock } = await lab();
    const phone = tcp();
    phone.link.deliver(Buffer.from('\r\n\r\n'));
    expect(phone.link.take().toString('hex')).toBe('0d0a');
    phone.link.deliver(Buffer.from('\r\n'));
    expect(phone.link.take()).toHaveLength(0);
    clock.advance(100_000);
    expect(phone.link.closed).toBeUndefined();
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', [], 'malformed'],
    ['a TLS hello', '\x16\x03\x01\x02\x00', [], 'malformed'],
    ['no Content-Length', ciscoRegister().replace(/Content-Length.*\r\n/, ''), [400], 'malformed'],
    [
      'a header without an end',
      `${ciscoRegister({ branch: 'z9hG4bK1' }).slice(0, 300)}\r\nX: ${'y'.repeat(40_000)}`,
      [513],
      'malformed',
    ],
    ['lines that end in LF', ciscoRegister().replaceAll('\r\n', '\n'), [400], 'malformed'],
  ])('that brings %s is answered where it can be, closed, and told of', async (_case, words, expected, cause) => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    expect(statuses(phone.ask(words))).toEqual(expected);
    expect(phone.link.closed).toBe('closed-here');
    expect(probe.of('sip.link-closed')).toMatchObject([{ cause }]);
    expect(probe.of('sip.malformed')).toMatchObject([{ answered: expected[0] ?? 0 }]);
    expect(probe.of('sip.oversize')).toHaveLength(expected[0] === 513 ? 1 : 0);
  });

  it.each([
    ['never says a word', '', 10_000, 'mute'],
    ['begins a message and never ends it', ciscoRegister().slice(0, 200), 30_000, 'unfinished'],
    ['falls silent', plain('OPTIONS', 'x', { transport: 'TCP' }), 600_000, 'idle'],
  ])('that %s is closed after its time and not before', async (_case, words, patience, cause) => {
    const { tcp, clock, probe } = await lab();
    const phone = tcp();
    if (words !== '') phone.ask(words);
    clock.advance(patience - 1);
    expect(phone.link.closed).toBeUndefined();
    clock.advance(1);
    expect(phone.link.closed).toBe('closed-here');
    expect(probe.of('sip.link-closed')[0]?.cause).toBe(cause);
  });

  it('that is fed one octet a second does not live for ever', async () => {
    const { tcp, clock } = await lab();
    const phone = tcp();
    for (let count = 0; count < 40 && phone.link.closed === undefined; count += 1) {
      phone.link.deliver(Buffer.from(ciscoRegister().slice(count, count + 1)));
      clock.advance(1_000);
    }
    expect(phone.link.closed).toBe('closed-here');
  });

  it('of a standby phone outlives the two minutes between its pings', async () => {
    const { tcp, clock } = await lab();
    const phone = tcp();
    for (let cseq = 1; cseq < 6; cseq += 1) {
      expect(statuses(phone.ask(ciscoRegister({ cseq, expires: '0', flags: ';expires=0;cisco-keep-alive' })))).toEqual([
        100, 200,
      ]);
      clock.advance(180_000);
    }
    expect(phone.link.closed).toBeUndefined();
  });

  it('whose far end does not read is reset', async () => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    phone.link.backlog = 300_000;
    phone.ask(plain('OPTIONS', 'x', { transport: 'TCP' }));
    expect(phone.link.closed).toBe('closed-here');
    expect(probe.of('sip.link-closed')[0]?.cause).toBe('not-reading');
  });

  it.each([
    ['TLS', Buffer.from('16030101fc010001f80303', 'hex'), 'this is TLS; sip.tls is off'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'this is HTTP, not SIP'],
    ['SCCP', Buffer.from('34000000000000000100000053455000', 'hex'), 'this is SCCP, not SIP'],
    ['rubbish', Buffer.from('{}\r\n'), 'not SIP'],
  ])('on which there is %s calls it by its name', async (_, bytes, reason) => {
    const { tcp, probe } = await lab();
    const { link } = tcp();
    link.deliver(bytes);
    expect(link.closed).toBe('closed-here');
    expect(probe.of('sip.malformed')).toMatchObject([{ reason }]);
  });

  it('has what it left unfinished counted for its source, and nothing when it is finished', async () => {
    const { tcp } = await lab();
    const { link } = tcp();
    const text = Buffer.from(plain('OPTIONS', 'x', { transport: 'TCP' }));
    link.deliver(text.subarray(0, 40));
    expect(link.kept).toBeGreaterThanOrEqual(40);
    link.deliver(text.subarray(40));
    expect(link.kept).toBe(0);
  });

  it.each([
    ['unread', 'not-reading'],
    ['unfinished', 'unfinished'],
  ] as const)('is reset where it makes too much be kept %s', async (kept, cause) => {
    const { tcp, probe } = await lab();
    const { link } = tcp();
    link.overdraw(kept);
    expect(link.closed).toBe('closed-here');
    expect(probe.of('sip.link-closed')[0]?.cause).toBe(cause);
  });

  it('counts what was said on it', async () => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    phone.link.hangUp();
    expect(probe.of('sip.link-opened')).toMatchObject([
      { link: 1, transport: 'tcp', address: '10.10.210.200', port: 3311 },
    ]);
    expect(probe.of('sip.link-closed')).toMatchObject([{ link: 1, cause: 'peer-closed', messages: 1 }]);
  });
});

describe('a datagram', () => {
  it.each([
    ['a keepalive of line ends', '\r\n\r\n'],
    ['a keepalive of NULs', '\0\0\0\0'],
    ['nothing', ''],
    ['no Via', ciscoRegister({ transport: 'UDP' }).replace(/Via.*\r\n/, '')],
    ['garbage', '\xff\xfe\x00garbage'],
    ['a TLS hello', '\x16\x03\x01\x02\x00'],
    [
      'a response to nothing',
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\n\r\n',
    ],
    [
      'a response with a code out of range',
      'SIP/2.0 4294967301 x\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\n\r\n',
    ],
  ])('of %s is not answered', async (_case, words) => {
    const phone = await (await lab()).udp();
    expect(phone.ask(words)).toEqual([]);
  });

  it.each([
    ['line ends', '\r\n\r\n'],
    ['many NULs', '\0'.repeat(40)],
    ['line ends and NULs', '\r\n\0\r\n\0'],
    ['jaK', 'jaK'],
    ['jaK with its NUL', 'jaK\0'],
    ['a STUN binding request', '\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl'],
    ['one with an attribute', '\0\x01\0\x08\x21\x12\xa4\x42abcdefghijkl\x80\x22\0\x04test'],
    ['one of RFC 3489, without a cookie', '\0\x01\0\0abcdefghijklmnop'],
    ['a STUN indication', '\0\x11\0\0\x21\x12\xa4\x42abcdefghijkl'],
  ])('that keeps a NAT open by %s is neither answered nor told', async (_case, words) => {
    const { udp, probe } = await lab();
    expect((await udp()).ask(words)).toEqual([]);
    expect(probe.types()).toEqual([]);
  });

  it('of what is only like STUN is told as what it is not', async () => {
    const { udp, probe } = await lab();
    (await udp()).ask('\0\x01\0\x05\x21\x12\xa4\x42abcdefghijkl');
    expect(probe.of('sip.malformed')).toMatchObject([{ reason: 'not SIP' }]);
  });

  it('is read behind whatever fills its start', async () => {
    const { udp } = await lab();
    const answers = (await udp()).ask(`\r\n\0\r\n${ciscoRegister({ transport: 'UDP' })}`);
    expect(statuses(answers)).toEqual([100, 200]);
  });

  it('may begin with line ends, and holds one message', async () => {
    const phone = await (await lab()).udp();
    const words = ciscoRegister({ transport: 'UDP' });
    expect(statuses(phone.ask(`\r\n\r\n${words}${words.replace('z9hG4bK', 'z9hG4bKother')}`))).toEqual([100, 200]);
  });

  it('with headers of four kinds missing is answered with what there is', async () => {
    const phone = await (await lab()).udp({ address: '10.10.210.200', port: 5060 });
    const [answer] = phone.ask('OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 10.10.210.200;branch=z9hG4bK1\r\n\r\n');
    expect(answer?.status).toBe(400);
    expect(answer?.reason).toContain('From missing');
    expect([...(answer?.headers() ?? [])].map(([name]) => name)).toEqual(['Via', 'Date', 'Content-Length']);
  });

  it('complaints are told at a bounded rate, the rest counted', async () => {
    const { udp, probe, clock } = await lab({
      settings: { limits: { ...DEFAULT_SIP.limits, complaintsPerSecond: 3 } },
    });
    const phone = await udp();
    for (let count = 0; count < 1_000; count += 1) phone.ask('garbage');
    expect(probe.of('sip.malformed')).toHaveLength(3);
    clock.advance(1_000);
    phone.ask('garbage');
    expect(probe.of('sip.malformed').at(-1)).toMatchObject({
      unsaid: 997,
      reason: 'not SIP',
      bytes: Buffer.from('garbage').toString('hex'),
    });
  });
});

describe('a stampede', () => {
  it('is served whole and traced in part, and how much is not is told', async () => {
    const { udp, clock, probe } = await lab({ settings: { tracedPerSecond: 10 } });
    const phone = await udp();
    let answered = 0;
    for (let count = 0; count < 100; count += 1)
      answered += phone.ask(plain('OPTIONS', 'x', { transport: 'UDP', callId: `c${count}` })).length;
    expect(answered).toBe(100);
    expect(probe.of('sip.received').length + probe.of('sip.sent').length).toBe(10);
    clock.advance(1_000);
    phone.ask(plain('OPTIONS', 'x', { transport: 'UDP', callId: 'later' }));
    expect(probe.of('sip.untraced')).toMatchObject([{ messages: 190 }]);
    expect(probe.of('sip.received').length + probe.of('sip.sent').length).toBe(12);
  });
});

/** A machine so slow that a millisecond passes between any two looks at the clock. */
class SlowClock extends ManualClock {
  #looks = 0;

  override now(): Instant {
    this.#looks += 1;
    return instant(super.now() + this.#looks);
  }
}

describe('the stamps of facts', () => {
  it('never run backwards, and are one time for what comes in and all that goes out for it', async () => {
    const { tcp, udp, clock, database, probe } = await lab({ clock: new SlowClock() });
    for (const phone of [tcp(), await udp()]) {
      const transport = 'link' in phone ? 'TCP' : 'UDP';
      for (const dn of ['5005', '5007']) phone.ask(ciscoRegister({ transport, dn, callId: `${transport}${dn}` }));
      phone.ask(ciscoRegister({ transport, callId: `${transport}5005`, cseq: 102 }));
    }
    clock.advance(40_000); // what the phones have left unanswered is repeated and given up
    database.endAll('shutdown', clock.now());
    const stamps = probe.events.map(({ at }) => at);
    expect(probe.of('sip.sent').length).toBeGreaterThan(10);
    expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
    for (const { at } of probe.of('sip.received'))
      expect(probe.of('sip.sent').filter((sent) => sent.at === at).length).toBeGreaterThanOrEqual(2);
  });
});

describe('a flood of transactions', () => {
  it('from one source stays within its bound, and a phone beside it is known for its repetition', async () => {
    const { udp } = await lab({
      settings: { transactions: { ...DEFAULT_SIP.transactions, all: 1_000, perSource: 100 } },
    });
    const flooder = await udp({ address: '10.9.9.9', port: 5060 });
    const phone = await udp();
    const words = ciscoRegister({ transport: 'UDP' });
    const first = phone.ask(words).at(-1)?.bytes.toString();
    for (let count = 0; count < 5_000; count += 1)
      flooder.ask(plain('OPTIONS', 'x', { transport: 'UDP', sentBy: '10.9.9.9', port: 5060, callId: `flood${count}` }));
    expect(phone.ask(words).map(({ bytes }) => bytes.toString())).toEqual([first]);
  });
});

describe('a mistake of ours', () => {
  const mistaken = {
    get config(): string {
      throw new Error('a mistake');
    },
    dialplan: '',
    softkey: '',
    featureControl: '',
  };
  const register = (transport: 'TCP' | 'UDP') => ciscoRegister({ transport, headers: BULK_HEADERS, body: BULK_BODY });

  it('costs the connection on which it showed, and is told; others are served', async () => {
    const { tcp, probe } = await lab({ stamps: mistaken });
    const phone = tcp();
    const other = tcp();
    phone.ask(register('TCP'));
    expect(phone.link.closed).toBe('closed-here');
    expect(probe.of('sip.failed')).toMatchObject([{ transport: 'tcp', detail: expect.stringContaining('a mistake') }]);
    expect(probe.of('sip.link-closed')).toMatchObject([{ cause: 'failed' }]);
    expect(statuses(other.ask(plain('OPTIONS', 'x', { transport: 'TCP' })))).toEqual([200]);
  });

  it('over UDP costs the datagram', async () => {
    const { udp, probe } = await lab({ stamps: mistaken });
    const phone = await udp();
    phone.ask(register('UDP'));
    expect(probe.of('sip.failed')).toMatchObject([{ transport: 'udp', detail: expect.stringContaining('a mistake') }]);
    phone.take();
    expect(statuses(phone.ask(plain('OPTIONS', 'x', { transport: 'UDP' })))).toEqual([200]);
  });
});

describe('the service', () => {
  it('follows new settings without a restart', async () => {
    const { server, tcp } = await lab();
    server.apply({
      ...DEFAULT_SIP,
      address: '10.10.210.10',
      expires: { granted: seconds(90), min: seconds(60), max: seconds(3600) },
      trying: 'streams',
    });
    expect(header(tcp().ask(ciscoRegister()).at(-1), 'Expires')).toBe('90');
  });

  it('leaves nothing behind: no alarm, no socket, no open link', async () => {
    const { server, tcp, udp, clock, datagrams, database } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    await udp();
    const sockets = datagrams.openSockets;
    await server.close();
    expect(datagrams.openSockets).toBe(sockets - 1);
    expect(phone.link.closed).toBe('closed-here');
    database.endAll('shutdown', clock.now());
    clock.advance(200_000);
    expect(clock.armed).toBe(0);
  });
});

describeCaptured('what others send between messages', () => {
  it('is eaten, and the next message on that connection is answered', async () => {
    const { tcp, probe } = await lab();
    const phone = tcp();
    phone.ask(ciscoRegister());
    const filler = Buffer.from(capturedText('reports/tcp-keepalive-crlf-nul.hex').trim(), 'hex');
    for (const octet of filler) expect(phone.ask(Buffer.of(octet))).toEqual([]);
    expect(phone.ask(filler)).toEqual([]);
    expect(statuses(phone.ask(ciscoRegister({ cseq: 102 })))).toEqual([100, 200]);
    expect(phone.link.closed).toBeUndefined();
    expect(probe.of('sip.malformed')).toEqual([]);
  });
});

describeCaptured('captured streams', () => {
  it.each([
    ['stream-crlf-ping.bin', [], false],
    ['stream-crlf-then-register.bin', [100, 200], false],
    ['stream-two-and-a-half.bin', [202, 202], false],
    ['stream-content-length-missing.bin', [400], true],
    ['stream-http-get.bin', [], true],
    ['udp-tls-client-hello.bin', [], true],
  ] as const)('%s', async (file, expected, closes) => {
    const { tcp } = await lab();
    const phone = tcp();
    phone.link.deliver(capturedBytes(`sip/synthetic/${file}`));
    expect(statuses(messagesIn(phone.link.take()))).toEqual(expected);
    expect(phone.link.closed !== undefined).toBe(closes);
  });

  it('70 kB in one header close the connection and are not kept', async () => {
    const { tcp } = await lab();
    const phone = tcp();
    phone.link.deliver(capturedBytes('sip/synthetic/stream-oversize-header.bin'), 1_460);
    expect(phone.link.closed).toBe('closed-here');
  });

  it.each([
    ['udp-lf-only.bin', [400]],
    ['udp-nul-bytes.bin', [400]],
    ['udp-garbage.bin', []],
    ['udp-tls-client-hello.bin', []],
    ['stream-crlf-ping.bin', []],
    ['stream-content-length-missing.bin', [200]],
  ] as const)('%s as a datagram', async (file, expected) => {
    const { udp } = await lab();
    const phone = await udp({ address: '10.10.210.200', port: 3311 });
    expect(statuses(phone.ask(capturedBytes(`sip/synthetic/${file}`))).filter((code) => code !== 100)).toEqual(
      expected,
    );
  });
});

describeCaptured('what CUCM answered', () => {
  /** Ours with what is ours alone made alike: the To tag. */
  const words = (bytes: Buffer): string => bytes.toString('latin1').replace(/(\r\nTo: [^\r]*;tag=)\d+/, '$1N');
  const at = (text: string): number => Date.parse(/\r\nDate: (.*)\r\n/.exec(text)?.[1] ?? '');

  it.each([
    ['resp-7821-100.sip', 'cisco/register-7821-bulk.sip', 'SEPC80084AA8743', '621', '2222', '11.5', '8.0.0', 0],
    ['resp-7821-200.sip', 'cisco/register-7821-bulk.sip', 'SEPC80084AA8743', '621', '2222', '11.5', '8.0.0', 1],
    ['resp-cipc9-nat-200.sip', 'cisco/register-cipc9-nat-bulk.sip', 'test_secure', '30016', '8888', '12.0', '9.0.0', 1],
    ['resp-7975-100.sip', 'cisco/register-7975-refresh.sip', 'SEP0024142DDF24', '437', '5678', '', '6.0.0', 0],
    ['resp-7821-alarm-1-202.sip', 'cisco/refer-7821-alarm-1.sip', 'SEPC80084AA8743', '621', '2222', '11.5', '8.0.0', 0],
    ['resp-7821-alarm-2-202.sip', 'cisco/refer-7821-alarm-2.sip', 'SEPC80084AA8743', '621', '2222', '11.5', '8.0.0', 0],
  ])(
    '%s is what we answer, octet for octet',
    async (answer, request, device, model, line, release, interfaceVersion, index) => {
      const captured = capturedBytes(`sip/server/${answer}`);
      const source = request.includes('cipc9') ? { address: '10.65.40.61', port: 57_378 } : undefined;
      const { tcp } = await sipHarness([aDevice(device, { protocol: 'SIP', model, lines: [line] })], {
        start: at(captured.toString('latin1')),
        settings: { product: `Cisco-CUCM${release}`, interfaceVersion },
      });
      const via = /Via: SIP\/2.0\/TCP ([\d.]+):(\d+)/.exec(capturedBytes(`sip/${request}`).toString('latin1'));
      const phone = tcp(source ?? { address: via?.[1] ?? '', port: Number(via?.[2]) });
      const ours = phone.ask(capturedBytes(`sip/${request}`))[index];
      // The server of that trace had another address than ours.
      const theirs = words(captured).replace('<sip:192.168.7.200:5060;', '<sip:10.10.210.10:5060;');
      expect(words(ours?.bytes ?? Buffer.alloc(0))).toBe(theirs);
    },
  );
});
