// Tells phones to read their configuration again or to start anew, by the commands of their protocols. A phone that is not
// registered is told nothing, and the answer is the same (`docs/protocols/apis.md` §5.4).

import type { DeviceCommand } from '../../devices/index.js';
import { textIn, truthOf } from './elements.js';
import { notFound, notValid } from './fault.js';
import { type AxlCall, type AxlOperation, type AxlOutcome, findObject, returnUuid } from './operation.js';
import type { AxlPhone } from './phone.js';
import { PHONE } from './phone-object.js';
import { bareUuid } from './sources.js';

const tell = (call: AxlCall, { record, uuid }: AxlPhone, command: DeviceCommand): AxlOutcome => {
  const { name } = record.configured;
  call.view.sources.command(name, command);
  returnUuid(call, uuid);
  return { found: 0, wrote: `phone ${name}` };
};

const commanding = (verb: string, command: DeviceCommand): AxlOperation => ({
  name: `${verb}Phone`,
  effect: 'commands',
  request: { kind: 'key', keys: PHONE.keys },
  returns: { kind: 'uuid' },
  run: async (call) => tell(call, await findObject(PHONE, call), command),
});

/** `isHardReset` or `deviceResetType` says which. The name of the phone may be a UUID. */
const reset: AxlOperation = {
  name: 'doDeviceReset',
  effect: 'commands',
  request: { kind: 'texts', names: ['deviceName', 'isHardReset', 'deviceResetType'] },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { request } = call;
    const named = textIn(request, 'deviceName');
    if (named === '') throw notValid(['deviceName is needed']);
    const phone = (await PHONE.byKey(call, named, request)) ?? (await PHONE.byUuid?.(call, bareUuid(named)));
    if (phone === undefined) throw notFound('Device');
    const type = textIn(request, 'deviceResetType');
    const isRestart = type === '' ? truthOf(textIn(request, 'isHardReset')) === false : /^restart$/i.test(type);
    return tell(call, phone, isRestart ? 'restart' : 'reset');
  },
};

/** The operations that tell phones something. */
export const PHONE_COMMANDS: readonly AxlOperation[] = [
  commanding('apply', 'apply'),
  commanding('restart', 'restart'),
  commanding('reset', 'reset'),
  reset,
];
