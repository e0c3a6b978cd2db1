// Every DHCP option by its code: its name, the kind of its value, and whether it can be configured. A new option is a
// row.

import {
  domains,
  empty,
  flag,
  i32,
  ipv4,
  ipv4Pairs,
  ipv4s,
  type OptionKind,
  type OptionValue,
  octets,
  routes,
  subOptions,
  text,
  u8,
  u8s,
  u16,
  u16s,
  u32,
} from './option-kinds.js';

/** What is known of an option. */
export interface OptionRow {
  readonly name: string;
  readonly kind: OptionKind;
  /** Other names that people know it by. */
  readonly aliases?: readonly string[];
  /** Why it cannot be configured as an option: it belongs to the protocol, or another key sets it. */
  readonly notConfigurable?: string;
}

const PROTOCOL = 'the server fills it in itself';
const BY_CLIENT = 'clients send it, servers do not';

/** RFC 2132 unless another source is named. */
export const OPTIONS = {
  1: { name: 'subnet-mask', kind: ipv4, notConfigurable: 'it follows from `subnet`' },
  2: { name: 'time-offset', kind: i32 },
  3: { name: 'router', kind: ipv4s, aliases: ['routers'] },
  4: { name: 'time-servers', kind: ipv4s },
  5: { name: 'name-servers', kind: ipv4s },
  6: { name: 'dns', kind: ipv4s, aliases: ['domain-name-servers', 'dns-servers'] },
  7: { name: 'log-servers', kind: ipv4s },
  8: { name: 'cookie-servers', kind: ipv4s },
  9: { name: 'lpr-servers', kind: ipv4s },
  10: { name: 'impress-servers', kind: ipv4s },
  11: { name: 'resource-location-servers', kind: ipv4s },
  12: { name: 'host-name', kind: text },
  13: { name: 'boot-file-size', kind: u16 },
  14: { name: 'merit-dump', kind: text },
  15: { name: 'domain-name', kind: text },
  16: { name: 'swap-server', kind: ipv4 },
  17: { name: 'root-path', kind: text },
  18: { name: 'extensions-path', kind: text },
  19: { name: 'ip-forwarding', kind: flag },
  20: { name: 'non-local-source-routing', kind: flag },
  21: { name: 'policy-filter', kind: ipv4Pairs },
  22: { name: 'max-datagram-reassembly', kind: u16 },
  23: { name: 'default-ip-ttl', kind: u8 },
  24: { name: 'path-mtu-aging-timeout', kind: u32 },
  25: { name: 'path-mtu-plateau-table', kind: u16s },
  26: { name: 'interface-mtu', kind: u16 },
  27: { name: 'all-subnets-local', kind: flag },
  28: { name: 'broadcast-address', kind: ipv4 },
  29: { name: 'perform-mask-discovery', kind: flag },
  30: { name: 'mask-supplier', kind: flag },
  31: { name: 'router-discovery', kind: flag },
  32: { name: 'router-solicitation-address', kind: ipv4 },
  33: { name: 'static-routes', kind: ipv4Pairs },
  34: { name: 'trailer-encapsulation', kind: flag },
  35: { name: 'arp-cache-timeout', kind: u32 },
  36: { name: 'ieee802-3-encapsulation', kind: flag },
  37: { name: 'default-tcp-ttl', kind: u8 },
  38: { name: 'tcp-keepalive-interval', kind: u32 },
  39: { name: 'tcp-keepalive-garbage', kind: flag },
  40: { name: 'nis-domain', kind: text },
  41: { name: 'nis-servers', kind: ipv4s },
  42: { name: 'ntp-servers', kind: ipv4s, aliases: ['ntp'] },
  43: { name: 'vendor-specific', kind: octets, aliases: ['vendor-encapsulated-options'] },
  44: { name: 'netbios-name-servers', kind: ipv4s },
  45: { name: 'netbios-dd-servers', kind: ipv4s },
  46: { name: 'netbios-node-type', kind: u8 },
  47: { name: 'netbios-scope', kind: text },
  48: { name: 'font-servers', kind: ipv4s },
  49: { name: 'x-display-managers', kind: ipv4s },
  50: { name: 'requested-ip', kind: ipv4, notConfigurable: BY_CLIENT },
  51: { name: 'lease-time', kind: u32, notConfigurable: '`leaseTime` says it' },
  52: { name: 'overload', kind: u8, notConfigurable: PROTOCOL },
  53: { name: 'message-type', kind: u8, notConfigurable: PROTOCOL },
  54: { name: 'server-id', kind: ipv4, notConfigurable: PROTOCOL },
  55: { name: 'prl', kind: u8s, aliases: ['parameter-request-list'], notConfigurable: BY_CLIENT },
  56: { name: 'message', kind: text, notConfigurable: PROTOCOL },
  57: { name: 'max-size', kind: u16, notConfigurable: BY_CLIENT },
  58: { name: 't1', kind: u32, aliases: ['renewal-time'], notConfigurable: 'it is a share of `leaseTime`' },
  59: { name: 't2', kind: u32, aliases: ['rebinding-time'], notConfigurable: 'it is a share of `leaseTime`' },
  60: { name: 'vendor-class', kind: text },
  61: { name: 'client-id', kind: octets, notConfigurable: PROTOCOL },
  62: { name: 'netware-domain', kind: text }, // RFC 2242
  63: { name: 'netware-options', kind: octets },
  64: { name: 'nisplus-domain', kind: text },
  65: { name: 'nisplus-servers', kind: ipv4s },
  66: { name: 'tftp-server-name', kind: text, notConfigurable: 'it follows from `option150`' },
  67: { name: 'boot-file-name', kind: text },
  68: { name: 'mobile-ip-home-agents', kind: ipv4s },
  69: { name: 'smtp-servers', kind: ipv4s },
  70: { name: 'pop3-servers', kind: ipv4s },
  71: { name: 'nntp-servers', kind: ipv4s },
  72: { name: 'www-servers', kind: ipv4s },
  73: { name: 'finger-servers', kind: ipv4s },
  74: { name: 'irc-servers', kind: ipv4s },
  75: { name: 'streettalk-servers', kind: ipv4s },
  76: { name: 'streettalk-directory-servers', kind: ipv4s },
  77: { name: 'user-class', kind: octets }, // RFC 3004
  80: { name: 'rapid-commit', kind: empty, notConfigurable: PROTOCOL }, // RFC 4039
  81: { name: 'client-fqdn', kind: octets, notConfigurable: PROTOCOL }, // RFC 4702
  82: { name: 'relay-agent-info', kind: subOptions, notConfigurable: 'relays send it, and it goes back as it came' }, // RFC 3046
  93: { name: 'client-architecture', kind: u16s }, // RFC 4578
  97: { name: 'client-machine-id', kind: octets },
  100: { name: 'posix-timezone', kind: text }, // RFC 4833
  101: { name: 'tz-name', kind: text },
  108: { name: 'ipv6-only-preferred', kind: u32 }, // RFC 8925
  114: { name: 'captive-portal', kind: text }, // RFC 8910
  116: { name: 'auto-configuration', kind: u8 }, // RFC 2563
  118: { name: 'subnet-selection', kind: ipv4 }, // RFC 3011
  119: { name: 'domain-search', kind: domains }, // RFC 3397
  120: { name: 'sip-servers', kind: octets }, // RFC 3361
  121: { name: 'classless-static-routes', kind: routes, aliases: ['routes'] }, // RFC 3442
  124: { name: 'vendor-identifying-class', kind: octets }, // RFC 3925
  125: { name: 'vendor-identifying-options', kind: octets },
  128: { name: 'option-128', kind: octets },
  129: { name: 'option-129', kind: octets },
  132: { name: 'vlan-id', kind: octets }, // by custom: 802.1Q of IP phones
  138: { name: 'capwap-controllers', kind: ipv4s }, // RFC 5417
  145: { name: 'forcerenew-nonce', kind: octets, notConfigurable: PROTOCOL },
  150: { name: 'tftp-server-address', kind: ipv4s, notConfigurable: '`option150` says it' }, // RFC 5859
  160: { name: 'provisioning-url', kind: text }, // by custom
  176: { name: 'ip-telephone', kind: text }, // by custom
  242: { name: 'ip-telephone-settings', kind: text }, // by custom
  249: { name: 'microsoft-classless-static-routes', kind: routes },
  252: { name: 'web-proxy-auto-discovery', kind: text },
} as const satisfies Readonly<Record<number, OptionRow>>;

/** The codes of the options that the server itself reads and writes. */
export const CODE = {
  subnetMask: 1,
  router: 3,
  dns: 6,
  hostName: 12,
  domainName: 15,
  ntpServers: 42,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterRequestList: 55,
  message: 56,
  maxSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  tftpServerName: 66,
  relayAgentInformation: 82,
  tftpServerAddress: 150,
} as const;

/** RFC 2132 §3.1: one octet between options. */
export const PAD = 0;
/** RFC 2132 §3.2: the end of the options. */
export const END = 255;

const ROWS: ReadonlyMap<number, OptionRow> = new Map(
  Object.entries(OPTIONS).map(([code, row]): [number, OptionRow] => [Number(code), row]),
);

const CODES_BY_NAME: ReadonlyMap<string, number> = new Map(
  [...ROWS].flatMap(([code, { name, aliases = [] }]) =>
    [name, ...aliases].map((known): [string, number] => [known, code]),
  ),
);

/** What is known of an option; the value of an unknown one is octets, and its name `option-N`. */
export const optionRow = (code: number): OptionRow => ROWS.get(code) ?? { name: `option-${code}`, kind: octets };

/** The code of an option by its name in any case, or by its number; `undefined`: there is none. */
export const optionCode = (key: string | number): number | undefined => {
  const code = CODES_BY_NAME.get(String(key).toLowerCase()) ?? Number(key);
  return Number.isInteger(code) && code > PAD && code < END ? code : undefined;
};

/** Every name that an option has. */
export const OPTION_NAMES: readonly string[] = [...CODES_BY_NAME.keys()];

/** An option as it goes onto the wire, or what is wrong with how it was written. */
export type ParsedOption =
  | { readonly code: number; readonly bytes: Buffer }
  /** `key`: the name or number is wrong; `value`: the value is. */
  | { readonly fault: 'key' | 'value'; readonly wanted: string };

/**
 * Parses an option as people write it. `key` is a name or a code from 1 to 254, `value` as its kind describes. Any
 * option may be written in hexadecimal as `{ hex: 0a1b }`.
 */
export const parseOption = (key: string | number, value: unknown): ParsedOption => {
  const code = optionCode(key);
  if (code === undefined) return { fault: 'key', wanted: 'the name of an option, or its number from 1 to 254' };
  const { kind, notConfigurable } = optionRow(code);
  if (notConfigurable !== undefined) return { fault: 'key', wanted: `no such option here: ${notConfigurable}` };
  const bytes = isHex(value) ? octets.encode(value.hex) : kind.encode(value);
  return bytes === undefined ? { fault: 'value', wanted: kind.wanted } : { code, bytes };
};

const isHex = (value: unknown): value is { readonly hex: unknown } =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'hex';

/** The value in the octets of an option; hexadecimal if they are not of the option's kind. */
export const decodeOption = (code: number, bytes: Buffer): OptionValue =>
  optionRow(code).kind.decode(bytes) ?? bytes.toString('hex');
