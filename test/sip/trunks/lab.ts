// A lab with a trunk: phones of labcm, and another PBX that is simulated.

import type { CallSettings, RoutePattern, TrunkSettings } from '../../../src/calls/index.js';
import type { LabcmEvent } from '../../../src/events.js';
import { type CallPhoneOptions, type SipCallLab, sipCallLab } from '../calls/call-harness.js';
import type { SipHarnessOptions } from '../harness.js';
import { Pbx, trunkTo } from './pbx.js';

export const route = (match: string, more: Partial<RoutePattern> = {}): RoutePattern => ({
  ...{ match, trunk: 'PBX', discard: 'predot', prefix: '', mask: '', callerMask: '', urgent: false },
  ...more,
});

/** The PBX answers so to OPTIONS, from the beginning; `undefined`: not at all. */
export const answering = (status: number | undefined) => ({
  prepare: (pbx: Pbx): void => {
    pbx.onOptions = () => status;
  },
});

/** Connections have opened, or were refused. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface TrunkLab extends SipCallLab {
  readonly pbx: Pbx;
  /** The events of trunks since the last look, as `type detail`. */
  trunkEvents(): string[];
  /** Whether it is up. */
  state(name?: string): string;
}

/** `9.` leads to the PBX. Phones are those of labcm, `trunk` is what differs from a plain one over UDP. */
export const trunkLab = async (
  phones: readonly CallPhoneOptions[] = [{ dn: '1000' }, { dn: '1001' }],
  trunk: Partial<TrunkSettings> = {},
  settings: Partial<CallSettings> = {},
  options: SipHarnessOptions & { readonly prepare?: (pbx: Pbx) => void; readonly canSet?: boolean } = {},
): Promise<TrunkLab> => {
  const one = trunkTo(trunk);
  let pbx: Pbx | undefined;
  const lab = await sipCallLab(
    phones,
    { trunks: [one], patterns: [route('9.!')], ...settings },
    {
      ...options,
      before: async (networks) => {
        pbx = await Pbx.over(one.transport, networks as never, one.address, one.port);
        options.prepare?.(pbx);
        await options.before?.(networks);
      },
    },
  );
  await settled();
  const made = pbx as Pbx;
  made.take();
  return {
    ...lab,
    pbx: made,
    trunkEvents: () => {
      const events = lab.harness.probe.events as readonly LabcmEvent[];
      const found = events.flatMap((event): string[] => {
        switch (event.type) {
          case 'sip.trunk-up':
            return [`up ${event.status}`];
          case 'sip.trunk-down':
            return [`down ${Object.values(event.fault).join(' ')}`];
          case 'sip.trunk-registration':
            return [`registration ${event.status}${event.granted === undefined ? '' : ` for ${event.granted}`}`];
          case 'sip.trunk-refused':
            return [`refused ${event.direction} ${event.reason} ${event.count}`];
          default:
            return [];
        }
      });
      lab.harness.probe.clear();
      return found;
    },
    state: (name = 'PBX') =>
      [...(lab.harness.server.trunks?.all ?? [])].find((each) => each.name === name)?.state ?? '',
  };
};
