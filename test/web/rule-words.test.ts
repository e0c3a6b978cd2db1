// A rule as one types it on the page.

import { expect, it } from 'vitest';
import { ruleOfWords } from '../../src/web/rule-words.js';

it.each([
  ['sip drop', { where: 'sip', fault: 'drop' }],
  [
    ' sip  drop message=REGISTER,BYE chance=0.3 for=1m ',
    { where: 'sip', fault: 'drop', message: ['REGISTER', 'BYE'], chance: 0.3, for: '1m' },
  ],
  ['all delay delay=100ms..1s', { where: 'all', fault: 'delay', delay: { from: '100ms', to: '1s' } }],
  ['all delay delay=200ms+-50ms', { where: 'all', fault: 'delay', delay: { mean: '200ms', deviation: '50ms' } }],
  ['all delay delay=200ms', { where: 'all', fault: 'delay', delay: '200ms' }],
  ['sccp set field=text value=a=b', { where: 'sccp', fault: 'set', field: 'text', value: 'a=b' }],
  ['sip refuse reason=403 device=5001', { where: 'sip', fault: 'refuse', reason: 403, device: '5001' }],
  ['', {}],
])('%s', (text, rule) => {
  expect(JSON.parse(JSON.stringify(ruleOfWords(text)))).toEqual(rule);
});
