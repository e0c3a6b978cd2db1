import { startLab } from 'labcm';
import { afterAll, beforeAll, expect, test } from 'vitest';

let lab: Awaited<ReturnType<typeof startLab>>;

beforeAll(async () => {
  lab = await startLab({
    devices: [
      { name: 'SEP001122334455', model: '7962', protocol: 'SCCP', lines: [{ dn: '5002', label: 'Front desk' }] },
    ],
  });
});

afterAll(() => lab.stop());

test('a phone registers with its line', async () => {
  lab.phone({ name: 'SEP001122334455' });
  const device = await lab.registered('SEP001122334455', { within: '5s' });
  expect(device.lines).toMatchObject([{ dn: '5002', label: 'Front desk' }]);
});

test('a phone that nobody configured is refused, and labcm says why', async () => {
  const rejected = lab.next('device.rejected', { within: '5s' });
  lab.phone({ name: 'SEP00AABBCCDDEE', protocol: 'SCCP', model: '7962', boot: 'register' });
  expect((await rejected).reason).toBe('unknown-device');
});
