// Causes on the way between a phone and labcm's DHCP: relays, VLANs, firewalls, fixed addresses
// (`docs/protocols/explain.md` §2.2).

import { after, type Instant, seconds } from '../../../core/time.js';
import type { DeviceRecord } from '../../../devices/index.js';
import { isFurther } from '../boot.js';
import { cause, causes } from '../cause.js';
import { hasAddressSince, isAtDhcp, type MessageHeard } from '../dhcp-story.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, onPhone, setting } from '../remedies.js';
import {
  contains,
  gatewayOf,
  hasRouter,
  isPooled,
  nameOf,
  type Subnet,
  subnetOf,
  withExclusion,
  withKeys,
} from '../subnets.js';
import { UNHEARD_AFTER } from './power.js';

/** A phone that learns of its voice VLAN leaves the data VLAN within this time. */
const MOVES_WITHIN = seconds(30);
/** So many others in another subnet show that it is the one of phones. */
const FELLOWS = 3;
/** Of so many devices: each phone that comes no further looks at them. */
const LOOKED_AT = 2000;

/** The offers that it did not take in a row, and the address of the last one. `undefined`: fewer than two. */
const offersMissed = (view: PhoneView): { readonly address: string; readonly at: Instant } | undefined => {
  const lapsed = view.history.last('dhcp.offer-lapsed');
  if (lapsed === undefined) return undefined;
  const { offerAt, offered, requestAt } = view.record?.dhcp ?? {};
  const isOpen =
    offerAt !== undefined &&
    offerAt > lapsed.at &&
    (requestAt ?? lapsed.at) < offerAt &&
    view.now - offerAt >= view.timeOfVerdict('request');
  // An offer that was repeated lapses later than one that was not.
  const isRepeated = lapsed.after >= view.config.dhcp.offerTime + seconds(1);
  const times = view.history.recurring('dhcp.offer-lapsed')?.times ?? 1;
  if (!isOpen && !isRepeated && times < 2) return undefined;
  return { address: (isOpen ? offered : undefined) ?? lapsed.address, at: lapsed.at };
};

/** Whether another server was heard of in this boot. */
const hasOtherServer = ({ history, boot }: PhoneView): boolean => {
  const since = (at: Instant): boolean => boot.began === undefined || at >= boot.began;
  return (
    history.has('dhcp.other-offer', ({ at }) => since(at)) ||
    history.has('dhcp.received', ({ at, reason }) => reason === 'other-server' && since(at))
  );
};

const lastRelease = ({ history }: PhoneView): MessageHeard | undefined =>
  history.last('dhcp.received', ({ reason }) => reason === 'released');

/** Whether it has an address again since it gave one back. */
const hasMoved = (view: PhoneView): boolean => {
  const released = lastRelease(view);
  return released !== undefined && hasAddressSince(view, released.at);
};

/** The subnet that it is in without being a phone's: it left it, or its fellows are in another one. */
export const dataSubnetOf = (view: PhoneView): Subnet | undefined => {
  const { record, config, history } = view;
  const released = lastRelease(view);
  if (released === undefined) {
    const subnet = record?.lease === undefined ? undefined : subnetOf(config, record.lease.address);
    return subnet !== undefined && view.isOverdue && areFellowsElsewhere(view, subnet) ? subnet : undefined;
  }
  const leased = history.last('device.leased', ({ at }) => at <= released.at);
  if (leased === undefined || released.at - leased.at > MOVES_WITHIN) return undefined;
  const isGone = (view.silence ?? 0) >= view.timeOfVerdict('first-file');
  return isGone || hasAddressSince(view, released.at) ? subnetOf(config, leased.address) : undefined;
};

/** Whether phones are registered in other subnets and none is in this one, among so many devices. */
const areFellowsElsewhere = ({ config, surroundings }: PhoneView, subnet: Subnet): boolean => {
  if (config.dhcp.subnets.length < 2) return false;
  let elsewhere = 0;
  let looked = 0;
  for (const { state, lease } of surroundings.devices()) {
    looked += 1;
    if (looked > LOOKED_AT) break;
    if (state !== 'registered' || lease === undefined) continue;
    if (contains(subnet, lease.address)) return false;
    elsewhere += 1;
  }
  return elsewhere >= FELLOWS;
};

/** Whether an address of the subnet is reserved for the device. */
const isReservedIn = ({ reservations }: Subnet, { configured: { name, mac } }: DeviceRecord): boolean =>
  reservations.some(({ client }) =>
    'device' in client ? client.device.toUpperCase() === name.toUpperCase() : 'mac' in client && client.mac === mac,
  );

/** The subnet behind a relay from which nothing came, if the device belongs to it. */
const silentRelayOf = (view: PhoneView): Subnet | undefined => {
  const { config, record, surroundings } = view;
  if (!config.dhcp.enabled || record === undefined) return undefined;
  const local = surroundings.localAddresses();
  const { subnets } = config.dhcp;
  const found = subnets.length === 1 ? subnets[0] : subnets.find((subnet) => isReservedIn(subnet, record));
  if (found === undefined || local.some((address) => contains(found, address))) return undefined;
  return [...surroundings.relaysHeard()].some((relay) => contains(found, relay)) ? undefined : found;
};

/** The lease that it let run out although it was there to renew it; its address. */
const lapsedLeaseOf = ({ history, record, config }: PhoneView): string | undefined => {
  const expired = history.last('lease.expired');
  const { ackAt, requestAt } = record?.dhcp ?? {};
  const lastHeard = record?.registrations.at(-1)?.ended;
  if (expired === undefined || ackAt === undefined || lastHeard === undefined) return undefined;
  const isRenewed = requestAt !== undefined && requestAt > ackAt;
  const rebinds = subnetOf(config, expired.address)?.rebindAfter ?? 1;
  return !isRenewed && lastHeard >= ackAt + rebinds * (expired.at - ackAt) ? expired.address : undefined;
};

const ofWire = { stage: 'dhcp', severity: 'blocking', confidence: 'likely', shows: 'Configuring IP' } as const;

export const dhcpNetworkCauses = causes({
  'dhcp.offer-not-taken': cause({
    ...ofWire,
    evidence: ['dhcp.offer-lapsed'],
    overBoots: true,
    fits: (view) => {
      const missed = isAtDhcp(view) ? offersMissed(view) : undefined;
      return missed === undefined ? undefined : { address: missed.address, clientPort: view.config.dhcp.clientPort };
    },
    excludedBy: (view) => {
      const lapsed = view.history.last('dhcp.offer-lapsed');
      return lapsed === undefined || hasAddressSince(view, lapsed.at) || hasOtherServer(view);
    },
    sentence: ({ address }) =>
      `labcm offers ${address} and the phone never answers: the offer does not reach it, or it dislikes it.`,
    remedy: ({ clientPort }, place) => [
      ...(clientPort === 68 ? [] : [setting(place, yaml`dhcp: { clientPort: 68 }`)]),
      command(shell`nft list ruleset | grep -E 'dport (67|68)'   # let UDP 67 and 68 through, here and on the relay`),
      network('put the port of the phone into the VLAN from which it asks'),
      command(shell`labcm pcap   # what was sent`),
    ],
    example: { address: '10.2.0.14', clientPort: 68 },
  }),
  'dhcp.wrong-vlan': cause({
    ...ofWire,
    shows: 'the right model, an address of the wrong range',
    evidence: ['device.leased', 'dhcp.received'],
    fits: (view) => {
      const subnet = isAtDhcp(view) ? dataSubnetOf(view) : undefined;
      return subnet === undefined ? undefined : { subnet: nameOf(subnet) };
    },
    excludedBy: hasMoved,
    sentence: ({ subnet }) => `It has an address of ${subnet}, the data network; its voice VLAN gives it none.`,
    remedy: () => [
      network('on its switch port: `switchport voice vlan …`, with CDP or LLDP-MED on'),
      look('whether a pool and a relay serve the voice subnet: `labcm doctor`'),
      onPhone('Settings > Network Configuration > Admin. VLAN Id: leave it empty'),
    ],
    example: { subnet: '10.2.0.0/24' },
  }),
  'dhcp.relay-missing': cause({
    ...ofWire,
    confidence: 'possible',
    evidence: [],
    fits: (view) => {
      if (!view.isUnheard || view.now < after(view.couldBeHeardSince, UNHEARD_AFTER)) return undefined;
      const subnet = silentRelayOf(view);
      return subnet === undefined ? undefined : { subnet: nameOf(subnet), own: view.config.self.address };
    },
    sentence: ({ subnet }) => `Nothing ever came from the relay of ${subnet}; the router there does not pass DHCP on.`,
    remedy: ({ own, subnet }) => [network(`on the interface of ${subnet} at the router: \`ip helper-address ${own}\``)],
    example: { subnet: '10.3.0.0/24', own: '10.2.0.1' },
  }),
  'dhcp.no-router': cause({
    ...ofWire,
    severity: 'attention',
    shows: 'Registering',
    evidence: ['device.leased'],
    overBoots: true,
    fits: (view) => {
      const { record, config, surroundings, configured, boot } = view;
      if (
        !view.isOverdue ||
        isFurther(boot.furthest, 'files') ||
        record?.lease === undefined ||
        configured === undefined
      )
        return undefined;
      const { address } = record.lease;
      const subnet = subnetOf(config, address);
      if (subnet === undefined || hasRouter(subnet)) return undefined;
      const places = surroundings.registersAt(configured).map(hostOf);
      const [first] = places;
      if (first === undefined || places.some((place) => contains(subnet, place))) return undefined;
      const gateway = gatewayOf(subnet);
      return { address: first, yaml: withKeys(subnet, { routers: `[${gateway}]` }) };
    },
    sentence: ({ address }) => `It has no router, and its call manager ${address} is on another network.`,
    remedy: ({ yaml: subnet }, place) => [
      setting(place, yaml`${writtenYaml(subnet)}   # the address of its router`),
      onPhone('power it off and on, so that it asks again'),
    ],
    example: {
      address: '10.9.0.1',
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      pools: [10.2.0.10-10.2.0.99]\n      routers: [10.2.0.254]',
    },
  }),
  'dhcp.lease-over': cause({
    ...ofWire,
    shows: 'Configuring IP after hours',
    evidence: ['lease.expired', 'device.unregistered'],
    overBoots: true,
    fits: (view) => {
      const address = lapsedLeaseOf(view);
      const subnet = address === undefined ? undefined : subnetOf(view.config, address);
      if (address === undefined) return undefined;
      return {
        address,
        yaml: subnet === undefined ? undefined : withKeys(subnet, { leaseTime: '30d', maxLeaseTime: '30d' }),
      };
    },
    excludedBy: (view) => {
      const expired = view.history.last('lease.expired');
      return expired === undefined || hasAddressSince(view, expired.at) || view.record?.registration !== undefined;
    },
    sentence: ({ address }) =>
      `It let its lease of ${address} run out: its renewals do not reach labcm (they come by unicast, without the relay).`,
    remedy: ({ yaml: subnet }, place) => [
      network("let UDP 67 from the phones' subnet to this host through"),
      ...(subnet === undefined ? [] : [setting(place, writtenYaml(subnet))]),
    ],
    example: {
      address: '10.2.0.14',
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      pools: [10.2.0.10-10.2.0.99]\n      leaseTime: 30d\n      maxLeaseTime: 30d',
    },
  }),
  'dhcp.static': cause({
    ...ofWire,
    severity: 'attention',
    shows: '',
    evidence: ['device.registered', 'device.registering', 'tftp.completed'],
    looksFor: 'always',
    fits: (view) => {
      const { record, config, history } = view;
      const address = record?.registration?.address ?? record?.address;
      if (address === undefined || !config.dhcp.enabled || record?.lease?.address === address) return undefined;
      const subnet = subnetOf(config, address);
      if (subnet === undefined || !isPooled(subnet, address)) return undefined;
      const isGiven = history.has('device.leased', (event) => event.address === address) || record?.dhcp !== undefined;
      if (isGiven || hasOtherServer(view) || view.surroundings.localAddresses().includes(address)) return undefined;
      return { address, yaml: withExclusion(subnet, address) };
    },
    sentence: ({ address }) => `It uses the fixed address ${address}; labcm did not give it.`,
    remedy: ({ yaml: subnet }, place) => [setting(place, writtenYaml(subnet))],
    example: {
      address: '10.2.0.14',
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      pools: [10.2.0.10-10.2.0.99]\n      exclusions: [10.2.0.14]',
    },
  }),
});

/** The address in `address:port`. */
const hostOf = (place: string): string => place.slice(0, place.lastIndexOf(':'));
