// The JSON of the daemon itself: its health, and what `labcm doctor` asks of it. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

export const DegradationJson = about(
  shape({
    part: about(z.string(), 'Its name for people.', 'trace files'),
    reason: about(z.string(), 'What is in the way.', 'the disk is full'),
    since: about(IsoTime, 'Since when.'),
  }),
  'A part of the daemon that does not work as it should.',
);
export type DegradationJson = Json<typeof DegradationJson>;

export const ListenerJson = about(
  shape({
    service: about(z.string(), 'The service. `KNOCK`: the port is open only to say who tries it.', 'TFTP'),
    transport: about(z.string(), 'The transport.', 'udp'),
    address: about(z.string(), 'The local address.', '0.0.0.0'),
    port: about(z.int(), 'The port.', 69),
  }),
  'A socket that the daemon listens on.',
);
export type ListenerJson = Json<typeof ListenerJson>;

export const HealthJson = about(
  shape({
    status: about(z.enum(['ok', 'degraded']), '`degraded`: a part does not work; phones are served.', 'ok'),
    reason: about(z.string().optional(), 'Everything that does not work, in one line. Missing: everything works.'),
    since: about(IsoTime.optional(), 'Since when something does not work. Missing: everything works.'),
    degradations: about(z.array(DegradationJson), 'What does not work.', []),
    version: about(z.string(), 'Of labcm.', '0.1.0'),
    startedAt: about(IsoTime, 'When this process began.'),
    devices: about(z.int(), 'How many are configured or were auto-registered.', 2),
    registered: about(shape({ SCCP: z.int(), SIP: z.int() }), 'How many are registered, by protocol.', {
      SCCP: 1,
      SIP: 1,
    }),
    listeners: about(z.array(ListenerJson), 'What it listens on.'),
  }),
  'The health of the daemon. The status of the answer is 200 either way.',
);
export type HealthJson = Json<typeof HealthJson>;

export const DoctorJson = about(
  shape({
    pid: about(z.int(), 'The process.', 4711),
    file: about(z.string(), 'The configuration file.', '/etc/labcm/lab.yaml'),
    readAt: about(IsoTime, 'When the configuration in force was read.'),
    refused: about(
      shape({ at: about(IsoTime, 'When it was refused.'), faults: z.array(z.string()) }).nullable(),
      'The reload that was refused last, if none was accepted since.',
      null,
    ),
    realm: about(z.string(), 'The digest realm in force.', 'ccmsipline'),
    relays: about(z.array(z.string()), 'The relays that a DHCP message came from.', []),
    counters: about(
      z.record(z.string(), z.number()),
      'The kernel’s counters of lost packets when the daemon started, by name.',
      { UdpRcvbufErrors: 0 },
    ),
  }),
  'The process, and the configuration that is in force.',
);
export type DoctorJson = Json<typeof DoctorJson>;

export const OpenApiJson = about(
  z.looseObject({
    openapi: about(z.literal('3.1.0'), 'The version of the form.'),
    info: about(z.looseObject({ title: z.string(), version: z.string() }), 'What it describes.'),
  }),
  'An OpenAPI document.',
  { openapi: '3.1.0', info: { title: 'labcm', version: '0.1.0' } },
);
export type OpenApiJson = Json<typeof OpenApiJson>;

const HeardOffers = shape({
  kind: z.literal('heard'),
  interface: about(z.string(), 'The network interface.', 'eth0'),
  giaddr: about(z.string().optional(), 'The relay address that was asked with.'),
  offers: about(
    z.array(
      shape({
        server: about(z.string(), 'The server that offers (option 54).', '10.10.0.1'),
        from: about(z.string(), 'Where the offer came from.', '10.10.0.1'),
        yiaddr: about(z.string(), 'The address that is offered.', '10.10.0.77'),
        siaddr: about(z.string(), 'The next server.', '0.0.0.0'),
        options: about(z.record(z.string(), z.string()), 'Its options by number.', { '150': '10.10.0.5' }),
      }),
    ),
    'The offers.',
  ),
});
const NotAsked = shape({
  kind: z.literal('refused'),
  why: about(z.string(), 'Why nothing was sent.', 'this daemon serves no DHCP'),
});

export const DiscoveryJson = about(
  z.discriminatedUnion('kind', [HeardOffers, NotAsked]),
  'What other DHCP servers offer a phone. `refused`: nothing was sent, and why.',
);
export type DiscoveryJson = Json<typeof DiscoveryJson>;
