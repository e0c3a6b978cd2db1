// The `tftp` section of the configuration: its keys, their kinds, bounds and defaults.

import * as z from 'zod';
import { DEFAULT_TFTP } from '../tftp/settings.js';
import { duration, flag, integer, port, size, writtenDuration, writtenSize } from './fields.js';
import { BOUNDS, count, listen, path, tracedPerSecond } from './shared-keys.js';

/** The schema of the section. */
export const tftpSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves files over TFTP.'),
  listen: listen(DEFAULT_TFTP.address),
  port: port().default(DEFAULT_TFTP.port).describe('The UDP port for requests.'),
  root: path().describe(
    'The folder of your loads, locales, rings and backgrounds. labcm only reads it. Without one: the folder that labcm ships.',
  ),
  cache: size('0B', '4GiB')
    .prefault('64MiB')
    .describe('The memory for files that were read, so that they need not be read again.'),
  timeout: duration('50ms', '255s')
    .prefault(writtenDuration(DEFAULT_TFTP.timeout))
    .describe(
      'The time after which an unacknowledged packet is sent again, if the client asks for none (RFC 2349). It doubles each time.',
    ),
  maxTimeout: duration('50ms', '255s')
    .prefault(writtenDuration(DEFAULT_TFTP.maxTimeout))
    .describe('The longest that it grows to.'),
  retries: integer(1, 100)
    .default(DEFAULT_TFTP.retries)
    .describe('The number of times that a packet is sent again before the transfer is given up.'),
  blockSize: integer(8, 65_464)
    .default(DEFAULT_TFTP.blockSize)
    .describe('The largest block that a client is granted (RFC 2348).'),
  windowSize: integer(1, 65_535)
    .default(DEFAULT_TFTP.windowSize)
    .describe('The largest window that a client is granted, in blocks (RFC 7440).'),
  tracedPerSecond: tracedPerSecond(DEFAULT_TFTP.tracedPerSecond, 'requests', 'served'),
  limits: z
    .strictObject({
      transfers: count()
        .default(DEFAULT_TFTP.limits.transfers)
        .describe('The number of transfers at once. A request beyond it is answered “busy”.'),
      transfersPerSource: count().default(DEFAULT_TFTP.limits.transfersPerSource).describe('The same for one address.'),
      requestsPerSecond: count()
        .default(DEFAULT_TFTP.limits.requestsPerSecond)
        .describe('The number of requests that one address may send in one second. More are dropped.'),
      windowOctets: size('1KiB', '1GiB')
        .prefault(writtenSize(DEFAULT_TFTP.limits.windowOctets))
        .describe('The octets of one window, which leave in one burst.'),
    })
    .prefault({})
    .describe(BOUNDS),
});
