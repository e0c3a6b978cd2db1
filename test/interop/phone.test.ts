// Simulated phones from DISCOVER to their end, captured on the loopback as it happens: Wireshark reads what the phones send
// and what they are answered, over all four protocols, and finds nothing malformed in either direction.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { bootPhone, PhoneEnvironment, type PhoneOptions, type PhoneStep } from '../../src/phone/index.js';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { loopbackServices } from '../support/loopback-services.js';
import { captured, tshark } from './support/capture.js';

/** An address of this machine that nobody else on it uses, so that the capture holds these phones alone. */
const PHONES = '127.77.0.5';

const SERVICES = loopbackServices();

const DEVICES = `${SEED_PHONES}
  - { name: SEP0011223344A1, model: 7962, protocol: SCCP, lines: [{ dn: "6001" }, { dn: "6002" }], speedDials: [{ number: "5002", label: Lab }] }
  - { name: SEP0011223344A2, model: 7960, protocol: SCCP, lines: [{ dn: "6003" }] }
  - { name: SEP0011223344A3, model: 8851, protocol: SIP, lines: [{ dn: "6004" }, { dn: "6005" }] }
  - { name: SEP0011223344A4, model: 7975, protocol: SIP, lines: [{ dn: "6006" }, { dn: "6007" }] }
  - { name: SEP0011223344A5, model: 7960, protocol: SIP, lines: [{ dn: "6008" }] }
`;

const WISHES: readonly PhoneOptions[] = [
  { name: 'ipctest2', mac: '005056A1033D', protocol: 'SCCP' },
  { name: 'SEP005056A1033D', protocol: 'SIP' },
  { name: 'SEP0011223344A1', model: '7962', protocol: 'SCCP' },
  { name: 'SEP0011223344A2', model: '7960', protocol: 'SCCP' },
  { name: 'SEP0011223344A3', model: '8851', protocol: 'SIP' },
  { name: 'SEP0011223344A4', model: '7975', protocol: 'SIP' },
];
const OVER_UDP: PhoneOptions = {
  name: 'SEP0011223344A5',
  model: '7960',
  protocol: 'SIP',
  boot: 'register',
  lines: ['6008'],
};

const daemon = new TestDaemon();
const folder = mkdtempSync(join(tmpdir(), 'labcm-phone-'));
const file = join(folder, 'phones.pcap');
let decode: readonly string[] = [];

beforeAll(async () => {
  daemon.configure(DEVICES, SERVICES);
  await daemon.start();
  const ports = {
    dhcp: daemon.endpoint('DHCP').port,
    tftp: daemon.endpoint('TFTP').port,
    http: daemon.endpoint('HTTP').port,
    sccp: daemon.endpoint('SCCP').port,
    sip: daemon.endpoint('SIP', 'tcp').port,
  };
  const sipOverUdp = daemon.endpoint('SIP', 'udp').port;
  const dissectors = [
    `udp.port==${ports.dhcp},dhcp`,
    `udp.port==${ports.tftp},tftp`,
    `tcp.port==${ports.sccp},skinny`,
    `tcp.port==${ports.sip},sip`,
    `udp.port==${sipOverUdp},sip`,
    `tcp.port==${ports.http},http`,
  ];
  decode = ['-r', file, ...dissectors.flatMap((dissector) => ['-d', dissector])];
  const bus = new EventBus<PhoneStep>(() => {});
  const world = new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    bus,
    sources: [PHONES],
  });
  await captured(file, `host ${PHONES}`, async () => {
    for (const wish of WISHES) {
      const phone = await bootPhone(
        world,
        { ...wish, boot: 'full', ports, localAddress: PHONES },
        { within: seconds(20) },
      );
      await phone.stop();
    }
    const phone = await bootPhone(
      world,
      { ...OVER_UDP, ports: { ...ports, sip: sipOverUdp }, localAddress: PHONES },
      { within: seconds(20) },
    );
    await phone.stop();
  });
  await world.close();
});
afterAll(async () => {
  await daemon.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** One field of every packet that passes the filter. */
const fields = (filter: string, name: string): string[] =>
  tshark(...decode, '-Y', filter, '-T', 'fields', '-e', name)
    .split(/[\n,]/)
    .filter((value) => value !== '');

const FROM_PHONES = `ip.src == ${PHONES}`;
const TO_PHONES = `ip.dst == ${PHONES}`;

test('nothing is malformed in either direction', () => {
  const faulty = '(_ws.malformed || _ws.expert.severity >= 0x00800000) && (dhcp || tftp || skinny || sip)';
  expect(tshark(...decode, '-Y', faulty)).toBe('');
});

test('each phone gets its address by DISCOVER, OFFER, REQUEST, ACK', () => {
  expect(fields('dhcp', 'dhcp.option.dhcp')).toEqual(WISHES.flatMap(() => ['1', '2', '3', '5']));
  expect(fields(`dhcp && ${FROM_PHONES}`, 'dhcp.option.hostname')).toEqual(WISHES.flatMap(({ name }) => [name, name]));
});

test('each asks for the files of its family, and acknowledges every block', () => {
  const asked = fields(`tftp.opcode == 1 && ${FROM_PHONES}`, 'tftp.source_file');
  expect(asked).toEqual(
    expect.arrayContaining([
      'CTLipctest2.tlv',
      'ipctest2.cnf.xml',
      'English_United_States/ipc-sccp.jar',
      'SEP0011223344A1.cnf.xml',
    ]),
  );
  const blocks = fields(`tftp.opcode == 3 && ${TO_PHONES}`, 'tftp.block');
  const acknowledged = fields(`tftp.opcode == 4 && ${FROM_PHONES}`, 'tftp.block');
  expect(acknowledged).toEqual(blocks);
  expect(fields(`http.request && ${FROM_PHONES}`, 'http.request.uri')).toContain('/SEP0011223344A3.cnf.xml');
});

test('each SCCP phone says everything from alarm to Unregister, and is answered', () => {
  const said = new Set(fields(`skinny && ${FROM_PHONES}`, 'skinny.messageId').map(Number));
  for (const id of [0x20, 0x01, 0x02, 0x0e, 0x28, 0x25, 0x0c, 0x10, 0x0b, 0x09, 0x0a, 0x2d, 0x0d, 0x27])
    expect(said).toContain(id);
  const answered = new Set(fields(`skinny && ${TO_PHONES}`, 'skinny.messageId').map(Number));
  for (const id of [0x81, 0x9b, 0x97, 0x108, 0x109, 0x93, 0x90, 0x91, 0x94, 0x118]) expect(answered).toContain(id);
  const names = fields('skinny.messageId == 1', 'skinny.DeviceName');
  expect(names).toEqual(WISHES.filter(({ protocol }) => protocol === 'SCCP').map(({ name }) => name));
});

test('each SIP phone registers every line and takes it back, over TCP and UDP', () => {
  const methods = fields(`sip.Method && ${FROM_PHONES}`, 'sip.Method');
  // One line, two in one, two by two, one; each again at its end. The 8851 reports twice before.
  expect(methods.filter((method) => method === 'REGISTER')).toHaveLength(2 * (1 + 1 + 2 + 1));
  expect(methods.filter((method) => method === 'REFER')).toHaveLength(2);
  const statuses = fields(`sip.Status-Code && ${TO_PHONES}`, 'sip.Status-Code');
  expect(statuses.filter((status) => status === '200')).toHaveLength(2 * (1 + 1 + 2 + 1));
  expect(fields(`sip && udp && ${FROM_PHONES}`, 'sip.Method')).toEqual(['REGISTER', 'REGISTER']);
});
