import { describe, expect, it } from 'vitest';
import { HEAD, replaced } from './page.js';

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
