// `GET /api/devices/{name}/pcap`: what labcm received and sent for a device, as a capture file or as a stream of packets.

import { type CapturedService, SERVICES } from '../../capture/record.js';
import { after, type Clock, type Duration, parseDuration, seconds, type Timer } from '../../core/time.js';
import type { ApiCaptureRequest, CaptureFollowing, CapturesView } from './ports.js';
import { type QueryRules, someOf } from './query.js';

/** The media type of pcapng, as Wireshark registers it with desktops. */
export const PCAPNG_TYPE = 'application/x-pcapng';

/** The keys of its query. */
export const PCAP_QUERY = {
  since: { meaning: 'how far back: a duration such as `30s` or `10m`; else all that is kept' },
  protocols: { meaning: `some of ${SERVICES.join(',')}; else all`, schema: someOf(SERVICES) },
  follow: { values: ['true', 'false'], meaning: 'whether packets are sent as they come' },
  redact: {
    values: ['true', 'false'],
    meaning: 'whether passwords, digest responses and what is dialled over SCCP during a call are replaced by `x`',
  },
  secrets: { values: ['decrypted', 'none'], meaning: '`none`: without what came through TLS' },
} as const satisfies QueryRules;

/** A name that may stand in a line that somebody copies: phones choose their names. */
const PLAIN = /^[A-Za-z0-9._:-]{1,64}$/;

/** The line of the configuration that keeps the packets of a device. */
export const captureLine = (who: string): string =>
  `capture: { devices: ${PLAIN.test(who) ? `[${JSON.stringify(who)}]` : 'all'} }`;

/** A request for a capture, or what is wrong with it. */
export const captureRequest = (
  who: string,
  query: Readonly<Record<string, string>>,
): (ApiCaptureRequest & { readonly follow: boolean }) | string => {
  const { since, protocols, follow, redact, secrets } = query;
  const span: Duration | undefined = since === undefined ? undefined : parseDuration(since);
  if (since !== undefined && span === undefined) return `since: found ${since}, wanted a duration such as 30s or 10m`;
  const wanted = protocols === undefined ? SERVICES : protocols.toLowerCase().split(',');
  const stranger = wanted.find((name) => !SERVICES.some((service) => service === name));
  if (stranger !== undefined) return `protocols: found ${stranger}, wanted some of ${SERVICES.join(',')}`;
  return {
    who,
    since: span,
    services: SERVICES.filter((service): service is CapturedService => wanted.includes(service)),
    follow: follow?.toLowerCase() === 'true',
    redact: redact?.toLowerCase() === 'true',
    secrets: secrets?.toLowerCase() === 'none' ? 'none' : 'decrypted',
  };
};

/** How many may follow at once, and how many octets may wait for one of them. */
export const PCAP_LIMITS = { followers: 16, queue: 1024 * 1024 } as const;

/** Blocks of statistics, which change nothing, so that nobody takes a quiet stream for a dead one. */
const KEEP_ALIVE_INTERVAL = seconds(15);

interface Follower {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly following: CaptureFollowing;
}

/** The streams of packets that are open. */
export class PcapStreams {
  readonly #captures: CapturesView;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #followers = new Set<Follower>();
  #keepAliveTimer: Timer | undefined;

  /** `most`: how many may follow at once. */
  constructor(captures: CapturesView, clock: Clock, most: number = PCAP_LIMITS.followers) {
    this.#captures = captures;
    this.#clock = clock;
    this.#most = most;
  }

  /**
   * Opens a stream: first what the rings have, then each packet as it happens. `undefined`: as many follow as may. A
   * reader that is too slow misses packets and is told how many.
   */
  open(request: ApiCaptureRequest): { readonly name: string; readonly body: ReadableStream<Uint8Array> } | undefined {
    if (this.#followers.size >= this.#most) return undefined;
    let follower: Follower | undefined;
    let name = request.who;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const following = this.#captures.follow(
            request,
            () => (controller.desiredSize ?? 0) > 0,
            (octets) => controller.enqueue(octets),
          );
          name = following.name;
          controller.enqueue(following.head);
          follower = { controller, following };
          this.#followers.add(follower);
          if (this.#keepAliveTimer === undefined) this.#scheduleKeepAlive();
        },
        cancel: () => {
          if (follower !== undefined) this.#remove(follower);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: PCAP_LIMITS.queue }),
    );
    return { name, body };
  }

  /** Ends every stream. */
  close(): void {
    for (const follower of [...this.#followers]) {
      this.#remove(follower);
      follower.controller.close();
    }
  }

  #remove(follower: Follower): void {
    follower.following.stop();
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    this.#keepAliveTimer?.cancel();
    this.#keepAliveTimer = undefined;
  }

  #scheduleKeepAlive(): void {
    this.#keepAliveTimer = this.#clock.callAt(after(this.#clock.now(), KEEP_ALIVE_INTERVAL), () => {
      for (const { controller, following } of this.#followers)
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(following.statistics());
      this.#scheduleKeepAlive();
    });
  }
}
