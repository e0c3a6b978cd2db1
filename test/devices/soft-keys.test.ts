import { describe, expect, it } from 'vitest';
import { helpOf, SOFT_KEYS } from '../../src/devices/index.js';
import { softKeyFile } from '../../src/provisioning/soft-keys.js';
import { softKeySets, softKeyTemplate } from '../../src/sccp/tables/soft-keys.js';

const KEYS = Object.values(SOFT_KEYS);
const labelOf = new Map<number, number>(KEYS.map(({ event, label }) => [event, label]));

describe('a soft key', () => {
  it('has an event and a label of its own', () => {
    expect(labelOf.size).toBe(KEYS.length);
    expect(new Set(labelOf.values()).size).toBe(KEYS.length);
    expect(helpOf(SOFT_KEYS.none)).toBe(0);
    expect(helpOf(SOFT_KEYS.answer)).toBe(311);
  });

  it('is the same to phones of either protocol', () => {
    const file = softKeyFile().bytes.toString();
    const told = [...file.matchAll(/<tag>(\d+)<\/tag>\s*<eventID>(\d+)<\/eventID>\s*<helpID>(\d+)</g)].map(
      ([, tag, event, help]) => [Number(event), Number(tag), Number(help)] as const,
    );
    expect(told).toHaveLength(28);
    for (const [event, tag, help] of told)
      expect([event, tag, help]).toEqual([event, labelOf.get(event), helpOf({ event, label: tag })]);
    expect(softKeyTemplate.definition).toHaveLength(23);
    for (const { softKeyEvent, softKeyLabel } of softKeyTemplate.definition)
      expect(softKeyLabel.charCodeAt(1)).toBe(labelOf.get(softKeyEvent));
    for (const { softKeyTemplateIndex, softKeyInfoIndex } of softKeySets.definition)
      for (const [place, index] of softKeyTemplateIndex.entries()) {
        const event = softKeyTemplate.definition[index - 1]?.softKeyEvent ?? 0;
        expect(softKeyInfoIndex[place]).toBe(event === 0 ? 0 : 300 + event);
      }
  });
});
