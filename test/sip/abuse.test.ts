import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice } from '../support/devices.js';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from './phones.js';
import { type Client, type Node, openNode, streamClient, udpClient } from './sockets.js';

const PHONES = 100;
const ROUND = 2_000;

const name = (index: number): string => `SEP0000000${String(index).padStart(5, '0')}`;
const dn = (index: number): string => String(2_000 + index);

/** A healthy phone: registers, refreshes, and knows its right answer. */
const phone = async (node: Node, index: number) => {
  const overUdp = index % 2 === 0;
  const client: Client = overUdp ? await udpClient(node.udp) : await streamClient(node.tcp);
  const transport = overUdp ? 'UDP' : 'TCP';
  let cseq = 100;
  return {
    close: () => client.close(),
    /** Whether the answer to one more REGISTER is right in every point. */
    refresh: async (): Promise<boolean> => {
      cseq += 1;
      const words = ciscoRegister({
        device: name(index),
        dn: dn(index),
        transport,
        sentBy: '127.0.0.1',
        port: client.local.port,
        server: '127.0.0.1',
        cseq,
      });
      const own = `${cseq} REGISTER`;
      for (let attempt = 0; attempt < 3; attempt += 1) {
        client.send(Buffer.from(words));
        const answer = await client.mailbox.next(
          ({ status, cseq: theirs }) => status >= 200 && `${theirs?.number} ${theirs?.method}` === own,
          2_000,
        );
        if (answer === undefined) continue; // a datagram may be lost on its way
        const contact = header(answer, 'Contact') ?? '';
        return (
          answer.status === 200 &&
          header(answer, 'Expires') === '120' &&
          contact.startsWith(`<sip:uuid-${name(index)}-${dn(index)}@127.0.0.1:${client.local.port}`) &&
          contact.endsWith('x-cisco-newreg') === (cseq === 101)
        );
      }
      return false;
    },
  };
};

describe('a hundred healthy phones', () => {
  it(`keep their right answers while ${MUTATED} mutated messages come over UDP and TCP`, {
    timeout: 120_000,
  }, async () => {
    const node = await openNode(
      [
        ...Array.from({ length: PHONES }, (_, index) => aDevice(name(index), { protocol: 'SIP', lines: [dn(index)] })),
        aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005', '5006'] }),
        aDevice('SOFT', { protocol: 'SIP', lines: ['6001'], digest: { user: 'u', password: 'p' } }),
      ],
      // Phones and attacker share one address here.
      { limits: { ...DEFAULT_SIP.limits, datagramsPerSecond: 1_000_000 } },
    );
    const phones = await Promise.all(Array.from({ length: PHONES }, (_, index) => phone(node, index)));
    const allRight = async (): Promise<number> =>
      (await Promise.all(phones.map((each) => each.refresh()))).filter(Boolean).length;
    expect(await allRight()).toBe(PHONES);

    const random = seededRandom(5);
    const corpus = [
      ciscoRegister({ sentBy: '127.0.0.1' }),
      ciscoRegister({ sentBy: '127.0.0.1', body: BULK_BODY, headers: BULK_HEADERS }),
      ciscoRegister({ sentBy: '127.0.0.1', contact: '*', expires: '0' }),
      plain('REGISTER', '6001', {
        headers: [
          'Authorization: Digest username="u", realm="ccmsipline", nonce="x", uri="sip:a", response="00", qop=auth, nc=00000001, cnonce="c"',
        ],
      }),
      plain('SUBSCRIBE', '5005', { headers: ['Event: presence', 'Accept: application/pidf+xml'], expires: '600' }),
      plain('PUBLISH', '5005', { headers: ['Event: presence'], body: '<presence><dnd/></presence>' }),
      plain('REFER', '5005', {
        headers: ['Refer-To: cid:1', 'Content-Type: application/x-cisco-alarm+xml'],
        body: '<x-cisco-alarm><Alarm Name="a"><ParameterList><String name="b">c</String></ParameterList></Alarm></x-cisco-alarm>',
      }),
      plain('INVITE', '5005', { headers: ['Content-Type: application/sdp'], body: 'v=0' }),
      plain('NOTIFY', '5005', {
        headers: ['Event: dialog', 'Content-Type: application/dialog-info+xml'],
        body: '<dialog-info entity="sip:5005@x"><dialog><state>trying</state></dialog></dialog-info>',
      }),
      plain('OPTIONS', 'x'),
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\nCSeq: 101 NOTIFY\r\nContent-Length: 0\r\n\r\n',
    ].map((text) => Buffer.from(text));
    const next = (): Buffer => mutated(corpus[random.below(corpus.length)] ?? Buffer.alloc(0), random);

    const attacker = await udpClient(node.udp);
    let sent = 0;
    while (sent < MUTATIONS) {
      // Half of each round as datagrams, half on connections of ten messages each.
      for (let count = 0; count < ROUND / 2; count += 1) attacker.send(next());
      await Promise.all(
        Array.from({ length: ROUND / 20 }, async () => {
          const client = await streamClient(node.tcp);
          for (let count = 0; count < 10; count += 1) client.send(next());
          await client.mailbox.next(() => true, 50);
          await client.close();
        }),
      );
      sent += ROUND;
      expect(await allRight(), `after ${sent}`).toBe(PHONES);
    }
    expect(node.failures).toEqual([]);
    expect(node.database.registered.SIP).toBeGreaterThanOrEqual(PHONES);
    await Promise.all(phones.map((each) => each.close()));
    await attacker.close();
    await node.close();
  });

  it('are not kept out by connections that say nothing', async () => {
    const node = await openNode([aDevice(name(1), { protocol: 'SIP', lines: [dn(1)] })], {
      limits: { ...DEFAULT_SIP.limits, links: 60, linksPerSource: 50 },
    });
    const refused: string[] = [];
    node.bus.on('sip.link-refused', ({ limit }) => refused.push(limit));
    const idle = await Promise.all(Array.from({ length: 49 }, () => streamClient(node.tcp)));
    const healthy = await phone(node, 1);
    expect(await healthy.refresh()).toBe(true);
    // Reset, before or after the kernel told of its success.
    await streamClient(node.tcp).then(
      (over) => over.closed,
      () => {},
    );
    await vi.waitFor(() => expect(refused).toHaveLength(1));
    expect(refused).toEqual(['links-per-source']);
    expect(await healthy.refresh()).toBe(true);
    await Promise.all([...idle, healthy].map((each) => each.close()));
    await node.close();
  });
});
