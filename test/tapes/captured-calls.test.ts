// Captured calls as tapes: all their phones are played against one daemon, in the order in which they spoke. What it says otherwise than
// the captured server is named in the tables, with its reason.

import { afterEach, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { compareMessages } from '../../src/tapes/compare-messages.js';
import { TapePlayer } from '../../src/tapes/replay/player.js';
import { TestDaemon } from '../support/daemon.js';
import { describeCaptured } from '../support/fixtures.js';
import { PhonesInTurn } from '../support/phones-in-turn.js';
import { TrunkEnd } from '../support/trunk-end.js';
import { LADDER_CALLS } from './captured-ladders.js';
import { SCCP_CALLS } from './captured-sccp-calls.js';
import { shownDifference, unmeant } from './meant-differences.js';

/** The address of the far end of a trunk. The daemon has another. */
const FAR = '127.0.0.2';
/** The last octet of the address of the first phone, on which the others follow. */
const FIRST_PHONE = 11;

describeCaptured('a daemon in a captured call', () => {
  let daemon: TestDaemon | undefined;
  let far: TrunkEnd | undefined;
  afterEach(async () => {
    await daemon?.remove();
    await far?.close();
    [daemon, far] = [undefined, undefined];
  });

  it.each([...SCCP_CALLS, ...LADDER_CALLS])(
    'says in $title what was captured, but for what is meant (not captured: $lacks)',
    {
      timeout: 60_000,
    },
    async ({ configuration, parts: made, trunk, meant }) => {
      const lab = new TestDaemon();
      daemon = lab;
      const end = trunk === undefined ? undefined : await TrunkEnd.open(FAR);
      far = end;
      lab.configure(configuration(end?.endpoint));
      await lab.start();
      const parts = Object.entries(made());
      const turns = new PhonesInTurn(Object.fromEntries(parts.map(([role, { played }]) => [role, played])));
      const results = await Promise.all(
        parts.map(async ([role, { whole, played }], index) => {
          const streams = role === trunk && end !== undefined ? end.streams : nodeStreams;
          const { heard, troubles } = await new TapePlayer(played, {
            networks: { clock: systemClock, datagrams: nodeDatagrams, streams, random: nodeRandom },
            servers: {
              dhcp: { address: '127.0.0.1', port: 9 },
              tftp: lab.endpoint('TFTP'),
              http: lab.endpoint('HTTP'),
              sccp: lab.endpoint('SCCP'),
              sip: lab.endpoint('SIP', 'tcp'),
            },
            localAddress: `127.0.0.${FIRST_PHONE + index}`,
            isFast: true,
            wait: seconds(5),
            turn: turns.of(role),
          }).run();
          const differences = compareMessages(whole, heard, ['server']);
          return { troubles, differences: differences.map((one) => `${role} ${shownDifference(one)}`) };
        }),
      );
      expect(results.flatMap(({ troubles }) => troubles)).toEqual([]);
      expect(
        unmeant(
          results.flatMap(({ differences }) => differences),
          meant,
        ),
      ).toEqual({ unexplained: [], needless: [] });
    },
  );
});
