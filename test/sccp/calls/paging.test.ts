// Pages on SCCP phones: they listen to the group without a call.

import { describe, expect, it } from 'vitest';
import { FakePhone } from '../../calls/harness.js';
import { type CallTestPhone, KEY, NOTHING, phoneLab, VERSIONS } from './harness.js';

const page = (members: readonly string[]) => ({ dn: '*90', group: '239.1.1.1', port: 30_000, members });
const NAMES = ['SEP000000000010', 'SEP000000000011', 'SEP000000000012'];

const paging = async (version: number) => {
  const lab = await phoneLab(
    ['5001', '5002', '5003'].map((dn) => ({ dn, version })),
    { paging: [page(NAMES)] },
  );
  const service = new FakePhone(lab.asLab, 'page', { dn: '*90' });
  lab.services.set('page', service);
  const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, a, b, c, service };
};

describe.each(VERSIONS)('phones of version %i', (version) => {
  it('listen to the group of a page by their speaker, until its caller hangs up', async () => {
    const { lab, a, b, c, service } = await paging(version);
    a.lift();
    a.digits('*90');
    lab.settle();
    service.answer();
    lab.settle();
    expect([...a.groups.values(), a.state]).toEqual([5]);
    for (const phone of [b, c])
      expect([[...phone.groups.values()], phone.speaker]).toEqual([['239.1.1.1:30000'], true]);
    const asked = b.received.find(({ name }) => name === 'StartMulticastMediaReceptionMessage');
    expect(asked?.fields).toMatchObject({ compressionType: 4, milliSecondPacketSize: 20 });
    expect(lab.harness.probe.events.filter(({ type }) => type === 'sccp.ignored')).toEqual([]);
    a.hangUp();
    lab.settle();
    for (const phone of [a, b, c])
      expect([phone.traces, [...phone.groups], phone.speaker]).toEqual([NOTHING, [], false]);
    expect(lab.isIdle).toBe(true);
  });
});

describe('a phone that listens to a page', () => {
  it('can be called meanwhile, and may be gone at its end', async () => {
    const { lab, a, b, c, service } = await paging(20);
    a.lift();
    a.digits('*90');
    lab.settle();
    service.answer();
    b.lift();
    b.digits('5003');
    lab.settle();
    c.key(KEY.answer);
    lab.settle();
    expect([b.state, c.state]).toEqual([5, 5]);
    c.link.link.hangUp();
    a.hangUp();
    lab.settle();
    expect([[...b.groups], b.state]).toEqual([[], 5]);
    b.hangUp();
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
  });

  it('that says it cannot, or answers for a page that is none, is noted', async () => {
    const { lab, a } = await paging(20);
    const before = lab.harness.probe.events.length;
    a.send('MulticastMediaReceptionAckMessage', {
      multicastReceptionStatus: 0,
      passThroughPartyId: 1,
      callReference: 1,
    });
    expect(lab.harness.probe.events.slice(before).map(({ type }) => type)).toContain('sccp.ignored');
  });
});
