// baresip's message waiting: it subscribes by itself and reports what it is told.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { Baresip } from './support/baresip.js';
import { CALLERS, CallDaemon } from './support/call-daemon.js';

let daemon: CallDaemon;
beforeAll(async () => {
  daemon = await CallDaemon.start([{ dn: '6001' }]);
});
afterAll(() => daemon.stop());

const set = async (body: unknown): Promise<void> => {
  const url = `http://127.0.0.1:${daemon.port('API', 'tcp')}/api/lines/6001/messages`;
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
};

it('is told of messages when they come, and when the last one goes', async () => {
  const phone = await Baresip.start(daemon, { dn: '6001', address: CALLERS[0], plays: 425, modules: ['mwi'] });
  await set({ waiting: true, new: 2, old: 1 });
  await phone.says(/Voice-Message: 2\/1/);
  await set({ waiting: false });
  await phone.says(/Messages-Waiting: no/, 2);
  await phone.stop();
});
