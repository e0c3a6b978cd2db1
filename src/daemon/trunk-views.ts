// The trunks as the API shows them: whether each is up, why not, and how many calls stand on it.

import type { Instant } from '../core/time.js';
import type { ApiTrunk, Metric } from '../http/index.js';
import type { SipServer } from '../sip/server.js';
import { trunkFaultText } from '../trace/lines/sip-trunks.js';

type Trunks = SipServer['trunks'];
type Trunk = NonNullable<Trunks> extends { readonly all: Iterable<infer T> } ? T : never;

const sentence = (trunk: Trunk): string => {
  const { state, fault, lastAnswer, settings } = trunk;
  if (state === 'unknown') return 'was asked whether it is there, and has not answered yet: calls are tried';
  if (state === 'up') return `is up: it answered OPTIONS with ${lastAnswer?.status ?? 200}`;
  return fault === undefined ? 'is down' : `is down: ${trunkFaultText(fault, settings)}`;
};

const registrationOf = ({ registration }: Trunk): ApiTrunk['registration'] => {
  if (registration === undefined) return undefined;
  const { user, status, since, granted, isRegistered } = registration;
  const answered = status === 0 ? 'REGISTER was not answered' : `REGISTER was answered ${status}`;
  const text = isRegistered ? `registered for ${granted} s` : status === undefined ? 'no answer yet' : answered;
  return { user, registered: isRegistered, status, since, text };
};

/** In the order of the configuration. */
export const trunkViews = (trunks: Trunks): readonly ApiTrunk[] =>
  [...(trunks?.all ?? [])].map((trunk) => {
    const { name, settings, state, since } = trunk;
    const { address, port, transport } = settings;
    return {
      ...{ name, address, port, transport, state, since: since satisfies Instant | undefined },
      text: sentence(trunk),
      calls: trunks?.callsOf(name) ?? 0,
      registration: registrationOf(trunk),
    };
  });

/** Of trunks that are configured; without any there is no such metric. */
export const trunkMetrics = (trunks: readonly ApiTrunk[]): readonly Metric[] =>
  trunks.length === 0
    ? []
    : [
        {
          kind: 'gauge',
          name: 'labcm_trunk_up',
          help: 'Whether the other PBX answers: 1 or 0',
          labels: ['trunk'],
          values: trunks.map(({ name, state }) => ({ labels: { trunk: name }, value: state === 'up' ? 1 : 0 })),
        },
        {
          kind: 'gauge',
          name: 'labcm_trunk_calls',
          help: 'Calls that stand on each trunk',
          labels: ['trunk'],
          values: trunks.map(({ name, calls }) => ({ labels: { trunk: name }, value: calls })),
        },
      ];
