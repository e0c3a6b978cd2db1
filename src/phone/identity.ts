// Who a simulated phone is: name, hardware address, model and protocol.

import { createHash } from 'node:crypto';
import { type DeviceName, type MacAddress, macOfName, parseDeviceName, parseMacAddress } from '../core/identifiers.js';
import { findModel, type Model, type Protocol } from '../devices/index.js';
import { type SccpProfile, sccpProfileOf } from './sccp/profiles.js';
import { type SipProfile, sipProfileOf } from './sip/profiles.js';

/** A checked `PhoneSpec`, with how its model speaks. */
export interface PhoneIdentity {
  readonly name: DeviceName;
  readonly mac: MacAddress;
  readonly model: Model;
  readonly protocol: Protocol;
  readonly sccp: SccpProfile;
  readonly sip: SipProfile;
}

/** A phone as its user describes it. */
export interface PhoneSpec {
  readonly name: string;
  /** Absent: from a name of the form SEP or ATA and twelve digits, else made from the name, always the same. */
  readonly mac?: string;
  /** A row of the model table, by name or type id; absent: CIPC. */
  readonly model?: string;
  readonly protocol: Protocol;
}

/** What is wrong with a `PhoneSpec`: a text that says what was found and what is wanted. */
export interface PhoneSpecProblem {
  readonly fault: string;
}

/** A locally administered address, which no real phone has. */
const macOfAnyName = (name: string): MacAddress =>
  `02${createHash('sha1').update(name.toUpperCase()).digest('hex').slice(0, 10)}`.toUpperCase() as MacAddress;

/** Checks a description and fills in what it leaves out. Does not throw. */
export const identityOf = (spec: PhoneSpec): PhoneIdentity | PhoneSpecProblem => {
  const name = parseDeviceName(spec.name);
  if (name === undefined) return { fault: `name: found ${spec.name}, wanted 1 to 15 letters, digits, '.', '_' or '-'` };
  const mac = spec.mac === undefined ? (macOfName(name) ?? macOfAnyName(name)) : parseMacAddress(spec.mac);
  if (mac === undefined) return { fault: `mac: found ${spec.mac}, wanted twelve hexadecimal digits` };
  const model = findModel(spec.model ?? 'CIPC');
  if (model === undefined)
    return { fault: `model: found ${spec.model}, wanted a row of the model table, such as CIPC, 7962 or 8851` };
  if (!model.protocols.includes(spec.protocol))
    return {
      fault: `model: a ${model.name} does not speak ${spec.protocol}, it speaks ${model.protocols.join(' and ') || 'neither SCCP nor SIP'}`,
    };
  return { name, mac, model, protocol: spec.protocol, sccp: sccpProfileOf(model), sip: sipProfileOf(model) };
};
