import { expect, it } from 'vitest';
import { PerLocalAddress } from '../../src/core/per-local-address.js';
import { ManualClock } from '../support/manual-clock.js';

it('a machine that does not say what addresses it has changes nothing, and is asked again', async () => {
  const clock = new ManualClock();
  let addresses: readonly string[] | undefined = ['10.0.0.1'];
  const kept = new PerLocalAddress({
    addresses: () => {
      if (addresses === undefined) throw new Error('EMFILE: too many open files');
      return addresses;
    },
    clock,
    open: async (address) => address,
    close: async () => {},
  });
  await kept.open('0.0.0.0');
  const look = async (): Promise<void> => {
    clock.advance(5000);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  addresses = undefined;
  await look();
  expect(kept.all).toEqual(['10.0.0.1']);
  addresses = ['10.0.0.2'];
  await look();
  expect(kept.all).toEqual(['10.0.0.2']);
  await kept.close();
});

it('tells of each address that came later whether it could be opened, each time that it is tried', async () => {
  const clock = new ManualClock();
  const addresses = ['10.0.0.1'];
  const later: (readonly [string, string | undefined])[] = [];
  let isTaken = true;
  const kept = new PerLocalAddress({
    addresses: () => addresses,
    clock,
    open: async (address) => {
      if (address === '10.0.0.2' && isTaken) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
      return address;
    },
    close: async () => {},
    onLater: (address, error) => later.push([address, error?.code]),
  });
  await kept.open('0.0.0.0');
  const look = async (): Promise<void> => {
    clock.advance(5000);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  addresses.push('10.0.0.2');
  await look();
  isTaken = false;
  await look();
  await look();
  expect(later).toEqual([
    ['10.0.0.2', 'EADDRINUSE'],
    ['10.0.0.2', undefined],
  ]);
  expect(kept.all).toEqual(['10.0.0.1', '10.0.0.2']);
  await kept.close();
});
