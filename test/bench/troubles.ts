// What troubles a daemon for hours: phones that boot again and again, a neighbour that dies and comes back, phones that
// misbehave in every known way, and mutated octets from strangers.

import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FAULTS } from '../../src/phone/index.js';
import { mutated, seededRandom } from '../support/random.js';
import { type Cluster, type FleetOutcome, outcomeOf, PORTS } from './cluster.js';
import { Program } from './programs.js';
import { segmentsOf } from './sccp-dialogue.js';

/** Something that goes on until it is told to end, and then says what came of it. */
export interface Trouble<Result> {
  end(): Promise<Result>;
}

const repeated = (each: () => Promise<void>): { end(): Promise<void> } => {
  let over = false;
  const running = (async () => {
    while (!over) await each();
  })();
  return {
    end: async () => {
      over = true;
      await running;
    },
  };
};

export interface Boots {
  readonly boots: number;
  readonly failed: number;
}

/** Phones of both protocols that fetch their files, register, stay a minute and leave. */
export const reboots = (
  cluster: Cluster,
  from: Readonly<Record<'sccp' | 'sip', number>>,
  count: number,
): Trouble<Boots> => {
  let boots = 0;
  let failed = 0;
  const each = async (): Promise<void> => {
    const options = { rate: 20, hold: '60s', boot: 'tftp' } as const;
    const fleets = await Promise.all(
      (['sccp', 'sip'] as const).map((protocol) => cluster.fleet(protocol, from[protocol], count, options)),
    );
    for (const { started, failed: lost } of await Promise.all(fleets.map(outcomeOf))) {
      boots += started;
      failed += lost;
    }
    await Promise.all(fleets.map((fleet) => fleet.stop()));
  };
  const loop = repeated(each);
  return {
    end: async () => {
      await loop.end();
      return { boots, failed };
    },
  };
};

export interface Failovers {
  readonly deaths: number;
  readonly outcome: FleetOutcome;
}

const NEIGHBOUR = '127.0.0.2';
const LIVES = 240_000;
const DEAD = 100_000;

/** SCCP phones whose first call manager is another daemon, which dies and comes back: each time they come here, and return. */
export const failovers = async (
  cluster: Cluster,
  from: number,
  count: number,
  hold: string,
): Promise<Trouble<Failovers>> => {
  const config = join(cluster.folder, 'neighbour.yaml');
  writeFileSync(
    config,
    `
nodes: [{ name: CM2, address: ${NEIGHBOUR} }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sip: { enabled: false }
sccp: { listen: ${NEIGHBOUR}, port: ${PORTS.sccp} }
trace: { directory: ${join(cluster.folder, 'neighbour-logs')}, console: off }
state: { directory: ${join(cluster.folder, 'neighbour-state')} }
devicesFile: ${join(cluster.folder, 'phones.jsonl')}
`,
  );
  const born = (): Promise<Program> =>
    Program.start(
      '0,1',
      process.execPath,
      [fileURLToPath(new URL('../../dist/main.js', import.meta.url)), 'run', '-c', config],
      'ready',
    );
  let neighbour = await born();
  const fleet = await cluster.fleet('sccp', from, count, { rate: 50, hold, nodes: [NEIGHBOUR, '127.0.0.1'] });
  let deaths = 0;
  const cut = new AbortController();
  const living = (async () => {
    try {
      for (;;) {
        await sleep(LIVES, undefined, { signal: cut.signal });
        await neighbour.killed();
        deaths += 1;
        await sleep(DEAD, undefined, { signal: cut.signal });
        neighbour = await born();
      }
    } catch (error) {
      if (!cut.signal.aborted) throw error;
    }
  })();
  return {
    end: async () => {
      cut.abort();
      await living;
      fleet.signal('SIGINT');
      const outcome = await outcomeOf(fleet);
      await neighbour.stop();
      return { deaths, outcome };
    },
  };
};

export interface Misbehaved {
  readonly times: number;
  /** What the daemon did not take as it must. */
  readonly wrong: readonly string[];
}

/** A process each: they would be most of the load. */
const BETWEEN_FAULTS = 5_000;

/** What these want refused this cluster lets in: it registers strangers, its phones have no passwords, and each speaks its own protocol. */
const LET_IN = new Set(['stranger', 'wrong-protocol', 'stale-digest', 'invented-digest']);

/** Every fault of every protocol that this cluster must take as it says, one after the other, again and again. */
export const faults = (cluster: Cluster, at: Readonly<Record<'sccp' | 'sip', number>>): Trouble<Misbehaved> => {
  const rows = Object.entries(FAULTS).flatMap(([name, { protocols }]) =>
    (LET_IN.has(name) ? [] : protocols).map((protocol) => ({
      name,
      protocol: protocol === 'SIP' ? ('sip' as const) : ('sccp' as const),
    })),
  );
  const wrong: string[] = [];
  let times = 0;
  const loop = repeated(async () => {
    const row = rows[times % rows.length];
    times += 1;
    if (row === undefined) return;
    const { right, heard } = await cluster.fault(row.name, row.protocol, at[row.protocol]);
    if (!right) wrong.push(`${row.name} over ${row.protocol}: ${heard}`);
    await sleep(BETWEEN_FAULTS);
  });
  return {
    end: async () => {
      await loop.end();
      return { times, wrong };
    },
  };
};

const MUTANTS_EVERY = 100;
const MUTANTS_TOGETHER = 10;
/** Strangers of their own, so that what is bounded by source is bounded for them. */
const MUTANTS = '127.66.0.';

/** Mutated TFTP requests and REGISTERs as datagrams, Registers and REGISTERs over TCP: how many were sent. */
export const mutants = async (): Promise<Trouble<number>> => {
  const random = seededRandom(66);
  const sip = Buffer.from(
    'REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.66.0.1:5060;branch=z9hG4bKmutant\r\nFrom: <sip:100001@127.0.0.1>;tag=mutant\r\nTo: <sip:100001@127.0.0.1>\r\nCall-ID: mutant@127.66.0.1\r\nMax-Forwards: 70\r\nCSeq: 1 REGISTER\r\nContact: <sip:100001@127.66.0.1:5060>;expires=120\r\nContent-Length: 0\r\n\r\n',
  );
  const tftp = Buffer.from('\u0000\u0001XMLDefault.cnf.xml\u0000octet\u0000blksize\u00001428\u0000');
  const sccp = Buffer.concat(segmentsOf(0xdead));
  const socket = dgram.createSocket('udp4');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, `${MUTANTS}1`, resolve));
  let sent = 0;
  const stream = (bytes: Buffer, port: number): void => {
    const link = net.connect({ port, host: '127.0.0.1', localAddress: `${MUTANTS}${2 + random.below(200)}` });
    link.on('error', () => link.destroy());
    link.setTimeout(2_000, () => link.destroy());
    link.end(mutated(bytes, random));
    link.resume();
  };
  const timer = setInterval(() => {
    for (let count = 0; count < MUTANTS_TOGETHER; count += 1) {
      socket.send(mutated(sip, random), PORTS.sip, '127.0.0.1', () => {});
      socket.send(mutated(tftp, random), PORTS.tftp, '127.0.0.1', () => {});
    }
    stream(sccp, PORTS.sccp);
    stream(sip, PORTS.sip);
    sent += 2 * MUTANTS_TOGETHER + 2;
  }, MUTANTS_EVERY);
  return {
    end: async () => {
      clearInterval(timer);
      socket.close();
      return sent;
    },
  };
};
