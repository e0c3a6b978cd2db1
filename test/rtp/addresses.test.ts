import { expect, it } from 'vitest';
import { addressFault, isThisMachine } from '../../src/rtp/addresses.js';

it.each([
  ['10.0.0.1', 16_384, undefined],
  ['127.0.0.1', 16_384, undefined],
  ['10.0.0.1', 0, 'none'],
  ['10.0.0.1', 65_536, 'none'],
  ['10.0.0.1', 1.5, 'none'],
  ['0.1.2.3', 16_384, 'none'],
  ['::1', 16_384, 'none'],
  ['', 16_384, 'none'],
  ['10.0.0.1.example', 16_384, 'none'],
  ['224.0.0.1', 16_384, 'multicast'],
  ['239.255.255.255', 16_384, 'multicast'],
  ['240.0.0.1', 16_384, 'reserved'],
  ['255.255.255.255', 16_384, 'broadcast'],
] as const)('what is sent to %s port %i has the fault %s', (address, port, fault) => {
  expect(addressFault({ address, port })).toBe(fault);
});

it('what goes to a loopback address comes back, as what goes to an address of ours', () => {
  expect(['127.9.9.9', '10.0.0.1', '10.0.0.2'].map((address) => isThisMachine(address, ['10.0.0.1']))).toEqual([
    true,
    true,
    false,
  ]);
});
