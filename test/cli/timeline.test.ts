// `labcm timeline` against answers of the API's shape.

import { expect, it, vi } from 'vitest';
import { labcm, start } from './harness.js';

const STEPS = [
  {
    at: '2011-01-14T16:17:11.806Z',
    step: 'tftp',
    type: 'tftp.refused',
    text: 'was told not found: CTLSEP.tlv',
    facts: {},
  },
  { at: '2011-01-14T16:17:11.874Z', step: 'registration', type: 'device.registered', text: 'is registered', facts: {} },
  { at: '2011-01-14T16:17:41.914Z', step: 'registration', type: 'device.unregistered', text: 'has left', facts: {} },
];

const answer = (steps: number, waitsFor: string | null) => ({
  body: { device: 'ipctest2', steps: STEPS.slice(0, steps), waitsFor },
});

it('is one line a step, in order, and what it waits for beside them', async () => {
  const { code, out, err } = await labcm(['timeline', 'IPCTEST2'], { api: () => answer(2, 'its next keepalive') });
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^2011-01-14 \d\d:17:11 {2}tftp {11}was told not found: CTLSEP\.tlv$/),
    expect.stringMatching(/^2011-01-14 \d\d:17:11 {2}registration {3}is registered$/),
  ]);
  expect(err).toBe('waits for its next keepalive\n');
});

it('is the answer of the API for a machine, and no more', async () => {
  const { out, err } = await labcm(['timeline', 'ipctest2', '--json'], { api: () => answer(2, null) });
  expect(JSON.parse(out)).toEqual(answer(2, null).body);
  expect(err).toBe('');
});

it('of a device that was never heard says so', async () => {
  const { code, out, err } = await labcm(['timeline', 'ipctest2'], { api: () => answer(0, 'its first request') });
  expect([code, out]).toEqual([0, '']);
  expect(err).toBe('ipctest2: nothing was heard of it\nwaits for its first request\n');
});

it('followed, shows what is new and nothing twice, though old steps are forgotten, until it is interrupted', async () => {
  let looks = 0;
  const running = start(['timeline', 'ipctest2', '--follow', '--json'], {
    api: () => {
      looks += 1;
      return looks < 3 ? answer(2, null) : { body: { device: 'ipctest2', steps: STEPS.slice(1), waitsFor: null } };
    },
  });
  await vi.waitFor(() => expect(running.out()).toContain('has left'), 5_000);
  running.signal('SIGINT');
  expect(await running.ended).toBe(0);
  expect(
    running
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(STEPS);
  expect(running.listening()).toBe(0);
});

it('of a device that nobody knows fails, and says what helps', async () => {
  const { code, err } = await labcm(['timeline', 'SEP0'], {
    api: () => ({ status: 404, body: { error: { code: 'unknown-device', message: 'no device is called SEP0' } } }),
  });
  expect(code).not.toBe(0);
  expect(err).toContain('SEP0');
  expect(err).toContain('`labcm status` lists them');
});
