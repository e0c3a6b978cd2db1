// A phone's DHCP messages, as captured of a 7960 and a 7911 (`provisioning.md` §2.2): the options in that order, 548
// octets, the broadcast bit set.

import type { MacAddress } from '../../core/identifiers.js';
import type { Model } from '../../devices/index.js';
import { CODE, END } from '../../dhcp/options.js';
import { BROADCAST, MAGIC_COOKIE, type MessageType, OPTIONS_AT, REQUEST, typeNumber } from '../../dhcp/packet.js';

const LENGTH = 548;
const ETHERNET = 1;
const REQUEST_LIST = [1, 66, 6, 3, 15, 150, 35];

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
}

/**
 * Option 60 of a model, such as `Cisco Systems, Inc. IP Phone CP-7960G`, with a NUL at the end if the captures have
 * one.
 */
export const vendorClassOf = (model: Model): string => {
  const bare = model.name.replace(/^Cisco /, '');
  if (/^7905|^7912/.test(bare)) return `Cisco Systems, Inc. IP Phone ${bare}`;
  if (/^792/.test(bare)) return `Cisco Systems Inc. Wireless Phone ${bare}`;
  if (/^69[01]1/.test(bare)) return 'Cisco Systems, Inc.';
  if (/^79/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare.endsWith('-GE') ? bare : `${bare}G`}\0`;
  if (/^(89|99)/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare}\0`;
  if (/^(78|88|69)/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare}`;
  // A soft phone gets its address from its computer, with the computer's class. In a lab it asks by itself, as a 7960.
  return 'Cisco Systems, Inc. IP Phone CP-7960G\0';
};

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
