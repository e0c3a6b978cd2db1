// Verdicts of a whole daemon and simulated phones, over sockets: of phones that are well there is none.

import { afterEach, expect, it } from 'vitest';
import { type Lab, type LabConfig, type LabEventOf, startLab } from '../../../src/lab.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';
const DOOR = 'SEP001122334457';

const PHONES: LabConfig = {
  devices: [
    { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5001', '5002'] },
    { name: WALL, model: '8851', lines: ['5003', '5004'], digest: { user: 'lab5003', password: 'secret' } },
    { name: DOOR, model: '7960', protocol: 'SIP', lines: ['5005'] },
  ],
};

const labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

const start = async (
  config: LabConfig,
): Promise<{ readonly lab: Lab; readonly told: readonly LabEventOf<'device.verdict'>[] }> => {
  const lab = await startLab(config);
  labs.push(lab);
  const told: LabEventOf<'device.verdict'>[] = [];
  lab.on('device.verdict', (event) => told.push(event));
  return { lab, told };
};

it.each([
  ['by DHCP', { enabled: true }],
  ['without DHCP', { enabled: false }],
])('none of phones that boot %s', async (_, dhcp) => {
  const { lab, told } = await start({ ...PHONES, dhcp });
  for (const { name } of PHONES.devices ?? []) lab.phone({ name });
  for (const { name } of PHONES.devices ?? []) await lab.registered(name);
  for (const { name, verdict } of lab.devices()) expect([name, verdict]).toEqual([name, null]);
  expect(told).toEqual([]);
});

it('an empty pool', async () => {
  const { lab } = await start({
    ...PHONES,
    dhcp: { enabled: true, subnets: [{ subnet: '127.0.0.0/8', pools: ['127.0.1.100'] }] },
  });
  await lab.phone({ name: DESK }).registered();
  const appears = lab.next('device.verdict');
  lab.phone({ name: DOOR });
  expect(await appears).toMatchObject({
    device: DOOR,
    code: 'dhcp.pool-empty',
    sentence: 'It gets no address because the one address of 127.0.0.0/8 is taken.',
  });
  const answer = await fetch(lab.url(`/api/devices/${DOOR}/verdict`));
  expect(await answer.json()).toMatchObject({
    verdict: { code: 'dhcp.pool-empty', evidence: [{ type: 'dhcp.received' }], severity: 'blocking' },
  });
});
