// `labcm record` of a daemon whose capture ends by itself: what it says, and that it waits for nothing any more.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bootPackets, inEthernet, PHONE_NAME } from '../support/boot-capture.js';
import { pcapngFile } from '../support/capture-files.js';
import { ManualClock } from '../support/manual-clock.js';
import { folder, inFolder } from './capture-harness.js';
import { labcm } from './harness.js';

inFolder();

/** Records of a daemon whose capture has these octets and then ends, or breaks off. */
const recorded = async (capture: Buffer, { breaks = false, options = [] as readonly string[] } = {}) => {
  const clock = new ManualClock();
  const path = join(folder, `${capture.length}.tape.jsonl`);
  const answer = async (target: string | URL | Request): Promise<Response> => {
    if (!String(target).includes('/pcap?'))
      return Response.json({ error: { code: 'unknown-device', message: 'none' } }, { status: 404 });
    let isSent = false;
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          if (!isSent) controller.enqueue(new Uint8Array(capture));
          else if (breaks) controller.error(new Error('gone'));
          else controller.close();
          isSent = true;
        },
      }),
    );
  };
  const result = await labcm(['record', PHONE_NAME, '-o', path, ...options], { clock, fetch: answer });
  return { ...result, waits: clock.armed, hasTape: existsSync(path) };
};

const boot = pcapngFile(inEthernet(bootPackets()));
const discovery = pcapngFile(inEthernet(bootPackets().slice(0, 4)));

describe('labcm record of a capture that ends', () => {
  it('before a registration fails, and waits no longer', async () => {
    expect(await recorded(discovery)).toMatchObject({
      ...{ code: 1, waits: 0, hasTape: true },
      err: expect.stringContaining(
        'the capture: found an end, wanted a registration before it; the daemon has stopped',
      ),
    });
  });

  it('after a registration is what was asked for', async () => {
    expect(await recorded(boot)).toMatchObject({ code: 0, waits: 0, hasTape: true });
  });

  it('before its time fails, and waits no longer', async () => {
    expect(await recorded(boot, { options: ['--until', '10m'] })).toMatchObject({
      ...{ code: 1, waits: 0, hasTape: true },
      err: expect.stringContaining('the capture: found an end, wanted more of it, for as long as was asked'),
    });
  });

  it('in the middle of a packet fails, and waits no longer', async () => {
    expect(await recorded(boot, { breaks: true })).toMatchObject({
      ...{ code: 1, waits: 0, hasTape: true },
      err: expect.stringContaining('the capture: found an end in the middle, wanted its whole length'),
    });
  });

  it('with what was kept is all that was asked for', async () => {
    expect(await recorded(discovery, { options: ['--until', 'kept'] })).toMatchObject({ code: 0, hasTape: true });
  });
});
