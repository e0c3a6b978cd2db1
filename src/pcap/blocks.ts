// The numbers of pcapng (draft-ietf-opsawg-pcapng) and of the older pcap: block types, options and link types. One place
// for those who write captures and those who read them.

/** Block types (pcapng §4). */
export const BLOCK = {
  interfaceDescription: 0x00000001,
  /** Obsolete: files of old programs have it. */
  packet: 0x00000002,
  simplePacket: 0x00000003,
  nameResolution: 0x00000004,
  interfaceStatistics: 0x00000005,
  enhancedPacket: 0x00000006,
  decryptionSecrets: 0x0000000a,
  sectionHeader: 0x0a0d0d0a,
} as const;

/** The first field of a section; read with swapped octets, the section is of the other byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** The version of pcapng (§4.1). */
export const PCAPNG_VERSION = { major: 1, minor: 0 } as const;

/** A section whose length is not known (§4.1). */
export const UNKNOWN_SECTION_LENGTH = 0xffff_ffff_ffff_ffffn;

/** Codes of options that every block may have (§3.5). */
export const OPTION = { end: 0, comment: 1 } as const;
/** Codes of options of a section header (§4.1). */
export const SECTION_OPTION = { hardware: 2, system: 3, application: 4 } as const;
/** Codes of options of an interface description (§4.2). */
export const INTERFACE_OPTION = { name: 2, description: 3, timestampResolution: 9, timestampOffset: 14 } as const;
/** Codes of options of an enhanced packet (§4.3). */
export const PACKET_OPTION = { flags: 2, dropCount: 4 } as const;
/** Codes of options of interface statistics (§4.6). */
export const STATISTICS_OPTION = { startTime: 2, endTime: 3, received: 4, dropped: 5 } as const;

/** The direction in the flags of a packet (§4.3.1). */
export const PACKET_DIRECTION = { in: 1, out: 2 } as const;

/** Link types (tcpdump.org/linktypes.html). */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  rawOnOpenBsd: 14,
  rawElsewhere: 12,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

/** The first field of a pcap file: with times in microseconds, and in nanoseconds. */
export const PCAP_MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;

/** The largest packet that Wireshark takes from such a file. */
export const SNAPSHOT_LENGTH = 262_144;
