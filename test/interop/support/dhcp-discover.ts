// A phone's DISCOVER as a process, for a network namespace: `dhcp-discover.ts MAC MODEL`. Sends it from 0.0.0.0 once a
// second, and prints the first answer in hexadecimal; without one it ends with 1.

import { createSocket } from 'node:dgram';
import { parseMacAddress } from '../../../src/core/identifiers.js';
import { findModel } from '../../../src/devices/index.js';
import { dhcpPacket, vendorClassOf } from '../../../src/phone/boot/dhcp-messages.js';

const TRIES = 20;
const mac = parseMacAddress(process.argv[2] ?? '');
const model = findModel(process.argv[3] ?? '');
if (mac === undefined || model === undefined) throw new Error('no hardware address, or no model');

const XID = 0x1b3a;
const discover = (secs: number): Buffer =>
  dhcpPacket({
    type: 'DISCOVER',
    xid: XID,
    secs,
    mac,
    hostName: `SEP${mac}`,
    vendorClass: vendorClassOf(model),
    requested: undefined,
    serverId: undefined,
    clientAddress: undefined,
  });

const socket = createSocket('udp4');
let sent = 0;
const send = (): void => {
  if (sent === TRIES) process.exit(1);
  socket.send(discover(sent), 67, '255.255.255.255');
  sent += 1;
};
socket.on('message', (bytes) => {
  if (bytes[0] !== 2 || bytes.readUInt32BE(4) !== XID) return;
  process.stdout.write(bytes.toString('hex'));
  process.exit(0);
});
socket.bind(68, () => {
  socket.setBroadcast(true);
  send();
  setInterval(send, 1000);
});
