// The names that CUCM gives to dialogs of calls (`docs/protocols/calls.md` §1.2): this node's number in tags, and Call-IDs.

import type { Random } from '../../net/ports.js';
import type { Flow } from '../transport/flow.js';

const hex = (random: Random): string => random.below(0x7fff_ffff).toString(16);

/** In the form of a GUID. */
export const newNodeId = (random: Random): string => {
  const digits = Array.from({ length: 8 }, () => random.below(0x1_0000).toString(16).padStart(4, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/**
 * Gives Call-IDs: two random numbers, a counter and our address as a number of 32 bits with its octets backwards, leading
 * zeros dropped: `cff3400-d651f371-b-6407a8c0@192.168.7.100`.
 */
export const newCallIds = (random: Random): ((flow: Flow, host: string) => string) => {
  let count = 0;
  return ({ local }, host) => {
    count += 1;
    const address = local.address.split('.').reduceRight((sum, octet) => sum * 256 + (Number(octet) & 0xff), 0);
    return `${hex(random)}-${hex(random)}-${count.toString(16)}-${address.toString(16)}@${host}`;
  };
};
