// What a change of a device means for the features of its lines and of itself, as events.

import type { Instant } from '../core/time.js';
import type { ConfiguredDevice, DeviceDoNotDisturbSet, DeviceForwardSet } from '../devices/index.js';
import { FORWARD_NAMES } from '../devices/line-forward.js';
import type { WriteAsker } from '../http/index.js';

/** `before` and `after`: the device; `undefined`: there is none. */
export const featureEvents = (
  before: ConfiguredDevice | undefined,
  after: ConfiguredDevice | undefined,
  { by, device: byDevice }: Pick<WriteAsker, 'device'> & { readonly by: string },
  at: Instant,
): readonly (DeviceForwardSet | DeviceDoNotDisturbSet)[] => {
  if (before === undefined || after === undefined) return [];
  const setter = { by, ...(byDevice === undefined ? {} : { byDevice }) };
  const forwards = after.lines.flatMap(({ dn, forward }): DeviceForwardSet[] => {
    const old = before.lines.find((line) => line.dn === dn)?.forward;
    return FORWARD_NAMES.filter((kind) => old?.[kind] !== forward[kind]).map((kind) => {
      const to = forward[kind];
      return {
        type: 'device.forward-set',
        ...{ at, device: after.name, dn, kind },
        ...(to === undefined ? {} : { to }),
        ...setter,
      };
    });
  });
  if (before.doNotDisturb === after.doNotDisturb) return forwards;
  const doNotDisturb = after.doNotDisturb ?? 'off';
  return [...forwards, { type: 'device.do-not-disturb-set', at, device: after.name, doNotDisturb, ...setter }];
};
