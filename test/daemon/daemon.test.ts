import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BindError, ConfigError } from '../../src/core/errors.js';
import { HOST_LOOK_EVERY } from '../../src/daemon/host-observer.js';
import type { LabcmEvent } from '../../src/events.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { eventually, SEED_PHONES, SERVICES, TestDaemon } from '../support/daemon.js';
import { fetchFile } from '../support/tftp-client.js';

let lab: TestDaemon;

beforeEach(() => {
  lab = new TestDaemon();
  lab.configure();
});
afterEach(() => lab.remove());

const fetchJson = async (path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(lab.url(path))).json()) as Record<string, unknown>;

const fetched = async (file: string): Promise<string> =>
  (await fetchFile(nodeDatagrams, lab.endpoint('TFTP'), file)).bytes.toString();

describe('the daemon', () => {
  it('says where each service listens, and serves', async () => {
    await lab.start();
    expect(lab.announced.map((line) => line.replace(/:\d+$/, ''))).toEqual([
      'SCCP tcp 127.0.0.1',
      'SIP  udp 127.0.0.1',
      'SIP  tcp 127.0.0.1',
      'TFTP udp 127.0.0.1',
      'HTTP tcp 127.0.0.1',
      'API  tcp 127.0.0.1',
    ]);
    expect(await fetchJson('/healthz')).toMatchObject({ status: 'ok', devices: 2 });
  });

  it('gives the same file by TFTP and by HTTP, with the ports that it really has', async () => {
    await lab.start();
    const file = await fetched('sep005056a1033d.CNF.xml');
    const response = await fetch(lab.url('/SEP005056A1033D.cnf.xml', 'HTTP'));
    expect(await response.text()).toBe(file);
    expect(file).toContain(`<sipPort>${lab.endpoint('SIP', 'tcp').port}</sipPort>`);
    expect(file).toContain(`<ethernetPhonePort>${lab.endpoint('SCCP').port}</ethernetPhonePort>`);
  });

  it('remembers which configuration file a phone was given', async () => {
    await lab.start();
    const file = await fetched('SEP005056A1033D.cnf.xml');
    const stamp = /<versionStamp>([^<]+)</.exec(file)?.[1];
    const given = async (transport: string) =>
      eventually(async () => {
        const device = await fetchJson('/api/devices/sep005056a1033d');
        expect(device.given).toMatchObject({ stamp, transport });
      });
    await given('TFTP');
    await (await fetch(lab.url('/SEP005056A1033D.cnf.xml', 'HTTP'))).text();
    await given('HTTP');
  });

  it('refuses the trust list as CUCM does, serves the locale jar, and remembers both on the device', async () => {
    await lab.start();
    await expect(fetched('CTLSEP005056A1033D.tlv')).rejects.toMatchObject({ code: 1 });
    expect((await fetched('English_United_States/ipc-sip.jar')).slice(0, 2)).toBe('PK');
    const device = await eventually(async () => {
      const json = await fetchJson('/api/devices/sep005056a1033d');
      expect(json.files).toHaveLength(2);
      return json;
    });
    expect(device).toMatchObject({ name: 'SEP005056A1033D', status: 'Unknown', address: '127.0.0.1' });
    expect(await fetchJson('/api/devices/sep005056a1033d/timeline')).toMatchObject({
      device: 'SEP005056A1033D',
      steps: [
        { step: 'tftp', type: 'tftp.refused', facts: { file: 'CTLFile.tlv', harmless: true } },
        { step: 'tftp', type: 'tftp.completed', facts: { file: 'English_United_States/ipc-sip.jar' } },
      ],
      waitsFor: 'its request for SEP005056A1033D.cnf.xml',
    });
  });

  it('traces a request over HTTP in its order, and numbers it with those over TFTP', async () => {
    await lab.start();
    await expect(fetched('CTLSEP005056A1033D.tlv')).rejects.toMatchObject({ code: 1 });
    expect((await fetch(lab.url('/CTLSEP005056A1033D.tlv', 'HTTP'))).status).toBe(404);
    await fetched('ipctest2.cnf.xml');
    await lab.stop();
    const lines = lab.log('tftp.txt').trim().split('\n');
    const first = lines.findIndex((line) => line.includes('HTTPEngine'));
    const told = lines.slice(first, lines.findIndex((line) => line.includes('HTTPEngine::sendNAK')) + 1);
    expect(
      told.map((line) => line.replace(/^.*?TFTP\|/, '').replace(/0x[0-9a-f]+~(\d+)~127\.0\.0\.1~\d+/, '<$1>')),
    ).toEqual([
      'HTTPEngine::processRequest[<2>], [CTLSEP005056A1033D.tlv] Method(GET)',
      '-->CReqContext::tftp[<2>]',
      'CReqContext::CheckAndSetIsStatic(ctlsep005056a1033d.tlv) is (Not a Static) File',
      'CReqContext::isCTLCAPFRequest[CTLSEP005056A1033D.tlv] Not a CTLCAPF File',
      '   CReqContext::tftp[<2>] HandleCTL: [CTLSEP005056A1033D.tlv] is CTLSEPMac.tlv file, Searching[005056A1033D]',
      'TFTPCache::FindMatching(005056A1033D), Found[SEP005056A1033D.cnf.xml]',
      '   CReqContext::tftp[<2>] HandleCTL: Match[005056A1033D] Found, looking for [CTLFile.tlv] to serve',
      'HTTPEngine::sendNAK[<2>], File[CTLFile.tlv], Error(404)',
    ]);
    expect(lines.filter((line) => line.includes('isReadRequest')).map((line) => /~(\d+)~/.exec(line)?.[1])).toEqual([
      '1',
      '3',
    ]);
  });

  it('writes what happened to the end, and leaves nothing open', async () => {
    const before = readdirSync('/proc/self/fd').length;
    await lab.start();
    await fetched('ipctest2.cnf.xml');
    await lab.stop();
    expect(lab.log('tftp.txt')).toMatch(/TFTPCache::FindMatching\(IPCTEST2\), Found\[ipctest2\.cnf\.xml\]/);
    expect(lab.log('ccm.txt')).toMatch(/labcm stopped/);
    const types = lab
      .log('events.jsonl')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types.at(0)).toBe('listener.opened');
    expect(types.at(-1)).toBe('daemon.stopped');
    expect(types).toContain('tftp.completed');
    await eventually(() => expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before));
  });

  it('stops once, however often it is told', async () => {
    await lab.start();
    await Promise.all([lab.daemon.stop(), lab.daemon.stop()]);
    expect(lab.log('events.jsonl').match(/daemon\.stopped/g)).toHaveLength(1);
  });

  it('that cannot have a port says which and what helps, and leaves nothing open', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as net.AddressInfo;
    const failed = lab.start([`sccp.port=${port}`]);
    await expect(failed).rejects.toThrow(BindError);
    await expect(failed).rejects.toThrow(`SCCP on 127.0.0.1:${port}/tcp: the port is in use`);
    taken.close();
  });
});

describe('the machine of the daemon', () => {
  it('is known to it, and no port of loopback is open without a service', async () => {
    await lab.start();
    const { addresses, knockPorts, newerFiles, descriptors } = lab.daemon.host;
    expect(addresses).toContain('127.0.0.1');
    expect({ knockPorts, newerFiles }).toEqual({ knockPorts: [], newerFiles: [] });
    expect(descriptors.usedUp).toBe(false);
  });

  it('has a configuration that was changed and not read, until a reload reads it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await lab.start();
    utimesSync(lab.configPath, 1_700_000_000, 1_700_000_000);
    vi.advanceTimersByTime(HOST_LOOK_EVERY);
    await vi.waitFor(() =>
      expect(lab.daemon.host.newerFiles).toEqual([{ file: lab.configPath, changedAt: 1_700_000_000_000 }]),
    );
    await lab.daemon.reload();
    expect(lab.daemon.host.newerFiles).toEqual([]);
  });
});

describe('a reload', () => {
  it('changes what changed, and no file that did not', async () => {
    await lab.start();
    const before = await fetched('SEP005056A1033D.cnf.xml');
    lab.configure(
      `${SEED_PHONES}  - { name: SEP001122334455, model: "7962", protocol: SCCP, lines: [{ dn: "5100" }] }`,
    );
    await lab.daemon.reload();
    expect(await fetched('SEP005056A1033D.cnf.xml')).toBe(before);
    expect(await fetched('SEP001122334455.cnf.xml')).toContain('<deviceProtocol>SCCP</deviceProtocol>');
    lab.configure(SEED_PHONES.replace('lines: [{ dn: "5005" }]', 'lines: [{ dn: "5005", label: "Lab & Co" }]'));
    await lab.daemon.reload();
    const after = await fetched('SEP005056A1033D.cnf.xml');
    expect(after).toContain('<featureLabel>Lab &amp; Co</featureLabel>');
    expect(after).not.toBe(before);
    await expect(fetched('SEP001122334455.cnf.xml')).rejects.toMatchObject({ code: 1 });
  });

  it('tells which devices and which keys of the file it changed, and what waits for a restart', async () => {
    await lab.start();
    const told: LabcmEvent[] = [];
    lab.daemon.bus.on('daemon.reloaded', (event) => told.push(event));
    const many = Array.from({ length: 7 }, (_, index) => `  - { name: NEW${index}, model: "7962" }\n`).join('');
    lab.configure(
      `${SEED_PHONES.replace('lines: [{ dn: "5005" }]', 'lines: [5006]')}${many}`,
      `${SERVICES.replace('sccp: { listen: 127.0.0.1, port: 0', 'sccp: { listen: 127.0.0.1, port: 4711, keepAlive: 20s')}`,
    );
    await lab.daemon.reload();
    expect(told).toMatchObject([
      {
        devices: { added: 7, changed: 1 },
        names: { added: ['NEW0', 'NEW1', 'NEW2', 'NEW3', 'NEW4'], changed: ['SEP005056A1033D'], removed: [] },
        settings: ['sccp.keepAlive'],
        afterRestart: ['sccp.port'],
      },
    ]);
    await lab.stop();
    expect(lab.log('ccm.txt')).toContain(
      'devices: 7 added (NEW0, NEW1, NEW2, NEW3, NEW4, …), 1 changed (SEP005056A1033D), 0 removed',
    );
  });

  it('of a configuration with faults changes nothing and tells them all', async () => {
    await lab.start();
    lab.configure('devices:\n  - { name: a b, model: 1234567, protocol: SCCP, lines: [] }\nfrobnicate: yes');
    const refused = lab.daemon.reload();
    await expect(refused).rejects.toThrow(ConfigError);
    const { faults } = (await refused.catch((error: ConfigError) => error)) as ConfigError;
    expect(faults.length).toBeGreaterThanOrEqual(3);
    expect(await fetched('ipctest2.cnf.xml')).toContain('<device');
    await lab.stop();
    expect(lab.log('ccm.txt')).toMatch(/refused, everything stays as it was/);
  });

  it('finds a file that the owner has put into the served directory', async () => {
    const root = join(lab.folder, 'files');
    lab.configure();
    mkdirSync(root);
    await lab.start([`tftp.root=${root}`]);
    await expect(fetched('SCCP42.9-4-2SR3-1S.loads')).rejects.toMatchObject({ code: 1 });
    writeFileSync(join(root, 'SCCP42.9-4-2SR3-1S.loads'), 'a load');
    await lab.daemon.reload();
    expect(await fetched('sccp42.9-4-2sr3-1s.LOADS')).toBe('a load');
  });
});

describe('over TLS', () => {
  it('a listener speaks no version older than its key says', async () => {
    await lab.start(['sip.tls=0', 'sip.tlsMinVersion=TLSv1.3', 'sccp.tls=0', 'sccp.tlsMinVersion=TLSv1.2']);
    const speaks12 = (service: 'SIP' | 'SCCP'): Promise<boolean> =>
      new Promise((resolve) => {
        const { port } = lab.endpoint(service, 'tls');
        const options = { host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;
        const socket = tls.connect(options, () => {
          resolve(true);
          socket.destroy();
        });
        socket.once('error', () => resolve(false));
      });
    expect([await speaks12('SIP'), await speaks12('SCCP')]).toEqual([false, true]);
  });

  it('the certificate of a node is made once and kept', async () => {
    await lab.start(['sip.tls=0', 'sccp.tls=0']);
    const state = join(lab.folder, 'state');
    const first = readFileSync(join(state, 'node-certificate.pem'), 'utf8');
    expect(statSync(join(state, 'node-key.pem')).mode & 0o077).toBe(0);
    await lab.stop();
    await lab.start(['sip.tls=0']);
    expect(readFileSync(join(state, 'node-certificate.pem'), 'utf8')).toBe(first);
    expect(lab.endpoint('SIP', 'tls').port).toBeGreaterThan(0);
  });

  it('a certificate that has gone since does not spoil a reload: it is read when the service opens', async () => {
    await lab.start(['sccp.tls=0']);
    await lab.stop();
    const owned = (file: string): string => join(lab.folder, file);
    copyFileSync(join(lab.folder, 'state', 'node-certificate.pem'), owned('own.pem'));
    copyFileSync(join(lab.folder, 'state', 'node-key.pem'), owned('own-key.pem'));
    await lab.start(['sccp.tls=0', `sccp.certificate=${owned('own.pem')}`, `sccp.key=${owned('own-key.pem')}`]);
    rmSync(owned('own.pem'));
    lab.configure(SEED_PHONES.replace('SEP005056A1033D', 'SEP001122334455'));
    await lab.daemon.reload();
    expect(await fetched('SEP001122334455.cnf.xml')).toContain('<device');
  });
});
