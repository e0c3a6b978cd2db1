// The messages of a DHCP client that is a phone, as captured of a 7960 and a 7911 (`provisioning.md` §2.2): the options in
// that order, 548 octets, the broadcast bit set. Simulated phones send them, and `labcm doctor` one of them.

import type { MacAddress } from '../core/identifiers.js';
import { CODE, END } from './options.js';
import { BROADCAST, MAGIC_COOKIE, type MessageType, OPTIONS_AT, REQUEST, typeNumber } from './packet.js';

const LENGTH = 548;
const ETHERNET = 1;
const REQUEST_LIST = [1, 66, 6, 3, 15, 150, 35];
const HOPS_AT = 3;
const GIADDR_AT = 24;

/** The fields of a message from a client. */
export interface DhcpRequestFields {
  readonly type: MessageType;
  readonly xid: number;
  readonly secs: number;
  readonly mac: MacAddress;
  readonly hostName: string;
  readonly vendorClass: string;
  /** `undefined`: a message of this type does not have it. */
  readonly requested: Buffer | undefined;
  readonly serverId: Buffer | undefined;
  /** The address that the client has, when it renews or releases it. */
  readonly clientAddress: Buffer | undefined;
  /** The relay that passes it on; absent: it comes from the client itself. */
  readonly relay?: Buffer;
}

/** The octets of a message. */
export const dhcpPacket = (fields: DhcpRequestFields): Buffer => {
  const packet = Buffer.alloc(LENGTH);
  packet[0] = REQUEST;
  packet[1] = ETHERNET;
  packet[2] = 6;
  packet.writeUInt32BE(fields.xid, 4);
  packet.writeUInt16BE(fields.secs, 8);
  packet.writeUInt16BE(fields.clientAddress === undefined ? BROADCAST : 0, 10);
  fields.clientAddress?.copy(packet, 12);
  if (fields.relay !== undefined) {
    packet[HOPS_AT] = 1;
    fields.relay.copy(packet, GIADDR_AT);
  }
  const hardware = Buffer.from(fields.mac, 'hex');
  hardware.copy(packet, 28);
  packet.writeUInt32BE(MAGIC_COOKIE, OPTIONS_AT - 4);
  let at = OPTIONS_AT;
  const option = (code: number, value: Buffer): void => {
    packet[at] = code;
    packet[at + 1] = value.length;
    value.copy(packet, at + 2);
    at += 2 + value.length;
  };
  option(CODE.messageType, Buffer.from([typeNumber(fields.type)]));
  option(CODE.clientId, Buffer.concat([Buffer.from([ETHERNET]), hardware]));
  if (fields.requested !== undefined) option(CODE.requestedAddress, fields.requested);
  if (fields.serverId !== undefined) option(CODE.serverId, fields.serverId);
  if (fields.type !== 'RELEASE') {
    option(CODE.hostName, Buffer.from(fields.hostName, 'latin1'));
    option(CODE.vendorClass, Buffer.from(fields.vendorClass, 'latin1'));
    option(CODE.parameterRequestList, Buffer.from(REQUEST_LIST));
  }
  packet[at] = END;
  return packet;
};
