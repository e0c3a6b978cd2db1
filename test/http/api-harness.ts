// The API on a free port, with a device database of the two phones of the quick start and as many others as a test
// wants.

import { request } from 'node:http';
import { deviceJsonSchema } from '../../src/config/json-schema.js';
import { EventBus } from '../../src/core/event-bus.js';
import { instant, milliseconds } from '../../src/core/time.js';
import { lineMessages } from '../../src/daemon/line-messages.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import {
  type ApiOptions,
  type ApiSources,
  type CapturesView,
  type FaultsView,
  type OpenHttpServer,
  openApi,
  type TimelinesView,
} from '../../src/http/index.js';
import { systemClock } from '../../src/net/system-clock.js';
import { aDevice, seedDevices } from '../support/devices.js';

export const NOW = instant(Date.UTC(2026, 10, 25, 9, 0, 0));

export const NO_TIMELINES: TimelinesView = {
  of: () => undefined,
  waitsFor: () => undefined,
  unknown: 0,
  newestUnknown: () => [],
  unknownPhone: () => undefined,
};

/** A daemon that serves no DHCP. */
export const NO_DOCTOR: ApiSources['doctor'] = {
  facts: () => ({
    pid: 4711,
    file: '/etc/labcm/lab.yaml',
    readAt: NOW,
    refused: undefined,
    realm: 'ccmsipline',
    relays: [],
    counters: {},
  }),
  discover: async () => ({ kind: 'refused', why: 'this daemon serves no DHCP' }),
};

const NO_FOLLOWING = { head: Buffer.alloc(0), statistics: () => Buffer.alloc(0), stop: () => {} };

export const NO_FAULTS: FaultsView = {
  all: () => [],
  add: () => 'too-many',
  clear: () => undefined,
  clearAll: () => 0,
};

export const NO_CAPTURES: CapturesView = {
  kept: () => ({ isKept: false, file: 'lab.yaml' }),
  file: () => ({ outcome: 'unknown' }),
  follow: ({ who }) => ({ name: who, ...NO_FOLLOWING }),
};

export const NO_MESSAGES: ApiSources['messages'] = {
  kept: () => ({ isKept: false, file: 'lab.yaml' }),
  read: async () => ({ outcome: 'off', file: 'lab.yaml' }),
  follow: () => ({ stop: () => {} }),
};

export const NO_INSIGHT: ApiSources['insight'] = {
  configuration: () => [],
  keepAlives: () => undefined,
  configFile: async () => undefined,
};

/** The owner is the device that the event names; the step, what stands before the dot of its type. */
export const NAMED_OWNERS: ApiSources['eventOwners'] = {
  steps: ['daemon', 'device', 'sip'],
  watch: () => ({
    subjectOf: (event) => ({
      owner: 'device' in event ? event.device : undefined,
      step: event.type.slice(0, event.type.indexOf('.')),
    }),
    close: () => {},
  }),
};

export interface ApiHarness {
  readonly api: OpenHttpServer;
  readonly url: string;
  readonly database: DeviceDatabase;
  readonly bus: EventBus<LabcmEvent>;
  readonly events: LabcmEvent[];
  readonly commands: string[];
}

/** One node, which sees nothing. */
export const NO_CLUSTER: ApiSources['cluster'] = {
  configured: () => ({ name: 'StandAloneCluster', self: 'CM1', nodes: [], groups: [] }),
  connections: () => ({ connections: { SCCP: 0, SIP: 0 }, standbyConnections: 0 }),
};

const NO_WRITER: ApiSources['writer'] = {
  write: () => Promise.reject(new Error('no change was expected')),
  overrides: () => undefined,
};

const NO_VERDICTS: ApiSources['verdicts'] = {
  daemon: () => [],
  of: () => undefined,
  verdictOf: () => undefined,
  groups: () => [],
  unknown: () => [],
  lastVerdictOf: () => undefined,
};

export const apiHarness = async (
  options: Partial<ApiOptions> = {},
  { others = 0, ...sources }: Partial<ApiSources> & { readonly others?: number } = {},
): Promise<ApiHarness> => {
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const events: LabcmEvent[] = [];
  bus.on('http.api-refused', (event) => events.push(event));
  bus.on('http.malformed', (event) => events.push(event));
  const database = new DeviceDatabase(bus);
  const more = Array.from({ length: others }, (_, index) =>
    aDevice(`SEP${String(index).padStart(12, '0')}`, { lines: [String(10_000 + index)] }),
  );
  database.configure([...seedDevices(), ...more], NOW);
  const commands: string[] = [];
  const api = await openApi(
    {
      version: '0.1.0',
      startedAt: NOW,
      clock: systemClock,
      bus,
      lineOf: () => undefined,
      page: new Map(),
      trunks: () => [],
      devices: database,
      push: async () => ({ refused: 'not-registered' }),
      command: (device, command) => {
        commands.push(`${command} ${device}`);
        return device === 'ipctest2' ? 'sent' : 'not-registered';
      },
      leases: () => [],
      pools: () => [],
      cluster: NO_CLUSTER,
      calls: {
        calls: () => [],
        callsOf: () => [],
        dial: () => ({ result: 'none', text: 'nowhere', number: undefined, canGrow: false, steps: [], phones: [] }),
      },
      lineMessages: lineMessages(database, systemClock),
      timelines: NO_TIMELINES,
      verdicts: NO_VERDICTS,
      captures: NO_CAPTURES,
      faults: NO_FAULTS,
      messages: NO_MESSAGES,
      insight: NO_INSIGHT,
      writer: NO_WRITER,
      eventOwners: NAMED_OWNERS,
      degradations: () => [],
      listeners: () => [{ service: 'TFTP', transport: 'udp', address: '127.0.0.1', port: 6969 }],
      metrics: () => [],
      doctor: NO_DOCTOR,
      drills: { expireAll: () => 0, ahead: () => milliseconds(0), setAhead: () => {} },
      deviceSchema: async () => ({ ...deviceJsonSchema() }),
      ...sources,
    },
    { address: '127.0.0.1', port: 0, ...options },
  );
  return { api, url: `http://127.0.0.1:${api.local.port}`, database, bus, events, commands };
};

/** A request with whatever headers, which `fetch` does not allow. */
export const ask = (
  { url }: ApiHarness,
  path: string,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
