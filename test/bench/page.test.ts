import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES } from './benches.js';
import { HEAD, replaced, summarised } from './page.js';

const ORDER = ['files', 'registrations', 'leases'];

describe('the page of the numbers', () => {
  const first = replaced(HEAD, ORDER, 'registrations', '## Registrations\n\none');

  it('takes a first section after its head', () => {
    expect(first.startsWith(HEAD.trimEnd())).toBe(true);
    expect(first).toContain('## Registrations\n\none');
  });

  it('keeps the order of the benches, whichever ran first', () => {
    const page = replaced(replaced(first, ORDER, 'leases', '## Leases'), ORDER, 'files', '## Files');
    expect([...page.matchAll(/^## .*$/gm)].map(([title]) => title)).toEqual([
      '## Files',
      '## Registrations',
      '## Leases',
    ]);
  });

  it('gets a section again without a trace of the one before', () => {
    const again = replaced(first, ORDER, 'registrations', '## Registrations\n\ntwo');
    expect(again).toBe(first.replace('one', 'two'));
  });

  it('keeps the words that stand around a section', () => {
    const explained = replaced(`${first}\nWhy it misses: the kernel.\n`, ORDER, 'leases', '## Leases');
    const again = replaced(explained, ORDER, 'registrations', '## Registrations\n\ntwo');
    expect(again).toBe(explained.replace('one', 'two'));
    expect(again).toContain('Why it misses: the kernel.');
  });
});

const CHIEFS = Object.fromEntries(Object.entries(BENCHES).map(([name, { chief }]) => [name, chief]));

describe('the first table', () => {
  const TABLE = '| what | ours | peer | ratio | aim | met |\n|---|---|---|---|---|---|\n';
  const rows = [
    '| files, 16 at once (8 KB), 3 rounds: CPU each (ratio 2 (1–3)) | 10 (9–11) /s | 5 (4–6) /s | 2.00 | ≥ 1 | yes |',
    '| files, 64 at once | 20 /s | 40 /s | 0.50 | ≥ 1 | no |',
    '| memory | 5 MiB |  |  |  |  |',
  ];
  const page = replaced(HEAD, ORDER, 'files', `## Files beside a peer\n\n${TABLE}${rows.join('\n')}`);

  it('has the chief rows, their medians, and what is not met', () => {
    const made = summarised(page, { files: ['files, 16', 'memory', 'nothing'], leases: ['leases'] });
    expect(made).toContain(
      [
        '| [files, 16 at once: CPU each](#files-beside-a-peer) | 10 /s | 5 /s | 2.00 | ≥ 1 | yes |',
        '| [memory](#files-beside-a-peer) | 5 MiB |  |  |  |  |',
        '',
        '1 of the 2 aims of this page are met. Not met, and why is said there: [Files beside a peer](#files-beside-a-peer) 1 of 2.',
      ].join('\n'),
    );
    expect(summarised(made, { files: ['files, 16', 'memory'] })).toBe(made);
  });

  it('of the page that is here is what its sections say', () => {
    const here = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    expect(summarised(here, CHIEFS)).toBe(here);
  });
});
