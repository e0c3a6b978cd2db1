// Captured calls as tapes: both phones are played against one daemon, and what it says otherwise than CUCM did is named here, with its
// reason.

import { afterEach, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { compareMessages } from '../../src/tapes/compare-messages.js';
import { type ReplayResult, TapePlayer } from '../../src/tapes/replay/player.js';
import type { Tape } from '../../src/tapes/tape.js';
import { eventually, TestDaemon } from '../support/daemon.js';
import { ladderTape } from '../support/fixture-tapes.js';
import { describeCaptured } from '../support/fixtures.js';
import { type Meant, shownDifference, unmeant } from './meant-differences.js';

interface CapturedPhone {
  readonly dn: string;
  readonly device: string;
  readonly phone: string;
  readonly contact: string;
}

interface CapturedCall {
  readonly ladder: string;
  readonly server: string;
  readonly phones: Readonly<Record<'A' | 'B', CapturedPhone>>;
  readonly meant: readonly Meant[];
}

const MEANT: readonly Meant[] = [
  { of: / to REGISTER(?: |:)/, why: 'the registration ahead of the call is made for this test' },
  {
    of: /(?:Server|User-Agent): Cisco-CUCM11\.5 → Cisco-CUCM12\.5$/,
    why: 'the product is a later one than the captured',
  },
  {
    of: /^A sip 200 to NOTIFY Server: Cisco-CUCM11\.5 → undefined$/,
    why: 'the answer to an off-hook report has no Server header, as before calls were served',
  },
];

const CALLS: readonly CapturedCall[] = [
  {
    ladder: '02-basic-enbloc',
    server: '192.168.7.100:5060',
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.7.171:51841',
        contact: 'fa285754-1f05-4584-bd1b-e5f1290758aa',
      },
      B: {
        dn: '2000',
        device: 'SEPD4ADBDCE1524',
        phone: '192.168.7.169:51235',
        contact: '585f90bc-0507-11a7-c865-3491867321e8',
      },
    },
    meant: MEANT,
  },
  {
    ladder: '01-basic-kpml',
    server: '192.168.7.100:5060',
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD0EC35500E68',
        phone: '192.168.7.141:50695',
        contact: '850bd7d8-c59f-4db7-a0c8-63887170c35c',
      },
      B: {
        dn: '1001',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.7.171:51173',
        contact: '2d605bf4-d7f1-4f9b-9b69-560b9f081418',
      },
    },
    meant: MEANT,
  },
];

/** How the phone registers before the ladder begins, and that it is accepted. */
const registration = ({ dn, device, phone, contact }: CapturedPhone, server: string) => {
  const [host = ''] = server.split(':');
  const common = [
    `Via: SIP/2.0/TCP ${phone};branch=z9hG4bKregister${dn}`,
    `From: <sip:${dn}@${host}>;tag=register-${dn}`,
    `Call-ID: register-${device}@${phone}`,
    'CSeq: 101 REGISTER',
    `Contact: <sip:${contact}@${phone};transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${device.slice(3).toLowerCase()}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="684"`,
    'Expires: 3600',
    'Supported: replaces,join,norefersub,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-config,X-cisco-sis-7.0.0',
    'Content-Length: 0',
  ];
  const text = (start: string, to: string): Buffer =>
    Buffer.from([start, `To: <sip:${dn}@${host}>${to}`, 'Max-Forwards: 70', ...common, '', ''].join('\r\n'));
  return [
    { from: 'phone', octets: text(`REGISTER sip:${host} SIP/2.0`, ''), at: 0 },
    { from: 'server', octets: text('SIP/2.0 200 OK', ';tag=server'), at: 1 },
  ] as const;
};

describeCaptured('a daemon in a captured call', () => {
  let daemon: TestDaemon | undefined;
  afterEach(() => daemon?.remove());

  it.each(CALLS)('says in $ladder what CUCM said, but for what is meant', { timeout: 60_000 }, async (call) => {
    const { ladder, server, phones, meant } = call;
    const lab = new TestDaemon();
    daemon = lab;
    lab.configure(
      `devices:\n${Object.values(phones)
        .map(({ device, dn }) => `  - { name: ${device}, model: 8851, protocol: SIP, lines: [{ dn: "${dn}" }] }`)
        .join('\n')}\n`,
    );
    await lab.start();
    const tapeOf = (role: 'A' | 'B'): Tape =>
      ladderTape(ladder, role, {
        ...{ phone: phones[role].phone, server },
        before: registration(phones[role], server),
      });
    const play = (tape: Tape): Promise<ReplayResult> =>
      new TapePlayer(tape, {
        networks: { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
        servers: {
          dhcp: { address: '127.0.0.1', port: 9 },
          tftp: lab.endpoint('TFTP'),
          http: lab.endpoint('HTTP'),
          sccp: lab.endpoint('SCCP'),
          sip: lab.endpoint('SIP', 'tcp'),
        },
        isFast: true,
        wait: seconds(5),
      }).run();
    const [caller, called] = [tapeOf('A'), tapeOf('B')];
    const answering = play(called);
    await eventually(() => expect(lab.daemon.database.byName(phones.B.device)?.state).toBe('registered'));
    const [fromCaller, fromCalled] = await Promise.all([play(caller), answering]);
    const differences = [
      ...compareMessages(caller, fromCaller.heard, ['server']).map((one) => `A ${shownDifference(one)}`),
      ...compareMessages(called, fromCalled.heard, ['server']).map((one) => `B ${shownDifference(one)}`),
    ];
    expect([...fromCaller.troubles, ...fromCalled.troubles]).toEqual([]);
    expect(unmeant(differences, meant)).toEqual({ unexplained: [], needless: [] });
  });
});
