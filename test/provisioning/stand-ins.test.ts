import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fileProblems, rootProblems } from '../../src/provisioning/problems.js';
import { at, catalogueHarness, parse } from './harness.js';

const ROOT = join(import.meta.dirname, '..', '..', 'tftp-root');

/** Entries of a zip archive by its central directory, each checked against its local header and its sum. */
const entries = (zip: Buffer): Map<string, string> => {
  const end = zip.lastIndexOf('PK\x05\x06');
  expect(end).toBe(zip.length - 22);
  const found = new Map<string, string>();
  let row = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count -= 1) {
    expect(zip.toString('latin1', row, row + 4)).toBe('PK\x01\x02');
    const [sum, size] = [zip.readUInt32LE(row + 16), zip.readUInt32LE(row + 24)];
    const nameLength = zip.readUInt16LE(row + 28);
    const name = zip.toString('utf8', row + 46, row + 46 + nameLength);
    const local = zip.readUInt32LE(row + 42);
    expect(zip.toString('latin1', local, local + 4)).toBe('PK\x03\x04');
    expect(zip.toString('utf8', local + 30, local + 30 + nameLength)).toBe(name);
    expect(zip.readUInt32LE(local + 22)).toBe(size);
    const start = local + 30 + nameLength + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + size);
    expect(crc32(content)).toBe(sum);
    found.set(name, content.toString());
    row += 46 + nameLength;
  }
  expect(row).toBe(end);
  return found;
};

describe('what lies in tftp-root', () => {
  it('can all be served', async () => {
    expect([...(await rootProblems(ROOT)), ...(await fileProblems(ROOT))]).toEqual([]);
  });

  it.each(['sccp', 'sip'])('the locale of IP Communicator for %s is a valid archive of our own', async (protocol) => {
    const { ask } = await catalogueHarness({ root: ROOT });
    const jar = await ask(`English_United_States/ipc-${protocol}.jar`);
    const found = entries(jar ?? Buffer.alloc(0));
    expect([...found.keys()]).toEqual(['META-INF/MANIFEST.MF', 'labcm.properties']);
    expect(found.get('labcm.properties')).toContain(`protocol=${protocol.toUpperCase()}`);
  });

  it('the ring lists name tones that are there, of the lengths that phones take', async () => {
    const { ask } = await catalogueHarness({ root: ROOT });
    for (const [list, octets, most] of [
      ['Ringlist.xml', 1, 16_080],
      ['DistinctiveRinglist.xml', 1, 16_080],
      ['Ringlist-wb.xml', 2, 160_800],
    ] as const) {
      const root = parse(await ask(list));
      expect(root.name).toBe('CiscoIPPhoneRingList');
      expect(root.children.length).toBeGreaterThan(0);
      for (const ring of root.children) {
        const samples = statSync(join(ROOT, at(ring, 'FileName').text)).size / octets;
        expect(samples % 240).toBe(0);
        expect(samples).toBeLessThanOrEqual(most);
      }
    }
  });

  it('says in its README where owners put their own', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const word of ['.loads', 'English_United_States/', 'g3-tones.xml', 'Ringlist.xml', 'Desktops/', 'CTLFile.tlv'])
      expect(readme).toContain(word);
  });
});
