// A tape in a test: the phone is played, and what the lab says is compared.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, startLab } from '../../src/lab.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { tapeText } from '../../src/tapes/tape-format.js';
import { aRegister } from '../support/sccp-harness.js';
import { writtenTape } from '../support/tapes.js';

const NAME = 'SEP001122334455';
const folder = mkdtempSync(join(tmpdir(), 'labcm-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** A phone that registers, and is told another interval than the lab's. */
const tape = (): string =>
  written(
    'phone.tape.jsonl',
    tapeText(
      writtenTape(
        [
          { from: 'phone', octets: encode('RegisterReqMessage', aRegister(NAME, { deviceType: 404 }), 0) },
          {
            from: 'server',
            octets: encode('RegisterAckMessage', { keepAliveInterval: 77, dateTemplate: 'M/D/YA' } as never, 0),
          },
        ],
        { device: NAME },
      ),
    ),
  );

describe('lab.replay', () => {
  it('plays a phone, and says what is otherwise', async () => {
    await using lab = await startLab({ devices: [{ name: NAME, model: 7962, protocol: 'SCCP', lines: ['5002'] }] });
    const { differences, troubles } = await lab.replay(tape());
    expect(troubles).toEqual([]);
    expect(differences).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'changed', about: 'RegisterAckMessage', field: 'keepAliveInterval', first: '77', second: '30' },
      }),
    );
    expect(differences).toContainEqual(expect.objectContaining({ kind: 'extra', about: 'CapabilitiesReqMessage' }));
  });

  it.each([
    ['no file', () => join(folder, 'none'), 'found no such file'],
    ['another file', () => written('other.jsonl', '{}\n'), 'other.jsonl:1: tape: found an object without `tape`'],
  ])('rejects for %s', async (_what, path, message) => {
    await using lab = await startLab({});
    await expect(lab.replay(path())).rejects.toBeInstanceOf(ConfigError);
    await expect(lab.replay(path())).rejects.toThrow(message);
  });

  it('ends with the lab, and not after it', async () => {
    const lab = await startLab({ devices: [{ name: NAME, model: 7962, protocol: 'SCCP', lines: ['5002'] }] });
    const slow = lab.replay(tape(), { wait: '1h', atItsPace: true });
    await lab.stop();
    await expect(slow).resolves.toBeDefined();
    await expect(lab.replay(tape())).rejects.toThrow('the lab has been stopped');
  });
});
