// Causes by which labcm itself gives a phone no address, or refuses the one that it asks for
// (`docs/protocols/explain.md` §2.2).

import { after, minutes } from '../../../core/time.js';
import { REASONS } from '../../../dhcp/reasons.js';
import { cause, causes } from '../cause.js';
import { hasAddressSince, isAtDhcp, type MessageHeard, unanswered, wasAnswered } from '../dhcp-story.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { nameOf, newSubnet, subnetOf, withExclusion, withKeys, withMoreAddresses } from '../subnets.js';
import { addDevice } from './unknown-device.js';

/** What most of these rows have in common. */
const asksInVain = {
  stage: 'dhcp',
  severity: 'blocking',
  confidence: 'certain',
  shows: 'Configuring IP',
  evidence: ['dhcp.received'],
  excludedBy: wasAnswered,
} as const;

/** A client that was put off asks again within this time; if it is not refused then, it was answered. */
const ASKS_AGAIN = minutes(2);

const putOff = (view: PhoneView): MessageHeard | undefined =>
  unanswered(view, 'too-many-new-clients', 'too-many-open-offers');

/** Two refusals within this time belong together. */
const LOOP = minutes(10);

/** The lines that let a client in: as a device if it says which model it is, else with a reservation. */
const admitting = (view: PhoneView, { mac, relay }: MessageHeard): string => {
  const { yaml: device } = addDevice(view);
  const { config } = view;
  const subnet = relay === undefined ? config.dhcp.subnets[0] : subnetOf(config, relay);
  if (MODEL.test(device) || subnet === undefined) return device;
  return withKeys(subnet, { reservations: yaml`[{ mac: ${mac}, address: … }]   # an address of the subnet`.text });
};
const MODEL = /^ +model: \S/m;

export const dhcpCauses = causes({
  'dhcp.not-allowed': cause({
    ...asksInVain,
    fits: (view) => {
      const event = unanswered(view, 'not-allowed', 'weak-class');
      if (event === undefined) return undefined;
      const { answer } = view.config.dhcp;
      const isWeak = event.reason === 'weak-class';
      return { class: event.vendorClass, isWeak, answer, yaml: admitting(view, event) };
    },
    excludedBy: (view, { answer }) => answer === 'all' || wasAnswered(view),
    sentence: ({ class: vendorClass, isWeak, answer }) =>
      `It asks for an address and labcm keeps silent, since it is no configured device and ${
        answer === 'known'
          ? '`dhcp.answer` lets no others in'
          : vendorClass === ''
            ? 'it gives no vendor class'
            : `its vendor class ${quoted(vendorClass)} is ${isWeak ? 'that of other equipment, too' : "no phone's"}`
      }.`,
    remedy: ({ yaml: lines }, place) => [
      setting(place, writtenYaml(lines)),
      ...or(setting(place, yaml`dhcp: { answer: all }   # only on a network of its own`)),
    ],
    example: {
      class: 'MSFT 5.0',
      isWeak: false,
      answer: 'phones' as PhoneView['config']['dhcp']['answer'],
      yaml: 'devices:\n  - name: SEP001122334455\n    model: 7962\n    lines: ["1000"]',
    },
  }),
  'dhcp.no-subnet': cause({
    ...asksInVain,
    fits: (view) => {
      const event = unanswered(view, 'no-subnet');
      if (event === undefined) return undefined;
      const { relay, interface: wire } = event;
      return { relay, interface: wire, isServed: relay !== undefined && subnetOf(view.config, relay) !== undefined };
    },
    excludedBy: (view, { isServed }) => isServed || wasAnswered(view),
    sentence: ({ relay, interface: wire }) =>
      `It asks from ${relay === undefined ? `the interface ${wire}` : `behind the relay ${relay}`}, for which no subnet is configured.`,
    remedy: ({ relay, interface: wire }, place) =>
      relay === undefined
        ? [
            command(shell`ip -4 address show dev ${wire}   # it must have an address of a subnet of \`dhcp.subnets\``),
            look(`give ${wire} an address of a configured subnet`),
            ...or(look('configure the subnet of its address')),
          ]
        : [setting(place, writtenYaml(newSubnet(relay)))],
    example: { relay: '10.9.0.1', interface: 'eth1', isServed: false },
  }),
  'dhcp.pool-empty': cause({
    ...asksInVain,
    shows: 'Configuring IP, DHCP timeout',
    fits: (view) => {
      const event = unanswered(view, 'pool-empty', 'kept-for-devices');
      if (event?.pool === undefined) return undefined;
      const { subnet: name, addresses } = event.pool;
      const subnet = view.config.dhcp.subnets.find((one) => nameOf(one) === name);
      return {
        subnet: name,
        addresses,
        isKept: event.reason === 'kept-for-devices',
        yaml: subnet === undefined ? undefined : withMoreAddresses(subnet, view.surroundings.localAddresses()),
      };
    },
    sentence: ({ subnet, addresses, isKept }) =>
      isKept
        ? `It gets no address because the free ones of ${subnet} are kept for configured devices, and it is none.`
        : addresses === 1
          ? `It gets no address because the one address of ${subnet} is taken.`
          : `It gets no address because all ${addresses} addresses of ${subnet} are taken.`,
    remedy: ({ yaml: lines }, place) => [
      ...(lines === undefined ? [] : [setting(place, writtenYaml(lines))]),
      command(shell`labcm leases   # who has the addresses`),
    ],
    example: {
      subnet: '10.2.0.0/24',
      addresses: 100,
      isKept: false,
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      pools: [10.2.0.1-10.2.0.254]\n      exclusions: [10.2.0.1]',
    },
  }),
  'dhcp.declined': cause({
    ...asksInVain,
    shows: 'Duplicate IP',
    overBoots: true,
    counts: (event) => event.type === 'dhcp.received' && event.reason === 'declined',
    fits: (view) => {
      if (!isAtDhcp(view)) return undefined;
      const event = view.history.last('dhcp.received', ({ reason }) => reason === 'declined');
      if (event?.address === undefined) return undefined;
      const { address } = event;
      const subnet = subnetOf(view.config, address);
      const found = view.host.neighbourAt(address)?.mac;
      return {
        address,
        mac: found === event.mac ? undefined : (found as string | undefined),
        yaml: subnet === undefined ? undefined : withExclusion(subnet, address),
      };
    },
    excludedBy: (view) => {
      const event = view.history.last('dhcp.received', ({ reason }) => reason === 'declined');
      return event !== undefined && hasAddressSince(view, event.at);
    },
    sentence: ({ address, mac }) =>
      `It gave ${address} back because another device${mac === undefined ? '' : ` (${mac})`} uses it.`,
    remedy: ({ address, mac, yaml: lines }, place) => [
      ...(lines === undefined ? [] : [setting(place, writtenYaml(lines))]),
      mac === undefined
        ? command(shell`arping -D -c 3 ${address}; ip neighbour show ${address}   # who has it`)
        : look(`find the device ${mac}`),
      network('if every phone does so: `no ip proxy-arp` on the router, or device tracking off on the switch'),
    ],
    example: {
      address: '10.2.0.14',
      mac: '0050568A0001',
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      pools: [10.2.0.10-10.2.0.99]\n      exclusions: [10.2.0.14]',
    },
  }),
  'dhcp.nak-loop': cause({
    ...asksInVain,
    evidence: ['dhcp.sent'],
    overBoots: true,
    fits: (view) => {
      if (!isAtDhcp(view)) return undefined;
      const naks = view.history.recurring('dhcp.sent');
      if (naks === undefined || naks.every > LOOP) return undefined;
      return { address: view.record?.dhcp?.requested, reason: REASONS[naks.last.reason] as string };
    },
    excludedBy: (view) => {
      const nak = view.history.last('dhcp.sent');
      return nak !== undefined && hasAddressSince(view, nak.at);
    },
    sentence: ({ address, reason }) =>
      `labcm refuses the address${address === undefined ? '' : ` ${address}`} that it asks for: ${reason}.`,
    remedy: () => [
      look('power it off for a minute, so that it forgets the address'),
      network('if two DHCP servers answer on its network, stop one of them'),
    ],
    example: { address: '10.3.0.14', reason: REASONS['wrong-network'] as string },
  }),
  'dhcp.not-saved': cause({
    ...asksInVain,
    evidence: ['dhcp.unsaved'],
    fits: (view) => {
      const event = isAtDhcp(view) ? view.history.last('dhcp.unsaved') : undefined;
      if (event === undefined) return undefined;
      const { surroundings, config } = view;
      return {
        detail: surroundings.daemonEvent('lease.file-failed')?.detail ?? 'the lease file is faulty',
        state: config.state.directory,
      };
    },
    excludedBy: (view) => {
      const event = view.history.last('dhcp.unsaved');
      const recovered = view.surroundings.daemonEvent('lease.file-recovered');
      return event === undefined || hasAddressSince(view, event.at) || (recovered?.at ?? event.at) > event.at;
    },
    sentence: ({ detail }) => `It is given no lease because none can be written down: ${quoted(detail)}.`,
    remedy: ({ state }) => [command(shell`df -h ${state}; ls -ld ${state}   # free the disk, or mend the rights`)],
    example: { detail: 'ENOSPC: no space left on device', state: './state' },
  }),
  'dhcp.no-room': cause({
    ...asksInVain,
    fits: (view) => {
      const event = unanswered(view, 'no-room');
      return event === undefined ? undefined : { room: event.room ?? LEAST_ROOM, relay: event.relay };
    },
    sentence: ({ room }) => `The answer to it is larger than the ${room} octets that it can take.`,
    // Options of the configuration are left out where there is no room. What is echoed cannot be.
    remedy: ({ relay }) => [
      network(`${relay === undefined ? 'at the switch' : `at the relay ${relay}`}: shorter relay data (option 82)`),
      ...or(look('a shorter client identifier (option 61) in the client: both go back to it in the answer')),
    ],
    example: { room: 576, relay: '10.2.0.254' as string | undefined },
  }),
  'dhcp.option-82': cause({
    ...asksInVain,
    fits: (view) => (unanswered(view, 'option-82-without-relay') === undefined ? undefined : {}),
    excludedBy: (view) => view.config.dhcp.directRelayInformation === 'serve' || wasAnswered(view),
    sentence: () => 'Its request carries relay data but came without a relay: a switch with DHCP snooping adds it.',
    remedy: (_, place) => [
      setting(place, yaml`dhcp: { directRelayInformation: serve }`),
      ...or(network('on the switch: `no ip dhcp snooping information option`')),
    ],
    example: {},
  }),
  'dhcp.throttled': cause({
    ...asksInVain,
    severity: 'degraded',
    shows: 'a slow start',
    fits: (view) => {
      const event = putOff(view);
      if (event === undefined || view.now - event.at > ASKS_AGAIN) return undefined;
      return { newClients: view.config.dhcp.limits.newClients };
    },
    until: (view) => {
      const event = putOff(view);
      return event === undefined ? undefined : after(event.at, ASKS_AGAIN);
    },
    sentence: () => 'So many phones start at once that its request was put off.',
    remedy: ({ newClients }, place) => [
      look('wait: it asks again by itself'),
      ...or(
        setting(place, yaml`dhcp: { limits: { newClients: ${newClients * 2}, newClientsPerLink: ${newClients * 2} } }`),
      ),
    ],
    example: { newClients: 2000 },
  }),
});

/** Without option 57 (RFC 2131 §2). */
const LEAST_ROOM = 576;
