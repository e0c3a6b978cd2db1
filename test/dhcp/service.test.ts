import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/time.js';
import {
  address4,
  aPool,
  aRange,
  BROADCAST,
  DhcpHarness,
  LAPTOP,
  macNumber,
  message,
  OTHER_PHONE,
  option,
  PHONE,
  REFERENCE,
  RELAYED_SUBNETS,
  rawMessage,
  reservedFor,
  SERVER,
  seconds4,
  TYPE,
  unicastFrom,
  viaRelay,
  withSubnet,
} from './harness.js';

const FIRST = '10.10.210.200';
const SECOND = '10.10.210.201';

describe('DISCOVER', () => {
  it('is answered with an OFFER of a free address, which is held and not yet leased', () => {
    const rig = new DhcpHarness();
    const offer = rig.hear(message('DISCOVER'));
    expect(offer).toMatchObject({ type: 'OFFER', yiaddr: FIRST, to: '255.255.255.255', port: 68, xid: 0x0a17 });
    expect(rig.stateOf(FIRST)).toBe('offered');
    expect(rig.written).toEqual([]);
  });

  it('sent again with the same transaction gets the same offer and takes no second address', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(message('DISCOVER'))?.yiaddr).toBe(FIRST);
    expect(rig.hear(message('DISCOVER'))?.yiaddr).toBe(FIRST);
    expect(rig.verdict).toBe('OFFER same-offer');
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE }))?.yiaddr).toBe(SECOND);
  });

  it('chooses the current binding before all', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.hear(message('DISCOVER', { requested: '10.10.210.222' }))?.yiaddr).toBe(FIRST);
    expect(rig.verdict).toBe('OFFER current-binding');
    expect(rig.stateOf(FIRST)).toBe('bound');
  });

  it('chooses the previous address where it is free', () => {
    const rig = new DhcpHarness();
    rig.lease(OTHER_PHONE);
    rig.lease(PHONE);
    rig.hear(message('RELEASE', { ciaddr: SECOND, server: SERVER }), unicastFrom(SECOND));
    expect(rig.hear(message('DISCOVER', { requested: '10.10.210.222' }))?.yiaddr).toBe(SECOND);
    expect(rig.verdict).toBe('OFFER previous-address');
  });

  it('chooses the address asked for where it is valid here and free', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(message('DISCOVER', { requested: '10.10.210.222' }))?.yiaddr).toBe('10.10.210.222');
    expect(rig.verdict).toBe('OFFER requested-address');
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE, requested: '10.10.210.222' }))?.yiaddr).toBe(FIRST);
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1), requested: '192.168.1.23' }))?.yiaddr).toBe(SECOND);
  });

  it('holds an offer for the offer time; then the address is free, and the client was never known', () => {
    const rig = new DhcpHarness(withSubnet(aPool(FIRST, FIRST)));
    rig.hear(message('DISCOVER'));
    rig.advance(59_999);
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE }))).toBeUndefined();
    rig.advance(1);
    expect(rig.stateOf(FIRST)).toBe('free');
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE }))?.yiaddr).toBe(FIRST);
  });

  it('grants the time asked for up to the longest one', () => {
    const rig = new DhcpHarness();
    const asked = (count: number) => rig.hear(message('DISCOVER', { more: [option(51, seconds4(count))] }))?.option(51);
    expect(asked(3600)).toBe('00000e10');
    expect(asked(0xffffffff)).toBe('000a8c00');
    expect(asked(1)).toBe('0000003c');
  });
});

describe('which subnet', () => {
  it('is the one that contains giaddr', () => {
    const rig = new DhcpHarness();
    const offer = rig.hear(message('DISCOVER', { giaddr: '10.20.0.1' }), viaRelay('10.20.0.1'));
    expect(offer).toMatchObject({ yiaddr: '10.20.0.100', to: '10.20.0.1', port: 67, giaddr: '10.20.0.1' });
  });

  it('is that of the link selection sub-option where a relay adds it (RFC 3527)', () => {
    const rig = new DhcpHarness();
    for (const [index, link] of ['172.22.76.0', '172.22.76.9'].entries()) {
      const relayed = { mac: macNumber(index), giaddr: '10.20.0.1', more: [option(82, option(5, address4(link)))] };
      const offer = rig.hear(message('DISCOVER', relayed), viaRelay('10.20.0.1'));
      expect(offer).toMatchObject({ yiaddr: `172.22.76.${100 + index}`, to: '10.20.0.1' });
    }
  });

  it('is the one that contains ciaddr for a routed phone that renews by unicast', () => {
    const rig = new DhcpHarness();
    const leased = rig.lease(PHONE, { giaddr: '10.20.0.1' }, viaRelay('10.20.0.1'));
    const ack = rig.hear(message('REQUEST', { ciaddr: leased }), unicastFrom(leased));
    expect(ack).toMatchObject({ type: 'ACK', yiaddr: leased, ciaddr: leased, to: leased, port: 68 });
  });

  it('is that of the interface otherwise', () => {
    expect(new DhcpHarness().hear(message('DISCOVER'))?.yiaddr).toBe(FIRST);
  });

  it.each(['192.168.9.1', '10.10.210.0', '10.10.210.255', '255.255.255.255', '127.0.0.1'])(
    'is none for a foreign giaddr %s: silence',
    (giaddr) => {
      const rig = new DhcpHarness();
      expect(rig.hear(message('DISCOVER', { giaddr }), viaRelay('10.10.210.77'))).toBeUndefined();
      expect(rig.verdict).toBe('silent no-subnet');
    },
  );
});

describe('a full pool', () => {
  it('is silent and says so once, and answers when an address is given back', () => {
    const rig = new DhcpHarness(withSubnet(aPool(FIRST, SECOND)));
    rig.lease(PHONE);
    rig.lease(OTHER_PHONE);
    for (const number of [1, 2, 3]) expect(rig.hear(message('DISCOVER', { mac: macNumber(number) }))).toBeUndefined();
    expect(rig.verdict).toBe('silent pool-empty');
    expect(rig.probe.of('dhcp.pool-empty')).toMatchObject([{ subnet: '10.10.210.0/24', addresses: 2 }]);
    rig.hear(message('RELEASE', { ciaddr: FIRST, server: SERVER }), unicastFrom(FIRST));
    expect(rig.hear(message('DISCOVER', { mac: macNumber(3) }))?.yiaddr).toBe(FIRST);
    expect(rig.probe.of('dhcp.pool-recovered')).toHaveLength(1);
  });

  it('answers when a lease expires, and not an instant before', () => {
    const rig = new DhcpHarness(
      withSubnet({ ...aPool(FIRST, FIRST), leaseTime: seconds(120), maxLeaseTime: seconds(120) }),
    );
    rig.lease(PHONE);
    rig.advance(119_999);
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE }))).toBeUndefined();
    rig.advance(1);
    expect(rig.probe.of('lease.expired')).toMatchObject([{ address: FIRST, mac: PHONE }]);
    expect(rig.lease(OTHER_PHONE)).toBe(FIRST);
  });
});

describe('SELECTING', () => {
  it('of our offer is acknowledged with the parameters of the offer, and written down', () => {
    const rig = new DhcpHarness();
    const offer = rig.hear(message('DISCOVER', { more: [option(51, seconds4(7200))] }));
    const ack = rig.hear(message('REQUEST', { requested: FIRST, server: SERVER }));
    expect(ack).toMatchObject({ type: 'ACK', yiaddr: FIRST, to: '255.255.255.255' });
    expect(ack?.options.slice(1)).toEqual(offer?.options.slice(1));
    expect(rig.stateOf(FIRST)).toBe('bound');
    expect(rig.written).toEqual([{ state: 'bound', address: FIRST }]);
  });

  it('of another server is met with silence, and our offer is free at once', () => {
    const rig = new DhcpHarness();
    rig.hear(message('DISCOVER'));
    expect(rig.hear(message('REQUEST', { requested: '10.10.210.77', server: '10.10.210.99' }))).toBeUndefined();
    expect(rig.stateOf(FIRST)).toBe('free');
    expect(rig.probe.of('dhcp.other-server')).toMatchObject([
      { server: '10.10.210.99', mac: PHONE, seen: 'named-by-client' },
    ]);
  });

  it('of an offer that has run out, or was never made, is NAKed', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(message('REQUEST', { requested: '10.10.210.210', server: SERVER }))?.type).toBe('NAK');
    rig.hear(message('DISCOVER'));
    rig.advance(minutes(2));
    expect(rig.hear(message('REQUEST', { requested: FIRST, server: SERVER }))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK no-such-offer');
  });

  it('of an address that is somebody else’s is NAKed', () => {
    const rig = new DhcpHarness();
    rig.lease(OTHER_PHONE);
    expect(rig.hear(message('REQUEST', { requested: FIRST, server: SERVER }))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK address-taken');
  });
});

describe('INIT-REBOOT', () => {
  const reboot = (requested: string, wishes = {}) => message('REQUEST', { requested, ...wishes });

  it('on the right network without a record of the client is met with silence', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(reboot('10.10.210.205'))).toBeUndefined();
    expect(rig.verdict).toBe('silent no-record');
  });

  it('on the wrong network is NAKed by broadcast, record or not', () => {
    const rig = new DhcpHarness();
    const nak = rig.hear(reboot('192.168.1.23'));
    expect(nak).toMatchObject({ type: 'NAK', to: '255.255.255.255', port: 68 });
    expect(rig.verdict).toBe('NAK wrong-network');
    expect(rig.hear(reboot('10.20.0.100'))?.type).toBe('NAK');
  });

  it('on the wrong network behind a relay is NAKed to the relay with the broadcast bit set', () => {
    const rig = new DhcpHarness();
    const nak = rig.hear(reboot(FIRST, { giaddr: '10.20.0.1', broadcast: false }), viaRelay('10.20.0.1'));
    expect(nak).toMatchObject({ type: 'NAK', to: '10.20.0.1', port: 67, flags: 0x8000 });
  });

  it('with the address of its record is acknowledged', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.hear(reboot(FIRST))).toMatchObject({ type: 'ACK', yiaddr: FIRST });
    expect(rig.verdict).toBe('ACK rebooted');
  });

  it('with the address of an expired record that nobody took is acknowledged', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.advance(9 * 86_400_000);
    expect(rig.stateOf(FIRST)).toBe('free');
    expect(rig.hear(reboot(FIRST))?.type).toBe('ACK');
    expect(rig.stateOf(FIRST)).toBe('bound');
  });

  it('with another address of our pool than its own is NAKed', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.hear(reboot('10.10.210.222'))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK address-differs');
  });

  it('with an address whose lease has gone to someone else is NAKed', () => {
    const rig = new DhcpHarness(withSubnet(aPool(FIRST, FIRST)));
    rig.lease(PHONE);
    rig.advance(9 * 86_400_000);
    rig.lease(OTHER_PHONE);
    expect(rig.hear(reboot(FIRST))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK address-taken');
  });

  it('with an address of this network that is in no pool of ours is not ours to refuse, unless we are authoritative', () => {
    const modest = new DhcpHarness();
    modest.lease(PHONE);
    expect(modest.hear(reboot('10.10.210.77'))).toBeUndefined();
    expect(modest.verdict).toBe('silent not-ours');
    const authoritative = new DhcpHarness({ ...REFERENCE, authoritative: true });
    authoritative.lease(PHONE);
    expect(authoritative.hear(reboot('10.10.210.77'))?.type).toBe('NAK');
  });
});

describe('RENEWING', () => {
  const renew = (ciaddr: string, wishes = {}) => message('REQUEST', { ciaddr, broadcast: false, ...wishes });

  it('extends the lease and is acknowledged by unicast to ciaddr', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    const until = rig.service.table.leaseAt(0x0a0ad2c8)!.until;
    rig.advance(86_400_000);
    const ack = rig.hear(renew(FIRST), unicastFrom(FIRST));
    expect(ack).toMatchObject({ type: 'ACK', to: FIRST, port: 68, ciaddr: FIRST, yiaddr: FIRST });
    expect(rig.service.table.leaseAt(0x0a0ad2c8)!.until - until).toBe(86_400_000);
    expect(rig.written.at(-1)).toEqual({ state: 'bound', address: FIRST });
  });

  it('keeps what the relay said in the first exchange, since a renewal has no option 82', () => {
    const rig = new DhcpHarness();
    const more = [option(82, option(1, 'port 5'))];
    const leased = rig.lease(PHONE, { giaddr: '10.20.0.1', more }, viaRelay('10.20.0.1'));
    rig.hear(renew(leased), unicastFrom(leased));
    const lease = rig.service.table.leaseAt(0x0a140064)!;
    expect([lease.relay, lease.relayInformation]).toEqual([0x0a140001, option(1, 'port 5').toString('hex')]);
  });

  it('of another address than it is bound to is NAKed by broadcast, though ciaddr is set', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    const nak = rig.hear(renew('10.10.210.230'), unicastFrom('10.10.210.230'));
    expect(nak).toMatchObject({ type: 'NAK', to: '255.255.255.255', ciaddr: '0.0.0.0' });
    expect(rig.verdict).toBe('NAK address-differs');
  });

  it('of an address that is somebody else’s is NAKed', () => {
    const rig = new DhcpHarness();
    rig.lease(OTHER_PHONE);
    expect(rig.hear(renew(FIRST), unicastFrom(FIRST))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK address-taken');
  });

  it('after our table was lost makes the binding anew where the address is ours and free', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(renew('10.10.210.230'), unicastFrom('10.10.210.230'))?.type).toBe('ACK');
    expect(rig.verdict).toBe('ACK recreated');
    expect(rig.stateOf('10.10.210.230')).toBe('bound');
    expect(rig.hear(renew('10.10.210.77', { mac: OTHER_PHONE }), unicastFrom('10.10.210.77'))).toBeUndefined();
    expect(rig.verdict).toBe('silent no-record');
  });

  it('needs no vendor class where the lease knows it', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.hear(renew(FIRST, { vendorClass: undefined }), unicastFrom(FIRST))?.type).toBe('ACK');
    expect(rig.service.table.leaseAt(0x0a0ad2c8)!.client.vendorClass).toBe('Cisco Systems, Inc. IP Phone CP-7960G');
  });
});

describe('REBINDING', () => {
  const rebind = (ciaddr: string, wishes = {}) => message('REQUEST', { ciaddr, ...wishes });

  it('is as RENEWING for a client that is bound here, broadcast or relayed', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.hear(rebind(FIRST))).toMatchObject({ type: 'ACK', to: FIRST });
    expect(rig.probe.of('dhcp.received').at(-1)?.state).toBe('REBINDING');
    const leased = rig.lease(OTHER_PHONE, { giaddr: '10.20.0.1' }, viaRelay('10.20.0.1'));
    const ack = rig.hear(rebind(leased, { mac: OTHER_PHONE, giaddr: '10.20.0.1' }), viaRelay('10.20.0.1'));
    expect(ack).toMatchObject({ type: 'ACK', to: '10.20.0.1', port: 67 });
  });

  it('of a client that is unknown here is met with silence, though the address is free', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(rebind('10.10.210.230'))).toBeUndefined();
    expect(rig.verdict).toBe('silent no-record');
  });

  it('heard on another wire than its address belongs to is NAKed: the phone was moved', () => {
    const rig = new DhcpHarness();
    const leased = rig.lease(PHONE, { giaddr: '10.20.0.1' }, viaRelay('10.20.0.1'));
    expect(rig.hear(rebind(leased))?.type).toBe('NAK');
    expect(rig.verdict).toBe('NAK wrong-network');
    const elsewhere = message('REQUEST', { ciaddr: leased, giaddr: '172.22.76.1' });
    expect(rig.hear(elsewhere, viaRelay('172.22.76.1'))?.type).toBe('NAK');
    const stranger = message('REQUEST', { mac: OTHER_PHONE, ciaddr: leased, giaddr: '172.22.76.1' });
    expect(rig.hear(stranger, viaRelay('172.22.76.1'))).toBeUndefined();
  });
});

describe('DECLINE', () => {
  it('has no reply; the address rests and then may be given again', () => {
    const rig = new DhcpHarness(withSubnet(aPool(FIRST, SECOND)));
    rig.lease(PHONE);
    expect(rig.hear(message('DECLINE', { requested: FIRST, server: SERVER }))).toBeUndefined();
    expect(rig.verdict).toBe('noted declined');
    expect(rig.stateOf(FIRST)).toBe('declined');
    expect(rig.written.at(-1)).toEqual({ state: 'declined', address: FIRST });
    expect(rig.lease(PHONE)).toBe(SECOND);
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE, requested: FIRST }))).toBeUndefined();
    rig.advance(minutes(30));
    expect(rig.probe.of('lease.rested')).toMatchObject([{ address: FIRST }]);
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE }))?.yiaddr).toBe(FIRST);
  });

  it.each([
    ['to another server', { requested: FIRST, server: '10.10.210.99' }, 'silent not-to-us'],
    ['to nobody', { requested: FIRST }, 'silent not-to-us'],
    ['of somebody else’s address', { requested: SECOND, server: SERVER }, 'silent not-its-lease'],
    ['of an address never given', { requested: '10.10.210.240', server: SERVER }, 'silent not-its-lease'],
  ])('%s changes nothing', (_title, wishes, verdict) => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.lease(OTHER_PHONE);
    rig.hear(message('DECLINE', wishes));
    expect(rig.verdict).toBe(verdict);
    expect([rig.stateOf(FIRST), rig.stateOf(SECOND)]).toEqual(['bound', 'bound']);
  });
});

describe('RELEASE', () => {
  it('has no reply; the lease is free and remembered as the previous address', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(
      rig.hear(message('RELEASE', { ciaddr: FIRST, server: SERVER, vendorClass: undefined }), unicastFrom(FIRST)),
    ).toBeUndefined();
    expect(rig.stateOf(FIRST)).toBe('free');
    expect(rig.written.at(-1)).toEqual({ state: 'free', address: FIRST });
    rig.lease(OTHER_PHONE);
    expect(rig.lease(PHONE)).toBe(FIRST);
  });

  it.each([
    ['by another client', { mac: OTHER_PHONE, ciaddr: FIRST }],
    ['of another address', { ciaddr: '10.10.210.201' }],
    ['to another server', { ciaddr: FIRST, server: '10.10.210.99' }],
  ])('%s frees nothing', (_title, wishes) => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.hear(message('RELEASE', wishes), unicastFrom(FIRST));
    expect(rig.stateOf(FIRST)).toBe('bound');
  });
});

describe('INFORM', () => {
  const inform = (wishes = {}) => message('INFORM', { asks: [150, 66, 6, 15], ...wishes });

  it('is acknowledged to ciaddr without address, times or lease', () => {
    const rig = new DhcpHarness();
    const ack = rig.hear(inform({ ciaddr: '10.10.210.77' }));
    expect(ack).toMatchObject({ type: 'ACK', yiaddr: '0.0.0.0', ciaddr: '10.10.210.77', to: '10.10.210.77', port: 68 });
    expect(ack?.options.map(([code]) => code)).toEqual([53, 54, 150, 66, 6, 15]);
    expect(rig.service.table.size).toBe(0);
  });

  it('goes to ciaddr also when relayed, to the sender where ciaddr is 0, and nowhere without either', () => {
    const rig = new DhcpHarness();
    const relayed = rig.hear(inform({ ciaddr: '10.20.0.77', giaddr: '10.20.0.1' }), viaRelay('10.20.0.1'));
    expect(relayed).toMatchObject({ to: '10.20.0.77', port: 68 });
    expect(rig.hear(inform(), unicastFrom('10.10.210.77'))).toMatchObject({ to: '10.10.210.77' });
    expect(rig.hear(inform(), BROADCAST)).toBeUndefined();
    expect(rig.hear(inform({ giaddr: '10.20.0.1' }), viaRelay('10.20.0.1'))).toBeUndefined(); // the relay is not it
  });

  it('without ciaddr is of the subnet that it comes from, though that is not the wire’s', () => {
    const rig = new DhcpHarness();
    const ack = rig.hear(inform({ asks: [3] }), unicastFrom('10.20.0.77'));
    expect([ack?.to, ack?.ciaddr, ack?.option(3)]).toEqual(['10.20.0.77', '0.0.0.0', '0a140001']);
    const computer = inform({ mac: LAPTOP, vendorClass: 'MSFT 5.0' });
    const listing = new DhcpHarness(withSubnet({ reservations: [reservedFor({ mac: PHONE }, '10.10.210.77')] }));
    expect(listing.hear(computer, unicastFrom('10.10.210.77'))?.type).toBe('ACK');
    expect(listing.hear(computer, unicastFrom('10.10.210.78'))).toBeUndefined();
  });

  it('of a computer is answered only where it is listed, by hardware address or by address', () => {
    const computer = { mac: LAPTOP, ciaddr: '10.10.210.77', vendorClass: 'MSFT 5.0' };
    expect(new DhcpHarness().hear(inform(computer))).toBeUndefined();
    const listed = (client: object, address: string) =>
      new DhcpHarness(withSubnet({ reservations: [reservedFor(client, address)] })).hear(inform(computer));
    expect(listed({ mac: LAPTOP }, '10.10.210.30')?.type).toBe('ACK');
    expect(listed({ mac: '020000000001' }, '10.10.210.77')?.type).toBe('ACK');
    expect(listed({ mac: '020000000001' }, '10.10.210.78')).toBeUndefined();
  });
});

describe('clients', () => {
  it('are told apart by option 61 where they send it, never by a mixture', () => {
    const rig = new DhcpHarness();
    const byId = rig.lease(PHONE, { clientId: `01${PHONE}` });
    const byMac = rig.lease(PHONE);
    expect(byId).not.toBe(byMac);
    expect(rig.lease(OTHER_PHONE, { clientId: `01${PHONE}` })).toBe(byId);
  });

  it('hear their option 61 again, and it alone (RFC 6842)', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(message('DISCOVER', { clientId: '00ff01' }))?.option(61)).toBe('00ff01');
    expect(rig.hear(message('DISCOVER'))?.option(61)).toBeUndefined();
  });
});

describe('reservations', () => {
  const reserving = (client: object, address: string) =>
    new DhcpHarness(withSubnet({ reservations: [reservedFor(client, address)] }));

  it('by MAC catch the hardware address and client identifier 01 and MAC, with one lease for both', () => {
    const rig = reserving({ mac: PHONE }, '10.10.210.30');
    expect(rig.lease(PHONE, { vendorClass: undefined })).toBe('10.10.210.30');
    expect(rig.lease(PHONE, { clientId: `01${PHONE}` })).toBe('10.10.210.30');
    expect(rig.hear(message('DISCOVER', { mac: LAPTOP, clientId: `01${PHONE}` }))).toBeDefined();
  });

  it('by client identifier and by device hold as well', () => {
    expect(reserving({ clientId: '00aabb' }, '10.10.210.31').lease(PHONE, { clientId: '00aabb' })).toBe('10.10.210.31');
    const rig = reserving({ device: 'ipctest2' }, '10.10.210.32').knows('ipctest2', LAPTOP);
    expect(rig.lease(LAPTOP, { vendorClass: 'MSFT 5.0' })).toBe('10.10.210.32');
  });

  it('inside a pool are given to nobody else', () => {
    const rig = new DhcpHarness(
      withSubnet({ ...aPool(FIRST, SECOND), reservations: [reservedFor({ mac: PHONE }, FIRST)] }),
    );
    expect(rig.hear(message('DISCOVER', { mac: OTHER_PHONE, requested: FIRST }))?.yiaddr).toBe(SECOND);
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1) }))).toBeUndefined();
    rig.lease(PHONE);
    rig.hear(message('RELEASE', { ciaddr: FIRST, server: SERVER }), unicastFrom(FIRST));
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1) }))).toBeUndefined();
  });

  it('made while another has the address wait until it is free', () => {
    const rig = new DhcpHarness();
    rig.lease(OTHER_PHONE);
    rig.service.configure(withSubnet({ reservations: [reservedFor({ mac: PHONE }, FIRST)] }));
    expect(rig.hear(message('DISCOVER'))?.yiaddr).toBe(SECOND);
    const renewed = rig.hear(message('REQUEST', { mac: OTHER_PHONE, ciaddr: FIRST }), unicastFrom(FIRST));
    expect(renewed?.type).toBe('NAK');
  });

  it('whose address was found in use rest too: the phone gets another one meanwhile', () => {
    const rig = new DhcpHarness(withSubnet({ reservations: [reservedFor({ mac: PHONE }, SECOND)] }));
    expect(rig.lease(PHONE)).toBe(SECOND);
    rig.hear(message('DECLINE', { requested: SECOND, server: SERVER }));
    expect(rig.lease(PHONE)).toBe(FIRST);
    expect(rig.stateOf(SECOND)).toBe('declined');
    rig.advance(minutes(30));
    expect(rig.hear(message('DISCOVER'))?.yiaddr).toBe(SECOND);
  });

  it('taken up free the address that the client had before, and not when they were only offered', () => {
    const rig = new DhcpHarness().knows('SEP00036BA10260', PHONE);
    rig.lease(PHONE);
    rig.service.configure(withSubnet({ reservations: [reservedFor({ mac: PHONE }, SECOND)] }));
    rig.hear(message('DISCOVER'));
    rig.advance(minutes(2)); // the offer lapses
    expect([rig.stateOf(FIRST), rig.stateOf(SECOND)]).toEqual(['bound', 'free']);
    rig.hear(message('DISCOVER'));
    expect(rig.lease(PHONE)).toBe(SECOND);
    expect([rig.stateOf(FIRST), rig.stateOf(SECOND)]).toEqual(['free', 'bound']);
    expect(rig.written.slice(-2)).toEqual([
      { state: 'bound', address: SECOND },
      { state: 'free', address: FIRST },
    ]);
    expect(rig.devices.byName('SEP00036BA10260')?.lease?.address).toBe(SECOND);
    expect(rig.lease(OTHER_PHONE, { requested: FIRST })).toBe(FIRST);
    expect(rig.lease(PHONE)).toBe(SECOND);
  });

  it('made for the address that the client has change nothing for it', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.service.configure(withSubnet({ reservations: [reservedFor({ mac: PHONE }, FIRST)] }));
    expect(rig.hear(message('REQUEST', { ciaddr: FIRST }), unicastFrom(FIRST))?.type).toBe('ACK');
  });
});

describe('option 82', () => {
  const information = option(82, Buffer.concat([option(1, 'vlan 210'), option(2, Buffer.from([0, 255, 82]))]));

  it('comes back octet by octet, last before END, in every reply to that message', () => {
    const rig = new DhcpHarness();
    const relayed = { giaddr: '10.20.0.1', more: [information] };
    const offer = rig.hear(message('DISCOVER', relayed), viaRelay('10.20.0.1'));
    expect(offer?.options.at(-1)).toEqual([82, information.subarray(2).toString('hex')]);
    const nak = rig.hear(message('REQUEST', { ...relayed, requested: FIRST }), viaRelay('10.20.0.1'));
    expect(nak?.type).toBe('NAK');
    expect(nak?.options.at(-1)?.[0]).toBe(82);
    expect(rig.hear(message('DISCOVER'))?.option(82)).toBeUndefined();
  });

  it('without a relay is served and echoed, or dropped where the operator says so', () => {
    const bytes = message('DISCOVER', { more: [information] });
    expect(new DhcpHarness().hear(bytes)?.options.at(-1)?.[0]).toBe(82);
    const strict = new DhcpHarness({ ...REFERENCE, directRelayInformation: 'drop' });
    expect(strict.hear(bytes)).toBeUndefined();
    expect(strict.verdict).toBe('silent option-82-without-relay');
  });

  it('may stand in for our server identifier (RFC 5107), and a client that names it speaks to us', () => {
    const relayed = { giaddr: '10.20.0.1', more: [option(82, option(11, address4('10.20.0.1')))] };
    const rig = new DhcpHarness();
    const offer = rig.hear(message('DISCOVER', relayed), viaRelay('10.20.0.1'));
    expect(offer?.option(54)).toBe('0a140001');
    const taken = { ...relayed, requested: offer!.yiaddr, server: '10.20.0.1' };
    expect(rig.hear(message('REQUEST', taken), viaRelay('10.20.0.1'))?.type).toBe('ACK');
    const without = new DhcpHarness({ ...REFERENCE, serverIdOverride: false });
    expect(without.hear(message('DISCOVER', relayed), viaRelay('10.20.0.1'))?.option(54)).toBe('0a0ad20a');
  });
});

describe('what is no request', () => {
  it('BOOTP without a message type is met with silence', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(rawMessage({}))).toBeUndefined();
    expect(rig.verdict).toBe('silent bootp');
  });

  it('a reply is ignored, and another server that sent it is reported once in a while', () => {
    const rig = new DhcpHarness();
    const offer = message('OFFER', { op: 2, yiaddr: '10.10.210.55', server: '10.10.210.99' });
    for (let count = 0; count < 3; count += 1) expect(rig.hear(offer, unicastFrom('10.10.210.99', 67))).toBeUndefined();
    expect(rig.probe.of('dhcp.other-server')).toMatchObject([{ server: '10.10.210.99', seen: 'heard' }]);
    rig.advance(minutes(11));
    rig.hear(offer, unicastFrom('10.10.210.99', 67));
    expect(rig.probe.of('dhcp.other-server')).toHaveLength(2);
    rig.hear(message('OFFER', { op: 2, server: SERVER }), unicastFrom(SERVER, 67));
    expect(rig.probe.of('dhcp.other-server')).toHaveLength(2);
  });

  it.each(['OFFER', 'ACK', 'NAK'] as const)('%s as a request is met with silence', (type) => {
    const rig = new DhcpHarness();
    expect(rig.hear(message(type))).toBeUndefined();
    expect(rig.verdict).toBe('silent for-clients');
  });

  it('a REQUEST that names no address at all is met with silence', () => {
    const rig = new DhcpHarness();
    expect(rig.hear(message('REQUEST'))).toBeUndefined();
    expect(rig.verdict).toBe('silent no-requested-address');
  });
});

describe('the prober', () => {
  it('keeps an address that somebody is found to use from being given anew', () => {
    const rig = new DhcpHarness(withSubnet(aPool(FIRST, SECOND)), { inUse: (address) => address === 0x0a0ad2c8 });
    rig.lease(PHONE); // never used before: not probed
    rig.hear(message('RELEASE', { ciaddr: FIRST, server: SERVER }), unicastFrom(FIRST));
    expect(rig.lease(OTHER_PHONE)).toBe(SECOND);
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1) }))).toBeUndefined();
    expect(rig.stateOf(FIRST)).toBe('declined');
    expect(rig.hear(message('DISCOVER'))).toBeUndefined(); // nor does the phone that had it last
    rig.advance(minutes(30));
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1) }))).toBeUndefined(); // it is found in use again
  });
});

describe('other settings', () => {
  it('take effect on the next message, and nobody loses a lease that still fits', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.service.configure(withSubnet({ routers: [], exclusions: [aRange('10.10.210.201', '10.10.210.240')] }));
    expect(rig.hear(message('REQUEST', { ciaddr: FIRST }), unicastFrom(FIRST))?.option(3)).toBeUndefined();
    expect(rig.lease(OTHER_PHONE)).toBe('10.10.210.241');
  });

  it('move a phone whose address left the pool when it renews', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.service.configure(
      withSubnet({ ...aPool('10.10.210.220', '10.10.210.221'), reservations: [] }, { authoritative: true }),
    );
    expect(rig.hear(message('REQUEST', { ciaddr: FIRST }), unicastFrom(FIRST))?.type).toBe('NAK');
    expect(rig.lease(PHONE)).toBe('10.10.210.220');
  });
});

describe('the device database', () => {
  it('knows the lease of a device by its hardware address, until it ends', () => {
    const rig = new DhcpHarness().knows('SEP00036BA10260', PHONE);
    rig.lease(PHONE);
    const record = () => rig.devices.byName('SEP00036BA10260')!;
    expect(record().lease?.address).toBe(FIRST);
    rig.hear(message('RELEASE', { ciaddr: FIRST, server: SERVER }), unicastFrom(FIRST));
    expect(record().lease).toBeUndefined();
    expect(rig.probe.types().filter((type) => type.startsWith('device.lease'))).toEqual([
      'device.leased',
      'device.lease-ended',
    ]);
  });

  it('hears of a lease that is older than the device', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    rig.knows('SEP00036BA10260', PHONE);
    rig.service.reportLeases(rig.clock.now());
    expect(rig.devices.byName('SEP00036BA10260')!.lease?.address).toBe(FIRST);
  });

  it('hears that a lease is no more whose subnet the owner took away', () => {
    const rig = new DhcpHarness().knows('SEP00036BA10260', PHONE);
    rig.lease(PHONE);
    rig.service.configure({ ...REFERENCE, subnets: RELAYED_SUBNETS });
    rig.service.reportLeases(rig.clock.now());
    expect(rig.devices.byName('SEP00036BA10260')!.lease).toBeUndefined();
  });

  it('is told of a lease by its address as well, and by no other that is not in force', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE);
    expect(rig.service.leaseAt(FIRST)).toMatchObject({ address: FIRST, mac: PHONE });
    rig.hear(message('DISCOVER', { mac: OTHER_PHONE }));
    for (const other of [SECOND, '10.10.210.250', 'nowhere']) expect(rig.service.leaseAt(other)).toBeUndefined();
  });

  it('does not lose the new lease of a phone when the old one of another subnet expires', () => {
    const rig = new DhcpHarness().knows('SEP00036BA10260', PHONE);
    rig.lease(PHONE);
    rig.advance(4 * 86_400_000);
    const moved = rig.lease(PHONE, { giaddr: '10.20.0.1' }, viaRelay('10.20.0.1'));
    rig.advance(5 * 86_400_000);
    expect(rig.stateOf(FIRST)).toBe('free');
    expect(rig.devices.byName('SEP00036BA10260')!.lease?.address).toBe(moved);
  });
});

it('every kind of message has its number', () => {
  expect(Object.values(TYPE)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
