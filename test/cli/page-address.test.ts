import { expect, it } from 'vitest';
import { pageAddress } from '../../src/cli/page-address.js';
import type { ServiceListener } from '../../src/daemon/service.js';

const at = (service: ServiceListener['service'], address: string, port: number): ServiceListener => ({
  service,
  transport: 'tcp',
  address,
  port,
});

it.each([
  ['127.0.0.1', 'http://127.0.0.1:8088/'],
  ['10.2.0.1', 'http://10.2.0.1:8088/'],
  ['0.0.0.0', 'http://127.0.0.1:8088/'],
  ['::', 'http://127.0.0.1:8088/'],
  ['::1', 'http://[::1]:8088/'],
])('the page of an API on %s is %s', (address, expected) => {
  expect(pageAddress([at('SCCP', '10.0.0.9', 2000), at('API', address, 8088)])).toBe(expected);
});

it('there is no page without an API', () => {
  expect(pageAddress([at('SCCP', '10.0.0.9', 2000)])).toBeUndefined();
});
