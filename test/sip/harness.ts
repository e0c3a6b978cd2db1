// A SIP service in memory: the real server, user agent and database, with networks and a clock that the test controls.

import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import type { EventBus } from '../../src/core/event-bus.js';
import type { TlsPeer } from '../../src/core/tls-peer.js';
import { type LineStateBus, LineStateService } from '../../src/daemon/line-states.js';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { DEFAULT_POLICY, type RegistrationPolicy } from '../../src/devices/policy.js';
import type { Endpoint, StreamHandler, StreamListenOptions, StreamNetwork } from '../../src/net/ports.js';
import type { SipCallsOptions } from '../../src/sip/calls/sip-calls.js';
import type { FileVersionStamps } from '../../src/sip/cisco/service-control.js';
import type { SipEvent } from '../../src/sip/events.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { SipServer } from '../../src/sip/server.js';
import { DEFAULT_SIP, type SipSettings } from '../../src/sip/settings.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { MemoryLink } from '../support/memory-streams.js';
import { seededRandom } from '../support/random.js';

export const SERVER = '10.10.210.10';

class MemoryStreams implements StreamNetwork {
  accept: ((link: MemoryLink) => StreamHandler) | undefined;
  readonly links: MemoryLink[] = [];

  async listen(options: StreamListenOptions, accept: (link: MemoryLink) => StreamHandler) {
    this.accept = accept as (link: MemoryLink) => StreamHandler;
    return {
      local: { address: options.address, port: options.port },
      links: 0,
      close: async () => {
        for (const link of this.links) link.destroy();
      },
    };
  }

  /** Who takes connections of the server, by `address:port`: given the link, with the server's end already serving. */
  readonly servers = new Map<string, (link: MemoryLink) => void>();

  async connect(to: Endpoint, _options: object, accept: (link: MemoryLink) => StreamHandler): Promise<MemoryLink> {
    const server = this.servers.get(`${to.address}:${to.port}`);
    if (server === undefined) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const link = new OutwardLink(to);
    this.links.push(link);
    link.serve(accept(link));
    server(link);
    return link;
  }
}

/** A link that the server opened: its own end has a port of its own. */
class OutwardLink extends MemoryLink {
  override readonly local: Endpoint = { address: SERVER, port: 40_000 };
}

/** A link whose own end stands on the SIP port. */
class SipLink extends MemoryLink {
  override readonly local: Endpoint = { address: SERVER, port: 5060 };
}

/** Messages in a run of octets, as a client would cut them. */
export const messagesIn = (bytes: Buffer): SipMessage[] => {
  const found: SipMessage[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    if (rest.toString('latin1', 0, 2) === '\r\n') {
      rest = rest.subarray(2);
      continue;
    }
    const end = rest.indexOf('\r\n\r\n');
    const head = end < 0 ? undefined : parseMessage(rest.subarray(0, end + 4));
    if (head === undefined) throw new Error(`no message: ${rest.toString('latin1')}`);
    const length = end + 4 + Math.max(0, head.contentLength);
    const message = parseMessage(rest.subarray(0, length));
    if (message === undefined) throw new Error('no message');
    found.push(message);
    rest = rest.subarray(length);
  }
  return found;
};

export interface Peer {
  /** What has come back since the last look. */
  take(): SipMessage[];
  /** Sends and returns what comes back at once. */
  ask(bytes: Buffer | string): SipMessage[];
}

export interface StreamPeer extends Peer {
  readonly link: MemoryLink;
}

export interface SipHarnessOptions {
  readonly settings?: Partial<SipSettings>;
  readonly policy?: Partial<RegistrationPolicy>;
  readonly stamps?: FileVersionStamps;
  readonly start?: number;
  readonly clock?: ManualClock;
  /** Of whoever serves calls; absent: nobody does. */
  readonly calls?: SipCallsOptions;
  /** Where these publish their events. */
  readonly callBus?: EventBus<never>;
  /** Of what the server draws at random. */
  readonly seed?: number;
  /** Called before the server opens: who is there already. */
  readonly before?: (networks: {
    readonly datagrams: MemoryDatagrams;
    readonly streams: MemoryStreams;
  }) => Promise<void>;
}

export const sipHarness = async (devices: readonly ConfiguredDevice[], options: SipHarnessOptions = {}) => {
  const clock = options.clock ?? new ManualClock(options.start);
  const probe = new EventRecorder<SipEvent | DeviceEvent>();
  const database = new DeviceDatabase(probe.bus, { policy: { ...DEFAULT_POLICY, ...options.policy } });
  const pump = new DeadlineTimer(database, clock);
  database.onEarlierDeadline(() => pump.rearm());
  database.configure(devices, clock.now());
  const datagrams = new MemoryDatagrams();
  const streams = new MemoryStreams();
  const { bus: deviceBus } = probe;
  const callBus = options.callBus ?? deviceBus;
  const lineBus = {
    publish: (event: never) => callBus.publish(event),
    hasListener: (type: never) => callBus.hasListener(type),
    on: (type: string, listener: never) =>
      ((type.startsWith('call.') ? callBus : deviceBus) as EventBus<never>).on(type as never, listener),
  } as unknown as LineStateBus;
  const lineStates = new LineStateService({ clock, database, bus: lineBus });
  if (options.calls !== undefined) lineStates.serve(options.calls.control);
  await options.before?.({ datagrams, streams });
  const server = new SipServer(
    { ...DEFAULT_SIP, address: SERVER, ...options.settings },
    {
      networks: { datagrams, streams },
      clock,
      random: seededRandom(options.seed ?? 5060),
      database,
      bus: probe.bus,
      versionStampsOf: () => options.stamps,
      lineStates: lineStates.states,
      calls: options.calls,
    },
  );
  if (options.before === undefined) probe.clear();
  await server.open();
  if (options.before === undefined) probe.clear();
  let nextPort = 3311;

  /** A stream to the listener that was opened last. `peer`: what its TLS handshake showed. */
  const tcp = (remote: Endpoint = { address: '10.10.210.200', port: nextPort++ }, peer?: TlsPeer): StreamPeer => {
    const link = new SipLink(remote);
    link.peer = peer;
    const { accept } = streams;
    if (accept === undefined) throw new Error('no listener');
    streams.links.push(link);
    link.serve(accept(link));
    const take = () => messagesIn(link.take());
    return {
      link,
      take,
      ask: (bytes) => {
        link.deliver(Buffer.from(bytes as string, 'latin1'));
        return take();
      },
    };
  };

  /** A phone that sends from `remote` and hears on each of `hears`, by default the same. */
  const udp = async (
    remote: Endpoint = { address: '10.10.210.200', port: nextPort++ },
    hears: Endpoint[] = [remote],
  ) => {
    const received: SipMessage[] = [];
    const at: string[] = [];
    const sockets = await Promise.all(
      [...new Map([remote, ...hears].map((each) => [`${each.address}:${each.port}`, each])).values()].map((each) =>
        datagrams.open(each, (bytes) => {
          received.push(...messagesIn(bytes));
          at.push(`${each.address}:${each.port}`);
        }),
      ),
    );
    const take = () => received.splice(0);
    return {
      at,
      take,
      ask: (bytes: Buffer | string) => {
        const octets = Buffer.from(bytes as string, 'latin1');
        sockets[0]?.send(octets, 0, octets.length, { address: SERVER, port: 5060 });
        return take();
      },
    };
  };

  return { clock, probe, database, datagrams, streams, server, tcp, udp };
};

export type SipHarness = Awaited<ReturnType<typeof sipHarness>>;

export const statuses = (messages: readonly SipMessage[]): (number | string)[] =>
  messages.map(({ kind, status, method }) => (kind === 'response' ? status : method));

/** A message of the test's own: its lines, then its body, with Content-Length added. */
export const sip = (lines: string, body = ''): string =>
  `${lines
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ {2,}/, ''))
    .join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
