import { describe, expect, it } from 'vitest';
import { ConnectionPlaces, placesOf } from '../../src/net/sockets/connection-places.js';

describe('the places of connections', () => {
  it.each([
    [1_024, { all: 896, perSource: 768 }],
    [20_000, { all: 19_488, perSource: 18_848 }],
    [1_048_576, { all: 1_048_064, perSource: 1_047_424 }],
  ])('of %i descriptors leave some for ours, and one address some for others', (descriptors, places) => {
    expect(placesOf(descriptors)).toEqual(places);
  });

  it('are not all taken by one address, and are free again when it leaves', () => {
    const places = new ConnectionPlaces(64);
    let taken = 0;
    while (places.take('10.0.0.1') === undefined) taken += 1;
    expect(taken).toBe(48);
    expect(places.take('10.0.0.1')).toBe('links-per-source');
    for (let count = 0; count < 8; count += 1) expect(places.take('10.0.0.2')).toBeUndefined();
    expect(places.take('10.0.0.2')).toBe('links');
    places.leave('10.0.0.1');
    expect(places.take('10.0.0.2')).toBeUndefined();
  });

  it('are without a bound where nobody knows how many descriptors there are', () => {
    const places = new ConnectionPlaces(undefined);
    for (let count = 0; count < 100_000; count += 1) expect(places.take('10.0.0.1')).toBeUndefined();
  });
});
