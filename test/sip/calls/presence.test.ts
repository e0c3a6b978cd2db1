// What SIP phones hear of the calls of a line: by presence, by dialog-info, and on keys that take no subscription
// (`docs/protocols/calls.md` §3.11).

import { describe, expect, it } from 'vitest';
import { readXml, type XmlNode } from '../../../src/core/xml/reader.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import type { Peer } from '../harness.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, header, plain } from '../phones.js';
import { last, sipCallLab, statuses } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const BLF_BODY = BULK_BODY.replace(
  '<joinreq>',
  '<presence usage="blf speed dial">\n<unot></unot>\n</presence>\n<joinreq>',
);
const WATCHER = { address: '10.10.210.103', port: 50_003 };
const BOB = { number: '1001', label: 'Bob', busyLampField: true };

const lab3 = async () => {
  const made = await sipCallLab([
    { dn: '1000', name: 'Alice' },
    { dn: '1001' },
    { dn: '1002', isCisco: false, more: { speedDials: [BOB, { ...BOB, number: '1000' }] } },
  ]);
  const [a, b, c] = made.phones as [SipPhone, SipPhone, SipPhone];
  return { ...made, a, b, c };
};
type Lab = Awaited<ReturnType<typeof lab3>>;

const answerTo = (request: SipMessage, status = 200): string =>
  `SIP/2.0 ${status} X\r\nVia: ${header(request, 'Via')}\r\nFrom: ${header(request, 'From')}\r\nTo: ${header(request, 'To')}\r\nCall-ID: ${header(request, 'Call-ID')}\r\nCSeq: ${header(request, 'CSeq')}\r\nContent-Length: 0\r\n\r\n`;

/** Takes the NOTIFYs that came to a peer in the next while, and answers each. */
const newsOf = ({ clock }: Pick<Lab, 'clock'>, peer: Peer): SipMessage[] => {
  const news: SipMessage[] = [];
  for (let turn = 0; turn < 30; turn += 1) {
    clock.advance(10);
    for (const message of peer.take()) {
      if (message.method !== 'NOTIFY') continue;
      news.push(message);
      peer.ask(answerTo(message));
    }
  }
  return news;
};

const subscribe = (event: string, dn = '1001', words: Parameters<typeof plain>[2] = {}): string =>
  plain('SUBSCRIBE', '1002', {
    transport: 'TCP',
    sentBy: WATCHER.address,
    port: WATCHER.port,
    uri: `sip:${dn}@10.10.210.10`,
    expires: '600',
    headers: [`Event: ${event}`],
    callId: `${event}-${dn}`,
    ...words,
  });

const LAMPS = { 'e:on-the-phone': 'in use', 'ce:alerting': 'rings', 'ce:dnd': 'do not disturb' } as const;

/** What the PIDF of a NOTIFY says. */
const lampIn = (message: SipMessage): string => {
  const text = message.body.toString();
  const root = readXml(text);
  if (root === undefined) throw new Error(`no XML: ${text}`);
  const [, lamp] = Object.entries(LAMPS).find(([name]) => text.includes(`<${name}/>`)) ?? [];
  return lamp ?? (text.includes('<basic>open</basic>') ? 'idle' : 'gone');
};

const nodesOf = (node: XmlNode, name: string): XmlNode[] => [
  ...(node.name === name ? [node] : []),
  ...node.children.flatMap((child) => nodesOf(child, name)),
];

/** The dialogs in the dialog-info of a NOTIFY: direction, state, far end, held. */
const dialogsIn = (message: SipMessage): unknown[] => {
  const root = readXml(message.body.toString());
  if (root === undefined) throw new Error('no XML');
  return nodesOf(root, 'dialog').map((dialog) => {
    const [state] = nodesOf(dialog, 'state');
    const remote = nodesOf(dialog, 'remote').flatMap((node) => nodesOf(node, 'identity'));
    const isHeld = nodesOf(dialog, 'param').some(({ attributes }) => attributes.get('pval') === 'no');
    return [dialog.attributes.get('direction'), state?.text, remote[0]?.text, ...(isHeld ? ['held'] : [])];
  });
};

/** 1000 calls 1001, which answers and is hung up by the caller; `look` is called after each step. */
const callThrough = ({ a, b, clock }: Lab, look: (step: string) => void): void => {
  const dialog = a.invite('1001', a.sdp());
  const [invite] = b.take();
  if (invite === undefined) throw new Error('no INVITE');
  b.answer(invite, 180, 'Ringing', { tag: 'b' });
  look('rings');
  b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000 }) });
  b.take();
  const ok = last(a.take(), 200);
  a.learn(dialog, ok);
  a.request(dialog, 'ACK');
  look('answered');
  a.request(dialog, 'INVITE', { body: a.sdp({ direction: 'sendonly', version: 1 }) });
  const held = last(b.take(), 'INVITE');
  b.answer(held, 200, 'OK', { body: b.sdp({ rtpPort: 20_000, direction: 'recvonly', version: 1 }) });
  clock.advance(20);
  b.take();
  a.take();
  a.request(dialog, 'ACK');
  look('held');
  a.request(dialog, 'BYE');
  const bye = last(b.take(), 'BYE');
  b.answer(bye, 200, 'OK');
  look('over');
};

describe('a subscription to presence', () => {
  it('is told at once, then of ringing, talking and idle, and nothing of what changes no lamp', async () => {
    const lab = await lab3();
    const { peer } = lab.c;
    const [ok, first] = peer.ask(subscribe('presence'));
    expect([ok?.status, first?.method, lampIn(first as SipMessage)]).toEqual([200, 'NOTIFY', 'idle']);
    peer.ask(answerTo(first as SipMessage));
    const heard: string[] = [];
    callThrough(lab, (step) => heard.push([step, ...newsOf(lab, peer).map(lampIn)].join(' ')));
    expect(heard).toEqual(['rings rings', 'answered in use', 'held', 'over idle']);
    lab.expectNothingLeft();
  });

  it('goes on when it is refreshed, and ends when it is not, or when the phone wants no more', async () => {
    const lab = await lab3();
    const { peer } = lab.c;
    const [ok, first] = peer.ask(subscribe('presence', '1001', { expires: '60' }));
    peer.ask(answerTo(first as SipMessage));
    const to = header(ok, 'To') ?? '';
    lab.clock.advance(40_000);
    const [again, whole] = peer.ask(subscribe('presence', '1001', { to, cseq: 2, expires: '60' }));
    expect([again?.status, header(again, 'Expires'), whole?.method]).toEqual([200, '60', 'NOTIFY']);
    peer.ask(answerTo(whole as SipMessage));
    lab.clock.advance(40_000);
    expect(peer.take().filter(({ method }) => method === 'NOTIFY')).toEqual([]);
    const [gone, end] = peer.ask(subscribe('presence', '1001', { to, cseq: 3, expires: '0' }));
    expect([gone?.status, header(end, 'Subscription-State')]).toEqual([200, 'terminated;reason=timeout']);
    peer.ask(answerTo(end as SipMessage));
    lab.a.invite('1001', lab.a.sdp());
    expect(newsOf(lab, peer)).toEqual([]);
  });
});

describe('a subscription to dialog', () => {
  it('is told of each call of the line, with its direction, far end and hold', async () => {
    const lab = await lab3();
    const { peer } = lab.c;
    const [ok, first] = peer.ask(subscribe('dialog', '1000'));
    expect([ok?.status, dialogsIn(first as SipMessage)]).toEqual([200, [[undefined, 'terminated', undefined]]]);
    peer.ask(answerTo(first as SipMessage));
    const heard: unknown[] = [];
    const versions: string[] = [];
    callThrough(lab, (step) => {
      const news = newsOf(lab, peer);
      versions.push(...news.map((message) => /version="(\d+)"/.exec(message.body.toString())?.[1] ?? ''));
      heard.push([step, ...news.map(dialogsIn)]);
    });
    const bob = 'sip:1001@10.10.210.10';
    expect(heard).toEqual([
      ['rings', [['initiator', 'proceeding', bob]], [['initiator', 'early', bob]]],
      ['answered', [['initiator', 'confirmed', bob]]],
      ['held', [['initiator', 'confirmed', bob, 'held']]],
      ['over', [[undefined, 'terminated', undefined]]],
    ]);
    expect(versions).toEqual(['1', '2', '3', '4', '5']);
  });

  it('shows the called line as recipient, and the caller by its name', async () => {
    const lab = await lab3();
    const { peer } = lab.c;
    const [, first] = peer.ask(subscribe('dialog', '1001'));
    peer.ask(answerTo(first as SipMessage));
    lab.a.invite('1001', lab.a.sdp());
    const [news] = newsOf(lab, peer);
    expect(dialogsIn(news as SipMessage)).toEqual([['recipient', 'early', 'sip:1000@10.10.210.10']]);
    expect(news?.body.toString()).toContain('<identity display="Alice">');
  });

  it('of somebody who is no registered phone shows that the line is busy, and not with whom', async () => {
    const lab = await lab3();
    const stranger = lab.harness.tcp({ address: '10.10.211.9', port: 5060 });
    const [, first] = stranger.ask(subscribe('dialog', '1001', { callId: 'stranger' }));
    stranger.ask(answerTo(first as SipMessage));
    lab.a.invite('1001', lab.a.sdp());
    const [news] = newsOf(lab, stranger);
    expect(dialogsIn(news as SipMessage)).toEqual([['recipient', 'early', undefined]]);
    expect(news?.body.toString()).not.toMatch(/1000|Alice/);
  });

  it('whose NOTIFY is refused ends', async () => {
    const lab = await lab3();
    const { peer } = lab.c;
    const [, first] = peer.ask(subscribe('dialog'));
    peer.ask(answerTo(first as SipMessage, 481));
    lab.a.invite('1001', lab.a.sdp());
    expect(newsOf(lab, peer)).toEqual([]);
  });
});

describe('the busy lamp field of a Cisco phone', () => {
  const watcherIn = async () => {
    const lab = await lab3();
    const watcher = lab.harness.tcp({ address: '10.10.210.150', port: 50_050 });
    const register = (words: Parameters<typeof ciscoRegister>[0] = {}): SipMessage[] =>
      watcher.ask(
        ciscoRegister({ device: 'SEP000000000003', dn: '1002', headers: BULK_HEADERS, body: BLF_BODY, ...words }),
      );
    return { lab, watcher, register };
  };

  it('is told of each number at registration, then of changes, without a subscription', async () => {
    const { lab, watcher, register } = await watcherIn();
    const first = register();
    const lamps = [...first, ...newsOf(lab, watcher)].filter(({ method }) => method === 'NOTIFY');
    expect(lamps.map((message) => [message.from?.uri, lampIn(message)])).toEqual([
      ['sip:1001@10.10.210.10', 'idle'],
      ['sip:1000@10.10.210.10', 'idle'],
    ]);
    const heard: unknown[] = [];
    callThrough(lab, (step) =>
      heard.push([
        step,
        ...newsOf(lab, watcher).map((message) => `${message.from?.uri?.slice(4, 8)} ${lampIn(message)}`),
      ]),
    );
    expect(heard).toEqual([
      ['rings', '1000 in use', '1001 rings'],
      ['answered', '1001 in use'],
      ['held'],
      ['over', '1000 idle', '1001 idle'],
    ]);
  });

  it('hears each change once, also where another watches the calls of the number', async () => {
    const { lab, watcher, register } = await watcherIn();
    register();
    newsOf(lab, watcher);
    const other = lab.harness.tcp({ address: '10.10.211.9', port: 5060 });
    const [, first] = other.ask(subscribe('dialog', '1000'));
    other.ask(answerTo(first as SipMessage));
    const heard: number[] = [];
    callThrough(lab, () => heard.push(newsOf(lab, watcher).length));
    expect(heard).toEqual([2, 1, 0, 2]);
  });
});

describe('who watches', () => {
  it('is bounded: a flood of SUBSCRIBEs costs others nothing, and leaves nothing', async () => {
    const lab = await lab3();
    const stranger = lab.harness.tcp({ address: '10.10.211.66', port: 5060 });
    const answers = Array.from({ length: 2_000 }, (_, index) =>
      stranger.ask(subscribe('dialog', '1001', { callId: `flood${index}` })).at(0),
    );
    expect(statuses(answers as SipMessage[]).filter((status) => status === 200)).toHaveLength(32);
    const [ok] = lab.c.peer.ask(subscribe('presence'));
    expect(ok?.status).toBe(200);
    lab.clock.advance(700_000);
    lab.a.invite('1001', lab.a.sdp());
    expect(newsOf(lab, stranger)).toEqual([]);
  });

  it.each([
    ['dialog', 'Accept: application/dialog-info+xml', 200],
    ['dialog', 'Accept: text/plain', 406],
    ['presence', 'Accept: application/cpim-pidf+xml', 200],
    ['dialog;sla', 'X: y', 200],
    ['conference', 'X: y', 489],
  ])('of %s with %s is answered %i', async (event, more, status) => {
    const { c } = await lab3();
    const [answer] = c.peer.ask(subscribe(event, '1001', { headers: [`Event: ${event}`, more] }));
    expect(answer?.status).toBe(status);
  });

  it('by mutated SUBSCRIBEs ends no call and no lamp of others', async () => {
    const lab = await lab3();
    const [, first] = lab.c.peer.ask(subscribe('presence'));
    lab.c.peer.ask(answerTo(first as SipMessage));
    const whole = subscribe('dialog', '1001', { callId: 'mutated' });
    let seed = 1;
    const below = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const stranger = await lab.harness.udp({ address: '10.10.211.67', port: 5060 });
    for (let round = 0; round < 3_000; round += 1) {
      const octets = Buffer.from(whole);
      for (let change = 0; change <= below(4); change += 1) octets[below(octets.length)] = below(256);
      stranger.ask(octets);
      if (round % 100 === 0) lab.clock.advance(1_000);
    }
    expect(lab.harness.probe.of('sip.failed')).toEqual([]);
    lab.a.invite('1001', lab.a.sdp());
    expect(newsOf(lab, lab.c.peer).map(lampIn)).toEqual(['rings']);
  });
});
