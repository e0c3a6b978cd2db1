// Calls between the nodes of a cluster: whole daemons in one process, a bus between them, and simulated phones of both protocols
// (`docs/protocols/cluster.md` §3a).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { freePort } from '../../src/lab/free-port.js';
import { Lab } from '../../src/lab/lab.js';
import { labConfig } from '../../src/lab/lab-config.js';
import type { LabConfig, LabPhone } from '../../src/lab.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/net/files/temporary-folder.js';
import { systemClock } from '../../src/net/system-clock.js';

const SCCP_A = 'SEP001122334451';
const SIP_A = 'SEP001122334452';
const SCCP_B = 'SEP001122334453';
const SIP_B = 'SEP001122334454';
const PLAIN_B = 'SEP001122334455';
const SIP_C = 'SEP001122334456';
const digest = { user: 'u5005', password: 'secret' };

const DEVICES: LabConfig['devices'] = [
  { name: SCCP_A, model: 7962, protocol: 'SCCP', lines: [{ dn: '5001', displayName: 'Anna' }] },
  { name: SIP_A, model: '8851', lines: [{ dn: '5002', displayName: 'Berta' }] },
  { name: SCCP_B, model: 7962, protocol: 'SCCP', lines: [{ dn: '5003', displayName: 'Carl' }] },
  { name: SIP_B, model: '8851', lines: [{ dn: '5004', displayName: 'Dora' }] },
  {
    ...{ name: PLAIN_B, model: 'Third-party SIP Device (Basic)', protocol: 'SIP', digest },
    lines: [{ dn: '5005', displayName: 'Emil' }],
  },
  { name: SIP_C, model: '8851', lines: [{ dn: '5006', displayName: 'Frida' }] },
];
const NUMBERS: Readonly<Record<string, string>> = Object.fromEntries(
  [SCCP_A, SIP_A, SCCP_B, SIP_B, PLAIN_B, SIP_C].map((name, index) => [name, `500${index + 1}`]),
);
const NAMES: Readonly<Record<string, string>> = {
  [SCCP_A]: 'Anna',
  [SIP_A]: 'Berta',
  [SCCP_B]: 'Carl',
  [SIP_B]: 'Dora',
  [PLAIN_B]: 'Emil',
};

interface Node {
  readonly name: string;
  readonly lab: Lab;
  readonly bus: InProcessBus;
  readonly folder: TemporaryFolder;
}

let nodes: Node[] = [];
let engine: InProcessEngine;
beforeEach(() => {
  nodes = [];
});
afterEach(async () => {
  await Promise.all(nodes.map(({ lab }) => lab.stop()));
  await Promise.all(nodes.map(({ folder }) => folder.remove()));
});

const startNodes = async (names: readonly string[], more: LabConfig = {}): Promise<void> => {
  engine = new InProcessEngine(systemClock);
  const ports = await Promise.all(names.map(async () => ({ sip: await freePort(), sccp: await freePort() })));
  const all = names.map((name, at) => ({
    ...{ name, address: '127.0.0.1' },
    ...{ sipPort: ports[at]?.sip ?? 0, sccpPort: ports[at]?.sccp ?? 0 },
  }));
  nodes = await Promise.all(
    names.map(async (name, index) => {
      const folder = temporaryFolder('labcm');
      const groups = [{ name: 'Default', members: [name] }];
      const sccp = { listen: '127.0.0.1', port: ports[index]?.sccp ?? 0 };
      const setting = await labConfig(
        { devices: DEVICES, nodes: all, self: name, groups, sccp, ...more },
        { directory: folder.path },
        ports[index]?.sip ?? 0,
      );
      const bus = engine.connection(name);
      return { name, bus, folder, lab: await Lab.start({ ...setting, clusterBus: bus }) };
    }),
  );
};

const nodeOf = (name: string): Node => nodes.find((node) => node.name === name) as Node;

/** Phones that are registered with nodes, which all nodes know. */
const phones = async (...places: readonly (readonly [string, string])[]): Promise<LabPhone[]> => {
  const made = places.map(([node, name]) => nodeOf(node).lab.phone({ name }));
  await Promise.all(made.map((phone) => phone.registered()));
  for (const [node, name] of places)
    for (const other of nodes)
      if (other.name !== node)
        await expect
          .poll(async () => JSON.stringify(await ask(other, `/api/dial?number=${NUMBERS[name]}`)), { timeout: 10_000 })
          .toContain(`node ${node}`);
  return made;
};

const ask = async ({ lab }: Node, path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(lab.url(path))).json()) as Record<string, unknown>;

const standing = async (): Promise<number[]> =>
  Promise.all(nodes.map(async (node) => (await ask(node, '/api/calls')).total as number));

/** The rows of the records of a node. */
const records = ({ folder }: Node, kind = 'cdr'): string[] => {
  const directory = join(folder.path, 'logs', 'cdr');
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((name) => name.startsWith(`${kind}_`));
  return files.flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n').slice(2));
};

const idle = async (): Promise<void> => {
  await expect.poll(standing).toEqual(nodes.map(() => 0));
};

describe('a call between two nodes', () => {
  const PAIRS = [SCCP_A, SIP_A].flatMap((a) => [SCCP_B, SIP_B, PLAIN_B].map((b) => [a, b] as const));

  it.each(PAIRS)('from %s to %s: it rings as from inside, is heard in both directions, and ends', async (a, b) => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee] = (await phones(['CM1', a], ['CM2', b])) as [LabPhone, LabPhone];
    const call = caller.dial(NUMBERS[b] ?? '');
    const rung = await callee.rings();
    expect(rung).toMatchObject({ direction: 'in', number: NUMBERS[a], name: NAMES[a] });
    await call.reached('ringing');
    expect(call).toMatchObject({ number: NUMBERS[b], name: NAMES[b] });
    expect(JSON.stringify(await ask(nodeOf('CM1'), '/api/calls'))).toContain('"node:CM2"');
    expect(JSON.stringify(await ask(nodeOf('CM2'), '/api/calls'))).toContain('"node:CM1"');
    callee.answer();
    await Promise.all([call.connected(), rung.connected()]);
    const [heard, heardThere] = await Promise.all([call.flows(), rung.flows()]);
    expect([heard.to, heardThere.to]).toEqual([heardThere.local, heard.local]); // directly
    caller.hangUp();
    await Promise.all([call.ended(), rung.ended()]);
    await idle();
  });

  it('has one record, at the node of the caller', async () => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee] = (await phones(['CM1', SIP_A], ['CM2', SCCP_B])) as [LabPhone, LabPhone];
    const call = caller.dial('5003');
    const rung = await callee.rings();
    callee.answer();
    await call.flows({ packets: 60 }); // longer than a second: else there is no record
    caller.hangUp();
    await Promise.all([call.ended(), rung.ended()]);
    await Promise.all(nodes.map(({ lab }) => lab.stop()));
    expect(nodes.map((node) => records(node).length)).toEqual([1, 0]);
    expect(records(nodeOf('CM1'))[0]).toContain(`"${SIP_A}","node:CM2"`);
  });

  it('is held and taken up again from both ends', async () => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee] = (await phones(['CM1', SCCP_A], ['CM2', SIP_B])) as [LabPhone, LabPhone];
    const call = caller.dial('5004');
    const rung = await callee.rings();
    callee.answer();
    await Promise.all([call.connected(), rung.connected()]);
    for (const [holder, held] of [
      [caller, rung],
      [callee, call],
    ] as const) {
      holder.hold();
      await expect.poll(() => held.heldByFar || held.media().to === undefined, { timeout: 5_000 }).toBe(true);
      holder.resume();
      await Promise.all([call.connected(), rung.connected()]);
      await Promise.all([call.flows(), rung.flows()]);
    }
    callee.hangUp();
    await Promise.all([call.ended(), rung.ended()]);
    await idle();
  });

  it('that nobody takes goes where the line forwards: when busy, unanswered, not there, and always', async () => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee, other] = (await phones(['CM1', SIP_A], ['CM2', SIP_B], ['CM2', SCCP_B])) as LabPhone[];
    if (caller === undefined || callee === undefined || other === undefined) throw new Error('no phones');
    const forwardedBy = async (forward: object): Promise<void> => {
      const answer = await fetch(nodeOf('CM1').lab.url('/api/lines/5004/forward'), {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ all: null, busy: null, noAnswer: null, unregistered: null, ...forward }),
      });
      const { status } = answer;
      expect([status, status === 200 ? '' : await answer.text()]).toEqual([200, '']);
    };
    await forwardedBy({ noAnswer: '5003', after: '1s' });
    const unanswered = caller.dial('5004');
    await callee.rings();
    const taken = await other.rings({ within: '10s' });
    expect(taken.number).toBe('5002');
    caller.hangUp();
    await Promise.all([unanswered.ended(), taken.ended()]);
    await forwardedBy({ all: '5003' });
    const always = caller.dial('5004');
    await other.rings();
    caller.hangUp();
    await always.ended();
    await forwardedBy({ busy: '5003' });
    const busy = caller.dial('5004');
    await callee.rings();
    callee.hangUp();
    await busy.reached('failed'); // who refuses is not busy
    caller.hangUp();
    await busy.ended();
    await forwardedBy({ unregistered: '5003' });
    await callee.stop();
    await expect
      .poll(async () => JSON.stringify(await ask(nodeOf('CM1'), '/api/dial?number=5004')))
      .not.toContain('node');
    const away = caller.dial('5004');
    await other.rings();
    caller.hangUp();
    await away.ended();
    await idle();
  });

  it('is refused with the cause of the other node', async () => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee] = (await phones(['CM1', SIP_A], ['CM2', SIP_B])) as [LabPhone, LabPhone];
    const call = caller.dial('5004');
    await callee.rings();
    callee.hangUp();
    await call.reached('failed');
    caller.hangUp();
    await call.ended();
    await idle();
  });
});

describe('a transfer over nodes', () => {
  it.each([
    ['to a phone of the same node', SCCP_A, SIP_A, 'CM1', false],
    ['to a phone of the other node', SCCP_A, SCCP_B, 'CM2', false],
    ['after a consultation, to the same node', SIP_A, SCCP_A, 'CM1', true],
    ['after a consultation, to the other node', SCCP_A, SCCP_B, 'CM2', true],
  ] as const)('by the called user (%s)', async (_, a, c, node, isConsulted) => {
    await startNodes(['CM1', 'CM2']);
    const [caller, middle, third] = (await phones(['CM1', a], ['CM2', SIP_B], [node, c])) as LabPhone[];
    if (caller === undefined || middle === undefined || third === undefined) throw new Error('no phones');
    const call = caller.dial('5004');
    const rung = await middle.rings();
    middle.answer();
    await Promise.all([call.connected(), rung.connected()]);
    if (isConsulted) {
      const consultation = middle.consult(NUMBERS[c] ?? '');
      await third.rings();
      third.answer();
      await consultation.connected();
      middle.transfer();
    } else {
      middle.transfer(NUMBERS[c]);
      await third.rings();
      third.answer();
    }
    const [taken] = third.calls;
    await rung.ended();
    await Promise.all([call.flows(), taken?.flows()]);
    caller.hangUp();
    await Promise.all([call.ended(), taken?.ended()]);
    await idle();
  });

  it('by the caller, to a phone of its own node', async () => {
    await startNodes(['CM1', 'CM2']);
    const [caller, callee, third] = (await phones(['CM1', SCCP_A], ['CM2', SIP_B], ['CM1', SIP_A])) as LabPhone[];
    if (caller === undefined || callee === undefined || third === undefined) throw new Error('no phones');
    const call = caller.dial('5004');
    const rung = await callee.rings();
    callee.answer();
    await Promise.all([call.connected(), rung.connected()]);
    const consultation = caller.consult('5002');
    const taken = await third.rings();
    third.answer();
    await consultation.connected();
    caller.transfer();
    await call.ended();
    await Promise.all([rung.flows(), taken.flows()]);
    callee.hangUp();
    await Promise.all([rung.ended(), taken.ended()]);
    await idle();
  });

  it('to a third node is refused, and the call stands', async () => {
    await startNodes(['CM1', 'CM2', 'CM3']);
    const [caller, middle, third] = (await phones(['CM1', SCCP_A], ['CM2', SIP_B], ['CM3', SIP_C])) as LabPhone[];
    if (caller === undefined || middle === undefined || third === undefined) throw new Error('no phones');
    const call = caller.dial('5004');
    const rung = await middle.rings();
    middle.answer();
    await Promise.all([call.connected(), rung.connected()]);
    middle.transfer('5006');
    await expect.poll(() => rung.state, { timeout: 10_000 }).toBe('connected');
    expect(third.calls).toEqual([]);
    middle.hangUp();
    caller.hangUp();
    await call.ended();
    await idle();
  });
});

it('a talk outlives the silence of the other node, and ends at both ends once it is back', async () => {
  await startNodes(['CM1', 'CM2']);
  const [caller, callee] = (await phones(['CM1', SCCP_A], ['CM2', SCCP_B])) as [LabPhone, LabPhone];
  const call = caller.dial('5003');
  const rung = await callee.rings();
  callee.answer();
  await Promise.all([call.connected(), rung.connected()]);
  const preserved = nodeOf('CM1').lab.next('call.preserved', { within: '20s' });
  nodeOf('CM2').bus.cut(true);
  await preserved;
  expect(call.state).toBe('connected');
  await call.flows();
  const isBack = nodeOf('CM1').lab.next('cluster.node-alive', { within: '10s' });
  nodeOf('CM2').bus.cut(false);
  await isBack;
  await Promise.all([call.flows(), rung.flows()]);
  caller.hangUp();
  await Promise.all([call.ended(), rung.ended()]);
  await idle();
});

it('a node that stops ends its calls with the other', async () => {
  await startNodes(['CM1', 'CM2']);
  const [caller, callee] = (await phones(['CM1', SIP_A], ['CM2', SIP_B])) as [LabPhone, LabPhone];
  const call = caller.dial('5004');
  const rung = await callee.rings();
  callee.answer();
  await Promise.all([call.connected(), rung.connected()]);
  await nodeOf('CM2').lab.stop();
  await call.ended();
  expect((await ask(nodeOf('CM1'), '/api/calls')).total).toBe(0);
});

describe('an INVITE that says it is of a node', () => {
  const numbers = {
    calls: { hunts: [{ dn: '5900', members: ['5003', '5004'] }] },
  } as LabConfig;

  /** The present start of a node, which the bus alone tells. */
  const startOf = (node: string): string => {
    const { value } = engine.stored('nodes').entries.get(node) ?? {};
    return (JSON.parse(value ?? '{}') as { instance: string }).instance;
  };

  /** The final answer of CM2 to an INVITE. */
  const answerTo = (number: string, headers: readonly string[], hops = 70): Promise<string> =>
    new Promise((resolve, reject) => {
      const port = nodeOf('CM2').lab.port('SIP', 'tcp');
      const socket = net.connect({ host: '127.0.0.1', port });
      let heard = '';
      socket.on('error', reject);
      socket.on('data', (octets) => {
        heard += octets.toString('latin1');
        const final = heard.split('\r\n\r\n').find((text) => /^SIP\/2\.0 [2-6]/.test(text.trimStart()));
        if (final === undefined) return;
        socket.destroy();
        resolve(final.trimStart());
      });
      const sdp =
        'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 21000 RTP/AVP 0\r\n';
      socket.write(
        [
          `INVITE sip:${number}@127.0.0.1:${port} SIP/2.0`,
          'Via: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bKnode',
          'From: <sip:7001@127.0.0.1>;tag=a',
          `To: <sip:${number}@127.0.0.1>`,
          `Call-ID: ${number}-${Math.random()}@127.0.0.1`,
          'CSeq: 101 INVITE',
          'Contact: <sip:7001@127.0.0.1:5099;transport=tcp>',
          `Max-Forwards: ${hops}`,
          ...headers,
          'Content-Type: application/sdp',
          `Content-Length: ${sdp.length}`,
          '',
          sdp,
        ].join('\r\n'),
      );
    });

  it.each([
    ['no name', () => ['X-Labcm-Node: ;;;=']],
    ['an empty one', () => ['X-Labcm-Node:']],
    ['a node that is none', () => [`X-Labcm-Node: CM9;instance=${startOf('CM1')}`]],
    ['its own name', () => [`X-Labcm-Node: CM2;instance=${startOf('CM2')}`]],
    ['no start', () => ['X-Labcm-Node: CM1']],
    ['another start', () => ['X-Labcm-Node: CM1;instance=00000000-0000-0000-0000-000000000000']],
    ['two nodes', () => [1, 2].map(() => `X-Labcm-Node: CM1;instance=${startOf('CM1')}`)],
    ['a long name', () => [`X-Labcm-Node: ${'C'.repeat(3_000)};instance=x`]],
  ])('by %s is refused with 403 and one line', async (_, headers) => {
    await startNodes(['CM1', 'CM2']);
    const [callee] = (await phones(['CM2', SIP_B])) as [LabPhone];
    const refused = nodeOf('CM2').lab.next('sip.node-call-refused', { within: '5s' });
    expect(await answerTo('5004', headers())).toMatch(/^SIP\/2\.0 403 /);
    expect((await refused).node.length).toBeLessThanOrEqual(64);
    expect(callee.calls).toEqual([]);
    await idle();
  });

  it('and has no hops left, or wants what stays at its node, is refused and told why', async () => {
    await startNodes(['CM1', 'CM2'], numbers);
    await phones(['CM1', SCCP_A], ['CM2', SIP_B]);
    const proof = [`X-Labcm-Node: CM1;instance=${startOf('CM1')}`];
    expect(await answerTo('5004', proof, 0)).toMatch(/^SIP\/2\.0 483 /);
    for (const number of ['5900', '*43'])
      expect(await answerTo(number, proof)).toMatch(/^SIP\/2\.0 503 [\s\S]*Q\.850;cause=38/);
    expect(await answerTo('5001', proof)).toMatch(/^SIP\/2\.0 503 [\s\S]*Q\.850;cause=38/); // and not back
    await idle();
  });
});
