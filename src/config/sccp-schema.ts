// The `sccp` section of the configuration: its keys, their kinds, bounds and defaults.

import * as z from 'zod';
import { DEFAULT_POLICY } from '../devices/index.js';
import { DEFAULT_SCCP } from '../sccp/settings.js';
import { duration, flag, hexadecimal, integer, port, writtenDuration, writtenOctets } from './fields.js';
import {
  BOUNDS,
  backlog,
  connectionLimits,
  connections,
  count,
  listen,
  tls,
  tokens,
  tracedPerSecond,
} from './shared-keys.js';

/** The schema of the section. */
export const sccpSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves SCCP.'),
  listen: listen(DEFAULT_SCCP.address),
  port: port().default(DEFAULT_SCCP.port).describe('The TCP port.'),
  ...tls,
  keepAlive: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_SCCP.keepAlive))
    .describe('The time between keepalives that phones are told, to the call manager that they are registered with.'),
  secondaryKeepAlive: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_SCCP.secondaryKeepAlive))
    .describe('The same, to the call manager that they stand by for.'),
  patience: duration('1s', '1d')
    .prefault(writtenDuration(DEFAULT_POLICY.patience.SCCP))
    .describe('The silence after which a registration ends. More than `keepAlive`.'),
  standbyPatience: duration('1s', '1d')
    .prefault(writtenDuration(DEFAULT_SCCP.standbyPatience))
    .describe('The silence after which a standby connection ends. More than `secondaryKeepAlive`.'),
  muteWithin: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_SCCP.muteWithin))
    .describe('The time in which a new connection must bring its first octet.'),
  closeWithin: duration('100ms', '1m')
    .prefault(writtenDuration(DEFAULT_SCCP.closeWithin))
    .describe(
      'The time that a phone has to close its connection after a reset, an unregistration or a refusal. Then labcm closes it.',
    ),
  maxProtocolVersion: integer(0, 22)
    .default(DEFAULT_SCCP.maxProtocolVersion)
    .describe('The highest SCCP version that is spoken. The phone may speak a lower one.'),
  /** See `sccp.md` §3. */
  features: z
    .array(
      z.strictObject({
        from: integer(0, 22).describe('The SCCP version from which on they are sent.'),
        bytes: hexadecimal(3, 3).describe('The bytes.'),
      }),
    )
    .min(1, 'the bytes of at least one version')
    .prefault(DEFAULT_SCCP.features.map(({ from, bytes }) => ({ from, bytes: writtenOctets(bytes) })))
    .describe('The feature bytes of RegisterAck. Those of the highest version apply that is not above the one spoken.'),
  tokens: tokens(DEFAULT_SCCP.tokens).describe('How fast phones may come back from another call manager.'),
  throttle: z
    .strictObject({
      messages: count()
        .default(DEFAULT_SCCP.throttle.messages)
        .describe(
          'The number of messages that one phone may send in that time. With more its registration ends, reason 12.',
        ),
      within: duration('1s', '1h').prefault(writtenDuration(DEFAULT_SCCP.throttle.within)).describe('That time.'),
    })
    .prefault({})
    .describe('How much one phone may send.'),
  tracedPerSecond: tracedPerSecond(DEFAULT_SCCP.tracedPerSecond, 'messages', 'served'),
  limits: z
    .strictObject({
      ...connections(connectionLimits(DEFAULT_SCCP.limits)),
      backlog: backlog(DEFAULT_SCCP.limits.backlog),
      messagesPerTurn: integer(1, 10_000)
        .default(DEFAULT_SCCP.limits.messagesPerTurn)
        .describe('The number of messages of one connection that are served before the others have their turn.'),
    })
    .prefault({})
    .describe(BOUNDS),
});
