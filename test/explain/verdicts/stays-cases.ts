// The causes for which a phone does not stay registered (`docs/protocols/explain.md` §2.7).

import { parseMacAddress } from '../../../src/core/identifiers.js';
import { minutes, seconds } from '../../../src/core/time.js';
import type { EndReason, OutOfServiceReport, Protocol, RegistrationRequest } from '../../../src/devices/index.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, LAB, localTimeIn, MAC, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const SIP = { devices: [{ ...DEVICE, protocol: 'SIP' as const }] };
const NEIGHBOURS = ['SEP0011223344A1', 'SEP0011223344A2'] as const;
const OTHER_MAC = '02:42:0a:02:00:0e';

let link = 100;

/** Registers, and lets the registration end after a while. */
const stays = (
  lab: VerdictLab,
  lasted: number,
  reason: EndReason,
  { name = PHONE, protocol = 'SCCP' as Protocol }: { readonly name?: string; readonly protocol?: Protocol } = {},
): void => {
  const registration = lab.register(name, protocol, { link: ++link });
  lab.wait(lasted);
  lab.database.end(registration, reason, lab.now());
};

const says = (lab: VerdictLab, code: number, more: Partial<OutOfServiceReport> = {}): void => {
  lab.wait(100);
  lab.database.facts.recordOutOfService(PHONE, { code, words: '', ...more }, lab.now());
  lab.say({
    type: 'device.reported',
    device: PHONE,
    facts: { alarm: String(code), alarmCode: code },
  } as unknown as Said);
};

const neighbour = (lab: VerdictLab, fact: object): void => {
  lab.say({ type: 'net.neighbour', address: ADDRESS, device: PHONE, ...fact } as unknown as Said);
};

const mac = (text: string) => parseMacAddress(text);

const inTurn = (lab: VerdictLab, rests: readonly Partial<RegistrationRequest>[]): void => {
  for (const rest of rests) {
    lab.register(PHONE, 'SCCP', { link: ++link, ...rest });
    lab.wait(seconds(5));
  }
};

const FIRST = { address: ADDRESS, port: 49152 };
const SECOND = { address: '10.2.0.15', port: 50321 };

const SWITCH = { code: 15, words: 'KeepaliveTO', switch: 'sw1.lab' };

/** It stays registered for long. */
const lastsLong = (lab: VerdictLab): void => {
  lab.register(PHONE, lab.database.byName(PHONE)?.configured.protocol, { link: ++link });
  lab.wait(minutes(70));
};

export const STAYS_CASES: readonly VerdictCase[] = [
  {
    code: 'stays.keepalive-lost',
    arrange: (lab) => {
      const registration = lab.register();
      lab.database.facts.heard(registration, 'KeepAliveMessage');
      lab.wait(seconds(90));
      lab.database.end(registration, 'silence', lab.now());
    },
    sentence:
      'Nothing came from it for 90 s, after its KeepAliveMessage, so its registration ended; power, cable or path were gone.',
    remedy: 'switch port',
  },
  {
    code: 'stays.flap-keepalive',
    arrange: (lab) => {
      for (let times = 0; times < 3; times += 1) stays(lab, seconds(89.5), 'silence');
    },
    sentence: 'It loses its registration every 90 s, which is 3 keepalives: they go out and no answer comes back.',
    remedy: 'asymmetric route',
    mend: lastsLong,
  },
  {
    code: 'stays.flap-keepalive',
    title: 'stays.flap-keepalive, SIP, with SRST',
    config: { ...SIP, phones: { srst: { enabled: true, addresses: ['10.2.0.250'] } } },
    arrange: (lab) => {
      for (let times = 0; times < 3; times += 1) stays(lab, seconds(130), 'silence', { protocol: 'SIP' });
    },
    sentence: 'It loses its registration every 130 s, each time before a refresh arrives.',
    remedy: 'srst: { enabled: false }',
    mend: lastsLong,
  },
  {
    code: 'stays.firewall-idle',
    arrange: (lab) => {
      stays(lab, seconds(301), 'connection-lost');
      stays(lab, seconds(299), 'connection-lost');
    },
    sentence: 'It is cut after 5 min each time: a firewall on the way forgets connections after that time.',
    remedy: 'session time for tcp 2000 above 300 s',
    mend: lastsLong,
  },
  {
    code: 'stays.port-security',
    config: {
      devices: [DEVICE, ...NEIGHBOURS.map((name, index) => ({ ...DEVICE, name, lines: [`500${index + 2}`] }))],
    },
    arrange: (lab) => {
      const all = [PHONE, ...NEIGHBOURS];
      for (const span of [seconds(100), minutes(7)]) {
        const registrations = all.map((name) =>
          lab.register(name, 'SCCP', { link: ++link, address: `10.2.0.${link}` }),
        );
        lab.wait(span - 300);
        for (const registration of registrations) lab.database.end(registration, 'connection-lost', lab.now());
        for (const name of all) lab.database.facts.recordOutOfService(name, SWITCH, lab.now());
      }
    },
    sentence: 'It and 2 others behind "sw1.lab" drop together every 7 min: port-security or ARP aging there.',
    remedy: 'aging type inactivity',
    mend: lastsLong,
  },
  {
    code: 'stays.proxy-arp',
    arrange: (lab) => {
      stays(lab, seconds(40), 'connection-lost');
      neighbour(lab, { mac: mac(OTHER_MAC), own: mac(MAC) });
    },
    sentence: `${ADDRESS} is answered for by ${OTHER_MAC}, which is not the phone: proxy ARP of a router, or a second machine.`,
    remedy: 'no ip proxy-arp',
    mend: lastsLong,
  },
  {
    code: 'stays.duplicate-address',
    arrange: (lab) => {
      lab.register();
      neighbour(lab, { mac: mac(OTHER_MAC), before: mac(MAC), own: mac(MAC) });
    },
    sentence: `Two devices use ${ADDRESS}: ${MAC} and ${OTHER_MAC}.`,
    remedy: OTHER_MAC,
    mend: (lab) => lab.wait(minutes(11)),
  },
  {
    code: 'stays.duplicate-address',
    title: 'stays.duplicate-address, the table is in order again',
    arrange: (lab) => {
      lab.register();
      neighbour(lab, { mac: mac(OTHER_MAC), before: mac(MAC), own: mac(MAC) });
    },
    sentence: `Two devices use ${ADDRESS}: ${MAC} and ${OTHER_MAC}.`,
    remedy: 'another address',
    mend: (lab) => {
      lab.wait(seconds(60));
      const own = mac(MAC);
      if (own !== undefined) lab.host.neighbours.set(ADDRESS, { mac: own, at: lab.now() });
      lastsLong(lab);
    },
  },
  {
    code: 'stays.address-lost',
    arrange: (lab) => {
      stays(lab, seconds(400), 'silence');
      lab.register(PHONE, 'SCCP', { link: ++link });
      says(lab, 16, { address: ADDRESS });
    },
    sentence: `It lost its address, "${ADDRESS}": its lease ran out, or it saw a second machine with that address.`,
    remedy: 'labcm leases',
    mend: (lab) => lab.wait(minutes(11)),
  },
  ...(
    [
      [12, 'reset'],
      [13, 'aborted'],
      [14, 'closed'],
    ] as const
  ).map(
    ([code, how]): VerdictCase => ({
      code: 'stays.reset-by-middle',
      title: `stays.reset-by-middle, ${code}`,
      arrange: (lab) => {
        stays(lab, seconds(400), 'connection-lost');
        lab.register(PHONE, 'SCCP', { link: ++link });
        says(lab, code);
      },
      sentence: `It says that the server ${how} its connection, and labcm did not: something between them did.`,
      remedy: 'no inspect skinny',
      mend: (lab) => lab.wait(minutes(11)),
    }),
  ),
  {
    code: 'stays.two-phones',
    arrange: (lab) => inTurn(lab, [FIRST, SECOND, FIRST, SECOND]),
    sentence: `Two phones call themselves ${PHONE}: those at ${ADDRESS}:49152 and 10.2.0.15:50321 throw each other out.`,
    remedy: 'find the copy',
    mend: (lab) => lab.wait(minutes(6)),
  },
  {
    code: 'stays.half-open',
    arrange: (lab) => {
      lab.register(PHONE, 'SCCP', { link: ++link });
      lab.wait(seconds(75));
      lab.register(PHONE, 'SCCP', { link: ++link });
      says(lab, 10);
    },
    sentence: 'Its old connection hung half-open for 75 s until it came again: the path dropped without a word.',
    remedy: 'the newest connection wins',
    mend: (lab) => lab.wait(minutes(11)),
  },
  {
    code: 'stays.nat-port',
    config: SIP,
    arrange: (lab) => {
      const registration = lab.register(PHONE, 'SIP', { transport: 'udp', port: 49152 });
      for (const port of [49153, 49154]) {
        lab.wait(seconds(60));
        lab.database.move(
          registration,
          { transport: 'udp', address: ADDRESS, port, link: registration.link },
          lab.now(),
        );
      }
    },
    sentence: 'A NAT gave it another port 2 times, now 49154, so labcm cannot reach it between its refreshes.',
    remedy: 'granted: 70s',
    silent: true,
    mend: (lab) => void lab.register(PHONE, 'SIP', { link: ++link, transport: 'tcp' }),
  },
  {
    code: 'stays.nat-address',
    arrange: (lab) => void lab.register(PHONE, 'SCCP', { ownAddress: '192.168.1.20' }),
    sentence: `It believes to have 192.168.1.20, and comes from ${ADDRESS}: there is a NAT between.`,
    remedy: 'in place of the NAT',
    mend: (lab) => void lab.register(PHONE, 'SCCP', { link: ++link, ownAddress: ADDRESS }),
  },
  {
    code: 'stays.sip-alg',
    config: SIP,
    arrange: (lab) => {
      const registration = lab.register(PHONE, 'SIP');
      lab.wait(seconds(60));
      lab.database.facts.recordContactChange(registration, '192.168.1.20', ADDRESS, lab.now());
    },
    sentence: `A router rewrites its SIP: in one dialogue its Contact says 192.168.1.20 first and then ${ADDRESS}.`,
    remedy: 'SIP ALG',
    silent: true,
    mend: (lab) => void lab.register(PHONE, 'SIP', { link: ++link }),
  },
  {
    code: 'stays.reset-loop',
    arrange: (lab) => {
      for (const lasted of [seconds(20), seconds(47), seconds(31)]) {
        const registration = lab.register(PHONE, 'SCCP', { link: ++link });
        lab.wait(lasted);
        lab.database.facts.said(registration, 'ButtonTemplateResMessage');
        lab.database.end(registration, 'device-reset', lab.now());
        lab.wait(seconds(40));
        says(lab, 25);
      }
      lab.register(PHONE, 'SCCP', { link: ++link });
    },
    sentence:
      'It restarts by itself after each registration; the last thing that it was sent is ButtonTemplateResMessage.',
    remedy: '`load`',
    mend: (lab) => lab.wait(minutes(6)),
  },
  {
    code: 'stays.throttled',
    arrange: (lab) => {
      const registration = lab.register();
      lab.wait(seconds(3));
      lab.database.end(registration, 'throttled', lab.now());
    },
    sentence: 'It sent more than 2000 messages in 5 s and was cut off.',
    remedy: 'throttle: { messages: 4000, within: 5s }',
  },
  {
    code: 'stays.not-reading',
    arrange: (lab) => {
      const registration = lab.register();
      lab.wait(seconds(30));
      lab.database.end(registration, 'connection-lost', lab.now());
      lab.say({
        type: 'sccp.link-closed',
        station: { link: 1, bound: false, device: PHONE, address: ADDRESS },
        cause: 'not-reading',
        messages: 12,
      } as Said);
    },
    sentence:
      'It stopped reading what labcm sends; no more than 256 kB wait for a phone, so its connection was closed.',
    remedy: 'another load',
  },
  ...(
    [
      ['reset', 'it was reset or restarted from here'],
      ['applied', 'its configuration was applied from here'],
      ['reconfigured', 'its configuration changed or was removed'],
    ] as const
  ).map(
    ([reason, text]): VerdictCase => ({
      code: 'stays.ended-by-us',
      title: `stays.ended-by-us, ${reason}`,
      arrange: (lab) => stays(lab, seconds(400), reason),
      sentence: `labcm ended it at ${localTimeIn(400.2)}: ${text}. It normally is back within a minute.`,
      remedy: 'wait a minute',
    }),
  ),
  {
    code: 'stays.no-answer-to-command',
    arrange: (lab) => {
      const registration = lab.register();
      lab.database.recordCommand(PHONE, 'reset', lab.now());
      lab.wait(seconds(5));
      lab.database.end(registration, 'no-response', lab.now());
    },
    sentence: 'It did not take the command reset: it did not answer.',
    remedy: `labcm restart ${PHONE}`,
  },
  {
    code: 'stays.no-answer-to-command',
    title: 'stays.no-answer-to-command, refused',
    config: SIP,
    arrange: (lab) => {
      lab.register(PHONE, 'SIP');
      lab.say({ type: 'sip.command-answered', device: PHONE, command: 'restart', status: 403 });
    },
    sentence: 'It did not take the command restart: it answered 403.',
    remedy: `labcm reset ${PHONE}`,
    mend: (lab) => void lab.register(PHONE, 'SIP', { link: ++link }),
  },
  {
    code: 'stays.failback',
    config: {
      nodes: [
        { name: 'CM1', address: '10.2.0.1' },
        { name: 'CM2', address: '10.2.0.2' },
      ],
      self: 'CM2',
      groups: [{ name: 'Default', members: ['CM1', 'CM2'] }],
      devices: LAB.devices ?? [],
    } as VerdictCase['config'] & object,
    arrange: (lab) => stays(lab, seconds(400), 'fallback'),
    sentence: 'It went back to CM1, which is before this one in its group.',
    remedy: 'nothing to do',
  },
];
