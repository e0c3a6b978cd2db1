// Objects and answers as others wrote them: this lab's phone reads them, and this lab's server understands the answers.

import { expect, it } from 'vitest';
import { readShownObject } from '../../src/phone/web/shown-object.js';
import { answerOfObject } from '../../src/services/push/push-answer.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';

const text = (name: string): string => capturedText(`apis/phone/${name}`);

describeCaptured('objects of others', () => {
  it.each([
    ['menu.xml', { title: 'Services', items: [{ name: 'Directory' }] }],
    ['directory.xml', { prompt: '1 to 2 of 2', entries: [{ number: '1001' }, { name: 'Desk & window' }] }],
    ['text.xml', { text: 'This lab restarts at noon.' }],
    ['execute.xml', { execute: ['Key:Services'] }],
  ])('%s is shown', (name, object) => {
    expect(readShownObject(text(name))).toMatchObject({ object });
  });

  it.each([
    ['response.xml', 'done'],
    ['error-auth.xml', 'unauthorized'],
    ['text.xml', undefined],
  ])('%s as an answer is %s', (name, outcome) => {
    expect(answerOfObject(text(name))?.outcome).toBe(outcome);
  });

  it('the answer to who may is without a line end', () => {
    expect(text('authentication-ok.txt')).toBe('AUTHORIZED');
  });
});
