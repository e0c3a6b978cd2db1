// Causes that come of another DHCP server beside labcm (`docs/protocols/explain.md` §2.2).

import { ipv4Text } from '../../../dhcp/ipv4.js';
import { cause, causes } from '../cause.js';
import { leftOtherServer, type OtherOffer, type OtherServer, otherServerOf } from '../dhcp-story.js';
import { shell } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, network, or } from '../remedies.js';
import { quoted } from '../shown-text.js';

/** The octets of an option of another server; `undefined`: it has none. */
const optionOf = ({ options }: OtherOffer, code: number): Buffer | undefined => {
  const value = options[code];
  return value === undefined ? undefined : Buffer.from(value, 'hex');
};

const addressesIn = (octets: Buffer): readonly string[] =>
  Array.from({ length: Math.floor(octets.length / 4) }, (_, index) => ipv4Text(octets.readUInt32BE(4 * index)));

/** The shortest address as text: `1.1.1.1`. Its length may be a multiple of four, as that of `10.10.210.10` is. */
const SHORTEST_ADDRESS = 7;

/** The text in an option whose octets ought to be addresses; `undefined`: it is none. */
const textIn = (octets: Buffer): string | undefined => {
  const text = octets.toString('latin1').replace(/\0+$/, '');
  return text.length >= SHORTEST_ADDRESS && /^[\x20-\x7e]+$/.test(text) && text.includes('.') ? text : undefined;
};

/** What is wrong with option 66, where a phone reads a name or a dotted address; `undefined`: nothing. */
const faultOf66 = (octets: Buffer): 'raw bytes' | 'a list' | undefined => {
  const text = octets.toString('latin1').replace(/\0+$/, '');
  if (text.includes(',')) return 'a list';
  return text !== '' && /^[\x21-\x7e]+$/.test(text) ? undefined : 'raw bytes';
};

/** The server that a phone would ask for files: option 150 goes before 66, and that before the fixed header. */
const fileServerOf = (offer: OtherOffer): string | undefined => {
  const [first] = addressesIn(optionOf(offer, 150) ?? Buffer.alloc(0));
  const name = optionOf(offer, 66)?.toString('latin1').replace(/\0+$/, '');
  return (
    first ??
    (name === undefined || name === '' ? undefined : name) ??
    (offer.siaddr === '0.0.0.0' ? undefined : offer.siaddr)
  );
};

const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/** Whether files of labcm's are to be had there, as far as is known. A name may lead anywhere. */
const mayBeOurs = ({ config, surroundings }: PhoneView, server: string): boolean =>
  !ADDRESS.test(server) ||
  config.nodes.some(({ address }) => address === server) ||
  config.dhcp.subnets.some(({ option150 }) => option150.some((address) => address === server)) ||
  surroundings.localAddresses().includes(server);

/** The other server, if the phone has not come here in its time, or no longer has that server's address. */
const stayedAway = (view: PhoneView): OtherServer | undefined =>
  view.isOverdue || leftOtherServer(view) ? otherServerOf(view) : undefined;

const ofOtherServer = {
  stage: 'dhcp',
  evidence: ['dhcp.other-offer', 'dhcp.received'],
  excludedBy: leftOtherServer,
} as const;

/** Remedies at the other server. */
const snippet = command(shell`labcm snippet   # the lines for that server`);

export const otherServerCauses = causes({
  'dhcp.other-server-text-150': cause({
    ...ofOtherServer,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Configuring IP, or TFTP timeout',
    fits: (view) => {
      const other = otherServerOf(view);
      const octets = other?.offer === undefined ? undefined : optionOf(other.offer, 150);
      const text = octets === undefined ? undefined : textIn(octets);
      if (other === undefined || octets === undefined || text === undefined) return undefined;
      const wrong = addressesIn(octets);
      return { server: other.server, text, count: wrong.length, first: wrong[0] ?? '' };
    },
    sentence: ({ server, text, count, first }) =>
      `${server} sends option 150 as the text ${quoted(text)}, so the phone reads ${count === 1 ? `the wrong address ${first}` : `${count} wrong addresses such as ${first}`}.`,
    remedy: ({ server }) => [
      snippet,
      network(`on ${server}: option 150 is an array of IP addresses, not a string`),
      network('Windows: delete option 150 and add it anew with the type IP address, array'),
    ],
    example: { server: '10.2.0.2', text: '10.10.210.10', count: 3, first: '49.48.46.49' },
  }),
  'dhcp.option-66-bytes': cause({
    ...ofOtherServer,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'TFTP timeout',
    fits: (view) => {
      const other = otherServerOf(view);
      const octets = other?.offer === undefined ? undefined : optionOf(other.offer, 66);
      // Phones read option 66 only where there is no option 150.
      if (other?.offer === undefined || octets === undefined || '150' in other.offer.options) return undefined;
      const fault = faultOf66(octets);
      return fault === undefined ? undefined : { server: other.server, fault, own: view.config.self.address };
    },
    sentence: ({ server, fault }) =>
      `${server} sends option 66 as ${fault}; phones read one name or one dotted address there.`,
    remedy: ({ server, own }) => [snippet, network(`on ${server}: option 150, or option 66 as the plain text ${own}`)],
    example: { server: '10.2.0.2', fault: 'raw bytes' as 'raw bytes' | 'a list', own: '10.2.0.1' },
  }),
  'dhcp.other-server-no-tftp': cause({
    ...ofOtherServer,
    severity: 'blocking',
    confidence: 'certain',
    shows: 'TFTP timeout, keeps its old server',
    fits: (view) => {
      const other = stayedAway(view);
      if (other?.offer === undefined) return undefined;
      const octets = optionOf(other.offer, 150);
      if (octets !== undefined && textIn(octets) !== undefined) return undefined;
      const named = fileServerOf(other.offer);
      if (named !== undefined && mayBeOurs(view, named)) return undefined;
      return { server: other.server, named, own: view.config.self.address };
    },
    sentence: ({ server, named }) =>
      `${server} gives it ${named === undefined ? 'no TFTP server' : `the TFTP server ${quoted(named)}`}, so it never asks labcm.`,
    remedy: ({ server, own }) => [
      snippet,
      network(`on ${server}: option 150, option 66 and the next server, all of them ${own}`),
    ],
    example: { server: '10.2.0.2', named: undefined as string | undefined, own: '10.2.0.1' },
  }),
  'dhcp.other-server-won': cause({
    ...ofOtherServer,
    severity: 'attention',
    confidence: 'likely',
    shows: '',
    fits: (view) => {
      const other = stayedAway(view);
      return other === undefined ? undefined : { server: other.server, own: view.config.self.address };
    },
    sentence: ({ server }) =>
      `It took the address of another DHCP server, ${server}; whether it comes here depends on that server's option 150.`,
    remedy: ({ server, own }) => [
      snippet,
      network(`put ${own} into option 150 of ${server}`),
      ...or(network('switch one of the two servers off')),
    ],
    example: { server: '10.2.0.2', own: '10.2.0.1' },
  }),
});
