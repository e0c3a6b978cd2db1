// What passes between a phone and its servers, as packets: DHCP, TFTP, HTTP, SCCP and SIP.

import { encode } from '../../src/sccp/messages/catalogue.js';
import { at, ethernet, TestConnection, type TestEndpoint, type TestPacket, udp } from './capture-files.js';
import { aRegister } from './sccp-harness.js';

export const PHONE_MAC = '005056A1033D';
export const PHONE_NAME = `SEP${PHONE_MAC}`;
export const PHONE_ADDRESS = '10.10.210.200';
export const SERVER_ADDRESS = '10.10.210.10';

/** A DHCP message; options without their end. */
export const dhcpMessage = (
  op: 1 | 2,
  type: number,
  mac: string,
  yiaddr = '0.0.0.0',
  options: number[] = [],
): Buffer => {
  const bytes = Buffer.alloc(240);
  bytes.set([op, 1, 6, 0, 1, 2, 3, 4]);
  bytes.set(yiaddr.split('.').map(Number), 16);
  bytes.set(Buffer.from(mac, 'hex'), 28);
  bytes.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([bytes, Buffer.from([53, 1, type, ...options, 255])]);
};

export const sipRegister = (name: string, user: string, address: string, cseq = 101): Buffer =>
  Buffer.from(
    [
      `REGISTER sip:${SERVER_ADDRESS} SIP/2.0`,
      `Via: SIP/2.0/TCP ${address}:3311;branch=z9hG4bK${cseq}`,
      `From: <sip:${user}@${SERVER_ADDRESS}>;tag=1`,
      `To: <sip:${user}@${SERVER_ADDRESS}>`,
      `Call-ID: 1@${address}`,
      'Max-Forwards: 70',
      `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${user}@${address}:5060;transport=tcp>;+u.sip!devicename.ccm.cisco.com="${name}"`,
      'Expires: 120',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

export const sipOk = (cseq = 101): Buffer =>
  Buffer.from(
    [
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK1',
      'From: <sip:5005@10.10.210.10>;tag=1',
      'To: <sip:5005@10.10.210.10>;tag=2',
      'Call-ID: 1@10.10.210.200',
      `CSeq: ${cseq} REGISTER`,
      'Content-Type: text/plain',
      'Content-Length: 4',
      '',
      'body',
    ].join('\r\n'),
  );

export const registerReq = (deviceName: string): Buffer => encode('RegisterReqMessage', aRegister(deviceName), 0);

export const keepAlive = (): Buffer => encode('KeepAliveReqMessage', {}, 0);
export const keepAliveAck = (): Buffer => encode('KeepAliveAckMessage', {}, 0);

const tftpRequest = (file: string): Buffer => Buffer.from(`\0\x01${file}\0octet\0`, 'latin1');
const tftpData = (block: number, octets: number): Buffer =>
  Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(octets, 120)]);
const tftpAck = (block: number): Buffer => Buffer.from([0, 4, 0, block]);

/** A file by TFTP: the server answers from a port of its own. */
export const tftpTransfer = (client: TestEndpoint, server: TestEndpoint, file: string): Buffer[] => {
  const transfer = { ...server, port: 40_000 + (client.port % 1_000) };
  return [
    udp(client, server, tftpRequest(file)),
    udp(transfer, client, tftpData(1, 512)),
    udp(client, transfer, tftpAck(1)),
    udp(transfer, client, tftpData(2, 100)),
    udp(client, transfer, tftpAck(2)),
  ];
};

/** A phone from its first DISCOVER to its keepalives over SCCP and its registration over SIP. */
export const bootPackets = (): Buffer[] => {
  const phone = (port: number): TestEndpoint => ({ address: PHONE_ADDRESS, port });
  const server = (port: number): TestEndpoint => ({ address: SERVER_ADDRESS, port });
  const [nobody, everybody] = [at('0.0.0.0:68'), at('255.255.255.255:67')];
  const http = new TestConnection(phone(50_001), server(6970));
  const sccp = new TestConnection(phone(50_002), server(2000));
  const sip = new TestConnection(phone(50_003), server(5060));
  const tls = new TestConnection(phone(50_004), server(2443));
  const vendor = [60, 5, ...Buffer.from('Cisco')];
  return [
    udp(nobody, everybody, dhcpMessage(1, 1, PHONE_MAC, '0.0.0.0', vendor)),
    udp(server(67), at('255.255.255.255:68'), dhcpMessage(2, 2, PHONE_MAC, PHONE_ADDRESS)),
    udp(nobody, everybody, dhcpMessage(1, 3, PHONE_MAC)),
    udp(server(67), at('255.255.255.255:68'), dhcpMessage(2, 5, PHONE_MAC, PHONE_ADDRESS)),
    ...tftpTransfer(phone(49_152), server(69), `${PHONE_NAME}.cnf.xml`),
    ...http.open(),
    http.fromClient(Buffer.from(`GET /${PHONE_NAME}.cnf.xml HTTP/1.1\r\nHost: x\r\n\r\n`)),
    http.fromServer(Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 20\r\n\r\nGET / HTTP/')),
    http.fromServer(Buffer.from('1.1\r\n\r\n\r\n')),
    ...sccp.open(),
    sccp.fromClient(registerReq(PHONE_NAME)),
    sccp.fromClient(Buffer.concat([keepAlive(), keepAlive().subarray(0, 5)])),
    sccp.fromServer(keepAliveAck()),
    sccp.fromClient(keepAlive().subarray(5)),
    ...sccp.close(),
    ...sip.open(),
    sip.fromClient(sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)),
    sip.fromServer(Buffer.from('\r\n')),
    sip.fromServer(sipOk()),
    udp(phone(5060), server(5060), sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS, 7)),
    udp(phone(5060), server(5060), Buffer.from('\r\n\r\n')),
    ...tls.open(),
    tls.fromClient(Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0])),
    tls.fromServer(Buffer.from([0x16, 3, 3, 0, 4, 2, 0, 0, 0])),
  ];
};

/** The packets in Ethernet, a millisecond apart. Those of the phone come from its hardware address. */
export const inEthernet = (packets: readonly Buffer[]): TestPacket[] =>
  packets.map((packet, index) => {
    const isFromPhone = packet.subarray(12, 16).equals(Buffer.from(PHONE_ADDRESS.split('.').map(Number)));
    return {
      seconds: 1_700_000_000,
      nanoseconds: index * 1_000_000,
      bytes: ethernet(packet, isFromPhone ? PHONE_MAC : undefined),
    };
  });
