// SIP over real sockets on loopback, for tests of abuse and of several nodes.

import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { EventBus } from '../../src/core/event-bus.js';
import { type LineStateBus, LineStateService } from '../../src/daemon/line-states.js';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { DEFAULT_POLICY, type RegistrationPolicy } from '../../src/devices/policy.js';
import type { Endpoint, StreamConnectOptions, StreamNetwork } from '../../src/net/ports.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import type { SipEvent } from '../../src/sip/events.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { StreamParser } from '../../src/sip/message/stream-parser.js';
import { SipServer } from '../../src/sip/server.js';
import { DEFAULT_SIP, type SipSettings } from '../../src/sip/settings.js';

export const LOOPBACK = '127.0.0.1';

export const openNode = async (
  devices: readonly ConfiguredDevice[],
  settings: Partial<SipSettings> = {},
  policy: Partial<RegistrationPolicy> = {},
) => {
  const failures: unknown[] = [];
  const bus = new EventBus<SipEvent | DeviceEvent>((error) => failures.push(error));
  bus.on('sip.failed', (mistake) => failures.push(mistake));
  const database = new DeviceDatabase(bus, { policy: { ...DEFAULT_POLICY, ...policy } });
  const pump = new DeadlineTimer(database, systemClock);
  database.onEarlierDeadline(() => pump.rearm());
  database.configure(devices, systemClock.now());
  const asksForCertificate = (): boolean => devices.some(({ requireTls }) => requireTls);
  const listen: StreamNetwork['listen'] = (options, accept) =>
    nodeStreams.listen({ ...options, asksForCertificate }, accept);
  const server = new SipServer(
    { ...DEFAULT_SIP, address: LOOPBACK, udp: 0, tcp: 0, ...settings },
    {
      networks: { datagrams: nodeDatagrams, streams: { ...nodeStreams, listen } },
      clock: systemClock,
      random: nodeRandom,
      database,
      bus,
      versionStampsOf: () => undefined,
      lineStates: new LineStateService({ clock: systemClock, database, bus: bus as unknown as LineStateBus }).states,
    },
  );
  const listeners = await server.open();
  const portOf = (transport: 'udp' | 'tcp' | 'tls'): number =>
    listeners.find((listener) => listener.transport === transport)?.local.port ?? 0;
  const close = async (): Promise<void> => {
    await server.close();
    pump.stop();
  };
  return { server, database, bus, failures, close, udp: portOf('udp'), tcp: portOf('tcp'), tls: portOf('tls') };
};

export type Node = Awaited<ReturnType<typeof openNode>>;

/** Waits for messages, in the order of their coming. */
class Mailbox {
  readonly #received: SipMessage[] = [];
  #waiting: (() => void) | undefined;

  put(message: SipMessage): void {
    this.#received.push(message);
    this.#waiting?.();
  }

  /** The first message that `fits`; `undefined` after `milliseconds` without one. */
  async next(fits: (message: SipMessage) => boolean, milliseconds = 5_000): Promise<SipMessage | undefined> {
    const until = Date.now() + milliseconds;
    for (;;) {
      const at = this.#received.findIndex(fits);
      if (at >= 0) return this.#received.splice(at, 1)[0];
      const left = until - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export interface Client {
  readonly local: Endpoint;
  readonly mailbox: Mailbox;
  send(bytes: Buffer): void;
  close(): Promise<void>;
}

export const udpClient = async (port: number): Promise<Client> => {
  const mailbox = new Mailbox();
  const socket = await nodeDatagrams.open({ address: LOOPBACK, port: 0, receiveBuffer: 4_000_000 }, (bytes) => {
    const message = parseMessage(bytes);
    if (message !== undefined) mailbox.put(message);
  });
  const to = { address: LOOPBACK, port };
  return {
    local: socket.local,
    mailbox,
    send: (bytes) => socket.send(bytes, 0, bytes.length, to),
    close: () => socket.close(),
  };
};

export interface StreamClient extends Client {
  /** Resolves when the other end has closed it. */
  readonly closed: Promise<void>;
}

export const streamClient = async (port: number, options: StreamConnectOptions = {}): Promise<StreamClient> => {
  const mailbox = new Mailbox();
  const framer = new StreamParser();
  let ended = (): void => {};
  const closed = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const link = await nodeStreams.connect({ address: LOOPBACK, port }, options, () => ({
    received: (bytes) => {
      for (const frame of framer.push(bytes)) if (frame.kind === 'message') mailbox.put(frame.message);
    },
    closed: () => ended(),
  }));
  return {
    local: link.local,
    mailbox,
    closed,
    send: (bytes) => link.write(bytes),
    close: async () => {
      link.destroy();
      await closed;
    },
  };
};
