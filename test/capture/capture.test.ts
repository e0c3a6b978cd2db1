import { describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import { anAttempt } from '../support/devices.js';
import { captureHarness, PHONE } from './harness.js';

const A1 = 'SEP0011223344A1';
const A2 = 'SEP0011223344A2';
const MAC1 = '0011223344A1';

/** A BOOTREQUEST of a hardware address, and what tells it from others. */
const dhcpMessage = (mac: string, mark: number): Buffer => {
  const message = Buffer.alloc(240);
  message[0] = mark;
  message[2] = 6;
  Buffer.from(mac, 'hex').copy(message, 28);
  return message;
};

const request = (file: string): string => `\u0000\u0001${file}\u0000octet\u0000`;
const data = (block: number): string => `\u0000\u0003${String.fromCharCode(block >> 8, block & 0xff)}x`;

describe('while nobody wants a capture', () => {
  it('there is no tap, no listener and no memory', () => {
    const lab = captureHarness();
    expect(lab.isOn).toBe(false);
    for (const type of ['device.registering', 'tftp.request', 'http.request', 'sccp.link-opened'] as const)
      expect(lab.bus.hasListener(type)).toBe(false);
    lab.hear('sip', 'REGISTER', 5060);
    expect(lab.capture.state).toEqual({ octets: 0, strangerOctets: 0, devices: 0, lost: 0, followers: 0 });
  });

  it('a follower brings them, and its end takes them away', () => {
    const lab = captureHarness();
    const stop = lab.capture.follow(lab.capture.subject(A1), () => {});
    expect([lab.isOn, lab.bus.hasListener('device.registering'), lab.capture.state.followers]).toEqual([true, true, 1]);
    lab.hear('sip', 'x', 1);
    expect(lab.capture.state.octets).toBeGreaterThan(0);
    stop();
    stop();
    expect([lab.isOn, lab.bus.hasListener('device.registering')]).toEqual([false, false]);
    expect(lab.capture.state).toMatchObject({ octets: 0, followers: 0 });
  });
});

describe('whose a packet is', () => {
  it('a connection belongs to the device that registers on it, with what came before', () => {
    const lab = captureHarness({ devices: 'all' });
    const one = lab.connect('sccp', 1001);
    const other = lab.connect('sccp', 1002);
    one.hear('register 1');
    other.hear('register 2');
    lab.registering(A1, 1001);
    lab.registering(A2, 1002);
    one.say('ack 1');
    other.say('ack 2');
    one.close();
    expect(lab.textsOf(A1)).toEqual(['opened', '<register 1', '>ack 1', 'closed']);
    expect(lab.textsOf(A2.toLowerCase())).toEqual(['opened', '<register 2', '>ack 2']);
    expect(lab.capture.state.devices).toBe(2);
  });

  it.each([
    ['sip', 'udp'],
    ['sips', 'tcp'],
    ['sccps', 'tls'],
  ] as const)(
    'what was lost on purpose on its way in belongs to the device that it named: %s',
    (service, transport) => {
      const lab = captureHarness({ devices: 'all' });
      if (transport === 'udp') lab.hear('sip', 'REGISTER', 1001);
      else lab.connect(service as 'sips' | 'sccps', 1001).hear('REGISTER');
      const where = service === 'sccps' ? 'sccp' : 'sip';
      lab.injected(where, A1, 1001);
      expect(lab.textsOf(A1).at(-1)).toBe('<REGISTER');
      // Whose a flow is, is not changed by it.
      lab.injected(where, A2, 1001);
      expect([lab.textsOf(A1).at(-1), lab.textsOf(A2)]).toEqual(['<REGISTER', []]);
      lab.injected(where, A2, 1002);
      lab.injected('call', A2, 1001);
      expect(lab.textsOf(A2)).toEqual([]);
    },
  );

  it('datagrams of one address are told apart by port', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'one', 5061);
    lab.hear('sip', 'two', 5062);
    lab.registering(A1, 5061, { protocol: 'SIP', transport: 'udp' });
    lab.registering(A2, 5062, { protocol: 'SIP', transport: 'udp' });
    lab.say('sip', '200 one', 5061);
    lab.say('sip', '200 two', 5062);
    expect([lab.textsOf(A1), lab.textsOf(A2)]).toEqual([
      ['<one', '>200 one'],
      ['<two', '>200 two'],
    ]);
  });

  it('a REGISTER that is challenged belongs to the device that it names, also where it is answered', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'REGISTER', 5061);
    lab.say('sip', '401', 5070);
    const answered = {
      dn: '1',
      status: 401,
      warning: '',
      credentials: 'none',
      callId: '',
      cseq: 1,
      repeat: false,
    } as const;
    lab.bus.publish({
      ...{ type: 'sip.register-answered', at: lab.at(), device: A1, transport: 'udp' },
      ...{ source: `${PHONE}:5061`, sentTo: `${PHONE}:5070`, ...answered },
    } as never);
    expect(lab.textsOf(A1)).toEqual(['<REGISTER', '>401']);
  });

  it('DHCP belongs to the hardware address in the message', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('dhcp', dhcpMessage(MAC1, 1), 68, '0.0.0.0');
    lab.say('dhcp', dhcpMessage(MAC1, 2), 68, '255.255.255.255');
    lab.hear('dhcp', dhcpMessage('00AABBCCDDEE', 3), 68, '0.0.0.0');
    expect(lab.packetsOf(A1).map(({ payload }) => payload[0])).toEqual([1, 2]);
    for (const who of ['00:aa:bb:cc:dd:ee', 'SEP00AABBCCDDEE'])
      expect(lab.packetsOf(who).map(({ payload }) => payload[0])).toEqual([3]);
  });

  it('a file request belongs to the name in the file, before the owner of the port', () => {
    const lab = captureHarness({ devices: 'all' });
    const get = (file: string, port: number): void => {
      lab.hear('tftp', request(file), port);
      lab.fileAsked('tftp', file, port);
      lab.say('tftp', `data of ${file}`, port);
    };
    get(`${A1}.cnf.xml`, 2001);
    get('jar.jar', 2001);
    get(`CTL${A2}.tlv`, 2001);
    get(`${A1}.cnf.xml`, 2002);
    get('SEP0A0B0C0D0E0F.cnf.xml', 2001);
    const texts = (who: string): string[] =>
      lab.textsOf(who).map((text) => text.replace(/\0[\s\S]?/g, '').replace(/^(.)(data of )?/, '$1'));
    expect(texts(A1)).toEqual([
      `<${A1}.cnf.xmlctet`,
      `>${A1}.cnf.xml`,
      '<jar.jarctet',
      '>jar.jar',
      `<${A1}.cnf.xmlctet`,
      `>${A1}.cnf.xml`,
    ]);
    expect(texts(A2)).toEqual([`<CTL${A2}.tlvctet`, `>CTL${A2}.tlv`]);
    expect(texts('SEP0A0B0C0D0E0F')).toHaveLength(2);
  });

  it('a name that nobody configured makes a stranger, who is found by name', () => {
    const lab = captureHarness({ devices: [A1] });
    const link = lab.connect('sccp', 1001);
    link.hear('register');
    lab.registering('NOBODY', 1001, { type: 'device.rejected' });
    link.say('reject');
    expect(lab.textsOf('nobody')).toEqual(['opened', '<register', '>reject']);
    expect(lab.textsOf(PHONE)).toEqual([]);
    expect(lab.capture.state).toMatchObject({ devices: 0, strangerOctets: 4096 });
  });

  it('what nobody named is found by its address, and belongs to the one device that has it', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'OPTIONS', 7000);
    expect(lab.textsOf(PHONE)).toEqual(['<OPTIONS']);
    const lease = { address: PHONE, mac: MAC1 as never, at: lab.at(), until: instant(lab.at() + 60_000) };
    lab.database.recordLease(lease, lab.at());
    lab.hear('sip', 'OPTIONS again', 7001);
    const standby = lab.connect('sccp', 7002);
    standby.hear('keepalive');
    expect(lab.textsOf(A1)).toEqual(['<OPTIONS again', 'opened', '<keepalive']);
    expect(lab.textsOf(A2)).toEqual([]);
  });

  it('a connection that was open before is joined, with its owner', () => {
    const lab = captureHarness();
    const packets: string[] = [];
    lab.capture.follow(lab.capture.subject(A1), ({ kind, payload }) => packets.push(`${kind} ${payload}`));
    const link = lab.connect('sccp', 1001, { joins: true });
    link.hear('keepalive');
    lab.registering(A1, 1001);
    expect(packets).toEqual(['joined ', 'data keepalive']);
  });
});

describe('of whom packets are kept', () => {
  it.each([
    ['all', [A1, A2, 'OTHER']],
    [
      ['sep*a1', 'Other'],
      [A1, 'OTHER'],
    ],
    [['SEP0011223344A?'], [A1, A2]],
    [['NOBODY'], []],
  ] as const)('with devices %j', (devices, kept) => {
    const lab = captureHarness({ devices });
    [A1, A2, 'OTHER'].forEach((name, index) => {
      const link = lab.connect('sccp', 1000 + index);
      link.hear('hello');
      lab.registering(name, 1000 + index);
      link.hear('more');
    });
    for (const name of [A1, A2, 'OTHER']) {
      expect(lab.textsOf(name)).toEqual(
        (kept as readonly string[]).includes(name) ? ['opened', '<hello', '<more'] : [],
      );
      expect(lab.capture.keeps(lab.capture.subject(name))).toBe((kept as readonly string[]).includes(name));
    }
  });

  it('a reload drops those who are not wanted any more, and goes on with the others', () => {
    const lab = captureHarness({ devices: 'all' });
    const links = [A1, A2].map((name, index) => {
      const link = lab.connect('sccp', 1000 + index);
      lab.registering(name, 1000 + index);
      return link;
    });
    lab.capture.apply({ devices: [A1], memory: 64 << 20, perDevice: 256 << 10, strangers: 4 << 20 });
    for (const link of links) link.hear('x');
    expect([lab.textsOf(A1), lab.textsOf(A2)]).toEqual([['opened', '<x'], []]);
    lab.capture.apply({ devices: 'none', memory: 64 << 20, perDevice: 256 << 10, strangers: 4 << 20 });
    expect([lab.isOn, lab.capture.state.octets]).toEqual([false, 0]);
  });

  it('other bounds take effect when nobody follows', () => {
    const lab = captureHarness({ devices: 'all' });
    const small = { devices: 'all', memory: 1 << 20, perDevice: 128 << 10, strangers: 128 << 10 } as const;
    const fill = (): number => {
      for (let index = 0; index < 100; index += 1) lab.hear('sip', 'x'.repeat(4000), index);
      return lab.capture.state.strangerOctets;
    };
    const stop = lab.capture.follow(lab.capture.subject(A1), () => {});
    lab.capture.apply(small);
    expect(fill()).toBeGreaterThan(128 << 10);
    stop();
    expect(lab.capture.state.octets).toBe(0);
    expect(fill()).toBe(128 << 10);
    expect(lab.capture.state.lost).toBeGreaterThan(0);
  });

  it('a device that is removed leaves nothing', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.connect('sccp', 1001);
    lab.registering(A1, 1001);
    expect(lab.capture.state.devices).toBe(1);
    lab.database.configure([], lab.at());
    expect(lab.capture.state).toMatchObject({ devices: 0, octets: 0 });
  });

  it('datagrams of a registered device are its own, also when very many others came between', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'first', 5060);
    const attempt = anAttempt(A1, 'SCCP', { protocol: 'SCCP', transport: 'udp', address: PHONE, port: 5060 });
    lab.database.register(attempt, lab.at());
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    for (let index = 0; index < 40_000; index += 1) lab.hear('sip', 'x', index % 60_000, '10.0.0.3');
    lab.hear('sip', 'second', 5060);
    expect(lab.textsOf(A1)).toEqual(['<first', '<second']);
    expect(lab.capture.state.strangerOctets).toBeLessThanOrEqual(4 << 20);
  });

  it('followers of different devices hear their own alone', () => {
    const lab = captureHarness();
    const heard: string[] = [];
    const stops = [A1, A2].map((name) =>
      lab.capture.follow(lab.capture.subject(name), ({ payload }) => heard.push(`${name} ${payload}`)),
    );
    lab.hear('sip', 'one', 1);
    lab.registering(A1, 1, { protocol: 'SIP', transport: 'udp' });
    lab.hear('sip', 'two', 2);
    lab.registering(A2, 2, { protocol: 'SIP', transport: 'udp' });
    lab.hear('sip', 'three', 1);
    expect(heard).toEqual([`${A1} one`, `${A2} two`, `${A1} three`]);
    stops[0]?.();
    lab.hear('sip', 'four', 1);
    lab.hear('sip', 'five', 2);
    expect(heard.slice(3)).toEqual([`${A2} five`]);
  });

  it('only what is young enough is read', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'old', 1);
    lab.registering(A1, 1, { protocol: 'SIP', transport: 'udp' });
    lab.pass(1000);
    lab.hear('sip', 'new', 1);
    expect(lab.packetsOf(A1, 1_000_500).map(({ payload }) => String(payload))).toEqual(['new']);
  });
});

describe('a long file', () => {
  it.each([
    ['TFTP', 20, 'completed'],
    ['TFTP', 20, 'not completed'],
    ['TFTP', 8, 'completed'],
    ['TFTP', 9, 'completed'],
    ['TFTP', 1000, 'completed'],
  ] as const)('over %s of %i packets, %s, keeps its first and last 8', (_, packets, ended) => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('tftp', request(`${A1}.cnf.xml`), 2001);
    lab.fileAsked('tftp', `${A1}.cnf.xml`, 2001);
    for (let block = 1; block < packets; block += 1) lab.say('tftp', data(block), 2001);
    if (ended === 'completed') lab.fileEnded('tftp', 2001);
    const kept = lab.packetsOf(A1);
    const blocks = kept.slice(1).map(({ payload }) => payload.readUInt16BE(2));
    const all = Array.from({ length: packets - 1 }, (_one, index) => index + 1);
    const wanted = packets <= 16 ? all : [...all.slice(0, 7), ...all.slice(-8)];
    expect(blocks).toEqual(wanted);
    const out = kept.map(({ leftOut }) => leftOut).filter((count) => count > 0);
    expect(out).toEqual(packets <= 16 ? [] : [packets - 16]);
    expect(kept.findIndex(({ leftOut }) => leftOut > 0)).toBe(packets <= 16 ? -1 : 8);
  });

  it('over HTTP does so for each request of a connection', () => {
    const lab = captureHarness({ devices: 'all' });
    const link = lab.connect('http', 3001);
    for (const round of [1, 2]) {
      link.hear(`GET /${A1}.cnf.xml ${round}`);
      lab.fileAsked('http', `${A1}.cnf.xml`, 3001);
      link.say(Buffer.alloc(1460 * 30, round));
      if (round === 1) lab.fileEnded('http', 3001);
    }
    link.close('ended-here');
    const kept = lab.packetsOf(A1);
    expect(kept.map(({ leftOut }) => leftOut).filter((count) => count > 0)).toEqual([15, 15]);
    expect(kept).toHaveLength(1 + 2 * 16 + 1);
    expect(kept.at(-1)).toMatchObject({ kind: 'closed', outgoing: true, sentBefore: 2 * 30 * 1460 });
  });

  it('over HTTP belongs to the device of its request, also on a connection that had another one', () => {
    const lab = captureHarness({ devices: [A2] });
    const link = lab.connect('http', 3001);
    for (const name of [A1, A2, 'NOBODY', A2]) {
      link.hear(`GET ${name}`);
      lab.fileAsked('http', `${name}.cnf.xml`, 3001);
      link.say(`200 ${name}`);
    }
    link.close();
    expect(lab.textsOf(A1)).toEqual([]);
    expect(lab.textsOf(A2)).toEqual([`<GET ${A2}`, `>200 ${A2}`, `<GET ${A2}`, `>200 ${A2}`, 'closed']);
    expect(lab.textsOf('NOBODY')).toEqual(['<GET NOBODY', '>200 NOBODY']);
  });

  it('is heard whole by those who follow', () => {
    const lab = captureHarness();
    let heard = 0;
    lab.capture.follow(lab.capture.subject(A1), () => {
      heard += 1;
    });
    lab.hear('tftp', request(`${A1}.cnf.xml`), 2001);
    lab.fileAsked('tftp', `${A1}.cnf.xml`, 2001);
    for (let block = 1; block <= 100; block += 1) lab.say('tftp', data(block), 2001);
    expect(heard).toBe(101);
  });
});
