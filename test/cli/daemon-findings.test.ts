// What is wrong with labcm itself, from a whole daemon whose owner made a mistake.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { labcm } from './harness.js';

let lab: TestDaemon;

beforeAll(async () => {
  lab = new TestDaemon();
  lab.configure();
  await lab.start();
});
afterAll(() => lab.stop());

const status = () => {
  const { address, port } = lab.endpoint('API');
  return labcm(['status', '--api', `http://${address}:${port}`], { fetch });
};
const daemonFindings = async () =>
  ((await (await fetch(lab.url('/api/verdicts'))).json()) as { daemon: { code: string; sentence: string }[] }).daemon;

it('a reload that was refused is told by the API and by status, until one is accepted', async () => {
  expect(await daemonFindings()).toEqual([]);
  lab.configure(`${SEED_PHONES}  - { name: SEP0A55000000CE, model: 7969, protocol: SIP, lines: [5007] }\n`);
  await expect(lab.daemon.reload()).rejects.toThrow('model');
  expect(await daemonFindings()).toMatchObject([
    {
      code: 'ops.reload-refused',
      sentence: expect.stringMatching(/^Your change of [\d:]{8} is not in force: .*model/),
    },
  ]);
  expect((await status()).out.split('\n')[0]).toMatch(/^Your change of [\d:]{8} is not in force: /);
  lab.configure(SEED_PHONES);
  await lab.daemon.reload();
  expect(await daemonFindings()).toEqual([]);
  expect((await status()).out).toMatch(/^NAME +STATUS/);
});
