// Strips Ethernet, IPv4, UDP and TCP headers from a captured packet, as tcpdump and Wireshark dump it. Octets that are
// not exactly such a packet are taken for a payload.

const ETHERNET = 14;
const VLAN = 4;
const TYPE = { ipv4: 0x0800, vlan: 0x8100 } as const;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const UDP_HEADER = 8;
const LEAST_IPV4 = 20;
const LEAST_TCP = 20;

/** The payload of a packet. */
export const payloadOf = (bytes: Buffer): Buffer => ofIpv4(bytes) ?? ofEthernet(bytes) ?? bytes;

const ofEthernet = (bytes: Buffer): Buffer | undefined => {
  if (bytes.length < ETHERNET + VLAN) return undefined;
  const type = bytes.readUInt16BE(ETHERNET - 2);
  if (type === TYPE.ipv4) return ofIpv4(bytes.subarray(ETHERNET));
  return type === TYPE.vlan && bytes.readUInt16BE(ETHERNET + 2) === TYPE.ipv4
    ? ofIpv4(bytes.subarray(ETHERNET + VLAN))
    : undefined;
};

/** Ethernet may have added padding after the packet. */
const ofIpv4 = (bytes: Buffer): Buffer | undefined => {
  const [versionAndLength = 0] = bytes;
  const header = (versionAndLength & 0x0f) * 4;
  if (versionAndLength >> 4 !== 4 || header < LEAST_IPV4 || bytes.length < header + UDP_HEADER) return undefined;
  const total = bytes.readUInt16BE(2);
  if (total < header || total > bytes.length || !sumsUp(bytes.subarray(0, header))) return undefined;
  const carried = bytes.subarray(header, total);
  if (bytes[9] === PROTOCOL.udp) return carried.subarray(UDP_HEADER);
  if (bytes[9] !== PROTOCOL.tcp || carried.length < LEAST_TCP) return undefined;
  return carried.subarray(((carried[12] ?? 0) >> 4) * 4);
};

/** Checks the header checksum (RFC 1071). 0 passes: the capture was made before the network card filled it in. */
const sumsUp = (header: Buffer): boolean => {
  if (header.readUInt16BE(10) === 0) return true;
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
};
