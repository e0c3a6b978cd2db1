// Calls as the API shows them: the ones that stand, and what a number would do.

import { type Call, type CallControl, isEmergency, type Leg, type Target, type TrunkTarget } from '../calls/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { DeviceDatabase, DeviceRecord } from '../devices/index.js';
import { RIS_STATUS } from '../devices/registration.js';
import type { ApiDialling, ApiStandingCall, CallsView } from '../http/index.js';

/** `role` is its place in the call, whoever called whom before a transfer or a conference. */
const legView = (leg: Leg): ApiStandingCall['legs'][number] => {
  const { ci, device, dn, state, receive } = leg;
  return {
    ci,
    role: leg === leg.call.caller ? 'caller' : 'called',
    device,
    dn,
    state,
    receive: receive === undefined ? undefined : `${receive.address}:${receive.port}`,
  };
};

const callView = (call: Call, control: CallControl): ApiStandingCall => ({
  id: call.id,
  dialled: call.dialled === '' ? call.caller.digits : call.dialled,
  startedAt: call.startedAt,
  answeredAt: call.answeredAt,
  codec: call.media?.codec,
  conference: control.conferenceOf(call)?.number,
  legs: [call.caller, ...call.called].filter(({ state }) => state !== 'idle').map(legView),
});

/** The calls that a device takes part in, the oldest first. */
const callsOf = (device: DeviceName, control: CallControl): readonly Call[] => {
  const calls = new Set(control.legs.of(device).flatMap(({ call, state }) => (state === 'idle' ? [] : [call])));
  return [...calls].sort((one, other) => one.id - other.id);
};

/** What the API needs of calls. `control` is `undefined` where calls are off. */
export const callsView = (
  control: CallControl | undefined,
  database: DeviceDatabase,
  nodeOf: (dn: string) => string | undefined = () => undefined,
): CallsView => ({
  calls: () => (control === undefined ? [] : Array.from(control.calls, (call) => callView(call, control))),
  callsOf: (device) => (control === undefined ? [] : callsOf(device, control).map((call) => callView(call, control))),
  dial: (number, from) => {
    if (control === undefined) return NOT_SERVED;
    const analysis = control.analyse(number);
    const describeTarget = (target: Target): string =>
      describe(target, phonesOfTarget(target, from, control, database), control, nodeOf);
    if (analysis.kind !== 'match') {
      const sentences = [
        analysis.kind === 'none'
          ? `${number} leads nowhere: the caller hears reorder tone (cause 1)`
          : `${number} is the beginning of a number: labcm waits for more digits`,
        ...likeEmergency(number, control),
        ...earlierEnd(number, undefined, control, describeTarget),
      ];
      const text = sentences.join('. ');
      return analysis.kind === 'none'
        ? { ...NOWHERE, text, steps: analysis.steps }
        : { ...NOWHERE, result: 'incomplete', canGrow: true, text };
    }
    const { target, canGrow, steps } = analysis;
    const phones = phonesOfTarget(target, from, control, database);
    const sentences = [
      `${number} ${describe(target, phones, control, nodeOf)}`,
      ...(canGrow ? ['A longer number begins so, too: labcm waits for the next digit first'] : []),
      ...earlierEnd(number, target, control, describeTarget),
    ];
    return {
      result: target.kind,
      number: target.kind === 'line' ? target.dn : target.number,
      text: `${sentences.join('. ')}.`,
      canGrow,
      steps,
      phones,
    };
  },
});

/** The lines that a number rings. */
const membersOf = (target: Target, control: CallControl): readonly string[] => {
  if (target.kind === 'line') return [target.dn];
  if (target.kind !== 'hunt') return [];
  return control.settings.hunts.find(({ dn }) => dn === target.number)?.members ?? [];
};

/** That a phone which sends one digit after the other never comes to the end of `number`, where it gets to elsewhere. */
const earlierEnd = (
  number: string,
  target: Target | undefined,
  control: CallControl,
  describeTarget: (target: Target) => string,
): readonly string[] => {
  const early = control.endsAt(number);
  if (early === undefined || (early.target.kind === 'emergency' && target?.kind === 'emergency')) return [];
  return [`Dialled digit by digit, it ends at ${early.text}, which ${describeTarget(early.target)}`];
};

/** What a number that leads nowhere has to do with an emergency number, of which it has the digits. */
const likeEmergency = (number: string, { settings: { emergency } }: CallControl): readonly string[] => {
  if (isEmergency(number, emergency))
    return [
      'It is an emergency number, and `calls.emergency` does not list it: labcm does not answer it, and sends it nowhere',
    ];
  const rest = number.slice(1);
  return emergency.includes(rest) ? [`Only without its first digit it is ${rest}, an emergency number`] : [];
};

const NOWHERE = { result: 'none', number: undefined, canGrow: false, steps: [], phones: [] } as const;
const NOT_SERVED: ApiDialling = { ...NOWHERE, text: 'calls are not served: `calls.enabled` is false' };

const RINGS = 'rings';

const describe = (
  target: Target,
  phones: ApiDialling['phones'],
  control: CallControl,
  nodeOf: (dn: string) => string | undefined,
): string => {
  if (target.kind === 'service') return `is the service ${target.service}`;
  if (target.kind === 'hunt') return 'is a hunt list';
  if (target.kind === 'pickup') return 'answers a call that rings in a pick-up group';
  if (target.kind === 'conference') return 'is a meeting room';
  if (target.kind === 'forward')
    return target.to === ''
      ? 'ends that the line of the caller forwards all calls'
      : `forwards all calls of the caller’s line to ${target.to}`;
  if (target.kind === 'intercom') return `is answered by ${target.dn} by itself, which only listens`;
  if (target.kind === 'page') return 'speaks to several phones at once';
  if (target.kind === 'park') return 'is the number of a parked call';
  if (target.kind === 'trunk') return describeTrunk(target);
  if (target.kind === 'emergency')
    return 'is an emergency number: labcm answers it itself, and no call leaves this machine';
  const { all } = control.features.forwardOf(target.dn);
  if (all !== undefined) return `is the line ${target.dn}, which forwards all calls to ${all}`;
  const ringing = phones.filter(({ outcome }) => outcome === RINGS);
  if (ringing.length > 0)
    return `is the line ${target.dn}: ${ringing.map(({ device }) => device).join(', ')} would ring`;
  const node = nodeOf(target.dn);
  if (node !== undefined) return `is the line ${target.dn}: a phone that is registered with node ${node} would ring`;
  const [first] = phones;
  return `is the line ${target.dn}, and no phone of it would ring: ${first === undefined ? 'none has it' : `${first.device} ${first.outcome}`}`;
};

/** Every trunk of the pattern, in the order in which they are tried. */
const describeTrunk = (target: TrunkTarget): string => {
  const routes: string[] = [];
  for (let route: TrunkTarget | undefined = target; route !== undefined; route = route.next)
    routes.push(`by the trunk ${route.trunk} as ${route.number}`);
  return `leaves ${routes.join(', or, if that is down or full, ')}`;
};

/** The phones of the lines that a number rings. */
const phonesOfTarget = (
  target: Target,
  from: string | undefined,
  control: CallControl,
  database: DeviceDatabase,
): ApiDialling['phones'] => membersOf(target, control).flatMap((dn) => phonesOf(dn, from, control, database));

const phonesOf = (
  dn: string,
  from: string | undefined,
  control: CallControl,
  database: DeviceDatabase,
): ApiDialling['phones'] =>
  database.byDirectoryNumber(dn as never).map((record) => ({
    device: record.configured.name,
    outcome: outcomeOf(record, dn, from, control),
  }));

/** Why the phone would not ring, or that it would. */
const outcomeOf = (
  { configured, state, registration }: DeviceRecord,
  dn: string,
  from: string | undefined,
  control: CallControl,
) => {
  if (configured.name === from) return 'is the caller itself';
  if (registration?.lines.some((line) => line === dn) !== true) return `is ${RIS_STATUS[state].name}`;
  if (configured.doNotDisturb === 'reject') return 'is busy for every call: do not disturb';
  const busyTrigger = configured.lines.find((line) => line.dn === dn)?.busyTrigger ?? 1;
  if (control.legs.of(configured.name).some(({ isPreserved }) => isPreserved))
    return 'may still talk in a call that lost its link';
  const count = control.legs.countOf(configured.name, dn);
  if (count < busyTrigger) return RINGS;
  return `is busy: the line has ${count === 1 ? '1 call' : `${count} calls`}, and \`busyTrigger\` is ${busyTrigger}`;
};
