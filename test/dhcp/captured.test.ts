// The captured and made messages, each answered as its description expects.

import { expect, it } from 'vitest';
import { decodeFrame } from '../../src/dhcp/decode.js';
import type { Arrival } from '../../src/dhcp/exchange.js';
import { optionRow } from '../../src/dhcp/options.js';
import { capturedHex, capturedJson, capturedNames, describeCaptured } from '../support/fixtures.js';
import { DhcpHarness, ip, message, PHONE, type ReadReply, reservedFor, SERVER, WIRE, withSubnet } from './harness.js';

interface Captured {
  readonly udp: { readonly src: string; readonly dst: string };
  readonly wellFormed: boolean;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly options?: readonly {
    readonly code: number;
    readonly name: string;
    readonly hex: string;
    readonly value: unknown;
  }[];
}

const FOLDER = 'provisioning/dhcp';
const frame = (name: string): Buffer => capturedHex(`${FOLDER}/${name}.hex`);
const described = (name: string): Captured => capturedJson(`${FOLDER}/${name}.json`);

const arrivalOf = ({ udp: { src, dst } }: Captured): Arrival => {
  const [address = '', port = ''] = src.split(':');
  const [to = ''] = dst.split(':');
  const broadcast = to === '255.255.255.255';
  return { servedInterface: WIRE, from: { address, port: Number(port) }, to: broadcast ? undefined : ip(to) };
};

const hear = (rig: DhcpHarness, name: string): ReadReply | undefined =>
  rig.hear(frame(name), arrivalOf(described(name)));

describeCaptured('captured messages', () => {
  it('s01 and s02: a 7960G boots on the wire, and the OFFER is the reference one octet for octet', () => {
    const rig = new DhcpHarness();
    const offer = hear(rig, 's01-discover-7960g');
    expect(offer?.bytes.toString('hex')).toBe(frame('s12-offer-to-7960g').toString('hex'));
    expect(offer).toMatchObject({ to: '255.255.255.255', port: 68 });
    expect(hear(rig, 's02-request-selecting-7960g')).toMatchObject({
      type: 'ACK',
      to: '255.255.255.255',
      yiaddr: '10.10.210.200',
    });
  });

  it('s02 without its offer is NAKed', () => {
    expect(hear(new DhcpHarness(), 's02-request-selecting-7960g')?.type).toBe('NAK');
  });

  it('s03: a real 7911G behind its relay gets an address of the relay’s subnet and its broadcast flag back', () => {
    const offer = hear(new DhcpHarness(), 's03-discover-7911g-relayed-capture');
    expect(offer).toMatchObject({ type: 'OFFER', to: '172.22.76.1', port: 67, flags: 0x8000, yiaddr: '172.22.76.100' });
    const elsewhere = new DhcpHarness(withSubnet({}));
    elsewhere.service.configure({ ...withSubnet({}), subnets: withSubnet({}).subnets.slice(0, 1) });
    expect(hear(elsewhere, 's03-discover-7911g-relayed-capture')).toBeUndefined();
  });

  it('s04: option 82 of an 8845’s relay comes back octet for octet, last before END', () => {
    const offer = hear(new DhcpHarness(), 's04-discover-8845-relayed-opt82');
    expect(offer).toMatchObject({ type: 'OFFER', to: '10.20.0.1', port: 67 });
    expect(offer?.options.at(-1)).toEqual([82, '0106000400d2010502080006001b0d63a400']);
    expect(offer?.bytes.length).toBeLessThanOrEqual(1472);
  });

  it('s05: INIT-REBOOT is acknowledged, NAKed or met with silence by what is on record', () => {
    const other = '00270DC01C92';
    const clientId = `01${other}`;
    const bound = new DhcpHarness();
    bound.lease(other, { clientId, requested: '10.10.210.205' });
    expect(hear(bound, 's05-request-initreboot')).toMatchObject({ type: 'ACK', yiaddr: '10.10.210.205' });
    const elsewhere = new DhcpHarness();
    elsewhere.lease(other, { clientId });
    expect(hear(elsewhere, 's05-request-initreboot')).toMatchObject({ type: 'NAK', to: '255.255.255.255' });
    expect(hear(new DhcpHarness(), 's05-request-initreboot')).toBeUndefined();
    const wrongWire = new DhcpHarness(withSubnet({ network: '10.30.0.0' as never, pools: [] }));
    const wire = { ...WIRE, addresses: [ip('10.30.0.1')] };
    expect(
      wrongWire.hear(frame('s05-request-initreboot'), {
        ...arrivalOf(described('s05-request-initreboot')),
        servedInterface: wire,
      }),
    ).toMatchObject({
      type: 'NAK',
      to: '255.255.255.255',
    });
  });

  it('s06: RENEWING is acknowledged by unicast and the lease runs anew', () => {
    const rig = new DhcpHarness();
    rig.lease('00270DC01C92', { clientId: '0100270DC01C92', requested: '10.10.210.205' });
    rig.advance(1000);
    expect(hear(rig, 's06-request-renewing')).toMatchObject({
      type: 'ACK',
      to: '10.10.210.205',
      port: 68,
      ciaddr: '10.10.210.205',
    });
    expect(rig.service.table.leaseAt(ip('10.10.210.205'))?.until).toBe(rig.clock.now() + 691_200_000);
  });

  it('s07: INFORM of a listed computer is acknowledged without times; of another one, not at all', () => {
    expect(hear(new DhcpHarness(), 's07-inform')).toBeUndefined();
    const listed = new DhcpHarness(
      withSubnet({ reservations: [reservedFor({ mac: '005056A1033D' }, '10.10.210.200')] }),
    );
    const ack = hear(listed, 's07-inform');
    expect(ack).toMatchObject({ type: 'ACK', to: '10.10.210.200', port: 68, yiaddr: '0.0.0.0' });
    for (const code of [51, 58, 59]) expect(ack?.option(code)).toBeUndefined();
    expect(ack?.option(150)).toBe('0a0ad20a0a0ad20b');
  });

  it('s08: a declined address rests, and it is told', () => {
    const rig = new DhcpHarness();
    rig.lease(PHONE, { clientId: `01${PHONE}` });
    expect(hear(rig, 's08-decline')).toBeUndefined();
    expect(rig.stateOf('10.10.210.200')).toBe('declined');
    expect(rig.probe.of('dhcp.received').at(-1)).toMatchObject({
      decision: 'noted',
      reason: 'declined',
      address: '10.10.210.200',
    });
  });

  it('s09: a released address is free and still known as its client’s last one', () => {
    const rig = new DhcpHarness();
    rig.lease('000000000001');
    rig.lease(PHONE, { clientId: `01${PHONE}` });
    expect(hear(rig, 's09-release')).toBeUndefined();
    expect(rig.stateOf('10.10.210.201')).toBe('free');
    expect(rig.hear(message('DISCOVER', { clientId: `01${PHONE}` }))?.yiaddr).toBe('10.10.210.201');
  });

  it.each(['s10-discover-windows-pc', 's11-request-windows-pc-initreboot'])(
    '%s: no phone, no answer, one count',
    (name) => {
      const rig = new DhcpHarness();
      expect(hear(rig, name)).toBeUndefined();
      expect(rig.service.events.counts.get('silent not-allowed')?.count).toBe(1);
    },
  );

  it('l10: the company name alone is answered only where the hardware address is known', () => {
    expect(hear(new DhcpHarness(), 'l10-discover-6901-short-class')).toBeUndefined();
    const known = new DhcpHarness().knows('SEP002290006901', '002290006901');
    expect(hear(known, 'l10-discover-6901-short-class')?.type).toBe('OFFER');
  });

  it('l07, l08: BOOTP and another server’s reply get silence; the server is told of', () => {
    const rig = new DhcpHarness();
    expect(hear(rig, 'l07-bootp-no-type')).toBeUndefined();
    expect(hear(rig, 'l08-op-reply')).toBeUndefined();
    expect(rig.probe.of('dhcp.other-server')).toMatchObject([{ server: '10.10.210.99' }]);
  });

  it.each([
    ['m01-option-overruns-packet', 'overrun'],
    ['m02-wrong-cookie', 'cookie'],
    ['m03-hlen-255', 'hlen'],
    ['m04-short-header', 'short'],
  ])('%s: dropped, counted, and the service goes on', (name, reason) => {
    const rig = new DhcpHarness();
    expect(hear(rig, name)).toBeUndefined();
    expect(rig.probe.of('dhcp.malformed')).toMatchObject([{ reason, octets: frame(name).length }]);
    expect(rig.service.events.counts.get(`malformed ${reason}`)?.count).toBe(1);
    expect(rig.hear(message('DISCOVER'))?.type).toBe('OFFER');
  });

  it('every one decodes as it is described, header and options', () => {
    const names = capturedNames(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -5));
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) {
      const { wellFormed, header = {}, options = [] } = described(name);
      const decoded = decodeFrame(frame(name));
      expect('error' in decoded, name).toBe(!wellFormed);
      if ('error' in decoded) continue;
      const { cookie: _, ...fields } = header;
      expect(decoded.fields, name).toMatchObject(fields);
      expect(
        decoded.fields.options.map(({ code }) => code),
        name,
      ).toEqual(options.map(({ code }) => code));
      for (const [index, { code, name: known, value }] of options.entries()) {
        expect(decoded.fields.options[index]?.name, name).toBe(known);
        expect(optionRow(code).name).toBe(known);
        if (typeof value === 'string' || typeof value === 'number')
          expect(decoded.fields.options[index]?.value).toBe(value);
      }
    }
  });

  it(`is served by ${SERVER}`, () => {
    expect(hear(new DhcpHarness(), 's01-discover-7960g')?.option(54)).toBe('0a0ad20a');
  });
});
