// What another DHCP server's offer does to phones (`docs/protocols/explain.md` §3): each rule is a row.

import { parseIpv4Address } from '../core/identifiers.js';
import type { HeardOffer } from '../dhcp/discovery.js';
import { bad, type DoctorFinding, type FindingFacts, warning } from './check.js';

/** What an offer is compared with. */
export interface OfferContext {
  /** The addresses at which phones may fetch their files and register. */
  readonly ours: ReadonlySet<string>;
  /** The prefix length of this machine's network that holds an address. */
  readonly prefixAt: (address: string) => number | undefined;
  /** Whether an address is in a pool that this daemon serves. */
  readonly isPooled: (address: string) => boolean;
}

const CODE = { mask: '1', router: '3', lease: '51', serverId: '54', name: '66', servers: '150' } as const;
const SHORTEST_LEASE_SECONDS = 600;

/** The shape of addresses, or of names, written down: what 150 must not be. */
const PRINTABLE = /^[\x20-\x7e]+\0?$/;

/** An offer with its options as phones read them. */
class OfferReading {
  readonly offer: HeardOffer;
  readonly servers: Buffer | undefined;
  readonly name: Buffer | undefined;

  constructor(offer: HeardOffer) {
    this.offer = offer;
    this.servers = this.#octets(CODE.servers);
    this.name = this.#octets(CODE.name);
  }

  #octets(code: string): Buffer | undefined {
    const hex = this.offer.options[code];
    return hex === undefined ? undefined : Buffer.from(hex, 'hex');
  }

  /** The addresses of an option, four octets each. */
  addresses(code: string): readonly string[] {
    const octets = this.#octets(code) ?? Buffer.alloc(0);
    return Array.from({ length: Math.floor(octets.length / 4) }, (_, at) =>
      octets.subarray(4 * at, 4 * at + 4).join('.'),
    );
  }

  number(code: string): number | undefined {
    const octets = this.#octets(code);
    return octets?.length === 4 ? octets.readUInt32BE(0) : undefined;
  }

  /** Option 150 where it is text: also where its length is a multiple of four, as that of `10.10.210.10`. */
  get textIn150(): string | undefined {
    const text = this.servers?.toString('latin1');
    return text !== undefined && PRINTABLE.test(text) && /[.\w]{4}/.test(text) ? text.replace(/\0$/, '') : undefined;
  }

  /** Option 66 as text, without the one NUL at its end that some servers pad it with. */
  get nameText(): string {
    return (this.name?.toString('latin1') ?? '').replace(/\0$/, '');
  }

  /** Where phones look for their files: 150, else 66, else the next server (`provisioning.md` §2.4). */
  get fileServers(): readonly string[] {
    if (this.servers !== undefined) return this.addresses(CODE.servers);
    if (this.nameText !== '') return [this.nameText];
    return this.offer.siaddr === '0.0.0.0' ? [] : [this.offer.siaddr];
  }
}

type OfferRule = (reading: OfferReading, context: OfferContext) => DoctorFinding | undefined;

const SNIPPET = '`labcm snippet KIND -c FILE` shows the lines; `labcm snippet` lists the kinds';

const fault = (code: string, found: string, fix: string, facts: FindingFacts, state: typeof bad = bad): DoctorFinding =>
  state(code, found, { fix: [fix, SNIPPET], facts });

const RULES: readonly OfferRule[] = [
  (reading) => {
    const { server } = reading.offer;
    const text = reading.textIn150;
    return text === undefined
      ? undefined
      : fault(
          'dhcp.other-server-text-150',
          `${server} sends option 150 as text ("${text}"): phones read ${reading.addresses(CODE.servers).join(', ') || 'no address'}`,
          'on that server: option 150 as IP address, array; Windows: delete the option and add it anew as IP address, array',
          { server, text },
        );
  },
  (reading) => {
    const { server } = reading.offer;
    const { servers } = reading;
    return servers === undefined || reading.textIn150 !== undefined || (servers.length > 0 && servers.length % 4 === 0)
      ? undefined
      : fault(
          'dhcp.other-server-150-length',
          `${server} sends option 150 of ${servers.length} octets, which is no list of addresses`,
          'on that server: option 150 as IP address, array',
          { server, octets: servers.length },
        );
  },
  (reading) => {
    const { server } = reading.offer;
    const { name, nameText } = reading;
    if (name === undefined || (/^[\x21-\x7e]+$/.test(nameText) && !nameText.includes(','))) return undefined;
    const what = nameText.includes(',') ? 'as a list' : 'as raw octets';
    return fault(
      'dhcp.option-66-bytes',
      `${server} sends option 66 ${what} (${name.toString('hex')}), and phones read one name or dotted address there`,
      'on that server: option 66 as plain text, one address',
      { server, octets: name.toString('hex') },
    );
  },
  (reading, { ours }) => {
    const { server } = reading.offer;
    if (reading.textIn150 !== undefined) return undefined;
    const { fileServers } = reading;
    if (fileServers.some((one) => ours.has(one) || parseIpv4Address(one) === undefined)) return undefined;
    return fault(
      'dhcp.other-server-no-tftp',
      fileServers.length === 0
        ? `${server} gives phones no TFTP server, so they never ask labcm`
        : `${server} sends phones to ${fileServers.join(', ')} for their files, so they never ask labcm`,
      `on that server: option 150 = ${[...ours][0] ?? 'the address of labcm'}, and 66 and the next server the same`,
      { server, fileServers },
    );
  },
  (reading, { ours }) => {
    const { server, siaddr } = reading.offer;
    const { servers, nameText } = reading;
    const [first] = reading.addresses(CODE.servers);
    if (servers === undefined || reading.textIn150 !== undefined || first === undefined || !ours.has(first))
      return undefined;
    const others = [
      ...(nameText === '' || nameText === first || parseIpv4Address(nameText) === undefined
        ? []
        : [`66 = ${nameText}`]),
      ...(siaddr === '0.0.0.0' || siaddr === first ? [] : [`next server = ${siaddr}`]),
    ];
    return others.length === 0
      ? undefined
      : fault(
          'dhcp.other-server-tftp-differs',
          `${server} sends option 150 = ${first}, but ${others.join(' and ')}: some phones and gateways follow those`,
          `on that server: 150, 66 and the next server all ${first}`,
          { server, servers: first, name: nameText, siaddr },
          warning,
        );
  },
  (reading, { prefixAt }) => {
    const { server, yiaddr } = reading.offer;
    const mask = reading.number(CODE.mask);
    const length = mask === undefined ? undefined : prefixOf(mask);
    const wanted = prefixAt(yiaddr);
    if (length !== undefined && (wanted === undefined || wanted === length)) return undefined;
    const found = mask === undefined ? 'no mask' : `the mask ${text(mask)}`;
    return fault(
      'dhcp.other-server-mask',
      `${server} sends ${found} with ${yiaddr}${wanted === undefined ? '' : `, and this machine's network there is /${wanted}`}`,
      'on that server: the mask of that network',
      { server, mask: mask === undefined ? '' : text(mask), yiaddr },
    );
  },
  (reading) => {
    const { server, yiaddr } = reading.offer;
    const mask = reading.number(CODE.mask);
    const length = mask === undefined ? undefined : prefixOf(mask);
    const outside =
      length === undefined ? [] : reading.addresses(CODE.router).filter((one) => !isInNet(one, yiaddr, length));
    return outside.length === 0
      ? undefined
      : fault(
          'dhcp.other-server-router',
          `${server} sends the router ${outside.join(', ')}, which is not in ${yiaddr}/${length}`,
          'on that server: a router of that network',
          { server, routers: outside },
        );
  },
  (reading) => {
    const { server, options } = reading.offer;
    const missing = [CODE.lease, CODE.serverId].filter((code) => options[code] === undefined);
    return missing.length === 0
      ? undefined
      : fault(
          'dhcp.other-server-incomplete',
          `${server} makes offers without option ${missing.join(' and ')}, which phones need`,
          'another server: this one breaks RFC 2131 §4.3.1',
          { server, missing },
        );
  },
  (reading) => {
    const { server } = reading.offer;
    const lease = reading.number(CODE.lease);
    return lease === undefined || lease >= SHORTEST_LEASE_SECONDS
      ? undefined
      : fault(
          'dhcp.other-server-short-lease',
          `${server} leases addresses for ${lease} s: phones renew all the time, and lose theirs when it is away for a moment`,
          'on that server: a lease of ten minutes or more',
          { server, lease },
          warning,
        );
  },
  (reading, { isPooled }) => {
    const { server, yiaddr } = reading.offer;
    return isPooled(yiaddr)
      ? fault(
          'dhcp.other-server-pool',
          `${server} offers ${yiaddr}, which is in a pool of this daemon, too: two phones will get one address`,
          'pools that do not overlap',
          { server, yiaddr },
        )
      : undefined;
  },
];

/** Everything that is wrong with an offer. */
export const lintOffer = (offer: HeardOffer, context: OfferContext): readonly DoctorFinding[] => {
  const reading = new OfferReading(offer);
  return RULES.flatMap((rule) => rule(reading, context) ?? []);
};

/** Where an offer sends phones for their files. */
export const fileServersOf = (offer: HeardOffer): readonly string[] => new OfferReading(offer).fileServers;

const text = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');

/** The length of a mask; `undefined`: its ones are not together, or there are none. */
const prefixOf = (mask: number): number | undefined => {
  const length = Math.clz32(~mask >>> 0);
  return length > 0 && (0xffffffff << (32 - length)) >>> 0 === mask >>> 0 ? length : undefined;
};

/** Whether an address is in the network of another one. */
export const isInNet = (address: string, other: string, prefix: number): boolean =>
  prefix === 0 || (number(address) ^ number(other)) >>> (32 - prefix) === 0;

const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
