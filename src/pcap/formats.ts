// The numbers of capture files and of the headers in their packets, that only the reader needs.

/** Octets of the header of a pcap file and of each of its records. */
export const PCAP_HEADER = 24;
/** Octets in front of the packet in each record of a pcap file. */
export const PCAP_RECORD = 16;
/** The lower bits of the link type's word; above them stands the length of the frame check sequence. */
export const PCAP_LINK_TYPE = 0x03ff_ffff;
/** The most octets of a block that is read. Others may have any length, since they are skipped. */
export const MAX_BLOCK = 16 * 1024 * 1024;
/** The most interfaces of a section. */
export const MAX_INTERFACES = 65_536;
/** EtherTypes, and what the packets are called that are not read. */
export const ETHER_TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** 802.1Q, 802.1ad and the older form of stacked tags. */
export const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
/** By EtherType: the names of what is not read. */
export const UNREAD: ReadonlyMap<number, string> = new Map([
  [0x0806, 'ARP'],
  [ETHER_TYPE.ipv6, 'IPv6'],
  [0x8100, 'VLAN'],
  [0x8863, 'PPPoE'],
  [0x8864, 'PPPoE'],
  [0x88cc, 'LLDP'],
  [0x888e, '802.1X'],
]);

/** Protocol numbers of IPv4. */
export const IP_PROTOCOL = { tcp: 6, udp: 17 } as const;
/** By protocol number: the names of what is not read. */
export const UNREAD_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [2, 'IGMP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [132, 'SCTP'],
]);
