// The SDL files of a running daemon, with phones that boot.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startLab } from '../../src/lab.js';
import { readSdl, storyOf } from '../trace/sdl/harness.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';

it('trace.form both: two phones boot, and both forms tell it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-sdl-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lab = await startLab(
    {
      devices: [
        { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5002'] },
        { name: WALL, model: '8851', lines: ['5005'] },
      ],
    },
    { directory: folder, set: ['trace.form=both'] },
  );
  for (const name of [DESK, WALL]) {
    lab.phone({ name });
    await lab.registered(name);
  }
  await lab.stop();

  const directory = join(folder, 'logs/cm/trace/ccm/sdl');
  expect(readdirSync(directory)).toEqual(['SDL001_100_000001.txt']);
  const entries = readSdl(readFileSync(join(directory, 'SDL001_100_000001.txt'), 'utf8'));
  expect(entries[0]).toMatchObject({
    type: 'FileHead',
    text: expect.stringMatching(
      /AppVersion: labcm \d+\.\d+\.\d+\S* \(CUCM Install=12\.5 form\), HostName: CM1, HostIPAddress: 127\.0\.0\.1,/,
    ),
  });
  const story = storyOf(entries);
  for (const name of [DESK, WALL]) {
    expect(story).toContainEqual(expect.stringMatching(new RegExp(`^AppInfo Device Register deviceName : ${name},`)));
    expect(story).toContainEqual(
      expect.stringMatching(new RegExp(`^AppInfo Device Unregister: deviceName\\(${name}\\)`)),
    );
  }
  expect(story).toContain('SdlSig StationRegister StationD(1,100,66,1)');
  expect(story).toContainEqual(expect.stringMatching(/^SdlSig SIPRegisterInd /));
  expect(story.filter((line) => line.startsWith('Created'))).toHaveLength(2);
  expect(story.filter((line) => line.startsWith('Stopping'))).toHaveLength(2);
  for (const name of [DESK, WALL])
    expect(readFileSync(join(folder, 'logs/ccm.txt'), 'utf8')).toContain(`deviceName : ${name}`);
});
