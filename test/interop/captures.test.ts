// `labcm decode FILE` beside tshark: on the captured frames in one capture, and on a capture of phones that boot, both see as
// many messages of each kind.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { bootPhone, PhoneEnvironment, type PhoneOptions, type PhoneStep } from '../../src/phone/index.js';
import { labcm } from '../cli/harness.js';
import { at, ethernet, pcapFile, pcapngFile, TestConnection, udp } from '../support/capture-files.js';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { capturedBytes, capturedHex, capturedJson, capturedNames, describeCaptured } from '../support/fixtures.js';
import { loopbackServices } from '../support/loopback-services.js';
import { capturedStreams } from '../support/sccp-captures.js';
import { captured, tshark } from './support/capture.js';

const folder = mkdtempSync(join(tmpdir(), 'labcm-decode-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Counts = Readonly<Record<string, number>>;

const counted = (values: readonly string[]): Counts => {
  const counts: Record<string, number> = {};
  for (const value of [...values].sort()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** The values of fields, which tshark joins by commas where a packet has several. */
const valuesOf = (file: string, as: readonly string[], filter: string, ...fields: readonly string[]): string[] =>
  tshark(
    '-r',
    file,
    ...as.flatMap((one) => ['-d', one]),
    '-Y',
    filter,
    '-T',
    'fields',
    ...fields.flatMap((name) => ['-e', name]),
  )
    .split('\n')
    .flatMap((line) => line.split(/[\t,]/))
    .filter((value) => value !== '');

/** How many messages of each kind tshark sees. */
const byTshark = (file: string, as: readonly string[] = []) => ({
  sccp: counted(valuesOf(file, as, 'skinny', 'skinny.messageId').map((id) => String(Number(id)))),
  sip: counted(valuesOf(file, as, 'sip', 'sip.Method', 'sip.Status-Code')),
  dhcp: counted(valuesOf(file, as, 'dhcp', 'dhcp.option.dhcp')),
  tftp: counted(valuesOf(file, as, 'tftp', 'tftp.opcode').map((opcode) => String(Number(opcode)))),
  http: counted(valuesOf(file, as, 'http', 'http.request.method', 'http.response.code')),
});

const DHCP_TYPES = ['', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'];

/** The same of `labcm decode`. */
const byLabcm = async (file: string) => {
  const { out } = await labcm(['decode', file, '--json']);
  const shown = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { protocol: string; name?: string; id?: string });
  const of = (protocol: string, value: (name: string, id: string) => string): Counts =>
    counted(
      shown
        .filter((one) => one.protocol === protocol && one.name !== undefined)
        .map(({ name = '', id = '' }) => value(name, id)),
    );
  return {
    sccp: of('sccp', (_, id) => String(Number(id))),
    sip: of('sip', (name) => name),
    dhcp: of('dhcp', (name) => String(DHCP_TYPES.indexOf(name))),
    tftp: of('tftp', (_, id) => String(Number(id))),
    http: of('http', (name) => name),
  };
};

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

describeCaptured('the captured frames, in one capture', () => {
  const packets = (): Buffer[] => {
    const streams = capturedStreams().flatMap(({ segments }, index) => {
      const connection = new TestConnection(at(`10.0.1.${index}:49152`), at('10.0.0.1:2000'));
      return [
        ...connection.open(),
        ...segments.map(({ direction, hex }) => {
          const bytes = Buffer.from(hex, 'hex');
          return direction === 'phone-to-server' ? connection.fromClient(bytes) : connection.fromServer(bytes);
        }),
        ...connection.close(),
      ];
    });
    const sip = capturedJson<{ readonly messages: readonly { readonly file: string }[] }>('sip/index.json')
      .messages.map(({ file }) => file)
      .filter((file) => /^(?:cisco|generic|server)\//.test(file))
      .map((file) => udp(at('10.0.0.5:5060'), at('10.0.0.1:5060'), capturedBytes(`sip/${file}`)));
    const hex = (path: string): Buffer[] =>
      capturedNames(path)
        .filter((name) => /^s.*\.hex$|^t0[1-4].*\.hex$/.test(name))
        .map((name) => capturedHex(`${path}/${name}`));
    const dhcp = hex('provisioning/dhcp').map((bytes) => udp(at('10.0.0.5:68'), at('10.0.0.1:67'), bytes));
    const tftp = hex('provisioning/tftp').map((bytes, index) =>
      udp(at(`10.0.0.5:${50_000 + index}`), at('10.0.0.1:69'), bytes),
    );
    return [...streams, ...sip, ...dhcp, ...tftp];
  };

  it.each([
    ['pcap', pcapFile],
    ['pcapng', pcapngFile],
  ])('as %s have as many messages of each kind for both', async (format, write) => {
    const file = join(folder, `frames.${format}`);
    writeFileSync(file, write(packets().map((packet, index) => ({ seconds: index, bytes: ethernet(packet) }))));
    const theirs = byTshark(file);
    expect(await byLabcm(file)).toEqual(theirs);
    expect(total(theirs.sccp)).toBeGreaterThan(50);
    expect(total(theirs.sip)).toBeGreaterThan(20);
    expect(total(theirs.dhcp)).toBeGreaterThan(10);
    expect(total(theirs.tftp)).toBeGreaterThan(3);
  });
});

const SERVICES = loopbackServices();
/** An address of this machine that nobody else on it uses. */
const ADDRESS = '127.77.0.6';
const PHONES: readonly PhoneOptions[] = [
  { name: 'ipctest2', mac: '005056A1033D', protocol: 'SCCP' },
  { name: 'SEP005056A1033D', protocol: 'SIP' },
];

describe('a capture of phones that boot', () => {
  it('has as many messages of each kind for both, and the same after editcap', async () => {
    const daemon = new TestDaemon();
    daemon.configure(SEED_PHONES, SERVICES);
    await daemon.start();
    try {
      const ports = {
        dhcp: daemon.endpoint('DHCP').port,
        tftp: daemon.endpoint('TFTP').port,
        http: daemon.endpoint('HTTP').port,
        sccp: daemon.endpoint('SCCP').port,
        sip: daemon.endpoint('SIP', 'tcp').port,
      };
      const world = new PhoneEnvironment({
        clock: systemClock,
        datagrams: nodeDatagrams,
        streams: nodeStreams,
        random: nodeRandom,
        bus: new EventBus<PhoneStep>(() => {}),
        sources: [ADDRESS],
      });
      const file = join(folder, 'boot.pcapng');
      await captured(file, `host ${ADDRESS}`, async () => {
        for (const options of PHONES) {
          const phone = { ...options, boot: 'full', ports, localAddress: ADDRESS } as const;
          await (await bootPhone(world, phone, { within: seconds(20) })).stop();
        }
      });
      await world.close();
      const as = [
        `udp.port==${ports.dhcp},dhcp`,
        `udp.port==${ports.tftp},tftp`,
        `tcp.port==${ports.http},http`,
        `tcp.port==${ports.sccp},skinny`,
        `tcp.port==${ports.sip},sip`,
      ];
      const theirs = byTshark(file, as);
      expect(await byLabcm(file)).toEqual(theirs);
      for (const counts of [theirs.sccp, theirs.sip, theirs.dhcp, theirs.tftp])
        expect(total(counts)).toBeGreaterThan(3);
      for (const format of ['pcap', 'nsecpcap']) {
        const converted = join(folder, `boot.${format}`);
        execFileSync('editcap', ['-F', format, file, converted]);
        expect(await byLabcm(converted)).toEqual(theirs);
      }
    } finally {
      await daemon.remove();
    }
  });
});
