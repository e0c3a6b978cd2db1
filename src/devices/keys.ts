// Which key of a phone is what: the keys of its model and modules, filled from its configuration in order
// (`sccp.md` §5.3 0x0097).

import type { ButtonKind } from './buttons.js';
import type { ConfiguredDevice } from './device.js';

/** What a key does. `unused`: nothing is configured for it. */
export type KeyUse = Exclude<ButtonKind, 'programmable'> | 'service' | 'unused';

/** A key of a phone. */
export interface AssignedKey {
  readonly use: KeyUse;
  /**
   * Which line, speed dial or service, from 0. Speed dials with and without lamps are numbered together. A speed dial
   * key may be beyond those that are configured.
   */
  readonly index: number;
}

const UNUSED: AssignedKey = { use: 'unused', index: 0 };

/** All keys in their order, also those behind the last one in use. */
export const assignedKeys = ({
  model,
  modules,
  lines,
  speedDials,
  serviceUrls,
}: Pick<ConfiguredDevice, 'model' | 'modules' | 'lines' | 'speedDials' | 'serviceUrls'>): readonly AssignedKey[] => {
  let line = 0;
  let speedDial = 0;
  let service = 0;
  const programmable = (): AssignedKey => {
    if (line < lines.length) return { use: 'line', index: line++ };
    if (speedDial < speedDials.length) return { use: 'speed-dial', index: speedDial++ };
    return service < serviceUrls.length ? { use: 'service', index: service++ } : UNUSED;
  };
  return [model, ...modules]
    .flatMap(({ layout }) => layout)
    .map((kind) => {
      if (kind === 'programmable') return programmable();
      if (kind === 'line') return line < lines.length ? { use: 'line', index: line++ } : UNUSED;
      if (kind === 'speed-dial') return { use: 'speed-dial', index: speedDial++ };
      return { use: kind, index: 0 };
    });
};
