// Offers of other DHCP servers with one fault each.

import type { HeardOffer } from '../../src/dhcp/discovery.js';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** An offer that sends phones here, as a well-made server makes it. */
export const GOOD_OFFER: HeardOffer = {
  server: '10.10.210.2',
  from: '10.10.210.2',
  yiaddr: '10.10.210.55',
  siaddr: '10.10.210.10',
  options: {
    1: 'ffffff00',
    3: '0a0ad201',
    51: '00015180',
    53: '02',
    54: '0a0ad202',
    66: hex('10.10.210.10'),
    150: '0a0ad20a',
  },
};

type Options = Readonly<Record<string, string | undefined>>;

const withOptions = (changes: Options, others: Partial<HeardOffer> = {}): HeardOffer => ({
  ...GOOD_OFFER,
  ...others,
  options: Object.fromEntries(
    Object.entries({ ...GOOD_OFFER.options, ...changes }).flatMap(([code, value]) =>
      value === undefined ? [] : [[code, value]],
    ),
  ),
});

const SNIPPET_NAMED = /labcm snippet KIND/;

const heard = (...offers: readonly HeardOffer[]) => ({
  daemon: { discover: async () => ({ kind: 'heard', interface: 'eth1', giaddr: '10.10.210.10', offers }) as const },
});

/** The code, how bad it is, the sentence, and the offer. */
export const OFFER_CASES = [
  {
    code: 'dhcp.other-server',
    state: 'warning',
    found: /^10\.10\.210\.2 answers on eth1, too: it offers 10\.10\.210\.55 and sends phones to 10\.10\.210\.10$/,
    fix: /^one of the two off/,
    ...heard(GOOD_OFFER, GOOD_OFFER),
  },
  {
    // Twelve octets, a multiple of four.
    code: 'dhcp.other-server-text-150',
    state: 'bad',
    found:
      /^10\.10\.210\.2 sends option 150 as text \("10\.10\.210\.10"\): phones read 49\.48\.46\.49, 48\.46\.50\.49, 48\.46\.49\.48$/,
    fix: /^on that server: option 150 as IP address, array/,
    ...heard(withOptions({ 150: hex('10.10.210.10') })),
  },
  {
    code: 'dhcp.other-server-text-150',
    state: 'bad',
    found: /as text \("tftp\.lab"\)/,
    fix: /IP address, array/,
    ...heard(withOptions({ 150: hex('tftp.lab\0') })),
  },
  {
    code: 'dhcp.other-server-150-length',
    state: 'bad',
    found: /sends option 150 of 5 octets/,
    fix: /IP address, array/,
    ...heard(withOptions({ 150: '0a0ad20a00' })),
  },
  {
    code: 'dhcp.option-66-bytes',
    state: 'bad',
    found: /sends option 66 as raw octets \(0a0ad20a\)/,
    fix: /plain text/,
    ...heard(withOptions({ 66: '0a0ad20a' })),
  },
  {
    code: 'dhcp.option-66-bytes',
    state: 'bad',
    found: /as a list/,
    fix: /plain text/,
    ...heard(withOptions({ 66: hex('10.10.210.10,10.10.210.11') })),
  },
  {
    code: 'dhcp.option-66-bytes',
    state: 'bad',
    found: /as raw octets/,
    fix: /plain text/,
    ...heard(withOptions({ 66: hex('10.10.210.10\0\0') })),
  },
  {
    code: 'dhcp.other-server-no-tftp',
    state: 'bad',
    found: /^10\.10\.210\.2 gives phones no TFTP server, so they never ask labcm$/,
    fix: /^on that server: option 150 = 10\.10\.210\.10/,
    ...heard(withOptions({ 150: undefined, 66: undefined }, { siaddr: '0.0.0.0' })),
  },
  {
    code: 'dhcp.other-server-no-tftp',
    state: 'bad',
    found: /^10\.10\.210\.2 sends phones to 10\.7\.7\.7 for their files/,
    fix: /option 150 = 10\.10\.210\.10/,
    ...heard(withOptions({ 150: '0a070707', 66: undefined }, { siaddr: '10.7.7.7' })),
  },
  {
    code: 'dhcp.other-server-tftp-differs',
    state: 'warning',
    found: /sends option 150 = 10\.10\.210\.10, but 66 = 10\.7\.7\.7 and next server = 10\.10\.210\.2/,
    fix: /all 10\.10\.210\.10$/,
    ...heard(withOptions({ 66: hex('10.7.7.7') }, { siaddr: '10.10.210.2' })),
  },
  {
    code: 'dhcp.other-server-mask',
    state: 'bad',
    found: /sends the mask 255\.255\.0\.0 with 10\.10\.210\.55, and this machine's network there is \/24$/,
    fix: /the mask of that network/,
    ...heard(withOptions({ 1: 'ffff0000' })),
  },
  {
    code: 'dhcp.other-server-mask',
    state: 'bad',
    found: /sends no mask/,
    fix: /the mask of that network/,
    ...heard(withOptions({ 1: undefined })),
  },
  {
    code: 'dhcp.other-server-router',
    state: 'bad',
    found: /sends the router 10\.20\.0\.1, which is not in 10\.10\.210\.55\/24/,
    fix: /a router of that network/,
    ...heard(withOptions({ 3: '0a140001' })),
  },
  {
    code: 'dhcp.other-server-incomplete',
    state: 'bad',
    found: /without option 51 and 54, which phones need/,
    fix: /another server/,
    ...heard(withOptions({ 51: undefined, 54: undefined })),
  },
  {
    code: 'dhcp.other-server-short-lease',
    state: 'warning',
    found: /leases addresses for 120 s/,
    fix: /a lease of ten minutes/,
    ...heard(withOptions({ 51: '00000078' })),
  },
  {
    code: 'dhcp.other-server-pool',
    state: 'bad',
    found: /offers 10\.10\.210\.150, which is in a pool of this daemon/,
    fix: /do not overlap/,
    ...heard(withOptions({}, { yiaddr: '10.10.210.150' })),
  },
  {
    code: 'dhcp.no-server',
    state: 'bad',
    found: /^nobody answered a DISCOVER on eth1 within 5 s$/,
    fix: SNIPPET_NAMED,
    yaml: 'nodes: [{ name: CM1, address: 10.10.210.10 }]\n',
    view: { discover: async () => ({ kind: 'heard', interface: 'eth1', offers: [] }) as const },
  },
  {
    code: 'dhcp.not-asked',
    state: 'skipped',
    found: /^no DISCOVER on eth1: one a minute at most; the next one in 42 s$/,
    fix: undefined,
    daemon: { discover: async () => ({ kind: 'refused', why: 'one a minute at most; the next one in 42 s' }) as const },
  },
] as const;
