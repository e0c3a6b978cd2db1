// What the call log is told of a SIP message: its leg by Call-ID, else the phone by its connection or its address.

import { expect, it } from 'vitest';
import { instant } from '../../../src/core/time.js';
import { RecordedLegs } from '../../../src/sip/calls/recorded-legs.js';
import type { SipReceived } from '../../../src/sip/events.js';
import { type SipCallLab, sipCallLab } from './call-harness.js';

const event = (
  { address, port }: { readonly address: string; readonly port: number },
  dn: string,
  transport: 'udp' | 'tcp' = 'udp',
  link = 0,
): SipReceived => ({
  type: 'sip.received',
  at: instant(0),
  transport,
  address,
  port,
  link,
  name: 'INVITE',
  octets: 0,
  sequence: 1,
  text: `INVITE sip:5002@10.10.210.10 SIP/2.0\r\nf: "Sales" <sip:${dn}@10.10.210.10>;tag=1\r\n\r\n`,
});

const factsOf = ({ harness }: SipCallLab, of: SipReceived, callId: string) => harness.server.messageFacts(of, callId);

it('of a phone that sends datagrams is found by its number and address, before it has a leg', async () => {
  const lab = await sipCallLab([
    { dn: '5001', transport: 'UDP' },
    { dn: '5002', transport: 'UDP' },
  ]);
  const [a] = lab.phones;
  const { device, address, port } = a?.options ?? { device: '', address: '', port: 0 };
  expect(factsOf(lab, event({ address, port }, '5001'), 'none')).toMatchObject({ device, localPort: 5060 });
  expect(factsOf(lab, event({ address, port }, '5001'), 'none')).not.toHaveProperty('leg');
  for (const stranger of [
    event({ address, port: port + 1 }, '5001'),
    event({ address: '10.9.9.9', port }, '5001'),
    event({ address, port }, '5002'),
  ])
    expect(factsOf(lab, stranger, 'none')).not.toHaveProperty('device');
});

it.each(['UDP', 'TCP'] as const)(
  'of a call over %s has its leg while the call stands and shortly after',
  async (transport) => {
    const lab = await sipCallLab([
      { dn: '5001', transport },
      { dn: '5002', transport },
    ]);
    const [a, b] = lab.phones;
    if (a === undefined || b === undefined) throw new Error('two phones');
    const dialog = a.invite('5002', a.sdp());
    b.take();
    const [caller] = lab.control.legs.of(a.options.device as never);
    const [called] = lab.control.legs.of(b.options.device as never);
    const facts = factsOf(lab, event(a.options, '5001', 'udp', 99), dialog.callId);
    expect(facts).toMatchObject({ leg: caller?.ci, device: a.options.device, localPort: 5060 });
    expect(called?.ci).toBeGreaterThan(caller?.ci ?? 0);
    a.request(dialog, 'CANCEL');
    a.take();
    b.take();
    expect(factsOf(lab, event(a.options, '5001', 'udp', 99), dialog.callId)).toHaveProperty('leg', caller?.ci);
  },
);

it('is forgotten when many other calls are over', () => {
  const legs = new RecordedLegs();
  const named = (device: string) => ({ messageFacts: { device } });
  const [first, other] = [named('A'), named('B')];
  legs.add('call-0', first);
  legs.end('call-0', other); // it was another one's before
  expect(legs.factsOf('call-0')).toEqual({ device: 'A' });
  legs.end('call-0', first);
  for (let call = 1; call <= 1_024; call += 1) {
    expect(legs.factsOf('call-0')).toEqual({ device: 'A' });
    legs.add(`call-${call}`, other);
    legs.end(`call-${call}`, other);
  }
  expect([legs.factsOf('call-0'), legs.factsOf('call-1')]).toEqual([undefined, { device: 'B' }]);
});
