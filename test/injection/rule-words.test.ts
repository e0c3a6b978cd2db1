// A rule as one types it, on the command line or on the page.

import { describe, expect, it } from 'vitest';
import { ruleOfWords } from '../../src/injection/rule-words.js';

describe('words say a rule', () => {
  it.each([
    ['sip drop', { where: 'sip', fault: 'drop' }],
    [
      'sip drop message=REGISTER,BYE chance=0.3 for=1m',
      { where: 'sip', fault: 'drop', message: ['REGISTER', 'BYE'], chance: 0.3, for: '1m' },
    ],
    ['all delay delay=100ms..1s', { where: 'all', fault: 'delay', delay: { from: '100ms', to: '1s' } }],
    ['all delay delay=200ms+-50ms', { where: 'all', fault: 'delay', delay: { mean: '200ms', deviation: '50ms' } }],
    ['all delay delay=200ms', { where: 'all', fault: 'delay', delay: '200ms' }],
    ['sccp set field=text value=a=b', { where: 'sccp', fault: 'set', field: 'text', value: 'a=b' }],
    ['sccp set field=text value=a,b', { where: 'sccp', fault: 'set', field: 'text', value: ['a', 'b'] }],
    ['sip refuse reason=403 device=5001', { where: 'sip', fault: 'refuse', reason: 403, device: '5001' }],
    ['sccp set field=f value=0301234', { where: 'sccp', fault: 'set', field: 'f', value: '0301234' }],
    ['sccp set value=12345678901234567890', { where: 'sccp', fault: 'set', value: '12345678901234567890' }],
    ['sccp set value=1.50', { where: 'sccp', fault: 'set', value: '1.50' }],
    ['sccp set value=60', { where: 'sccp', fault: 'set', value: 60 }],
    ['sip drop chance=0.50 times=007', { where: 'sip', fault: 'drop', chance: 0.5, times: 7 }],
    ['chance=1 sip', { where: 'sip', chance: 1 }],
  ])('%s', (text, rule) => {
    expect(ruleOfWords(text.split(' '))).toEqual({ rule, surplus: undefined });
  });

  it('and none say none', () => {
    expect(ruleOfWords([])).toEqual({ rule: {}, surplus: undefined });
  });

  it.each([
    ['sip drop REGISTER', 'REGISTER'],
    ['sip chance=1 drop =5', '=5'],
    ['sip drop a b', 'a'],
  ])('or have one too many: %s', (text, surplus) => {
    expect(ruleOfWords(text.split(' ')).surplus).toBe(surplus);
  });
});
