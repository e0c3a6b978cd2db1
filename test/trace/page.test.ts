import { describe, expect, it } from 'vitest';
import { instant, wallTime } from '../../src/core/time.js';
import { LineBuffer } from '../../src/trace/line-buffer.js';
import { ManualClock } from '../support/manual-clock.js';

const opened = () => {
  const clock = new ManualClock();
  const written: { text: string; lines: number }[] = [];
  const outlet = {
    write: (bytes: Buffer, lines: number) => void written.push({ text: bytes.toString(), lines }),
    close: async () => {},
  };
  return { clock, written, page: new LineBuffer(outlet, clock) };
};

describe('a page of a trace', () => {
  it('is handed on after a moment, with all its lines', () => {
    const { clock, written, page } = opened();
    page.add('finished', 1);
    page.addTraced('head|', 'text', false, 1);
    page.addTraced('head|', 'a\r\nb', true, 1);
    page.addTraced('head|', 'a\r\nb', false, 1);
    page.add('not counted', 0);
    expect(written).toEqual([]);
    clock.advance(1000);
    expect(written).toEqual([{ text: 'finished\nhead|text\nhead|a\nb\nhead|a\\x0d\\x0ab\nnot counted\n', lines: 4 }]);
  });

  it.each(['x', 'ü', '€', '\u2028', '☎️'])('keeps lines of whatever length whole and in order: %j', (character) => {
    const { clock, written, page } = opened();
    const texts = [1, 1000, 40_000, 90_000, 300_000, 87_380, 87_381, 87_382, 1].map((count) => character.repeat(count));
    for (const text of texts) page.addTraced('head|', text, false, 1);
    clock.advance(1000);
    const shown = character === '\u2028' ? '\\u2028' : character;
    expect(written.map(({ text }) => text).join('')).toBe(
      texts.map((text) => `head|${text.replaceAll(character, shown)}\n`).join(''),
    );
    expect(written.reduce((sum, { lines }) => sum + lines, 0)).toBe(texts.length);
    for (const { text } of written) expect(text.endsWith('\n')).toBe(true);
  });

  it('keeps facts of whatever length whole and in order, each at its time of day', () => {
    const { clock, written, page } = opened();
    const facts = [1, 100_000, 150_000, 262_100, 262_120, 262_140, 300_000, 60_000, 1].map((count) => ({
      type: 'fact',
      at: instant(count),
      plain: 'x'.repeat(count),
      escaped: '€'.repeat(count >> 3),
    }));
    for (const fact of facts) page.addFact(fact, wallTime(fact.at + 3_600_000), 1);
    clock.advance(1000);
    expect(written.map(({ text }) => text).join('')).toBe(
      facts.map((fact) => `${JSON.stringify({ ...fact, at: fact.at + 3_600_000 })}\n`).join(''),
    );
    expect(written.reduce((sum, { lines }) => sum + lines, 0)).toBe(facts.length);
  });
});
