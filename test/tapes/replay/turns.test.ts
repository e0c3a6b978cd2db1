// Several phones of one conversation: each says its part when it is its turn, and stays until all have said theirs.

import { afterEach, expect, it } from 'vitest';
import { seconds } from '../../../src/core/time.js';
import type { Endpoint, StreamServer } from '../../../src/net/ports.js';
import { nodeDatagrams, nodeRandom } from '../../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../../src/net/sockets/node-streams.js';
import { systemClock } from '../../../src/net/system-clock.js';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { TapePlayer } from '../../../src/tapes/replay/player.js';
import type { Tape } from '../../../src/tapes/tape.js';
import { PhonesInTurn } from '../../support/phones-in-turn.js';
import { writtenTape } from '../../support/tapes.js';

let server: StreamServer | undefined;
afterEach(() => server?.close());

const button = (kpButton: number): Buffer => encode('KeypadButtonMessage', { kpButton } as never, 0);
const tapeOf = (...said: readonly (readonly [at: number, button: number])[]): Tape =>
  writtenTape(said.map(([at, pressed]) => ({ from: 'phone', at, octets: button(pressed) })));

const play = (tape: Tape, to: Endpoint, turn?: (at: number) => Promise<() => void>) =>
  new TapePlayer(tape, {
    networks: { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
    servers: { dhcp: to, tftp: to, http: to, sccp: to, sip: to },
    isFast: true,
    wait: seconds(5),
    ...(turn === undefined ? {} : { turn }),
  }).run();

it('phones that are played together speak in the order of their times, whoever is the first to connect', async () => {
  const events: string[] = [];
  server = await nodeStreams.listen({ address: '127.0.0.1', port: 0, maxLinks: 9, maxLinksPerSource: 9 }, () => ({
    received: (bytes) => {
      for (let at = 0; at < bytes.length; at += button(0).length) events.push(String(bytes.readUInt32LE(at + 12)));
    },
    closed: () => events.push('closed'),
  }));
  const tapes = {
    A: tapeOf([100, 2], [101, 3], [400, 6]),
    B: tapeOf([50, 1], [300, 5]),
    C: tapeOf([200, 4], [400.001, 7], [500, 8]),
  };
  const turns = new PhonesInTurn(tapes);
  const { local } = server;
  const results = await Promise.all(Object.entries(tapes).map(([role, tape]) => play(tape, local, turns.of(role))));
  expect(results.flatMap(({ troubles }) => troubles)).toEqual([]);
  expect(results.map(({ heard }) => heard.messages.length)).toEqual([3, 2, 3]);
  expect(events.filter((event) => event !== 'closed')).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  expect(events.slice(0, 8)).not.toContain('closed');
});

it('a phone that is played by itself is asked for no turn', async () => {
  const events: string[] = [];
  server = await nodeStreams.listen({ address: '127.0.0.1', port: 0, maxLinks: 9, maxLinksPerSource: 9 }, () => ({
    received: (bytes) => events.push(String(bytes.length / button(0).length)),
    closed: () => {},
  }));
  const { heard, troubles } = await play(tapeOf([0, 1], [9_000, 2]), server.local);
  expect([troubles, heard.messages.length, events.map(Number).reduce((sum, each) => sum + each, 0)]).toEqual([
    [],
    2,
    2,
  ]);
});
