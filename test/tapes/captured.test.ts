// The captured conversations as tapes: each phone is played against a daemon, and what the daemon says otherwise than the server
// that was captured is named here, with its reason.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { milliseconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { compareMessages } from '../../src/tapes/compare-messages.js';
import { TapePlayer } from '../../src/tapes/replay/player.js';
import type { Tape } from '../../src/tapes/tape.js';
import { TestDaemon } from '../support/daemon.js';
import { as7960, dhcpTape, sipTape, streamTape, tftpTape } from '../support/fixture-tapes.js';
import { describeCaptured } from '../support/fixtures.js';
import { loopbackServices } from '../support/loopback-services.js';
import { CALL_MANAGER_2, type Meant, shownDifference, unmeant } from './meant-differences.js';

const SERVICES = loopbackServices('691200s');

const DEVICES = `
devices:
  - { name: SEPC80084AA8743, model: 7821, protocol: SIP, lines: [{ dn: "2222" }] }
  - { name: SEP0024142DDF24, model: 7975, protocol: SIP, lines: [{ dn: "5678" }] }
  - { name: pyskinny01, model: 7960, protocol: SCCP, lines: [{ dn: "1091" }] }
  - { name: SEP00036BA10260, model: 7960, protocol: SCCP, lines: [{ dn: "1092" }] }
autoRegistration: { enabled: true, range: 1000-1999 }
`;

interface Conversation {
  readonly title: string;
  readonly tape: () => Tape;
  readonly meant: readonly Meant[];
}

const NEWER: readonly Meant[] = [
  {
    of: /^sip .* Server: \S+ → Cisco-CUCM12\.5$/,
    why: 'each answer names the product, which is a later one than the captured',
  },
  {
    of: /Supported: X-cisco-srtp-fallback,X-cisco-sis-[68]\.0\.0 → /,
    why: 'the interface for phones is that of a later CUCM',
  },
];

const CONVERSATIONS: readonly Conversation[] = [
  {
    title: 'a 7821 that registers all its lines, and reports its trust list, to CUCM 11.5',
    tape: () =>
      sipTape(
        [
          ['cisco/refer-7821-alarm-1.sip', 'server/resp-7821-alarm-1-202.sip'],
          ['cisco/refer-7821-alarm-2.sip', 'server/resp-7821-alarm-2-202.sip'],
          ['cisco/register-7821-bulk.sip', 'server/resp-7821-100.sip', 'server/resp-7821-200.sip'],
        ],
        { phone: '192.168.7.104:51778', server: '192.168.7.200:5060' },
      ),
    meant: [
      ...NEWER,
      {
        of: /^sip REFER: extra$/,
        why: 'the capture ends with the answer, before the server asks anything of the phone',
      },
    ],
  },
  {
    title: 'a 7975 that refreshes',
    tape: () =>
      sipTape([['cisco/register-7975-refresh.sip', 'server/resp-7975-100.sip', 'server/resp-7975-200.sip']], {
        phone: '10.106.114.185:53006',
        server: '10.106.114.180:5060',
      }),
    meant: NEWER,
  },
  {
    title: 'CallManager 2 and a phone that leaves',
    tape: () => as7960(streamTape('cm2-register-unregister')),
    meant: CALL_MANAGER_2,
  },
  {
    title: 'Unified CM and a conference bridge',
    tape: () => streamTape('cucm18-conference-bridge-register'),
    meant: [
      {
        of: /(?:RegisterAckMessage (?:dateTemplate: Unused|features\d: \d+) → |DisplayPromptStatusMessage: extra$)/,
        why: 'a conference bridge is served as a phone is: it has a clock, features and a prompt',
      },
      { of: /ResetMessage: extra$/, why: 'a device that nobody configured is restarted once, for its file' },
    ],
  },
  {
    title: 'a 7960 that gets its address',
    tape: () =>
      dhcpTape([
        ['phone', 's01-discover-7960g'],
        ['server', 's12-offer-to-7960g'],
        ['phone', 's02-request-selecting-7960g'],
      ]),
    meant: [
      {
        of: /^dhcp OFFER option (?:1|3|6|15|150): /,
        why: 'the wire is loopback, whose subnet has one file server and no router',
      },
      { of: /^dhcp ACK: extra$/, why: 'there is no captured answer to the REQUEST' },
    ],
  },
  {
    title: 'files that are not there, and requests of other forms',
    tape: () => tftpTape([['t01-rrq-ctl-plain', 't05-error-1'], ['t04-rrq-options'], ['t08-rrq-traversal']]),
    meant: [{ of: /^tftp .* answer: no answer → 1 File not found$/, why: 'these requests have no captured answer' }],
  },
];

describeCaptured('a daemon', () => {
  const daemon = new TestDaemon();

  beforeAll(async () => {
    daemon.configure(DEVICES, SERVICES);
    await daemon.start();
  });
  afterAll(() => daemon.remove());

  it.each(CONVERSATIONS)('says to $title what was captured, but for what is meant', async ({ tape: made, meant }) => {
    const tape = made();
    const player = new TapePlayer(tape, {
      networks: { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
      servers: {
        // The listener is that of an interface, and its address the name of that.
        dhcp: { address: '127.0.0.1', port: daemon.endpoint('DHCP').port },
        tftp: daemon.endpoint('TFTP'),
        http: daemon.endpoint('HTTP'),
        sccp: daemon.endpoint('SCCP'),
        sip: daemon.endpoint('SIP', 'tcp'),
      },
      isFast: true,
      wait: milliseconds(500),
    });
    const { heard, troubles } = await player.run();
    const differences = compareMessages(tape, heard, ['server']).map(shownDifference);
    expect(troubles).toEqual([]);
    expect(unmeant(differences, meant)).toEqual({ unexplained: [], needless: [] });
  });
});
