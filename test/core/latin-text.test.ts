// Texts for phones that know Latin-1 alone.

import { describe, expect, it } from 'vitest';
import { isLatin1, toLatin1 } from '../../src/core/latin-text.js';

describe('a text in Latin-1', () => {
  it.each([
    ['Büro Süd €', 'Büro Süd EUR'],
    ['Ручков А.А.', 'Ruchkov A.A.'],
    ['Щёлково, подъезд', 'Shchyolkovo, podezd'],
    ['Їжак Ґудзик', 'Yizhak Gudzik'],
    ['Αθήνα', 'Athina'],
    ['Žižkov, Příjem', 'Zizkov, Príjem'],
    ['Łódź', 'Lódz'],
    ['İzmir ışık', 'Izmir isik'],
    ['„Lab“ – Œuvre…', '"Lab" - Oeuvre...'],
    ['№ 5 ™', 'No 5 TM'],
    ['ＡＢＣ ﬁle', 'ABC file'],
  ])('%s is %s', (text, latin) => {
    expect(toLatin1(text)).toBe(latin);
  });

  it('has one question mark for each character that has no Latin letters', () => {
    expect(toLatin1('会议室 5 🙂')).toBe('??? 5 ?');
  });

  it('that is Latin-1 already is the same', () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    expect(isLatin1(all)).toBe(true);
    expect(toLatin1(all)).toBe(all);
  });

  it('is Latin-1 whatever it was made of', () => {
    for (let code = 0; code < 0x3000; code += 1) expect(isLatin1(toLatin1(String.fromCodePoint(code)))).toBe(true);
  });
});
