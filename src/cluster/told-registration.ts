// A registration as nodes tell it to each other, and how it is read. It comes from other nodes, so it is read like input.

import { deviceKey } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord, Protocol, Registration } from '../devices/index.js';
import { keyOf } from './bus-names.js';
import { countIn, textIn, textsIn, type ValueFields } from './values.js';

/** The states that are told. A phone that is about to register is not told of. */
export const TOLD_STATES = ['registered', 'partially-registered', 'unregistered', 'rejected'] as const;
export type ToldState = (typeof TOLD_STATES)[number];

/** A registration as its node tells it. */
export interface ToldRegistration {
  readonly device: string;
  readonly node: string;
  /** The start of the daemon that holds it. */
  readonly instance: string;
  readonly generation: number;
  readonly protocol: Protocol;
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly typeId: number;
  readonly load: string;
  readonly state: ToldState;
  /** Why it ended or was refused; empty: it did not. */
  readonly reason: string;
  /** Since when it is in this state, by the wall clock of its node: for people, never compared. */
  readonly since: number;
  readonly lines: readonly string[];
  /** A short sum of the codecs that the phone reported. */
  readonly capabilities: string;
  /** Written again after a break: the order of writing says nothing of the order of registering. */
  readonly isAgain: boolean;
  /** The place of the node in its configuration. */
  readonly place: number;
}

/** What is told of a registration or of an attempt. */
export interface AboutRegistration
  extends Pick<Registration, 'device' | 'generation' | 'protocol' | 'transport' | 'address' | 'port' | 'typeId'> {
  readonly load?: string;
  readonly lines?: readonly string[];
  readonly capabilities?: Registration['capabilities'];
}

/** A registration that has ended, or an attempt that was refused. */
export interface EndedRegistration extends AboutRegistration {
  readonly at: Instant;
}

/** The state of a device that is registered with this node; `undefined`: it is not. */
export const heldState = (record: DeviceRecord | undefined): 'registered' | 'partially-registered' | undefined =>
  record?.registration?.registeredAt !== undefined &&
  (record.state === 'registered' || record.state === 'partially-registered')
    ? record.state
    : undefined;

/** Whether the phone is registered, wholly or partly. */
export const isRegisteredState = (state: ToldState): state is 'registered' | 'partially-registered' =>
  state === 'registered' || state === 'partially-registered';

/** The registration of an object under a key. `undefined`: it is none that this labcm can read. */
export const readRegistration = (fields: ValueFields, key: string): ToldRegistration | undefined => {
  const device = textIn(fields, 'device', 15);
  const node = textIn(fields, 'node', 64);
  const instance = textIn(fields, 'instance');
  const protocol = fields.protocol === 'SCCP' || fields.protocol === 'SIP' ? fields.protocol : undefined;
  const state = TOLD_STATES.find((one) => one === fields.state);
  if (device === undefined || node === undefined || instance === undefined) return undefined;
  if (protocol === undefined || state === undefined || keyOf(deviceKey(device)) !== key) return undefined;
  return {
    ...{ device, node, instance, protocol, state },
    generation: countIn(fields, 'generation') ?? 0,
    transport: textIn(fields, 'transport', 8) ?? '',
    address: textIn(fields, 'address', 64) ?? '',
    port: countIn(fields, 'port') ?? 0,
    typeId: countIn(fields, 'typeId') ?? 0,
    load: textIn(fields, 'load', 128) ?? '',
    reason: textIn(fields, 'reason', 64) ?? '',
    since: countIn(fields, 'since') ?? 0,
    lines: textsIn(fields, 'lines', 64, 64) ?? [],
    capabilities: textIn(fields, 'capabilities', 512) ?? '',
    isAgain: fields.isAgain === true,
    place: countIn(fields, 'place') ?? 0,
  };
};
