// A daemon watched for a long time: what it holds, how late it is and how soon it answers, sample by sample.

import dgram from 'node:dgram';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cluster, CORES, PORTS } from './cluster.js';
import { Program } from './programs.js';

export interface Sample {
  /** Minutes since the watch began. */
  readonly at: number;
  readonly mebibytes: number;
  readonly descriptors: number;
  /** Milliseconds: lateness of the event loop, at the 99th percentile since the sample before. */
  readonly lag: number;
  /** The same of a process beside it that does nothing. */
  readonly idle: number;
  /** Milliseconds: the slowest of the sample's questions. */
  readonly slowest: number;
  readonly registered: number;
}

const EVERY = 10_000;
const QUESTIONS = 20;
const PATIENCE = 2_000;

const keepAlive = Buffer.from('040000000000000000000000', 'hex');
const options = (at: number, port: number): Buffer =>
  Buffer.from(
    [
      'OPTIONS sip:127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKwatch${at}`,
      'From: <sip:watch@127.0.0.1>;tag=watch',
      'To: <sip:127.0.0.1>',
      `Call-ID: watch${at}@127.0.0.1`,
      'Max-Forwards: 70',
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

/** Somebody who asks and is answered. */
interface Asker {
  /** Milliseconds until the answer; `PATIENCE`: there was none. */
  ask(): Promise<number>;
  close(): void;
}

const timed = (ask: (answered: () => void) => void): Promise<number> =>
  new Promise((resolve) => {
    const from = performance.now();
    const late = setTimeout(() => resolve(PATIENCE), PATIENCE);
    ask(() => {
      clearTimeout(late);
      resolve(performance.now() - from);
    });
  });

const sipAsker = async (): Promise<Asker> => {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  let asked = 0;
  let answered = (): void => {};
  socket.on('message', (bytes) => {
    if (bytes.includes(`watch${asked}@`)) answered();
  });
  return {
    ask: () =>
      timed((done) => {
        asked += 1;
        answered = done;
        socket.send(options(asked, socket.address().port), PORTS.sip, '127.0.0.1');
      }),
    close: () => void socket.close(),
  };
};

/** A standby link, which is closed now and then for its silence, and is opened again. */
const sccpAsker = (): Asker => {
  let socket: net.Socket | undefined;
  const opened = (): net.Socket => {
    if (socket === undefined || socket.destroyed) {
      socket = net.connect(PORTS.sccp, '127.0.0.1').setNoDelay();
      socket.on('error', () => {});
    }
    return socket;
  };
  return {
    ask: () =>
      timed((done) => {
        const link = opened();
        link.removeAllListeners('data').on('data', done);
        link.write(keepAlive);
      }),
    close: () => socket?.destroy(),
  };
};

const idleProcess = (): Promise<Program> =>
  Program.start(CORES, process.execPath, [fileURLToPath(new URL('idle.mjs', import.meta.url))], 'ready');

const latenessOf = async (idle: Program): Promise<number> =>
  Number((await idle.asked('SIGUSR2', /late [\d.]+ ms/)).split(' ')[1]);

/** Until `minutes` are over; `each` sees every sample. */
export const watched = async (
  cluster: Cluster,
  minutes: number,
  each: (sample: Sample) => void,
): Promise<readonly Sample[]> => {
  const { daemon } = cluster;
  if (daemon === undefined) throw new Error('no daemon to watch');
  const askers = [await sipAsker(), sccpAsker()];
  const idle = await idleProcess();
  const samples: Sample[] = [];
  const from = performance.now();
  for (let next = EVERY; next <= minutes * 60_000; next += EVERY) {
    await sleep(Math.max(0, from + next - performance.now()));
    const metrics = await cluster.metrics();
    const late = await latenessOf(idle);
    let slowest = 0;
    for (let question = 0; question < QUESTIONS; question += 1)
      for (const asker of askers) slowest = Math.max(slowest, await asker.ask());
    const { sccp, sip } = await cluster.registered();
    const sample: Sample = {
      at: (performance.now() - from) / 60_000,
      mebibytes: daemon.residentMiB,
      descriptors: daemon.descriptors,
      lag: (metrics.get('labcm_event_loop_lag_seconds{quantile="0.99"}') ?? 0) * 1000,
      idle: late,
      slowest,
      registered: sccp + sip,
    };
    samples.push(sample);
    each(sample);
  }
  for (const asker of askers) asker.close();
  await idle.stop();
  return samples;
};
