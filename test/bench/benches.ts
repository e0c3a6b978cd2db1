// The benches: what each measures, and which of its rows stand first on the page.

import type { Row } from './table.js';

/** A bench of `npm run bench`. */
export interface Bench {
  readonly title: string;
  /** What is measured, how a row comes about, and what a smaller run is asked with. */
  readonly how: string;
  readonly peers: readonly string[];
  /** How long it takes, about. */
  readonly minutes: number;
  /** How the rows begin that say the most: they stand in the first table of the page. */
  readonly chief: readonly string[];
  readonly load: () => Promise<{ run(): Promise<Row[]> }>;
}

/** `LABCM_BENCH_ROUNDS` is read by those that measure in turns. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  load: {
    title: 'Forty thousand devices read',
    how: 'Five processes, one after the other, each reads the configuration once and says how long it took and what it weighs.',
    peers: [],
    minutes: 1,
    chief: ['40,000 devices from CSV: time'],
    load: () => import('./load.js'),
  },
  risport: {
    title: 'RisPort70 over forty thousand devices',
    how: 'The management interface of a database of 40,000 registered devices, asked over TLS by a client in the same process, `LABCM_BENCH_ROUNDS` times (10) after three that do not count. What waits meanwhile, such as a keepalive of a phone, waits for the longest turn of the event loop at most; the share of the client is in it.',
    peers: [],
    minutes: 1,
    chief: [],
    load: () => import('./risport.js'),
  },
  sql: {
    title: 'SQL and PerfMon over ten thousand phones',
    how: 'A join of devices, lines and numbers over 10,000 registered phones, `LABCM_BENCH_ROUNDS` times (10), with the making of the tables after a change and without; and the counters of PerfMon, asked over TLS by a client in the same process. What waits meanwhile waits for the longest turn of the event loop at most.',
    peers: [],
    minutes: 2,
    chief: [],
    load: () => import('./sql.js'),
  },
  axl: {
    title: 'AXL over forty thousand devices',
    how: 'The management interface of a database of 40,000 devices, asked for lists of phones over TLS by a client in the same process, `LABCM_BENCH_ROUNDS` times (10) after three that do not count. What waits meanwhile, such as a keepalive of a phone, waits for the longest turn of the event loop at most; the share of the client is in it.',
    peers: [],
    minutes: 2,
    chief: [],
    load: () => import('./axl.js'),
  },
  tftp: {
    title: 'Files beside in.tftpd, dnsmasq and a canned responder',
    how: 'Server on one core, load (`tftp-load.c`) on the other, 500 devices, every service of the daemon on, the traces as shipped; each server in turn, `LABCM_BENCH_ROUNDS` times (3), after a load that does not count. The canned responder (`tftp-canned.mjs`) parses nothing and sends ready bytes. All serve the same octets.',
    peers: ['in.tftpd', 'dnsmasq'],
    minutes: 5,
    chief: ['6.2 KB files, 64 at once, beside in.tftpd', '6.2 KB files, 256 at once, beside dnsmasq', 'one 20 MB file'],
    load: () => import('./tftp.js'),
  },
  sccp: {
    title: 'SCCP registrations beside a canned responder',
    how: 'Server on one core, load (`sccp-load.mjs`) on the other, every service of the daemon on, 5,000 devices; each server in turn, `LABCM_BENCH_ROUNDS` times (3), after 2,000 registrations that do not count. The canned responder (`sccp-canned.mjs`) answers the same dialogue with ready bytes and reads nothing.',
    peers: [],
    minutes: 4,
    chief: ['whole SCCP registrations, 16 at once, shipped trace', '18000 registered phones held: keepalives'],
    load: () => import('./sccp.js'),
  },
  sip: {
    title: 'REGISTER beside kamailio',
    how: 'Server on one core, load (`sip-load.c`) on the other, 10,000 devices, 64 requests under way, every service of the daemon on; each server in turn, `LABCM_BENCH_ROUNDS` times (3), after each device has registered once. kamailio keeps its locations in memory and asks nobody for a password (`sip-kamailio.cfg`).',
    peers: ['kamailio'],
    minutes: 6,
    chief: [
      'REGISTER over UDP, trying: streams',
      'REGISTER over UDP, trying: streams, 1000/s: p99',
      'REGISTER over TCP, trying: streams',
    ],
    load: () => import('./sip.js'),
  },
  storm: {
    title: 'Ten thousand phones register for the first time, beside kamailio',
    how: 'Server on one core, load (`sip-load.c`) on the other, 64 requests under way, every service of the daemon on, the traces as shipped; each server anew in each of `LABCM_BENCH_ROUNDS` rounds (5): 10,000 phones that register for the first time in the life of the process, then 10,000 others.',
    peers: ['kamailio'],
    minutes: 4,
    chief: [],
    load: () => import('./storm.js'),
  },
  calls: {
    title: 'Phones that call each other',
    how: 'Server on one core, phones of both ends (`call-load.c`) on the other, every service of the daemon on but RTP, the traces as shipped; the called phone rings and answers at once, the caller hangs up when both ends know where to send; no media. 64 calls under way among 4,000 phones; each server in turn, `LABCM_BENCH_ROUNDS` times (3), after 4,000 calls that do not count. labcm ends each call on both sides; kamailio (`sip-kamailio-calls.cfg`: tm, rr, dialog, usrloc) is a proxy and has half of the messages. What a standing call weighs is taken from the same daemon before and after. What calls cost those that make none: three daemons side by side, one with calls and two without, asked in turns, `LABCM_BENCH_ROUNDS` (5) short rounds each time that they are started, `LABCM_BENCH_STARTS` (3) times.',
    peers: ['kamailio'],
    minutes: 16,
    chief: ['SIP–SIP calls over UDP', 'SIP–SIP calls over UDP, 50/s: until the called'],
    load: () => import('./calls.js'),
  },
  conference: {
    title: 'Conferences mixed',
    how: 'Rooms of three and of eight parties, half of them in µ-law and half in A-law, 24 rooms in turn: each tick of 20 ms every party sends a packet, all are decoded and added, and each party is given the sum of the others, encoded; without sockets. Per second of processor time, `LABCM_BENCH_ROUNDS` times (3), of `LABCM_BENCH_SECONDS` (3) each.',
    peers: [],
    minutes: 1,
    chief: ['rooms of 8: in real time'],
    load: () => import('./conference.js'),
  },
  dhcp: {
    title: 'DHCP beside kea-dhcp4 and dnsmasq',
    how: 'Server on one core in a network namespace, `perfdhcp` on the other core in another, a veth between, every service of the daemon on; each server in turn, `LABCM_BENCH_ROUNDS` times (3). With the bus of a cluster each lease is written to its engine, which is on the other core, before the client is told.',
    peers: ['kea-dhcp4', 'dnsmasq'],
    minutes: 20,
    chief: ['DHCP, highest rate, beside kea-dhcp4', 'DHCP, processor time at 5000/s'],
    load: () => import('./dhcp.js'),
  },
  fleet: {
    title: 'Fifteen thousand simulated phones beside the daemon they try',
    how: 'Daemon on one core, all phones in one process on the other. `LABCM_BENCH_PHONES`: how many.',
    peers: [],
    minutes: 3,
    chief: ['15,000 phones, 500 a second, held: registered'],
    load: () => import('./fleet.js'),
  },
  headline: {
    title: 'Forty thousand phones held',
    how: 'One daemon with every service on, 5,000 DHCP leases, and as many SCCP phones as descriptors allow (at most 18,000), the rest SIP over UDP; 200 of them auto-registered. Daemon and phones share two cores. `LABCM_BENCH_PHONES`, `LABCM_BENCH_MINUTES`: another size.',
    peers: [],
    minutes: 14,
    chief: ['keepalives missed', 'SCCP keepalives, every 30 s'],
    load: () => import('./headline.js'),
  },
  kill: {
    title: 'Forty thousand phones after a kill',
    how: 'The same cluster with 20,000 DHCP leases; the daemon gets SIGKILL and is started again at once. `LABCM_BENCH_PHONES`: another size.',
    peers: [],
    minutes: 6,
    chief: ['all 18,000 SCCP', 'all 22,000 SIP'],
    load: () => import('./kill.js'),
  },
  drills: {
    title: 'Drills with five thousand phones',
    how: 'Each drill of `examples/drills`: its call managers, one process each, and 5,000 simulated phones in another share two cores. Times are from the step until a phone is back. The tokens of the fallback grow with the phones; its picture is `docs/drill.svg`. `LABCM_BENCH_PHONES`: another size.',
    peers: [],
    minutes: 12,
    chief: [],
    load: () => import('./drills.js'),
  },
  capture: {
    title: 'Packets kept for Wireshark',
    how: 'The same daemon with the packets of all devices kept (`capture: { devices: all }`) and of none; server on one core, load on the other, 4,000 devices, every service on, the traces as shipped; a third daemon keeps none as well: how far two of the same are apart. The three run side by side and are asked in turns, `LABCM_BENCH_ROUNDS` (5) short rounds each time that they are started, `LABCM_BENCH_STARTS` (3) times; the ratio is the median of those of the rounds.',
    peers: [],
    minutes: 5,
    chief: ['an SCCP keepalive'],
    load: () => import('./capture.js'),
  },
  api: {
    title: 'The API beside the phones',
    how: 'One daemon with 40,000 devices on one core, every service on and the traces as shipped; on the other core 2,000 SCCP phones that are kept alive, 1,000 messages a second, and SIP phones that register and unregister, so that 5,000 events come in a second; what these are answered in is measured in turns without clients of the API and with them, `LABCM_BENCH_ROUNDS` times (5): four connections that ask for the next when they have an answer, or a hundred readers of the feed of all events. `ours` is with them, `peer` without.',
    peers: [],
    minutes: 5,
    chief: ['one device: p99 of SCCP'],
    load: () => import('./api.js'),
  },
  page: {
    title: 'The page with forty thousand devices',
    how: 'The fleet’s view in a headless Chromium that shares two cores with the same daemon and its phones, while SIP phones register and unregister so that 5,000 events come in a second, for `LABCM_BENCH_MINUTES` (2). A frame is the time between two calls of `requestAnimationFrame`; a long task is one of more than 50 ms as Chromium reports it. The heap is that of the page’s scripts after garbage was collected; growth counts from 30 s after the start.',
    peers: ['chromium'],
    minutes: 4,
    chief: ['5,000 events a second'],
    load: () => import('./browser.js'),
  },
  lamps: {
    title: 'Busy lamps',
    how: 'The SCCP service in memory, `LABCM_BENCH_ROUNDS` times (5): two hundred lamps on one phone, each told twenty times; and calls of two phones with and without a third one that watches both.',
    peers: [],
    minutes: 1,
    chief: [],
    load: () => import('./lamps.js'),
  },
  forwards: {
    title: 'Chains of forwards',
    how: 'The SCCP service in memory: 300 calls of two phones from first digit to hang-up, with 1, 5 and 10 lines before the called one that forward all calls, the most that labcm follows; after each, in the same minute, as many calls of the same phones that nobody forwards, which are the `peer`; `LABCM_BENCH_ROUNDS` pairs (5), after one that does not count.',
    peers: [],
    minutes: 1,
    chief: [],
    load: () => import('./forwards.js'),
  },
  flat: {
    title: 'The cost of one, among few devices and many',
    how: 'The same hundred phones, fifty of each protocol, spread evenly among 100 to 40,000 devices; every service on; daemon on one core, load on the other; `LABCM_BENCH_ROUNDS` times (3).',
    peers: [],
    minutes: 8,
    chief: ['REGISTER, 40,000 devices beside 100', 'start-up with 40,000'],
    load: () => import('./flat.js'),
  },
  verdicts: {
    title: 'What verdicts cost those that are well',
    how: 'Daemon on one core, load on the other, every service of the daemon on but RTP: what a keepalive, a registration and a REGISTER take of its processor, beside a daemon that judges nobody (`no-verdicts.mjs`). `LABCM_BENCH_PAIRS` (5) pairs, each daemon started anew; a third daemon without verdicts says how far two of the same are apart.',
    peers: [],
    minutes: 5,
    chief: ['a REGISTER over UDP'],
    load: () => import('./verdicts.js'),
  },
  nodes: {
    title: 'What the bus of a cluster costs',
    how: 'Daemon on one core, load and NATS server on the other: what a keepalive, a registration and a REGISTER take of the processor of a daemon that tells its registrations to a cluster, beside one that is alone, side by side and in turns as for calls; and 80,000 registrations written to the bus and read by a node that starts.',
    peers: [],
    minutes: 6,
    chief: ['an SCCP registration', 'a node that starts'],
    load: () => import('./nodes.js'),
  },
  'two-nodes': {
    title: 'Eighty thousand phones on two nodes',
    how: 'Two daemons that share a bus (one `nats-server`), 18,000 SCCP phones, which hold a link to both nodes, and 62,000 SIP phones over UDP in twelve processes, half of which prefer each node; all on both cores of one machine. `LABCM_BENCH_MINUTES` minutes (10) in which nobody may lose a registration, then `kill -9` of one daemon.',
    peers: ['nats-server'],
    minutes: 25,
    chief: ['80,000 phones', 'a node was killed: all 18,000', 'a node was killed: all 62,000'],
    load: () => import('./two-nodes.js'),
  },
  secure: {
    title: 'Handshakes of secure mode',
    how: 'A daemon in mixed mode on one core, every service on, the traces and bounds as shipped; phones with RSA keys of 2,048 bits and certificates of the cluster (`secure-load.mjs`) on the other, so that what they can compute bounds the handshakes of a second, and the processor time of each says what the server could. The peer is `openssl s_server` with the same keys and suites; `LABCM_BENCH_ROUNDS` times (3). Then 2,000 SCCP phones without TLS are kept alive, 1,000 messages a second, in turns without and with a flood of handshakes of one address that proves nothing.',
    peers: ['openssl'],
    minutes: 6,
    chief: ['SCCP, TLS 1.0, AES128-SHA, full handshakes, 4 at once'],
    load: () => import('./secure.js'),
  },
  hour: {
    title: 'An hour of trouble',
    how: '5,000 phones of both protocols share two cores with one daemon: most stay; 500 boot from their files, stay a minute and leave, again and again; the first call manager of 500 dies every six minutes and comes back; one plays every fault in turn; strangers send mutated messages. A sample every ten seconds, also of a process beside it that does nothing: what that is late by is the machine’s doing. Its picture is `docs/hour.svg`. `LABCM_BENCH_PHONES`, `LABCM_BENCH_MINUTES`: another size.',
    peers: [],
    minutes: 70,
    chief: ['phones that stayed', 'memory, the last 10'],
    load: () => import('./hour.js'),
  },
};
