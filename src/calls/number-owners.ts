// Who has which number of the settings, in one table: digit analysis takes the first owner of a number, and the configuration
// refuses a second one (`docs/protocols/calls.md` §5.3, §5.4).

import type { Target } from './dial-plan.js';
import { slotsOf } from './park-range.js';
import type { CallSettings, ServiceName } from './settings.js';

/** What a number of the settings leads to. */
export type OwnedTarget = Extract<
  Target,
  { readonly kind: 'emergency' | 'hunt' | 'pickup' | 'page' | 'park' | 'conference' | 'service' }
>;

/** A number of the settings. */
export interface NumberOwner {
  readonly number: string;
  readonly target: OwnedTarget;
  /** The key that gives it, below `calls`. */
  readonly path: readonly PropertyKey[];
}

/** What stands before other digits: with them it is a number of its own. */
export interface NumberCode {
  readonly code: string;
  /** The key that gives it, below `calls`. */
  readonly path: readonly [key: 'forwardAll' | 'intercom'];
}

/** Every number of the settings. Of two owners of one number the first has it: emergency numbers before all others. */
export const numberOwners = (settings: CallSettings): readonly NumberOwner[] => {
  const { emergency, hunts, pickup, pickupGroups, paging, park, conference, services } = settings;
  const range = (kind: 'park' | 'conference', written: string | undefined, path: readonly string[]): NumberOwner[] =>
    (slotsOf(written ?? '') ?? []).map((number) => ({ number, target: { kind, number }, path }));
  return [
    ...emergency.map(
      (number, index): NumberOwner => ({ number, target: { kind: 'emergency', number }, path: ['emergency', index] }),
    ),
    ...hunts.map(
      ({ dn }, index): NumberOwner => ({
        number: dn,
        target: { kind: 'hunt', number: dn },
        path: ['hunts', index, 'dn'],
      }),
    ),
    ...pickupOwner(pickup, ['pickup']),
    ...pickupGroups.flatMap(({ number }, index) => pickupOwner(number, ['pickupGroups', index, 'number'])),
    ...paging.map(
      ({ dn }, index): NumberOwner => ({
        number: dn,
        target: { kind: 'page', number: dn },
        path: ['paging', index, 'dn'],
      }),
    ),
    ...range('park', park.range, ['park', 'range']),
    ...range('conference', conference.rooms, ['conference', 'rooms']),
    ...(Object.entries(services) as [ServiceName, string][]).map(
      ([service, number]): NumberOwner => ({
        number,
        target: { kind: 'service', service, number },
        path: BESIDE_SERVICES.has(service) ? [service] : ['services', service],
      }),
    ),
  ];
};

const pickupOwner = (number: string | undefined, path: readonly PropertyKey[]): readonly NumberOwner[] =>
  number === undefined ? [] : [{ number, target: { kind: 'pickup', number }, path }];

/** Services whose keys do not stand in `calls.services`. */
const BESIDE_SERVICES: ReadonlySet<ServiceName> = new Set(['messagesOn', 'messagesOff']);

/** The codes of the settings that are on. */
export const numberCodes = ({ forwardAll, intercom }: CallSettings): readonly NumberCode[] => [
  ...(forwardAll === undefined ? [] : [{ code: forwardAll, path: ['forwardAll'] } as const]),
  ...(intercom === undefined ? [] : [{ code: intercom, path: ['intercom'] } as const]),
];
