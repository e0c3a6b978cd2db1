import { describe, expect, it } from 'vitest';
import { deviceUuid, lineUuid, nameUuid } from '../../src/core/uuid.js';

describe('UUIDs derived from names', () => {
  it('are version 5 and lower case', () => {
    expect(nameUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('stay what they are: phones remember them over our restarts and upgrades', () => {
    expect(deviceUuid('SEP005056A1033D')).toBe('df35ee6a-63c2-5b82-83b7-1b9af4bfd0e9');
    expect(lineUuid('SEP005056A1033D', '5005')).toBe('60214905-c7d1-5137-ad28-662336615868');
  });

  it('do not depend on the case of a device name', () => {
    expect(deviceUuid('ipctest2')).toBe(deviceUuid('IPCTEST2'));
    expect(lineUuid('ipctest2', '5002')).toBe(lineUuid('IPCTEST2', '5002'));
  });

  it('differ where any part does, and where the parts are divided otherwise', () => {
    expect(new Set([nameUuid('ab', 'c'), nameUuid('a', 'bc'), nameUuid('abc'), nameUuid('abc', '')]).size).toBe(4);
    expect(lineUuid('ipctest2', '5002')).not.toBe(lineUuid('ipctest3', '5002'));
  });
});
