// Why a phone does not stay registered, or is not reached: what stands between it and labcm (`docs/protocols/explain.md`
// §2.7).

import { after, minutes } from '../../../core/time.js';
import { otherAddress } from '../../../devices/index.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { inQuotes, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { look, network, or, setting } from '../remedies.js';
import { isLoss, LATELY } from './endings.js';

type Neighbour = EventOf<'net.neighbour'>;

const NEIGHBOURS = ['net.neighbour', 'device.unregistered'] as const;

/** What the ARP table said of its address lately, unless the table is in order again. */
const lastNeighbour = (view: PhoneView, where: (event: Neighbour) => boolean): Neighbour | undefined => {
  const event = view.history.last('net.neighbour', where);
  if (event === undefined || view.now >= after(event.at, LATELY)) return undefined;
  const now = view.host.neighbourAt(event.address);
  return event.own !== undefined && now?.mac === event.own && now.at > event.at ? undefined : event;
};

/** It has lost a registration lately, or has none: a wrong hardware address alone is nobody's trouble. */
const isUnsteady = ({ record, now }: PhoneView): boolean =>
  record !== undefined &&
  (record.registration === undefined ||
    record.registrations.some((past) => isLoss(past) && now < after(past.ended, LATELY)));

const neighbourUntil = ({ history }: PhoneView) => {
  const event = history.last('net.neighbour');
  return event === undefined ? undefined : after(event.at, LATELY);
};

/** A mapping of a NAT that changes so often is no accident. */
const MOVES = 2;

export const stayPathCauses = causes({
  'stays.duplicate-address': cause({
    stage: 'stays',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Duplicate IP',
    overBoots: true,
    evidence: NEIGHBOURS,
    fits: (view) => {
      // Of two machines that took an address one after the other, neither is the phone: a container that was made anew.
      const event = lastNeighbour(
        view,
        ({ mac, before, own }) => before !== undefined && (own === undefined || own === mac || own === before),
      );
      if (event?.before === undefined) return undefined;
      const { address, before: first, mac: second, own } = event;
      return {
        address,
        first: colons(first),
        second: colons(second),
        other: colons(own === second ? first : second),
        dhcp: view.config.dhcp.enabled,
      };
    },
    until: neighbourUntil,
    sentence: ({ address, first, second }) => `Two devices use ${address}: ${first} and ${second}.`,
    remedy: ({ address, other, dhcp }, place) => [
      network(`give the machine with the hardware address ${other} another address, or switch it off`),
      ...(dhcp
        ? or(
            setting(
              place,
              yaml`dhcp: { subnets: [{ …, exclusions: [${inQuotes(address)}] }] }   # if that machine is to keep it`,
            ),
          )
        : [look('look whether the DHCP server gives out an address that a machine has been set to')]),
    ],
    example: {
      address: '10.2.0.14',
      first: '00:11:22:33:44:55',
      second: '02:42:0a:02:00:0e',
      other: '02:42:0a:02:00:0e',
      dhcp: true,
    },
  }),
  'stays.proxy-arp': cause({
    stage: 'stays',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'off and on',
    overBoots: true,
    evidence: NEIGHBOURS,
    fits: (view) => {
      const event = lastNeighbour(view, ({ own, mac }) => own !== undefined && own !== mac);
      return event === undefined || !isUnsteady(view)
        ? undefined
        : { address: event.address, mac: colons(event.mac), own: colons(event.own ?? '') };
    },
    until: neighbourUntil,
    sentence: ({ address, mac }) =>
      `${address} is answered for by ${mac}, which is not the phone: proxy ARP of a router, or a second machine.`,
    remedy: ({ mac }) => [
      network('`no ip proxy-arp` on the voice interface of the router'),
      ...or(network(`if ${mac} is no router: give that machine another address`)),
    ],
    example: { address: '10.2.0.14', mac: '00:0c:29:aa:bb:cc', own: '00:11:22:33:44:55' },
  }),
  'stays.nat-port': cause({
    stage: 'stays',
    severity: 'degraded',
    confidence: 'likely',
    shows: 'calls to it fail',
    evidence: ['device.registered'],
    fits: ({ record }) => {
      const { protocol, transport, moves = 0, port } = record?.registration ?? {};
      return protocol === 'SIP' && transport === 'udp' && moves >= MOVES ? { port: port ?? 0, moves } : undefined;
    },
    sentence: ({ port, moves }) =>
      `A NAT gave it another port ${moves} times, now ${port}, so labcm cannot reach it between its refreshes.`,
    remedy: (_, place) => [
      network('route to this host without NAT, or by a VPN: these phones do not work through NAT'),
      ...or(look('let it register over TCP, if it can')),
      ...or(setting(place, yaml`sip: { expires: { granted: 70s } }   # below the time for which the NAT remembers`)),
    ],
    example: { port: 49152, moves: 2 },
  }),
  'stays.nat-address': cause({
    stage: 'stays',
    severity: 'attention',
    confidence: 'certain',
    shows: 'works, without speech',
    evidence: ['device.registered', 'device.registering'],
    fits: ({ record }) => {
      const registration = record?.registration;
      const inner = registration === undefined ? undefined : otherAddress(registration);
      return registration === undefined || inner === undefined ? undefined : { inner, outer: registration.address };
    },
    sentence: ({ inner, outer }) => `It believes to have ${inner}, and comes from ${outer}: there is a NAT between.`,
    remedy: ({ inner }) => [network(`route from this host to ${inner} in place of the NAT, or a VPN`)],
    example: { inner: '192.168.1.20', outer: '10.2.0.14' },
  }),
  'stays.sip-alg': cause({
    stage: 'stays',
    since: ({ record }) => record?.registration?.contactChange?.at,
    severity: 'blocking',
    confidence: 'likely',
    shows: 'calls fail, or NOTIFY',
    evidence: ['device.registered', 'device.registering'],
    fits: ({ record, now }) => {
      const change = record?.registration?.contactChange;
      return change === undefined || now >= after(change.at, REWRITTEN_FOR)
        ? undefined
        : { first: change.before, second: change.now };
    },
    until: ({ record }) => {
      const change = record?.registration?.contactChange;
      return change === undefined ? undefined : after(change.at, REWRITTEN_FOR);
    },
    sentence: ({ first, second }) =>
      `A router rewrites its SIP: in one dialogue its Contact says ${first} first and then ${second}.`,
    remedy: () => [network('switch the SIP ALG of the router off; IOS: `no ip nat service sip udp port 5060`')],
    example: { first: '192.168.1.20', second: '10.2.0.14' },
  }),
});

/** A Contact that has not changed again for so long is no longer rewritten. */
const REWRITTEN_FOR = minutes(30);

/** `00:11:22:33:44:55`. */
const colons = (mac: string): string => mac.toLowerCase().match(/../g)?.join(':') ?? mac;
