import type { DirectoryNumber } from '../../core/identifiers.js';
import type { DeviceRecord } from '../../devices/index.js';
import { userOf } from '../message/uri.js';
import type { Authentication } from '../registrar/authentication.js';
import { isOfCisco, readClaims } from '../registrar/identification.js';
import type { RegisteredPhone } from '../registrar/location.js';
import { type SipResponse, sipResponse } from '../response/response.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import type { MethodDependencies, SipRequestContext } from './request-context.js';

/** The sender of a request that is no REGISTER. `device`: it has proved which device it is. */
export type Sender =
  | { readonly kind: 'device'; readonly record: DeviceRecord }
  /** It names a device or its number, without proof. `refusal`: the response if proof is needed. */
  | { readonly kind: 'unproven'; readonly record: DeviceRecord; readonly refusal: SipResponse }
  | { readonly kind: 'unknown' };

/** The response to a sender that can prove nothing. */
export const FORBIDDEN: SipResponse = sipResponse(403, 'Forbidden', { server: true });

/**
 * Finds the sender of a request. A device is proved by its registered flow or its credentials. Without a password its
 * registered address is proof enough, unless the device must prove itself by TLS. `claimed`: the device that the body names, if it names one.
 */
export const senderOf = (
  request: SipRequestContext,
  dependencies: MethodDependencies,
  claimed?: DeviceRecord,
): Sender => {
  const { flow } = request;
  const named = claimed === undefined ? namedIn(request, dependencies) : [claimed];
  const record = named.find((each) => isSentBy(flow, each, dependencies)) ?? named.find(hasPassword) ?? named[0];
  if (record === undefined) return { kind: 'unknown' };
  if (isSentBy(flow, record, dependencies)) return { kind: 'device', record };
  const refusal = hasPassword(record) ? refusalBy(dependencies.authentication, request, record) : FORBIDDEN;
  return refusal === undefined ? { kind: 'device', record } : { kind: 'unproven', record, refusal };
};

/** The devices that a request may be from: by its Contact, its hardware address, its connection, or its number. */
const namedIn = (
  { message, flow }: SipRequestContext,
  { phones, database }: MethodDependencies,
): readonly DeviceRecord[] => {
  const contact = message.address('Contact');
  const name = contact === undefined ? undefined : readClaims(contact).deviceName;
  const user = userOf(message.from?.uri);
  // Before it has read its configuration, a phone sends its hardware address as the user (`sip.md` §10.1).
  const device =
    (name === undefined ? undefined : database.byName(name)) ??
    (/^[0-9a-f]{12}$/i.test(user) ? database.byName(`SEP${user}`) : undefined);
  if (device !== undefined) return [device];
  const onFlow = flow.link === 0 ? [] : phones.onLink(flow.link);
  return onFlow.length === 1 ? onFlow.map(({ record }) => record) : database.byDirectoryNumber(user as DirectoryNumber);
};

const hasPassword = ({ configured }: DeviceRecord): boolean => configured.digest !== undefined;

/** Whether what comes by `flow` is from the device, whatever the request says. */
const isSentBy = (flow: Flow, record: DeviceRecord, { phones }: MethodDependencies): boolean => {
  const phone = phones.byDevice(record.configured.name);
  if (phone === undefined) return false;
  if (sameFlow(phone.flow, flow)) return true;
  return !hasPassword(record) && !isBoundToFlow(phone) && phone.flow.remote.address === flow.remote.address;
};

/** Whether the device has proved itself over its flow, so that nobody else at its address may speak for it. */
const isBoundToFlow = ({ flow, record: { configured } }: RegisteredPhone): boolean =>
  flow.transport === 'tls' && (configured.security.mode !== 'none' || configured.requireTls);

/** `undefined`: its credentials are right. Cisco's phones answer a challenge only to REGISTER (`sip.md` §9). */
const refusalBy = (
  authentication: Authentication,
  { message, flow, now }: SipRequestContext,
  record: DeviceRecord,
): SipResponse | undefined => {
  const presented = authentication.presentedIn(message);
  if (presented.ours.length === 0 && isOfCisco(message)) return FORBIDDEN;
  return authentication.check(message, presented, record, flow, now, () => {}).denied;
};
