// Not becoming a rogue server: who is answered, who is met with silence whatever it sends, and what a flood can do.

import { describe, expect, it } from 'vitest';
import { classOf, modelOf } from '../../src/dhcp/vendor-class.js';
import {
  aPool,
  BROADCAST,
  DhcpHarness,
  ipText,
  LAPTOP,
  macNumber,
  message,
  OTHER_PHONE,
  option,
  PHONE,
  REFERENCE,
  reservedFor,
  SERVER,
  unicastFrom,
  viaRelay,
  withSubnet,
} from './harness.js';

const MICROSOFT = { mac: LAPTOP, vendorClass: 'MSFT 5.0' };

describe('a vendor class', () => {
  it.each([
    ['Cisco Systems, Inc. IP Phone CP-7960G', 'phone', '7960G'],
    ['Cisco Systems, Inc. IP Phone CP-7941G-GE', 'phone', '7941G-GE'],
    ['Cisco Systems, Inc. IP Phone 7912', 'phone', '7912'],
    ['Cisco Systems Inc. Wireless Phone 7921', 'phone', '7921'],
    ['Cisco Systems, Inc. IP Phone CP-8961', 'phone', '8961'],
    ['Cisco Systems, Inc. IP Phone CP-8845', 'phone', '8845'],
    ['Cisco Systems, Inc.', 'weak', undefined],
    ['Cisco Systems Inc.', 'weak', undefined],
    ['Cisco:Codec:1.0', 'weak', undefined],
    ['MSFT 5.0', 'other', undefined],
    ['Cisco Systems, Inc. Switch', 'other', undefined],
    ['xCisco Systems, Inc. IP Phone CP-7960G', 'other', undefined],
    ['', 'other', undefined],
  ])('%s is that of: %s %s', (vendorClass, kind, model) => {
    expect([classOf(vendorClass), modelOf(vendorClass)]).toEqual([kind, model]);
  });
});

describe('who is answered', () => {
  const answered = (answer: 'phones' | 'known' | 'all', wishes: object) =>
    new DhcpHarness({ ...withSubnet({ reservations: [reservedFor({ mac: '020000000009' }, '10.10.210.9')] }), answer })
      .knows('SEP00270DC01C92', OTHER_PHONE)
      .hear(message('DISCOVER', wishes)) !== undefined;

  it.each<[string, object, [phones: boolean, known: boolean, all: boolean]]>([
    ['a phone by its class', { mac: PHONE }, [true, false, true]],
    [
      'a phone by its class and NUL',
      { mac: PHONE, vendorClass: 'Cisco Systems, Inc. IP Phone 7912\0' },
      [true, false, true],
    ],
    ['a device by its hardware address', { mac: OTHER_PHONE, vendorClass: undefined }, [true, true, true]],
    [
      'a device by client identifier 01 and address',
      { mac: LAPTOP, vendorClass: 'x', clientId: `01${OTHER_PHONE}` },
      [true, true, true],
    ],
    ['a reservation', { mac: '020000000009', vendorClass: 'MSFT 5.0' }, [true, true, true]],
    ['a laptop', MICROSOFT, [false, false, true]],
    ['one that says nothing of itself', { mac: LAPTOP, vendorClass: undefined }, [false, false, true]],
    [
      'the company name from an unknown address',
      { mac: LAPTOP, vendorClass: 'Cisco Systems, Inc.' },
      [false, false, true],
    ],
    ['the company name from a device', { mac: OTHER_PHONE, vendorClass: 'Cisco Systems, Inc.' }, [true, true, true]],
  ])('%s', (_title, wishes, [phones, known, all]) => {
    expect([answered('phones', wishes), answered('known', wishes), answered('all', wishes)]).toEqual([
      phones,
      known,
      all,
    ]);
  });

  it('those behind a port of a relay that only phones are plugged into', () => {
    const circuit = (id: string) => [
      option(82, Buffer.concat([option(1, Buffer.from(id, 'hex')), option(2, 'switch')])),
    ];
    const rig = new DhcpHarness({ ...REFERENCE, relayRules: [{ relay: ipText('10.20.0.1'), circuitId: '0004D2' }] });
    const hear = (relay: string, id: string, mac: string) =>
      rig.hear(
        message('DISCOVER', { mac, vendorClass: 'MSFT 5.0', giaddr: relay, more: circuit(id) }),
        viaRelay(relay),
      );
    expect(hear('10.20.0.1', '0004d2', macNumber(1))).toBeDefined();
    expect(hear('10.20.0.1', '0004d3', macNumber(2))).toBeUndefined();
    expect(hear('172.22.76.1', '0004d2', macNumber(3))).toBeUndefined();
  });
});

describe('a laptop', () => {
  it('gets nothing whatever it sends, NAK least of all, and the trace says why', () => {
    const rig = new DhcpHarness();
    const sends = [
      message('DISCOVER', MICROSOFT),
      message('REQUEST', { ...MICROSOFT, requested: '192.168.1.23' }),
      message('REQUEST', { ...MICROSOFT, requested: '10.10.210.200', server: SERVER }),
      message('REQUEST', { ...MICROSOFT, ciaddr: '10.10.210.200' }),
      message('DECLINE', { ...MICROSOFT, requested: '10.10.210.200', server: SERVER }),
      message('RELEASE', { ...MICROSOFT, ciaddr: '10.10.210.200', server: SERVER }),
      message('INFORM', { ...MICROSOFT, ciaddr: '10.10.210.77' }),
    ];
    for (const bytes of sends)
      for (const arrival of [BROADCAST, unicastFrom('10.10.210.77')]) expect(rig.hear(bytes, arrival)).toBeUndefined();
    expect(rig.probe.of('dhcp.sent')).toEqual([]);
    expect(rig.probe.of('dhcp.received')[0]).toMatchObject({
      decision: 'silent',
      reason: 'not-allowed',
      mac: LAPTOP,
      vendorClass: 'MSFT 5.0',
    });
    expect(rig.probe.of('dhcp.stranger')).toHaveLength(1);
    expect(rig.service.events.counts.get('silent not-allowed')?.count).toBe(10);
  });

  it('that takes another server’s offer tells us of that server', () => {
    const rig = new DhcpHarness();
    rig.hear(message('REQUEST', { ...MICROSOFT, requested: '10.10.210.60', server: '10.10.210.99' }));
    expect(rig.probe.of('dhcp.other-server')).toMatchObject([{ server: '10.10.210.99', mac: LAPTOP }]);
  });

  it('that had a lease may still give it back after `answer` was narrowed, but not renew it', () => {
    const rig = new DhcpHarness({ ...REFERENCE, answer: 'all' });
    const address = rig.lease(LAPTOP, { vendorClass: 'MSFT 5.0' });
    rig.service.configure(REFERENCE);
    expect(rig.hear(message('REQUEST', { ...MICROSOFT, ciaddr: address }), unicastFrom(address))).toBeUndefined();
    rig.hear(message('RELEASE', { ...MICROSOFT, ciaddr: address, server: SERVER }), unicastFrom(address));
    expect(rig.stateOf(address)).toBe('free');
  });
});

describe('a stampede of bound phones', () => {
  it('is served whole and told in part, and how much is not is told', () => {
    const rig = new DhcpHarness({ ...REFERENCE, tracedPerSecond: 10 });
    const told = (): number => rig.probe.of('dhcp.received').length + rig.probe.of('dhcp.sent').length;
    for (let count = 0; count < 100; count += 1) expect(rig.hear(message('DISCOVER'))?.type).toBe('OFFER');
    expect(told()).toBe(10);
    expect(rig.probe.of('dhcp.untraced')).toEqual([]);
    rig.advance(1_000);
    rig.hear(message('DISCOVER'));
    expect(rig.probe.of('dhcp.untraced')).toMatchObject([{ messages: 190 }]);
    expect(told()).toBe(12);
  });

  it('of nonsense is told in part as well, and hides no phone', () => {
    const rig = new DhcpHarness({ ...REFERENCE, tracedPerSecond: 10 });
    const nonsense = message('DISCOVER').subarray(0, 100);
    for (let count = 0; count < 100; count += 1) expect(rig.hear(nonsense)).toBeUndefined();
    expect(rig.probe.of('dhcp.malformed')).toHaveLength(10);
    expect(rig.hear(message('DISCOVER'))?.type).toBe('OFFER');
    expect(rig.probe.of('dhcp.received')).toHaveLength(1);
    rig.advance(1_000);
    rig.hear(nonsense);
    expect(rig.probe.of('dhcp.untraced')).toMatchObject([{ messages: 90 }]);
    expect(rig.service.events.counts.get('malformed short')?.count).toBe(101);
  });
});

describe('a flood of made-up hardware addresses', () => {
  const limits = { newClients: 100, newClientsPerLink: 40, openOffers: 0.5 };
  const flood = (rig: DhcpHarness, count: number, from = 0, wishes: object = {}, arrival = BROADCAST): number => {
    let answered = 0;
    for (let number = from; number < from + count; number += 1)
      if (rig.hear(message('DISCOVER', { mac: macNumber(number), ...wishes }), arrival) !== undefined) answered += 1;
    return answered;
  };

  it('is bounded per second on each link and in all', () => {
    const rig = new DhcpHarness({ ...withSubnet(aPool('10.10.210.20', '10.10.210.250')), limits });
    expect(flood(rig, 1000)).toBe(40);
    const relayed = (relay: string, from: number) => flood(rig, 500, from, { giaddr: relay }, viaRelay(relay));
    expect(relayed('10.20.0.1', 10_000)).toBe(40);
    expect(relayed('172.22.76.1', 20_000)).toBe(20);
    expect(rig.probe.of('dhcp.throttled').map(({ link, limit }) => `${link} ${limit}`)).toEqual([
      'eth1 newClientsPerLink',
      '10.20.0.1 newClientsPerLink',
      '172.22.76.1 newClients',
    ]);
    rig.advance(500);
    expect(flood(rig, 1000, 30_000)).toBe(20);
  });

  it('leaves bound phones, devices and reservations alone', () => {
    const reservations = [reservedFor({ mac: '020000AAAAAA' }, '10.10.210.9')];
    const rig = new DhcpHarness({ ...withSubnet({ reservations }), limits }).knows('SEP00270DC01C92', OTHER_PHONE);
    const address = rig.lease(PHONE);
    expect(flood(rig, 1000)).toBeLessThan(40);
    expect(rig.hear(message('REQUEST', { ciaddr: address }), unicastFrom(address))?.type).toBe('ACK');
    expect(rig.hear(message('REQUEST', { requested: address }))?.type).toBe('ACK');
    expect(rig.lease(PHONE)).toBe(address);
    expect(rig.lease(OTHER_PHONE, { vendorClass: undefined })).toMatch(/^10\.10\.210\.2/);
    expect(rig.lease('020000AAAAAA')).toBe('10.10.210.9');
  });

  it('may hold half of a pool with offers, never all of it, and devices still get the rest', () => {
    const rig = new DhcpHarness({
      ...withSubnet(aPool('10.10.210.101', '10.10.210.200')),
      limits: { ...limits, newClientsPerLink: 1e6, newClients: 1e6 },
    });
    rig.knows('SEP00270DC01C92', OTHER_PHONE);
    expect(flood(rig, 5000)).toBe(50);
    expect(rig.verdict).toBe('silent too-many-open-offers');
    expect(rig.lease(OTHER_PHONE)).toBe('10.10.210.151');
    rig.advance(60_000);
    expect(rig.lease(PHONE)).toMatch(/^10\.10\.210\.1/);
  });

  it('of renewals that claim free addresses is bounded as well', () => {
    const rig = new DhcpHarness({ ...withSubnet(aPool('10.10.210.20', '10.10.210.250')), limits });
    let answered = 0;
    for (let number = 0; number < 200; number += 1) {
      const ciaddr = `10.10.210.${20 + number}`;
      if (rig.hear(message('REQUEST', { mac: macNumber(number), ciaddr }), unicastFrom(ciaddr)) !== undefined)
        answered += 1;
    }
    expect(answered).toBe(40);
  });

  it('from made-up relays costs no memory without bound', () => {
    const rig = new DhcpHarness({ ...REFERENCE, limits: { ...limits, newClients: 1e6 } });
    for (let number = 0; number < 3000; number += 1) {
      const relay = `10.20.0.${1 + (number % 250)}`;
      rig.hear(message('DISCOVER', { mac: macNumber(number), giaddr: relay }), viaRelay(relay));
    }
    expect(rig.service.table.size).toBeLessThanOrEqual(100);
  });
});
