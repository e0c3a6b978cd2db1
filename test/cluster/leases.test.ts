import { describe, expect, it } from 'vitest';
import { DhcpLab, type DhcpNode, settle } from './dhcp-nodes.js';
import { days, hours, minutes, seconds } from './spans.js';

const SUBNET = '10.10.210.0/24';
const address = (octet: number): string => `10.10.210.${octet}`;

const twoNodes = async (last?: number, settings?: Parameters<typeof DhcpLab.of>[2]) => {
  const lab = await DhcpLab.of(['A', 'B'], last, settings);
  const [a, b] = lab.nodes as [DhcpNode, DhcpNode];
  return { lab, a, b };
};

const told = async (node: DhcpNode, key: string): Promise<Record<string, unknown> | undefined> => {
  const entry = await node.bus.bucket('leases').get(key);
  return entry === undefined ? undefined : JSON.parse(entry.value ?? '');
};
const toldOf = (node: DhcpNode, octet: number) => told(node, `10=2E10=2E210=2E0=2F24.10=2E10=2E210=2E${octet}`);

describe('two nodes that serve one subnet', () => {
  it('give different addresses, each from its reserve', async () => {
    const { lab, a, b } = await twoNodes();
    expect(await lab.phone().boot([a])).toBe(address(200));
    expect(await lab.phone().boot([b])).toBe(address(205));
  });

  it('hold a tenth of what is free, lowest first, and say which', async () => {
    const { lab, a, b } = await twoNodes();
    expect(a.leases.reserved[SUBNET]).toEqual([`${address(200)}-${address(204)}`]);
    expect(b.leases.reserved[SUBNET]).toEqual([`${address(205)}-${address(208)}`]);
    await lab.advance(seconds(2));
    expect(await told(b, 'reserve.A')).toMatchObject({
      v: 1,
      node: 'A',
      pools: { [SUBNET]: [`${address(200)}-${address(204)}`] },
    });
  });

  it('fill up what they give, and keep less as less is free', async () => {
    const { lab, a, b } = await twoNodes();
    for (let count = 0; count < 45; count += 1) expect(await lab.phone().boot([a])).toBeDefined();
    expect(b.leases.reserved[SUBNET]).toEqual([address(205)]);
    while ((await lab.phone().boot([a])) !== undefined);
    // All but one: B keeps its last one.
    expect(lab.phones.filter(({ isBound }) => isBound)).toHaveLength(50);
    expect(await lab.phone().boot([b])).toBe(address(205));
  });

  it('acknowledge an address that was written, and nothing before', async () => {
    const { lab, a } = await twoNodes();
    const phone = lab.phone();
    const offer = await phone.discover([a]);
    expect((await toldOf(a, 200))?.state).toBe('free');
    await phone.request([a], offer!);
    expect(await toldOf(a, 200)).toEqual({
      ...{ v: 1, node: 'A', by: 'A', state: 'bound', mac: phone.mac, htype: 1, clientId: '', hostName: '' },
      vendorClass: 'Cisco Systems, Inc. IP Phone CP-7960G',
      ...{ granted: days(8), lasts: days(8) },
    });
  });

  it('extend each other’s leases, which stay with the node that gave them', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = lab.phone();
    await phone.boot([a]);
    await lab.advance(minutes(5));
    expect(b.stateOf(address(200))).toBe('bound');
    expect(await phone.rebind([b])).toBe('ACK');
    expect(await toldOf(a, 200)).toMatchObject({ node: 'A', by: 'B', state: 'bound', lasts: days(8) });
    const [lease] = a.server.leases();
    expect(lease?.until).toBe(a.clock.now() + days(8));
    expect(await phone.reboot([b, a])).toBe('ACK');
    expect(await phone.renew(a)).toBe('ACK');
  });

  it('offer a phone the address that it has, whichever of them it asks', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = lab.phone();
    await phone.boot([a]);
    expect(await phone.boot([b])).toBe(address(200));
    expect(await phone.boot([a, b], (offers) => offers - 1)).toBe(address(200));
    expect([a.stateOf(address(200)), b.stateOf(address(200))]).toEqual(['bound', 'bound']);
  });

  it('tell of a release, a decline and an end', async () => {
    const { lab, a, b } = await twoNodes(undefined, {
      leaseTime: minutes(10) as never,
      maxLeaseTime: minutes(10) as never,
    });
    const [first, second, third] = [lab.phone(), lab.phone(), lab.phone()];
    for (const phone of [first, second, third]) await phone.boot([a]);
    await first.release(b);
    await second.decline(b);
    expect(a.server.leases().map((lease) => [lease.address, lease.state])).toEqual([
      [address(200), 'free'],
      [address(201), 'declined'],
      [address(202), 'bound'],
    ]);
    expect((await toldOf(b, 200))?.state).toBe('free');
    expect(await toldOf(b, 201)).toMatchObject({ state: 'declined', lasts: minutes(30) });
    await lab.advance(minutes(11));
    expect(b.stateOf(address(202))).toBe('free');
    await lab.advance(minutes(20));
    expect((await toldOf(b, 201))?.state).toBe('free');
  });

  it('never end a lease that the other one has given', async () => {
    const { lab, a, b } = await twoNodes(undefined, {
      leaseTime: minutes(10) as never,
      maxLeaseTime: minutes(10) as never,
    });
    const phone = lab.phone();
    await phone.boot([a]);
    await a.kill();
    await lab.advance(hours(2));
    expect(b.stateOf(address(200))).toBe('bound');
    for (let count = 0; count < 60; count += 1) expect(await lab.phone().boot([b])).not.toBe(address(200));
  });
});

describe('an address that two nodes want', () => {
  it('goes to one of them, and the other client gets another one', async () => {
    const { lab, a, b } = await twoNodes();
    const [first, second] = [lab.phone(), lab.phone()];
    // B lost the race for the address after it had offered it.
    const offer = await first.discover([b]);
    const { value, revision } = (await b.bus.bucket('leases').get(`10=2E10=2E210=2E0=2F24.10=2E10=2E210=2E205`))!;
    b.bus.cut(true);
    await a.bus
      .bucket('leases')
      .update(
        '10=2E10=2E210=2E0=2F24.10=2E10=2E210=2E205',
        value!
          .replace(
            '"free"',
            '"bound","mac":"020000000099","htype":1,"clientId":"","hostName":"","vendorClass":"","granted":600000,"lasts":600000',
          )
          .replace(/"B"/g, '"A"'),
        revision,
      );
    b.bus.cut(false);
    await settle();
    expect(await first.request([b], offer!)).toBe('NAK');
    expect(await first.boot([b])).toBe(address(206));
    expect(await second.boot([a])).toBe(address(200));
  });

  it('is raced for without an address given twice', async () => {
    const { lab, a, b } = await twoNodes(209);
    const phones = Array.from({ length: 10 }, () => lab.phone());
    const offers = await Promise.all(phones.map((phone, index) => phone.discover([index % 2 === 0 ? a : b])));
    await Promise.all(
      phones.map(async (phone, index) => {
        const offer = offers[index];
        if (offer !== undefined) await phone.request([index % 2 === 0 ? a : b], offer);
      }),
    );
    for (const phone of phones) if (!phone.isBound) await phone.boot([a, b]);
    lab.check();
    expect(phones.filter(({ isBound }) => isBound)).toHaveLength(10);
  });
});

describe('while the bus is gone', () => {
  it('acknowledges no offer of an address that its node may have given to somebody else', async () => {
    const { lab, a, b } = await twoNodes();
    const [phone, other] = [lab.phone(), lab.phone()];
    await phone.boot([b]);
    await other.boot([b]);
    const offer = await other.discover([a]);
    expect(offer?.yiaddr).toBe(address(206));
    b.bus.cut(true);
    expect(await other.request([a], offer!)).toBeUndefined();
    expect(await phone.boot([a])).toBe(address(200));
    // Who says that it has it is believed.
    other.address = address(206);
    expect(await other.reboot([a])).toBe('ACK');
  });

  it('both sides give from their reserve, and nothing twice', async () => {
    const { lab, a, b } = await twoNodes();
    b.bus.cut(true);
    const given: (string | undefined)[] = [];
    for (let count = 0; count < 10; count += 1) given.push(await lab.phone().boot([b]));
    expect(given.filter((one) => one !== undefined)).toEqual([205, 206, 207, 208].map(address));
    for (let count = 0; count < 20; count += 1) expect(await lab.phone().boot([a])).toBeDefined();
    b.bus.cut(false);
    await settle();
    expect(await toldOf(a, 206)).toMatchObject({ node: 'B', state: 'bound' });
    expect(a.stateOf(address(206))).toBe('bound');
    for (let count = 0; count < 20; count += 1) expect(await lab.phone().boot([b])).toBeDefined();
  });

  it('says once that the reserve is used up, and gives again when the bus is back', async () => {
    const { lab, b } = await twoNodes();
    b.bus.cut(true);
    for (let count = 0; count < 10; count += 1) await lab.phone().boot([b]);
    expect(new Set(b.degraded).size).toBe(1);
    expect(b.degraded[0]).toBe(`the bus is gone, and every address of ${SUBNET} that this node held is given`);
    expect(b.server.counts.get('silent cut-off')?.count).toBe(6);
    b.bus.cut(false);
    await settle();
    expect(await lab.phone().boot([b])).toBeDefined();
  });

  it('extends the leases that it gave as usual, and others as far as is certain', async () => {
    const { lab, a, b } = await twoNodes(undefined, {
      leaseTime: minutes(60) as never,
      maxLeaseTime: minutes(60) as never,
    });
    const [own, other] = [lab.phone(), lab.phone()];
    await own.boot([b]);
    await other.boot([a]);
    b.bus.cut(true);
    await lab.advance(minutes(30));
    expect(await own.rebind([b])).toBe('ACK');
    expect(own.until - lab.clock.now()).toBe(minutes(60));
    expect(await other.rebind([b])).toBe('ACK');
    expect(other.until - lab.clock.now()).toBe(minutes(30) - seconds(5));
    await lab.advance(minutes(29));
    expect(await other.rebind([b])).toBeUndefined();
    expect(b.server.counts.get('silent of-another-node')?.count).toBe(1);
    // It gets another address instead, from the reserve.
    expect(await other.boot([b])).toBe(address(206));
  });

  it.each(['who gave it', 'who is asked'])(
    'refuses nobody an address that another node may have given meanwhile: %s is cut off',
    async (which) => {
      const { lab, a, b } = await twoNodes();
      const phone = lab.phone();
      await phone.boot([b]);
      // A does not know that B has given another one since.
      const isGiverCut = which === 'who gave it';
      await phone.release(b);
      await phone.boot([a]);
      await phone.release(a);
      (isGiverCut ? b : a).bus.cut(true);
      const other = lab.phone();
      await other.boot([b]);
      await phone.boot([b]);
      expect(b.server.leases().map(({ address: given }) => given)).toContain(phone.address);
      expect(await phone.reboot([a])).toBeUndefined();
      expect(await phone.rebind([a])).toBeUndefined();
      expect(a.server.counts.get('silent of-another-node')?.count).toBeGreaterThan(0);
      expect(await phone.reboot([a, b])).toBe('ACK');
    },
  );

  it('refuses an address that it alone gives, and one that a node that is heard has given to somebody else', async () => {
    const { lab, a, b } = await twoNodes();
    const [phone, other, third] = [lab.phone(), lab.phone(), lab.phone()];
    for (const one of [phone, other]) await one.boot([a]);
    await third.boot([b]);
    const has = phone.address;
    phone.address = third.address;
    expect(await phone.reboot([a])).toBe('NAK');
    a.bus.cut(true);
    phone.address = other.address;
    expect(await phone.reboot([a])).toBe('NAK');
    phone.address = has;
    expect(await phone.reboot([a])).toBe('ACK');
  });

  it('gives no address again that was freed meanwhile by somebody else’s client', async () => {
    const { lab, a, b } = await twoNodes(209, { leaseTime: minutes(10) as never, maxLeaseTime: minutes(10) as never });
    const phone = lab.phone();
    await phone.boot([a]);
    a.bus.cut(true);
    await lab.advance(minutes(5));
    // The others extend it; the node that gave it does not hear of that, and sees it end.
    expect(await phone.rebind([b])).toBe('ACK');
    await lab.advance(minutes(7));
    expect(a.stateOf(address(200))).toBe('free');
    for (let count = 0; count < 5; count += 1) expect(await lab.phone().boot([a])).not.toBe(address(200));
    a.bus.cut(false);
    await settle();
    expect(a.stateOf(address(200))).toBe('bound');
    expect(phone.isBound).toBe(true);
  });

  it('leaves nobody without an answer whose write was under way, if nobody else can give the address', async () => {
    const { lab, a } = await twoNodes();
    const [phone, other] = [lab.phone(), lab.phone()];
    const offer = await phone.discover([a]);
    const asked = phone.request([a], offer!);
    lab.engine.stop();
    expect(await asked).toBe('ACK');
    expect(await other.boot([a])).toBe(address(201));
    lab.engine.restart();
    await settle();
    expect(await toldOf(a, 200)).toMatchObject({ state: 'bound', mac: phone.mac });
  });

  it('keeps silent where the write of another node’s lease was under way, and the phone asks again', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = lab.phone();
    await phone.boot([a]);
    await lab.advance(minutes(1));
    const asked = phone.rebind([b]);
    lab.engine.stop();
    expect(await asked).toBeUndefined();
    expect(b.server.counts.get('silent not-told')?.count).toBe(1);
    expect(await phone.rebind([b])).toBe('ACK');
    expect(phone.until - lab.clock.now()).toBe(days(8) - minutes(1) - seconds(5));
  });
});

describe('a restart', () => {
  it('of a node brings its reserve back to it', async () => {
    const { lab, a } = await twoNodes();
    await lab.phone().boot([a]);
    await a.kill();
    await a.start();
    expect(a.leases.reserved[SUBNET]).toEqual([`${address(201)}-${address(204)}`]);
    expect(await lab.phone().boot([a])).toBe(address(201));
  });

  it('of a node tells what it gave while the bus was gone', async () => {
    const { lab, a, b } = await twoNodes();
    a.bus.cut(true);
    const phone = lab.phone();
    await phone.boot([a]);
    await a.kill();
    expect(b.stateOf(address(200))).toBeUndefined();
    await a.start();
    expect(b.stateOf(address(200))).toBe('bound');
    expect(await phone.renew(b)).toBe('ACK');
  });

  it('of a node without a bus gives nothing new, and extends what it has written down', async () => {
    const { lab, a } = await twoNodes();
    const phone = lab.phone();
    await phone.boot([a]);
    lab.engine.stop();
    await a.kill();
    await a.start();
    expect(await lab.phone().boot([a])).toBeUndefined();
    await lab.advance(minutes(1));
    expect(await phone.renew(a)).toBe('ACK');
    expect(phone.until - lab.clock.now()).toBe(days(8));
    expect(await phone.boot([a])).toBe(address(200));
  });

  it('of the engine changes nothing', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = lab.phone();
    await phone.boot([a]);
    lab.engine.stop();
    await lab.advance(seconds(30));
    lab.engine.restart();
    await settle();
    expect(await phone.renew(b)).toBe('ACK');
    expect(await lab.phone().boot([b])).toBe(address(205));
  });

  it('of an engine that has lost everything brings all back before anything is given', async () => {
    const { lab, a, b } = await twoNodes();
    const [first, second] = [lab.phone(), lab.phone()];
    await first.boot([a]);
    await second.boot([b]);
    lab.engine.stop();
    const third = lab.phone();
    await third.boot([a]);
    lab.engine.loseAll();
    a.bus.cut(true);
    lab.engine.restart();
    // B comes first: it knows what A holds, and leaves it alone.
    await lab.advance(seconds(5));
    for (let count = 0; count < 20; count += 1) await lab.phone().boot([b]);
    expect(await lab.phone().boot([a])).toBe(address(202));
    a.bus.cut(false);
    await lab.advance(seconds(5));
    expect(await toldOf(b, 200)).toMatchObject({ node: 'A', state: 'bound', mac: first.mac });
    expect(await toldOf(b, 201)).toMatchObject({ node: 'A', state: 'bound', mac: third.mac });
    expect(await first.renew(b)).toBe('ACK');
    expect(await third.renew(b)).toBe('ACK');
  });
});

describe('a node that is no more', () => {
  it('keeps its reserve while the configuration has it, and leaves it to all afterwards', async () => {
    const { lab, a, b } = await twoNodes(209);
    const phone = lab.phone();
    await phone.boot([a]);
    const held = a.leases.reserved[SUBNET];
    expect(held).toEqual([address(202)]);
    await a.kill();
    for (let count = 0; count < 20; count += 1) expect(await lab.phone().boot([b])).not.toBe(address(202));
    lab.configured.delete('A');
    b.leases.nodesChanged();
    await lab.advance(seconds(11));
    expect(await toldOf(b, 200)).toMatchObject({ node: 'B', state: 'bound' });
    expect(await lab.phone().boot([b])).toBe(address(202));
    expect(await phone.rebind([b])).toBe('ACK');
    await lab.advance(days(9));
    expect(b.stateOf(address(200))).toBe('free');
  });
});

describe('what comes over the bus', () => {
  it('changes nothing where it cannot be read, and costs a line', async () => {
    const { a, b } = await twoNodes();
    const key = '10=2E10=2E210=2E0=2F24.10=2E10=2E210=2E230';
    for (const value of [
      'no JSON',
      '{"v":1}',
      '{"v":1,"node":"B","state":"lost"}',
      '{"v":1,"node":"B","state":"bound","mac":"xx","htype":1,"clientId":"","hostName":"","vendorClass":"","granted":1,"lasts":1}',
      '{"v":1,"node":"B","state":"bound","mac":"00","htype":1,"clientId":"","hostName":"","vendorClass":"","granted":1,"lasts":1e300}',
    ])
      await b.bus.bucket('leases').put(key, value);
    await b.bus.bucket('leases').put('a.b.c', '{"v":1,"node":"B","state":"free"}');
    await b.bus
      .bucket('leases')
      .put(
        '10=2E10=2E210=2E0=2F24.10=2E99=2E0=2E1',
        '{"v":1,"node":"B","state":"bound","mac":"00","htype":1,"clientId":"","hostName":"","vendorClass":"","granted":60000,"lasts":60000}',
      );
    await settle();
    expect(a.probe.of('cluster.value-broken')).toHaveLength(6);
    expect(a.stateOf(address(230))).toBeUndefined();
  });
});
