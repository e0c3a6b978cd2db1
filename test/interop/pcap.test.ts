// `labcm pcap` beside Wireshark: simulated phones boot over DHCP, TFTP, HTTP, SCCP and SIP, in clear and through TLS, while the
// daemon captures itself. tshark checks every checksum and dissects every packet.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { bootPhone, PhoneEnvironment, type PhoneOptions, type PhoneStep } from '../../src/phone/index.js';
import { eventually, TestDaemon } from '../support/daemon.js';
import { program } from '../support/program.js';
import { tshark } from './support/capture.js';

const SERVICES = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: lo
  port: 0
  clientPort: 6868
  subnets:
    - { subnet: 127.0.0.0/8, pools: [127.0.1.100-127.0.1.199], option150: [127.0.0.1], leaseTime: 1h }
tftp: { listen: 127.0.0.1, port: 0, root: files }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0, tls: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0, tls: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
phones: { ssh: { user: admin, password: hunter22 } }
`;
const DEVICES = `
capture: { devices: all }
devices:
  - { name: SEP0011223344A1, model: 7962, protocol: SCCP, lines: [{ dn: "6001" }, { dn: "6002" }] }
  - { name: SEP0011223344A2, model: 7962, protocol: SCCP, lines: [{ dn: "6003" }] }
  - { name: SEP0011223344A3, model: 8851, protocol: SIP, lines: [{ dn: "6004" }, { dn: "6005" }] }
  - { name: SEP0011223344A4, model: 7975, protocol: SIP, lines: [{ dn: "6006" }] }
  - { name: SEP0011223344A5, model: 7960, protocol: SIP, lines: [{ dn: "6008" }], digest: { user: u5, password: p5 } }
  - { name: SEP0011223344A6, model: 7962, protocol: SCCP, lines: [{ dn: "6009" }] }
`;

interface Boot extends PhoneOptions {
  readonly name: string;
  readonly how: 'clear' | 'tls' | 'udp';
}

const BOOTS: readonly Boot[] = [
  { name: 'SEP0011223344A1', model: '7962', protocol: 'SCCP', boot: 'full', how: 'clear' },
  { name: 'SEP0011223344A2', model: '7962', protocol: 'SCCP', boot: 'register', how: 'tls' },
  { name: 'SEP0011223344A3', model: '8851', protocol: 'SIP', boot: 'full', how: 'clear' },
  { name: 'SEP0011223344A4', model: '7975', protocol: 'SIP', boot: 'register', lines: ['6006'], how: 'tls' },
  {
    ...{ name: 'SEP0011223344A5', model: '7960', protocol: 'SIP', boot: 'register', lines: ['6008'], how: 'udp' },
    digest: { user: 'u5', password: 'p5' },
  },
];

const daemon = new TestDaemon();
const folder = mkdtempSync(join(tmpdir(), 'labcm-pcap-'));
const fileOf = (name: string): string => join(folder, `${name}.pcapng`);
const bus = new EventBus<PhoneStep>(() => {});
const environments = { clear: environment(false), tls: environment(true) };

function environment(secure: boolean): PhoneEnvironment {
  return new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: secure
      ? { ...nodeStreams, connect: (to, options, accept) => nodeStreams.connect(to, { ...options, tls: {} }, accept) }
      : nodeStreams,
    random: nodeRandom,
    bus,
  });
}

const ports = (how: Boot['how']) => ({
  dhcp: daemon.endpoint('DHCP').port,
  tftp: daemon.endpoint('TFTP').port,
  http: daemon.endpoint('HTTP').port,
  sccp: daemon.endpoint('SCCP', how === 'tls' ? 'tls' : 'tcp').port,
  sip: daemon.endpoint('SIP', how === 'udp' ? 'udp' : how === 'tls' ? 'tls' : 'tcp').port,
});

const boot = ({ how, ...options }: Boot) =>
  bootPhone(environments[how === 'tls' ? 'tls' : 'clear'], { ...options, ports: ports(how) }, { within: seconds(20) });

const pcap = (name: string, ...more: readonly string[]) => program(['pcap', name, '--api', daemon.url(''), ...more]);

const CHECKED = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((one) => [
  '-o',
  `${one}:TRUE`,
]);

/** What the comment of the section says must be told to Wireshark. */
const told = (file: string): readonly string[] => {
  const comment = execFileSync('capinfos', ['-k', file], { encoding: 'utf8' });
  return [...comment.matchAll(/-d (\S+)/g)].flatMap(([, how = '']) => ['-d', how]);
};

const read = (file: string, filter: string, ...fields: readonly string[]): string[] =>
  tshark(
    ...['-r', file, ...CHECKED, ...told(file), '-Y', filter],
    ...(fields.length === 0 ? [] : ['-T', 'fields', ...fields.flatMap((name) => ['-e', name])]),
  )
    .split('\n')
    .filter((line) => line !== '');

beforeAll(async () => {
  daemon.configure(DEVICES, SERVICES);
  execFileSync('mkdir', ['-p', join(daemon.folder, 'files')]);
  writeFileSync(join(daemon.folder, 'files', 'long.bin'), Buffer.alloc(300_000, 'labcm'));
  await daemon.start();
  for (const one of BOOTS) {
    const phone = await boot(one);
    await phone.stop();
  }
  for (const { name } of BOOTS) expect(await pcap(name, '-o', fileOf(name))).toMatchObject({ code: 0, out: '' });
});
afterAll(async () => {
  for (const one of Object.values(environments)) await one.close();
  await daemon.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(BOOTS.map(({ name, how, protocol }) => [name, how, protocol ?? 'SCCP'] as const))(
  'the capture of %s (%s, %s)',
  (name, how, protocol) => {
    const file = fileOf(name);

    it('has nothing malformed, no fault of TCP, and right checksums alone', () => {
      expect(read(file, '_ws.malformed || tcp.analysis.flags')).toEqual([]);
      expect(read(file, 'ip.checksum.status != 1 || udp.checksum.status != 1 || tcp.checksum.status != 1')).toEqual([]);
      expect(read(file, '_ws.expert.severity >= 0x600000 && !(tftp.opcode == 5)')).toEqual([]);
      // Every octet belongs to a message that is read.
      const readable = 'dhcp || tftp || http || skinny || sip || tcp.segment_data || tcp.len == 0';
      expect(read(file, `!(${readable})`)).toEqual([]);
    });

    it('is private, says what it is, and can be converted', () => {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const about = execFileSync('capinfos', [file], { encoding: 'utf8' });
      expect(about).toContain(`${name} (`);
      expect(about).toContain('Capture application: labcm');
      expect(() => execFileSync('editcap', ['-F', 'pcap', file, join(folder, 'old.pcap')])).not.toThrow();
    });

    it('has the phone’s own hardware address, in and out', () => {
      const mac = name
        .slice(3)
        .toLowerCase()
        .replace(/..(?=.)/g, '$&:');
      expect(read(file, `frame.packet_flags_direction == 1 && !(eth.src == ${mac})`)).toEqual([]);
      expect(
        read(file, `frame.packet_flags_direction == 2 && !(eth.dst == ${mac} || eth.dst == ff:ff:ff:ff:ff:ff)`),
      ).toEqual([]);
      expect(read(file, 'frame.packet_flags_direction == 2', 'eth.src').every((own) => own.startsWith('02:00:'))).toBe(
        true,
      );
    });

    if (protocol === 'SCCP')
      it('names each message of its registration', () => {
        const said = new Set(
          read(file, 'skinny', 'skinny.messageId')
            .flatMap((ids) => ids.split(','))
            .map(Number),
        );
        for (const id of [0x01, 0x81, 0x9b, 0x10, 0x0e, 0x97, 0x25, 0x28, 0x0c, 0x90, 0x0b, 0x2d, 0x27, 0x118])
          expect(said).toContain(id);
        expect(read(file, 'skinny.messageId == 1', 'skinny.DeviceName')).toEqual([name]);
      });

    if (protocol === 'SIP')
      it('has its registration, answered and taken back', () => {
        const methods = read(file, 'sip.Method == "REGISTER"', 'sip.Method');
        expect(methods.length).toBeGreaterThanOrEqual(2);
        expect(read(file, 'sip.Status-Code == 200', 'sip.Status-Code').length).toBeGreaterThanOrEqual(2);
      });

    if (how === 'tls')
      it('shows what came through TLS on the clear port, and says so', () => {
        const port = protocol === 'SCCP' ? 2000 : 5060;
        const secure = daemon.endpoint(protocol as 'SCCP' | 'SIP', 'tls').port;
        expect(read(file, `tcp.port == ${port} && tcp.len > 0`).length).toBeGreaterThan(3);
        expect(read(file, 'tls')).toEqual([]);
        const comments = read(file, 'frame.comment', 'frame.comment');
        expect(comments[0]).toContain(`it came through TLS to port ${secure} (TLSv1.3, TLS_`);
        expect(new Set(read(file, 'tcp', 'frame.interface_name'))).toEqual(new Set(['decrypted']));
      });

    if (how !== 'udp' && how !== 'tls')
      it('has the address and the files of its boot', () => {
        expect(read(file, 'dhcp', 'dhcp.option.dhcp')).toEqual(['1', '2', '3', '5']);
        expect(new Set(read(file, 'dhcp', 'dhcp.hw.mac_addr')).size).toBe(1);
        const asked = [
          ...read(file, 'tftp.opcode == 1', 'tftp.source_file'),
          ...read(file, 'http.request', 'http.request.uri'),
        ].join(' ');
        expect(asked).toContain(`${name}.cnf.xml`);
      });
  },
);

it('phones on one address are told apart, and none has a packet of another', () => {
  const names = new Set(
    BOOTS.flatMap(({ name }) => read(fileOf(name), 'dhcp.option.hostname', 'dhcp.option.hostname')),
  );
  expect(names).toEqual(new Set(['SEP0011223344A1', 'SEP0011223344A3']));
  const portsOf = (name: string): string[] => read(fileOf(name), 'tcp', 'tcp.stream', 'tcp.port');
  const seen = BOOTS.flatMap(({ name }) => [...new Set(portsOf(name))]);
  expect(seen.length).toBeGreaterThan(4);
});

it('a selection has nothing else in it', async () => {
  const file = join(folder, 'some.pcapng');
  await pcap('SEP0011223344A1', '-o', file, '--protocols', 'dhcp,tftp');
  expect(read(file, 'dhcp').length).toBe(4);
  expect(read(file, '!(dhcp || tftp)')).toEqual([]);
  await pcap('SEP0011223344A2', '-o', file, '--secrets', 'none');
  expect(read(file, 'frame')).toEqual([]);
  expect(execFileSync('capinfos', ['-I', file], { encoding: 'utf8' })).not.toContain('decrypted');
});

it('redacted, it has no password and no digest response, and is as long and as right', async () => {
  const plain = fileOf('SEP0011223344A5');
  const file = join(folder, 'redacted.pcapng');
  await pcap('SEP0011223344A5', '-o', file, '--redact');
  expect(read(plain, 'sip.auth.digest.response', 'sip.auth.digest.response').join()).toMatch(/[0-9a-f]{32}/);
  expect(new Set(read(file, 'sip.auth.digest.response', 'sip.auth.digest.response'))).toEqual(
    new Set([`"${'x'.repeat(32)}"`]),
  );
  expect(read(file, 'udp.checksum.status != 1')).toEqual([]);
  expect(read(file, 'frame', 'frame.len')).toEqual(read(plain, 'frame', 'frame.len'));
  for (const name of ['SEP0011223344A1', 'SEP0011223344A3']) {
    await pcap(name, '-o', file, '--redact');
    expect(read(fileOf(name), 'frame contains "hunter22"').length).toBeGreaterThan(0);
    expect(read(file, 'frame contains "hunter22"')).toEqual([]);
    expect(read(file, 'frame contains "sshPassword>xxxxxxxx<"').length).toBeGreaterThan(0);
    expect(read(file, 'ip.checksum.status != 1 || udp.checksum.status != 1 || tcp.checksum.status != 1')).toEqual([]);
  }
});

it('a long file keeps its first and last packets, and says what was left out', async () => {
  const { port } = daemon.endpoint('HTTP');
  const name = 'SEP0011223344FF';
  const answer = await fetch(`http://127.0.0.1:${port}/long.bin?`);
  await answer.arrayBuffer();
  await fetch(`http://127.0.0.1:${port}/${name}.cnf.xml`);
  const file = join(folder, 'long.pcapng');
  expect((await pcap('127.0.0.1', '-o', file, '--protocols', 'http')).code).toBe(0);
  const comments = read(file, 'frame.comment', 'frame.comment');
  expect(comments).toContainEqual(expect.stringMatching(/^\d+ packets of this file were left out before this one$/));
  const unknown = await pcap(name, '-o', file);
  expect(unknown.code).toBe(0);
  expect(read(file, 'http.request', 'http.request.uri')).toContain(`/${name}.cnf.xml`);
});

it('followed, it is read live, from before the first packet to the end', async () => {
  const name = 'SEP0011223344A6';
  const labcm = spawn(process.execPath, [resolve('dist/main.js'), 'pcap', name, '--follow', '--api', daemon.url('')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = daemon.endpoint('SCCP', 'tcp').port;
  const shown = ['-T', 'fields', '-e', '_ws.col.Info'];
  const reader = spawn('tshark', ['-n', '-l', '-i', '-', '-d', `tcp.port==${port},skinny`, ...shown], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let seen = '';
  reader.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  labcm.stdout.pipe(reader.stdin);
  await once(labcm.stdout, 'data'); // the head, before any packet
  const phone = await boot({ name, model: '7962', protocol: 'SCCP', boot: 'register', how: 'clear' });
  await eventually(() => expect(seen).toContain('RegisterAck'));
  await phone.stop();
  await eventually(() => expect(seen).toContain('Unregister'));
  const ended = once(reader, 'exit');
  labcm.kill('SIGINT');
  expect(await once(labcm, 'exit')).toEqual([0, null]);
  await ended;
  expect(seen).toContain('RegisterReq');
});
