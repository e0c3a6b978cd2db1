// Answers keepalives, in every state, before anything is looked up (`sccp.md` §5.1 0x0100).

import type { Instant } from '../../core/time.js';
import { publishStandby } from '../event-publisher.js';
import type { Handlers, Station, StationState } from '../station.js';

/** A phone may send one before its Register. */
const STANDS_BY_FROM = 2;

/** Whether a link is kept by a phone that is registered elsewhere. */
export const standsBy = (state: StationState): boolean =>
  state.kind === 'connected' && state.keepAlives >= STANDS_BY_FROM;

const countStandby = (station: Station, state: StationState & { kind: 'connected' }, now: Instant): void => {
  state.keepAlives += 1;
  if (state.keepAlives === STANDS_BY_FROM) publishStandby(station.service.bus, station.context(), now);
};

/** Of keepalives. */
export const keepAliveHandlers = {
  KeepAliveReqMessage: {
    requires: 'link',
    handle: (station, _fields, now) => {
      station.sendPrepared(station.service.prepared.empty('KeepAliveAckMessage'), now);
      const { state } = station;
      if (state.kind === 'bound') station.service.database.keepAlive(state.registration, now);
      else if (state.kind === 'connected') countStandby(station, state, now);
    },
  },
} as const satisfies Partial<Handlers>;
