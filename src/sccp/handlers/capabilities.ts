// Takes the capabilities of a phone, which complete its registration, and then shows the idle prompt (`sccp.md` §6.2).

import type { Instant } from '../../core/time.js';
import type { Capability } from '../../devices/index.js';
import { showIdlePrompt } from '../calls/prompts.js';
import { takeTraceBudget } from '../event-publisher.js';
import type { BoundLink, Handlers, Station } from '../station.js';

interface Codec {
  readonly payloadCapability: number;
  readonly maxFramesPerPacket: number;
}

/** The slots in use. The count of the message may be higher than the slots. */
const used = (slots: readonly Codec[] | undefined, count: number | undefined): readonly Capability[] =>
  (slots ?? []).slice(0, count ?? 0).map(({ payloadCapability, maxFramesPerPacket }) => ({
    payload: payloadCapability,
    maxFrames: maxFramesPerPacket,
  }));

const capable = (station: Station, bound: BoundLink, capabilities: readonly Capability[], now: Instant): void => {
  const { database, bus } = station.service;
  const first = bound.registration.registeredAt === undefined;
  if (!database.reportCapabilities(bound.registration, capabilities, now) || !first) return;
  showIdlePrompt(station, now);
  if (takeTraceBudget(station.service, 'sccp.lines-started', now))
    bus.publish({
      type: 'sccp.lines-started',
      at: now,
      station: station.context(),
      deviceName: bound.registration.device,
      lines: bound.registration.lines,
    });
};

/** Newer phones report again whenever something changes, e.g. a camera. */
const update = {
  requires: 'device',
  handle: (
    station: Station,
    message: {
      readonly audioCapCount?: number;
      readonly videoCapCount?: number;
      readonly dataCapCount?: number;
      readonly audioCaps?: readonly Codec[];
    },
    now: Instant,
    bound: BoundLink,
  ): void => {
    capable(station, bound, used(message.audioCaps, message.audioCapCount), now);
    station.service.database.recordReport(
      bound.registration.device,
      {
        audioCapabilities: message.audioCapCount ?? 0,
        videoCapabilities: message.videoCapCount ?? 0,
        dataCapabilities: message.dataCapCount ?? 0,
      },
      now,
    );
  },
} as const;

/** Of capabilities. */
export const capabilityHandlers = {
  CapabilitiesResMessage: {
    requires: 'device',
    handle: (station, { caps, capCount }, now, bound) => {
      // An answer that is no longer expected (`sccp.md` §6.6).
      if (bound.registration.registeredAt !== undefined) station.ignore('unasked', now);
      else capable(station, bound, used(caps, capCount), now);
    },
  },
  UpdateCapabilitiesMessage: update,
  UpdateCapabilitiesV2Message: update,
  UpdateCapabilitiesV3Message: update,
} as const satisfies Partial<Handlers>;
