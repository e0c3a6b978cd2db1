import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readText, textPieces, UnreadableFile } from '../../src/net/files/text-files.js';

const folder = mkdtempSync(join(tmpdir(), 'labcm-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const piecesOf = async (path: string): Promise<readonly string[]> => {
  const pieces: string[] = [];
  for await (const piece of textPieces(path)) pieces.push(piece);
  return pieces;
};

describe('an owner’s text', () => {
  it('comes whole, without its byte order mark', async () => {
    expect(await readText(file('bom', '\uFEFFgrün'), 100)).toBe('grün');
  });

  it('comes in pieces that never cut a character', async () => {
    const text = '€😀'.repeat(40_000);
    const pieces = await piecesOf(file('long', text));
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(text);
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false);
  });

  it.each([
    ['is not there', () => join(folder, 'none'), 'no such file'],
    ['is a directory', () => folder, 'a directory'],
    ['is no UTF-8', () => file('latin', Buffer.from([0x67, 0xfc, 0x6e])), 'octets that are no UTF-8'],
  ])('that %s is told as such, whole or in pieces', async (_, path, found) => {
    for (const read of [() => readText(path(), 100), () => piecesOf(path())]) {
      const error = await read().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(UnreadableFile);
      expect(error).toMatchObject({ found });
    }
  });

  it('that is too long is not read', async () => {
    await expect(readText(file('big', 'x'.repeat(101)), 100)).rejects.toThrow('found 101 octets, wanted at most 100');
  });

  it('that breaks off within a character is told', async () => {
    await expect(piecesOf(file('torn', Buffer.from([0x61, 0xe2, 0x82])))).rejects.toThrow('no UTF-8');
  });
});
