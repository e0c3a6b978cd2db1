// Digit analysis over directory numbers, emergency numbers, services and translations.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, DEFAULT_CALLS, DialPlan, type Translation } from '../../src/calls/index.js';

const planOf = (numbers: readonly string[], translations: readonly Translation[] = []) => {
  const directory = new Set(numbers);
  const plan = new DialPlan(
    { has: (dn) => directory.has(dn), all: () => directory },
    { ...DEFAULT_CALLS, translations },
  );
  return { plan, directory };
};

const said = (analysis: Analysis): string => {
  if (analysis.kind !== 'match') return analysis.kind;
  const { target, canGrow } = analysis;
  const where = target.kind === 'line' ? target.dn : target.kind === 'service' ? target.service : 'emergency';
  return `${where}${canGrow ? ' or longer' : ''}`;
};

describe('digit analysis', () => {
  const { plan } = planOf(
    ['1001', '1002', '100', '20', '911'],
    [
      { match: '55XX', to: '1001' },
      { match: '555[0-4]', to: '20' },
      { match: '66', to: '67' },
      { match: '67', to: '66' },
      { match: '77', to: '999999' },
    ],
  );

  it.each([
    ['1001', '1001'],
    ['100', '100 or longer'],
    ['10', 'incomplete'],
    ['', 'incomplete'],
    ['1003', 'none'],
    ['5512', '1001'],
    ['5551', '20'],
    ['55', 'incomplete'],
    ['66', 'none'],
    ['77', 'none'],
    ['112', 'emergency'],
    ['911', '911'],
    ['*41', 'echo'],
    ['*4', 'incomplete'],
    ['*43', 'busy'],
    ['8', 'none'],
  ])('%j leads to %s', (text, expected) => {
    expect(said(plan.analyse(text))).toBe(expected);
  });

  it('names the rules that led there', () => {
    expect(plan.analyse('5512')).toMatchObject({
      steps: [
        { rule: 'translation', pattern: '55XX', to: '1001' },
        { rule: 'line', pattern: '1001' },
      ],
    });
    const loop = plan.analyse('66');
    expect(loop.kind === 'none' && loop.steps.length).toBe(11);
  });

  it('follows numbers that come and go', () => {
    const { plan: changing, directory } = planOf(['1001']);
    expect(said(changing.analyse('30'))).toBe('none');
    directory.add('3001');
    changing.add('3001');
    changing.add('3001');
    expect(said(changing.analyse('30'))).toBe('incomplete');
    directory.delete('3001');
    changing.directoryChanged();
    expect(said(changing.analyse('30'))).toBe('none');
  });

  it('asks for more exactly where a longer number exists', () => {
    const number = fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 20 }), number, (numbers, text) => {
        const { plan: some } = planOf(numbers);
        const longer =
          numbers.some((dn) => dn !== text && dn.startsWith(text)) ||
          ['110', '112'].some((dn) => dn !== text && dn.startsWith(text));
        const result = some.analyse(text);
        const isNumber = numbers.includes(text) || text === '110' || text === '112';
        expect(result.kind).toBe(isNumber ? 'match' : longer ? 'incomplete' : 'none');
        if (result.kind === 'match') expect(result.canGrow).toBe(longer);
      }),
    );
  });
});
