// The model table is data that everybody trusts, so what it promises is held here.

import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/config/yaml-source.js';
import { findModel, MODELS, modelById, shortNameOf } from '../../src/devices/models.js';

// sccp.md §9.1, then those that provisioning.md §6 adds.
const DOCUMENTED_IDS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 20, 21, 30, 40, 41, 42, 43, 47, 48, 50, 51, 52, 53, 60, 61, 62, 70, 71,
  72, 73, 80, 81, 82, 83, 84, 85, 86, 87, 88, 90, 100, 110, 111, 112, 113, 115, 118, 119, 120, 121, 122, 124, 125, 126,
  127, 128, 129, 131, 132, 133, 134, 227, 228, 229, 230, 253, 254, 255, 275, 302, 307, 308, 309, 335, 336, 348, 358,
  365, 369, 374, 375, 376, 404, 412, 431, 434, 435, 436, 437, 468, 484, 493, 495, 496, 497, 503, 547, 548, 564, 577,
  585, 586, 597, 599, 600, 631, 635, 20000, 30002, 30006, 30007, 30008, 30016, 30018, 30019, 30027, 30028, 30032, 30035,
  36041, 36219, 80000, 80001, 80003, 80004, 80005, 80006, 80007, 80009, 80011, 80012, 80013, 446, 537, 540, 592, 621,
  622, 623, 647, 659, 683, 684, 685, 36213, 36216, 36217, 36224, 36225,
];

describe('the model table', () => {
  it('has every documented device type and no other', () => {
    const byNumber = (a: number, b: number) => a - b;
    expect(MODELS.map(({ id }) => id).sort(byNumber)).toEqual([...DOCUMENTED_IDS].sort(byNumber));
  });

  it('finds every model by its id, its name and each alias, in any case, and none by two meanings', () => {
    for (const model of MODELS) {
      expect(modelById(model.id)).toBe(model);
      expect(findModel(String(model.id)), `id ${model.id}`).toBe(model);
      for (const name of [model.name, ...model.aliases])
        for (const spelling of [name, name.toLowerCase(), name.toUpperCase(), ` ${name} `])
          expect(findModel(spelling), spelling).toBe(model);
    }
  });

  it.each([
    ['CIPC', 30016],
    ['30016', 30016],
    ['Cisco IP Communicator', 30016],
    ['7962', 404],
    ['7962G', 404],
    ['CP-7962G', 404],
    ['cisco 7941g-ge', 309],
    ['7961G-GE', 308],
    ['ATA', 12],
    ['7914', 124],
    ['spa525g2', 80009],
  ])('%s is type %d', (text, id) => {
    expect(findModel(text)?.id).toBe(id);
  });

  it.each(['', '7963', 'CIPC2', '99999999', '-1', '0x7540', 'constructor', '__proto__'])(
    'nothing is called «%s»',
    (text) => {
      expect(findModel(text)).toBeUndefined();
    },
  );

  // sccp.md §5.3: keys per model.
  it.each([
    ['7940 7941 7941G-GE 7942 7945', 2, 2],
    ['7960 7961 7961G-GE 7962 7965 7920 7921 7925 7926', 6, 6],
    ['7970 7971 7975 CIPC', 8, 8],
    ['7905 7906 7911 7912', 10, 1],
    ['7902', 5, 1],
    ['7910', 3, 1],
    ['7931', 20, 20],
    ['7935 7936 7937', 2, 2],
    ['7985 6901 6911', 1, 1],
    ['6921', 8, 2],
    ['6941 6945', 4, 4],
    ['6961', 12, 12],
    ['8941 8945', 10, 10],
    ['ATA186 ATA188', 5, 1],
    ['VG224', 1, 1],
    ['7914', 14, 14],
    ['7915-12 7916-12', 12, 12],
    ['7915-24 7916-24', 24, 24],
  ])('%s: %d keys, %d of which may be lines', (names, buttons, lines) => {
    for (const name of names.split(' ')) expect(findModel(name), name).toMatchObject({ buttons, lines });
  });

  it('keeps the hard keys in the order in which the phone has them', () => {
    expect(findModel('7910')?.layout.join(' ')).toBe(
      'line hold transfer display voicemail conference forward-all speed-dial speed-dial last-number-redial',
    );
    expect(findModel('8945')?.layout.slice(10)).toEqual(['conference', 'hold', 'transfer', 'last-number-redial']);
    expect(findModel('7931')?.layout.slice(20)).toEqual(['messages', 'directory', 'headset', 'application']);
    expect(findModel('7912')?.layout.slice(0, 3)).toEqual(['line', 'hold', 'speed-dial']);
  });

  it.each([
    ['7906 7911', 'tc'],
    ['7941 7942 7961 7962', 'mk'],
    ['7945 7965', 'be'],
    ['7970 7971 7975', 'td'],
    ['CIPC', 'ipc'],
    ['6921 6941 6961', 'rtl'],
    ['7811 7821 7841 7861', 'sp'],
    ['8841 8851', 'sl-be'],
    ['8845 8865', 'sl-bev'],
    ['8961', 'gh'],
    ['9951', 'lk'],
    ['9971', 'gd'],
    ['7940 7960 7912 7920', undefined],
  ])('%s: locale jar %s', (names, jar) => {
    for (const name of names.split(' ')) expect(findModel(name)?.localeJar, name).toBe(jar);
  });

  it('says by which protocols a model registers: modules and trunks by none', () => {
    expect(findModel('7962')?.protocols).toEqual(['SCCP', 'SIP']);
    expect(findModel('7921')?.protocols).toEqual(['SCCP']);
    expect(findModel('8851')?.protocols).toEqual(['SIP']);
    expect(findModel('7914')).toMatchObject({ protocols: [], kind: 'module' });
    for (const { kind, protocols, lines } of MODELS)
      if (kind === 'phone') expect([protocols.length > 0, lines > 0]).toEqual([true, true]);
  });
});

describe('the short name of a model', () => {
  it.each([
    ['Cisco 7962', '7962'],
    ['Cisco 8851', '8851'],
    ['Cisco IP Communicator', 'CIPC'],
    ['SCCP Phone', 'SCCP Phone'],
  ])('of %s is %s', (name, short) => {
    expect(shortNameOf(findModel(name) ?? fail(name))).toBe(short);
  });

  it('is read back from YAML without quotes, of every model', () => {
    for (const model of MODELS) {
      const { value } = readYaml(`model: ${shortNameOf(model)}`, 'lab.yaml');
      expect(findModel(String((value as { readonly model: unknown }).model))).toBe(model);
    }
  });
});

const fail = (name: string): never => {
  throw new Error(`no model ${name}`);
};
