// Causes by which nothing, or next to nothing, is heard of a phone (`docs/protocols/explain.md` §2.1).

import { macOfName } from '../../../core/identifiers.js';
import { type Instant, minutes, seconds } from '../../../core/time.js';
import type { DeviceRecord } from '../../../devices/index.js';
import { nearestName } from '../../nearest-name.js';
import { cause, causes } from '../cause.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView, Surroundings } from '../phone-view.js';
import { command, deviceKeys, look, network, onPhone, servedFile } from '../remedies.js';
import { quoted } from '../shown-text.js';

/** After a start of the daemon, phones that are there have come again within this time (`stage-times.ts`). */
export const UNHEARD_AFTER = minutes(3);
/** A phone that was there before the start is missed after this time. */
const MISSED_AFTER = minutes(10);
/** Before that, a phone of nearly the same name says nothing. */
const MISREAD_AFTER = seconds(30);

/** Between two leases of a phone that finds no firmware, about twenty seconds. */
const LOOP = { least: seconds(10), most: seconds(40), times: 4 } as const;

const isUnheardFor = (view: PhoneView, span: number): boolean =>
  view.now - view.couldBeHeardSince >= span && view.isUnheard && view.configured?.suspended !== true;

/** Whether something of before the start of the daemon is known of it. */
const wasThereBefore = ({ record, history }: PhoneView): boolean =>
  record?.lease !== undefined ||
  record?.origin === 'auto-registered' ||
  history.has('device.leased') ||
  history.has('lease.expired');

/** `0011.2233.4455` of `SEP001122334455`, as labels and switches write it. */
const macOf = ({ configured: { mac } }: DeviceRecord): string | undefined => mac?.match(/..../g)?.join('.');

/** The firmware that a 79xx without any asks for (`docs/protocols/provisioning.md` §3.1). */
const imageOf = (model: string): string => {
  const [, number] = /^Cisco 79(\d\d)/.exec(model) ?? [];
  return number === undefined ? 'the firmware of its model' : `term${number}.default.loads`;
};

/** How many digits of two hardware addresses differ; more than `most` are not counted. */
const digitsApart = (one: string, other: string, most: number): number => {
  let apart = 0;
  for (let at = 0; at < one.length && apart <= most; at += 1) if (one[at] !== other[at]) apart += 1;
  return apart;
};
const MISREAD_DIGITS = 2;

/**
 * The phone that nobody configured whose name differs from that of the device by one or two digits. One that is as near
 * to another device says nothing: phones of one delivery have hardware addresses in a row.
 */
const misreadName = ({ record, surroundings }: PhoneView): string | undefined => {
  const mac = record === undefined ? undefined : macOfName(record.configured.name);
  if (mac === undefined) return undefined;
  for (const { name } of surroundings.unknownPhones()) {
    const other = name === undefined ? undefined : macOfName(name);
    if (other === undefined || digitsApart(mac, other, MISREAD_DIGITS) > MISREAD_DIGITS) continue;
    const isOfAnother = (candidate: string) =>
      candidate !== `SEP${mac}` && surroundings.byName(candidate) !== undefined;
    if (nearestName(`SEP${other}`, isOfAnother) === undefined) return `SEP${other}`;
  }
  return undefined;
};

/** So many phones of one switch are no chance. */
const TOGETHER = 3;
const AT_ONCE = seconds(10);

interface FallenSilent {
  readonly name: string;
  readonly at: Instant;
}

/** Who fell silent behind each switch, as it was a moment ago. A power failure asks for it once for each phone. */
const SILENCES = new WeakMap<
  Surroundings,
  { readonly at: Instant; readonly of: ReadonlyMap<string, FallenSilent[]> }
>();
const A_MOMENT = seconds(1);

const silencesOf = ({ surroundings, now }: PhoneView): ReadonlyMap<string, readonly FallenSilent[]> => {
  const known = SILENCES.get(surroundings);
  if (known !== undefined && now - known.at < A_MOMENT) return known.of;
  const found = new Map<string, FallenSilent[]>();
  for (const { configured, registration, reason, outOfService } of surroundings.devices()) {
    if (registration !== undefined || reason?.reason !== 'silence' || outOfService?.switch === undefined) continue;
    const behind = found.get(outOfService.switch) ?? [];
    found.set(outOfService.switch, behind);
    behind.push({ name: configured.name, at: reason.at });
  }
  SILENCES.set(surroundings, { at: now, of: found });
  return found;
};

/**
 * Phones behind the switch of this one that fell silent with it. Silence is noticed up to a keepalive later with one
 * phone than with another.
 */
const fallenWith = (view: PhoneView): { readonly others: number; readonly switch: string } | undefined => {
  const name = view.record?.outOfService?.switch;
  const { ending } = view;
  if (name === undefined || ending?.reason !== 'silence') return undefined;
  const within = AT_ONCE + view.config.sccp.keepAlive;
  const others = (silencesOf(view).get(name) ?? []).filter(
    (one) => one.name !== view.name && Math.abs(one.at - ending.at) <= within,
  ).length;
  return others + 1 < TOGETHER ? undefined : { others, switch: name };
};

export const powerCauses = causes({
  'power.never-seen': cause({
    stage: 'power',
    severity: 'blocking',
    confidence: 'possible',
    shows: 'dark, or Configuring VLAN, Configuring IP',
    evidence: ['daemon.started'],
    fits: (view) => {
      if (!isUnheardFor(view, UNHEARD_AFTER) || view.record === undefined || wasThereBefore(view)) return undefined;
      return { mac: macOf(view.record) };
    },
    sentence: () => 'Nothing was ever heard of it: no DHCP, no file, no registration.',
    remedy: ({ mac }) => [
      network('its power and its switch port: `show power inline`'),
      ...(mac === undefined ? [] : [look(`whether the MAC on its label is ${mac}`)]),
      command(shell`labcm doctor --listen 60s   # while it boots: whether its VLAN reaches this host`),
    ],
    example: { mac: '0011.2233.4455' as string | undefined },
  }),
  'power.never-seen-after-restart': cause({
    stage: 'power',
    severity: 'attention',
    confidence: 'possible',
    shows: 'works elsewhere, or is off',
    evidence: ['device.leased', 'lease.expired'],
    fits: (view) => (isUnheardFor(view, MISSED_AFTER) && wasThereBefore(view) ? {} : undefined),
    sentence: () =>
      'It was last heard before labcm was restarted; either it is off, or it registered with another call manager.',
    remedy: () => [
      look('look at its screen: which call manager it names, or that it is dark'),
      onPhone('power it off and on; a 79xx also by Settings, then **#**'),
    ],
    example: {},
  }),
  'power.no-image': cause({
    stage: 'power',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'the logo only, its lamps in turn',
    evidence: ['device.leased', 'dhcp.received'],
    overBoots: true,
    fits: (view) => {
      const { history, record, boot } = view;
      if (boot.furthest !== 'dhcp' || record === undefined) return undefined;
      const leases = history.recurring('dhcp.received', ({ decision }) => decision === 'ACK');
      // The first lease is an event of its own.
      if (leases === undefined || leases.times + 1 < LOOP.times) return undefined;
      if (leases.every < LOOP.least || leases.every > LOOP.most) return undefined;
      const began = leases.last.at - leases.every * (leases.times - 1);
      if (record.files.some(({ at }) => at >= began)) return undefined;
      const { name } = record.configured.model;
      return { every: Math.round(leases.every / 1000), image: imageOf(name), root: view.config.tftp.root };
    },
    sentence: ({ every }) =>
      `It gets an address every ${every} s and never asks for a file: it has no runnable firmware, or asks another TFTP server.`,
    remedy: ({ image, root }) => [
      ...servedFile(`put ${image} and the parts that it names into ${root}`),
      look('see that option 150 has one address only, that of labcm'),
      look('a 7970 or 7971 with the old boot logo starts with a 7.x or 8.2 load first'),
    ],
    example: { every: 20, image: 'term70.default.loads', root: './tftp-root' },
  }),
  'power.together': cause({
    stage: 'power',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'many are dark',
    evidence: ['device.unregistered'],
    overBoots: true,
    fits: (view) => fallenWith(view),
    sentence: ({ others, switch: name }) => `It fell silent together with ${others} others behind ${quoted(name)}.`,
    remedy: ({ switch: name }) => [
      network(`on ${quoted(name)}: its power, its PoE budget or its uplink: \`show power inline\`, \`show log\``),
    ],
    example: { others: 4, switch: 'access-sw-3' },
  }),
  'power.wrong-mac': cause({
    stage: 'power',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'registers under another name, or is rejected',
    evidence: [],
    fits: (view) => {
      if (!isUnheardFor(view, MISREAD_AFTER)) return undefined;
      const other = misreadName(view);
      return other === undefined ? undefined : { other, device: view.name };
    },
    sentence: ({ other, device }) =>
      `${other} is heard and ${device} is not: the MAC in the configuration is probably a misreading of ${other}.`,
    remedy: ({ other }, place) => [deviceKeys(place, yaml`name: ${other}`)],
    example: { other: 'SEP001122334456', device: 'SEP001122334455' },
  }),
});
