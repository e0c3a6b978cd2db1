// The keepalive: answered in every state, before anything is looked up (`sccp.md` §5.1 0x0100).

import type { Handlers } from '../station.js';

export const keepAliveRows = {
  KeepAliveReqMessage: {
    requires: 'link',
    handle: (station, _fields, now) => {
      station.sendPrepared(station.service.answers.empty('KeepAliveAckMessage'), now);
      const { standing } = station;
      if (standing.is === 'bound') station.service.database.keepAlive(standing.registration, now);
    },
  },
} as const satisfies Partial<Handlers>;
