// The management interface on a free port, with a database of four phones: two registered, one that fell silent, one that was
// refused, and a fifth that nobody has seen.

import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapfRegistry } from '../../src/capf/registry.js';
import { type Config, NO_PLACES } from '../../src/config/index.js';
import { Degradations } from '../../src/core/degradations.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import { wallTime } from '../../src/core/time.js';
import { axlCertificates } from '../../src/daemon/axl-certificates.js';
import { AxlRowsFile } from '../../src/daemon/axl-rows-file.js';
import { capfView } from '../../src/daemon/capf-view.js';
import { DeviceLayerFile } from '../../src/daemon/device-layer-file.js';
import { configOfValue } from '../../src/daemon/read-config.js';
import { RuntimeDevices } from '../../src/daemon/runtime-devices.js';
import { type ConfiguredDevice, DeviceDatabase, type Protocol } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import type { OpenHttpServer } from '../../src/http/bounded-server.js';
import type { AxlCertificates } from '../../src/management/axl/sources.js';
import {
  type LabcmPart,
  type ManagedCluster,
  type ManagementSettings,
  openManagement,
} from '../../src/management/index.js';
import type { CallsReading, MachineReading } from '../../src/management/perfmon/readings.js';
import { MANAGEMENT_LIMITS } from '../../src/management/settings.js';
import type { SqlEngine } from '../../src/management/sql/engine.js';
import { LogFolders } from '../../src/net/files/log-folders.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { withKeysOfProcess } from '../support/key-stock.js';
import { ManualClock } from '../support/manual-clock.js';

export const ACCOUNT = { user: 'labadmin', password: 'lab-secret-1' };
export const BASIC = `Basic ${Buffer.from(`${ACCOUNT.user}:${ACCOUNT.password}`).toString('base64')}`;
export const RIS_PATH = '/realtimeservice2/services/RISService70';
export const AXL_PATH = '/axl/';
/** 2023-11-14, when the phones changed last. */
export const SEEN_AT = 1_700_000_000_000;

const NODES = [
  { name: 'CM1', address: '10.0.0.1' },
  { name: 'CM2', address: '10.0.0.2' },
];

let identity: ReturnType<typeof selfSignedIdentity> | undefined;

/** One for all tests of a process: it takes a moment to make. */
export const testIdentity = () => {
  identity ??= withKeysOfProcess(() =>
    selfSignedIdentity({
      commonName: 'CM1',
      organization: 'lab',
      alternatives: ['127.0.0.1', 'localhost'],
      notBefore: wallTime(Date.UTC(2020, 0, 1)),
      notAfter: wallTime(Date.UTC(2060, 0, 1)),
    }),
  );
  return identity;
};

export const PHONES: readonly ConfiguredDevice[] = [
  aDevice('SEP000000000001', {
    model: '7962',
    lines: ['1001'],
    description: 'Desk 1',
    vendorConfig: { webAccess: '0' },
  }),
  aDevice('SEP000000000002', {
    ...{ model: '8845', protocol: 'SIP', lines: ['1002', '1003'], description: 'Desk & window', ownerUserId: 'anna' },
  }),
  aDevice('SEP000000000003', { model: '7841', protocol: 'SIP', lines: ['1004'], description: 'Lobby' }),
  aDevice('SEP000000000004', { model: '7841', protocol: 'SIP', lines: ['1005'] }),
  aDevice('SEP000000000005', { model: '7962', lines: ['1006'] }),
];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** `''`: no header. */
  readonly authorization?: string;
}

export class ManagementHarness {
  readonly clock = new ManualClock(SEEN_AT);
  readonly events: LabcmEvent[] = [];
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly database = new DeviceDatabase(this.bus);
  /** What phones were told. */
  readonly commands: string[] = [];
  /** Answers SQL, where there is any. */
  sql: SqlEngine | undefined;
  readonly directory = mkdtempSync(join(tmpdir(), 'labcm-management-'));
  #runtime: RuntimeDevices | undefined;
  #kept: AxlRowsFile | undefined;
  /** Turns that a request has let others have. */
  pauses = 0;
  machine: MachineReading = {
    processors: [
      { busy: 20, total: 100 },
      { busy: 40, total: 100 },
    ],
    memory: { totalKb: 8_000, freeKb: 6_000 },
    processes: 120,
    threads: 480,
    self: { busy: 5, total: 100, rssKb: 90_000 },
    partitions: [{ name: 'Active', sizeOctets: 1_000 * 1_048_576, freeOctets: 250 * 1_048_576 }],
  };
  calls: CallsReading = { inProgress: 0, active: 0, conferences: 0, huntLists: 0 };
  readonly running = new Set<LabcmPart>(['callManager', 'tftp', 'management']);
  #server: OpenHttpServer | undefined;
  #ids = 0;

  /** CAPF as the daemon has it, with stores that forget. `undefined`: it is off. */
  registry: CapfRegistry | undefined;

  /** What the other nodes tell; absent: no bus is configured. */
  shared: ManagedCluster | undefined;

  /** `hasCapf`: whether phones can get certificates. `shared`: what the other nodes tell. */
  static async open(
    settings: Partial<ManagementSettings> = {},
    devices = PHONES,
    hasCapf = false,
    shared?: (harness: ManagementHarness) => ManagedCluster,
  ): Promise<ManagementHarness> {
    const harness = new ManagementHarness();
    if (hasCapf) harness.registry = harness.#newRegistry();
    await harness.#configure(devices);
    harness.shared = shared?.(harness);
    await harness.#open(settings);
    return harness;
  }

  #certificatesOf(registry: CapfRegistry): AxlCertificates {
    const { clock, bus, database } = this;
    const isEncrypted = (device: string): boolean =>
      database.byName(device)?.configured.security.encryptedConfig === true;
    const view = capfView(registry, {
      ...{ clock, degradations: new Degradations(clock, bus), keySize: 2048, isEncrypted },
    });
    return axlCertificates(registry, view, isEncrypted);
  }

  #newRegistry(): CapfRegistry {
    const { clock, bus, database } = this;
    return new CapfRegistry({
      operations: { load: () => [], save: () => {} },
      certificates: { load: () => [], save: () => {}, remove: () => {} },
      ...{ clock, bus, devices: database },
      key: () => 2048,
    });
  }

  /** Lays what was written at runtime over the devices, as the daemon does at its start. */
  async #configure(devices: readonly ConfiguredDevice[]): Promise<void> {
    const { clock, bus, database, directory } = this;
    const read = await configOfValue({ nodes: NODES, self: 'CM1' } as never, 'lab.yaml');
    const config: Config = { ...read, devices };
    const runtime = new RuntimeDevices({
      ...{ clock, database, degradations: new Degradations(clock, bus), file: new DeviceLayerFile(directory) },
      ...{ placeInFiles: () => NO_PLACES, placeOf: () => undefined, config: () => config },
      publish: (event) => bus.publish(event),
    });
    this.#runtime = runtime;
    this.#kept = new AxlRowsFile(directory, new Degradations(clock, bus));
    runtime.open();
    const laid = runtime.lay(config);
    database.configure(laid.devices, clock.now(), laid.runtime);
    await runtime.settle(laid);
  }

  async #open(settings: Partial<ManagementSettings>): Promise<void> {
    for (const type of [
      ...(['management.asked', 'management.refused', 'http.malformed', 'http.throttled'] as const),
      'daemon.devices-written' as const,
    ])
      this.bus.on(type, (event) => this.events.push(event));
    const { clock, bus, database, commands } = this;
    const [runtime, kept] = [this.#runtime, this.#kept];
    if (runtime === undefined || kept === undefined) throw new Error('not configured');
    this.#server = await openManagement(
      {
        ...{
          address: '127.0.0.1',
          port: 0,
          account: ACCOUNT,
          rates: { ris: undefined, perfmon: undefined },
          users: [],
          limits: MANAGEMENT_LIMITS,
        },
        axl: { writes: true },
        ...settings,
      },
      testIdentity(),
      {
        ...{ clock, bus, devices: database, kept, layer: runtime, shared: this.shared },
        sql: { query: (statement) => this.sql?.query(statement) ?? Promise.resolve({ rows: [] }) },
        ...(this.registry === undefined ? {} : { certificates: this.#certificatesOf(this.registry) }),
        command: (device, command) => commands.push(`${command} ${device}`),
        cluster: () => ({
          ...{
            name: 'lab',
            nodes: NODES.map((node) => ({ ...node, description: node.name })),
            defaultGroup: 'Default',
          },
          groups: [{ name: 'Default', members: ['CM1', 'CM2'] }],
          urls: { directory: 'http://10.0.0.1:6970/directory' },
        }),
        self: () => NODES[0] as (typeof NODES)[number],
        nodes: () => NODES,
        hasWebPages: ({ configured }) => configured.vendorConfig.webAccess === '0',
        logs: new LogFolders(join(this.directory, 'logs')),
        machine: () => this.machine,
        calls: () => this.calls,
        isRunning: (part) => this.running.has(part),
        pause: () => {
          this.pauses += 1;
          return new Promise((done) => setImmediate(done));
        },
        randomId: () => {
          this.#ids += 1;
          return String(this.#ids).padStart(22, 'x');
        },
      },
    );
  }

  get port(): number {
    return this.#server?.local.port ?? 0;
  }

  get connections(): number {
    return this.#server?.connections ?? 0;
  }

  /** Registers a phone with all of its lines. */
  register(name: string, address: string, load = '', link = Number(name.slice(-4))): void {
    const device = this.database.byName(name)?.configured;
    if (device === undefined) throw new Error(`no device ${name}`);
    const { protocol, model, lines } = device;
    const attempt = { address, load, typeId: model.id, link };
    const result = this.database.register(anAttempt(name, protocol as Protocol, attempt), this.clock.now());
    if (!result.accepted) throw new Error(result.reason);
    if (protocol === 'SCCP') this.database.reportCapabilities(result.registration, [], this.clock.now());
    else
      this.bind(
        name,
        lines.map(({ dn }) => dn),
      );
  }

  bind(name: string, lines: readonly DirectoryNumber[]): void {
    const registration = this.database.byName(name)?.registration;
    if (registration !== undefined) this.database.bindLines(registration, lines, this.clock.now());
  }

  end(name: string): void {
    const registration = this.database.byName(name)?.registration;
    if (registration !== undefined) this.database.end(registration, 'silence', this.clock.now());
  }

  /** The phones as the head of this file says. */
  seenPhones(): this {
    this.register('SEP000000000001', '127.0.1.11', 'SCCP42.9-4-2SR3-1S');
    this.register('SEP000000000002', '127.0.1.12', 'sip8845_65.14-1-1-0001-136');
    this.register('SEP000000000003', '127.0.1.13', 'sip78xx.12-8-1-0001-455');
    this.end('SEP000000000003');
    this.database.recordAddress('SEP000000000004', '127.0.1.14', this.clock.now());
    this.database.refuse(anAttempt('SEP000000000004', 'SIP'), 'wrong-model', this.clock.now());
    return this;
  }

  /** Sends a request on a connection of its own, unless `agent` keeps it. */
  ask({
    method = 'POST',
    path = RIS_PATH,
    headers = {},
    body = '',
    authorization = BASIC,
  }: AskOptions = {}): Promise<Answer> {
    const auth = authorization === '' ? {} : { Authorization: authorization };
    const type = method === 'POST' ? { 'Content-Type': 'text/xml; charset=utf-8' } : {};
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port: this.port, method, path, agent: false, rejectUnauthorized: false },
          headers: { ...type, ...auth, 'Content-Length': Buffer.byteLength(body), ...headers },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(pieces).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Asks RisPort70. */
  ris(body: string): Promise<Answer> {
    return this.ask({ body });
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#runtime?.close();
    this.#kept?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A request with criteria as scripts write them. `criteria`: elements instead of, or besides, the usual ones. */
export const selectRequest = (
  criteria: Readonly<Record<string, string>> = {},
  { operation = 'selectCmDevice', stateInfo = '' } = {},
): string => {
  const all = {
    MaxReturnedDevices: '1000',
    DeviceClass: 'Any',
    Model: '255',
    Status: 'Any',
    NodeName: '',
    SelectBy: 'Name',
    SelectItems: '<soap:item><soap:Item>*</soap:Item></soap:item>',
    Protocol: 'Any',
    DownloadStatus: 'Any',
    ...criteria,
  };
  const elements = Object.entries(all).map(([name, value]) => `<soap:${name}>${value}</soap:${name}>`);
  return `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap="http://schemas.cisco.com/ast/soap"><soapenv:Header/><soapenv:Body><soap:${operation}><soap:StateInfo>${stateInfo}</soap:StateInfo><soap:CmSelectionCriteria>${elements.join('')}</soap:CmSelectionCriteria></soap:${operation}></soapenv:Body></soapenv:Envelope>`;
};

/** `<soap:item>…` for each. */
export const items = (...texts: readonly string[]): string =>
  texts.map((text) => `<soap:item><soap:Item>${text}</soap:Item></soap:item>`).join('');

/** The names of the devices in a reply, without the node's. */
export const namesIn = (reply: string): string[] =>
  [...reply.matchAll(/<ns1:CmDevices>(.*)<\/ns1:CmDevices>/gs)].flatMap(([, devices = '']) =>
    [...devices.matchAll(/<ns1:item><ns1:Name>([^<]*)</g)].map(([, name = '']) => name),
  );

export const PERFMON_PATH = '/perfmonservice2/services/PerfmonService';
export const CONTROL_PATH = '/controlcenterservice2/services/ControlCenterServices';

/** A request of a serviceability service; `elements` are its own, with the prefix `soap`. */
export const serviceRequest = (operation: string, elements = ''): string =>
  `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap="http://schemas.cisco.com/ast/soap"><soapenv:Body><soap:${operation}>${elements}</soap:${operation}></soapenv:Body></soapenv:Envelope>`;

/** The texts of every element of a name in a reply, in order. */
export const textsOf = (reply: string, name: string): string[] =>
  [...reply.matchAll(new RegExp(`<(?:ns1:)?${name}>([^<]*)</`, 'g'))].map(([, text = '']) => text);
