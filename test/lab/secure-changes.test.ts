// The security mode of devices is changed while their phones are registered: each is reset, reads its file again, and comes as that says.
// The phones walk every way from one mode to another.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';
import { temporaryFolder } from '../../src/net/files/temporary-folder.js';

const TOKEN = 'a token of sixteen or more';
const WITHIN = { timeout: 30_000, interval: 20 };
const PHONES = [
  { name: 'SEP00270DC01C92', model: '8845', protocol: 'SIP', lines: ['5001'], security: { enrol: 'null-string' } },
  { name: 'SEP00270DC01C93', model: '7962', protocol: 'SCCP', lines: ['5002'], security: { enrol: 'null-string' } },
] as const;

/** Every step from one mode to another once. */
const WALK = ['authenticated', 'encrypted', 'none', 'encrypted', 'authenticated', 'none'] as const;

let lab: Lab;
const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(async () => {
  await lab.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

const start = async (): Promise<void> => {
  const folder = temporaryFolder('labcm-changes');
  folders.push(folder);
  lab = await startLab(
    {
      security: { mode: 'mixed', itl: 'on' },
      http: { api: { token: TOKEN } },
      devices: PHONES,
    } as unknown as Parameters<typeof startLab>[0],
    { directory: folder.path },
  );
};

const patch = async (name: string, body: object): Promise<number> => {
  const response = await fetch(lab.url(`/api/devices/${name}`), {
    method: 'PATCH',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status;
};

describe('a device in mixed mode', () => {
  it.each(PHONES)('$protocol: its phone follows each change of its mode', async ({ name }) => {
    await start();
    const changes: string[] = [];
    lab.on('device.security-changed', ({ before, mode }) => changes.push(`${before} ${mode}`));
    await lab.phone({ name }).registered({ within: '30s' });
    let before: (typeof WALK)[number] = 'none';
    for (const mode of WALK) {
      const generation = lab.device(name)?.registration?.generation ?? 0;
      expect(await patch(name, { security: { mode } })).toBe(200);
      await vi.waitFor(() => {
        const device = lab.device(name);
        expect(device).toMatchObject({ state: 'registered', securityMode: mode });
        expect(device?.registration?.generation).toBeGreaterThan(generation);
        if (mode === 'none') expect(device?.registration?.transport).not.toBe('tls');
        else expect(device?.registration?.transport).toBe('tls');
      }, WITHIN);
      expect(changes.at(-1)).toBe(`${before} ${mode}`);
      before = mode;
    }
    expect(changes).toHaveLength(WALK.length);
  });

  it('is not reset for a change of anything else', async () => {
    await start();
    const [{ name }] = PHONES;
    await lab.phone({ name }).registered({ within: '30s' });
    const commands: string[] = [];
    lab.on('device.commanded', ({ command }) => commands.push(command));
    const generation = lab.device(name)?.registration?.generation;
    expect(await patch(name, { description: 'Lobby' })).toBe(200);
    expect(lab.device(name)).toMatchObject({ description: 'Lobby', registration: { generation } });
    expect(commands).toEqual([]);
  });
});
