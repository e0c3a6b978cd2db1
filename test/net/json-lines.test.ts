import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JsonLinesFile } from '../../src/net/json-lines.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-'));
  path = join(folder, 'state', 'numbers.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of JSON lines', () => {
  it('holds nothing before it is there, and then what was written, in order', () => {
    const file = new JsonLinesFile(path);
    expect(file.read()).toEqual([]);
    file.append({ dn: '1000' });
    file.append({ dn: '1001' });
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1000' }, { dn: '1001' }]);
  });

  it('loses only the line that a kill tore, and no later one', () => {
    new JsonLinesFile(path).append({ dn: '1000' });
    appendFileSync(path, '{"dn":"10');
    const file = new JsonLinesFile(path);
    expect(file.read()).toEqual([{ dn: '1000' }]);
    file.append({ dn: '1002' });
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1000' }, { dn: '1002' }]);
  });
});
