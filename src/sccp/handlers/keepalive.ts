// Answers keepalives, in every state, before anything is looked up (`sccp.md` §5.1 0x0100).

import type { Handlers } from '../station.js';

/** Of keepalives. */
export const keepAliveHandlers = {
  KeepAliveReqMessage: {
    requires: 'link',
    handle: (station, _fields, now) => {
      station.sendPrepared(station.service.prepared.empty('KeepAliveAckMessage'), now);
      const { state } = station;
      if (state.kind === 'bound') station.service.database.keepAlive(state.registration, now);
    },
  },
} as const satisfies Partial<Handlers>;
