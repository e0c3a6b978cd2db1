// Busy lamps and waiting messages through a whole daemon on loopback: by the library, the API and the timeline, and over a
// restart.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Lab, type LabConfig, startLab } from '../../src/lab.js';

const WATCHER = 'SEP001122334455';
const BOB = 'SEP001122334456';
const SOON = { timeout: 10_000 };

let folder: string;
let lab: Lab | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-presence-'));
});
afterEach(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true });
});

const start = async (): Promise<Lab> => {
  const configuration: LabConfig = {
    devices: [
      {
        name: WATCHER,
        model: 7962,
        protocol: 'SCCP',
        lines: ['5001'],
        speedDials: [{ number: '5002', label: 'Bob', busyLampField: true }],
      },
      { name: BOB, model: '8851', lines: ['5002'] },
    ],
  };
  lab = await startLab(configuration, { directory: folder });
  return lab;
};

const setMessages = async (own: Lab, body: unknown): Promise<unknown> => {
  const answer = await fetch(own.url('/api/lines/5002/messages'), {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
};

const timelineOf = async (own: Lab, device: string): Promise<string> =>
  JSON.stringify(await (await fetch(own.url(`/api/devices/${device}/timeline`))).json());

it('phones show what others do and what waits for them, also after a restart', { timeout: 60_000 }, async () => {
  const own = await start();
  const watcher = own.phone({ name: WATCHER });
  const bob = own.phone({ name: BOB });
  await Promise.all([watcher.registered(), bob.registered()]);
  const lamp = (state: string) => vi.waitFor(() => expect(watcher.lamps.get('Bob')).toBe(state), SOON);
  await lamp('idle');
  bob.dial('*44');
  await lamp('in use');
  bob.hangUp();
  await lamp('idle');
  expect(await setMessages(own, { waiting: true, new: 2, old: 1 })).toEqual({
    dn: '5002',
    waiting: true,
    new: 2,
    old: 1,
  });
  await vi.waitFor(() => expect(bob.messages.get('5002')).toEqual({ waiting: true, new: 2, old: 1 }), SOON);
  expect([bob.messagesWaiting, watcher.messagesWaiting]).toEqual([true, false]);
  const timeline = await timelineOf(own, BOB);
  expect(timeline).toContain('has messages for 5002: 2 new, 1 old');
  expect(timeline).toContain('its lamp for 5002 shows');
  await own.stop();

  const again = await start();
  const returned = again.phone({ name: BOB });
  await returned.registered();
  await vi.waitFor(() => expect(returned.messagesWaiting).toBe(true), SOON);
  bob.unplug();
});
