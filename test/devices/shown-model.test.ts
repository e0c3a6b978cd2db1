// What a phone shows of its model and protocol before it registers.

import { expect, test } from 'vitest';
import { modelsOfLoad, shownBy } from '../../src/devices/index.js';

const CLASS = 'Cisco Systems, Inc. IP Phone CP-';

type Case = readonly [string, { vendorClass?: string; files?: readonly string[] }, string | undefined, string?];

const CASES: readonly Case[] = [
  ['nothing', {}, undefined],
  ['files of all phones', { files: ['CTLFile.tlv', 'XMLDefault.cnf.xml', 'United_States/g3-tones.xml'] }, undefined],
  ['the vendor class of a 7962G', { vendorClass: `${CLASS}7962G` }, 'Cisco 7962'],
  ['the vendor class of an 8845, which speaks SIP alone', { vendorClass: `${CLASS}8845` }, 'Cisco 8845', 'SIP'],
  ['a gigabit model', { vendorClass: `${CLASS}7941G-GE` }, 'Cisco 7941G-GE'],
  ['a vendor class of no phone', { vendorClass: 'MSFT 5.0' }, undefined],
  ['a jar of several models', { files: ['English_United_States/mk-sccp.jar'] }, undefined, 'SCCP'],
  ['a jar without its folder', { files: ['/mk-sip.jar'] }, undefined, 'SIP'],
  ['a jar of one model', { files: ['English_United_States/gd-sip.jar'] }, 'Cisco 9971', 'SIP'],
  ['a jar with a dash in its stem', { files: ['English_United_States/sl-be-sip.jar'] }, undefined, 'SIP'],
  ['a load', { files: ['SCCP75.9-4-2SR3-1S.loads'] }, 'Cisco 7975', 'SCCP'],
  ['a part of a load', { files: ['jar75sip.9-4-2ES26.sbn'] }, 'Cisco 7975', 'SIP'],
  ['a load of the 88xx', { files: ['sip88xx.12-8-1-0001-455.loads'] }, undefined, 'SIP'],
  ['a phone in factory state', { files: ['term75.default.loads'] }, 'Cisco 7975'],
  ['a SIP load of the 7940 and 7960', { files: ['SIPDefault.cnf', 'SIP001122334455.cnf'] }, undefined, 'SIP'],
  ['two files that leave one model', { files: ['SCCP42.9-4.loads', 'term62.default.loads'] }, 'Cisco 7962', 'SCCP'],
  ['tones of the 99xx', { files: ['United_States/g4-tones.xml'] }, undefined, 'SIP'],
  ['class and jar', { vendorClass: `${CLASS}7962G`, files: ['x/mk-sip.jar'] }, 'Cisco 7962', 'SIP'],
  ['another protocol since', { files: ['x/mk-sccp.jar', 'x/mk-sip.jar'] }, undefined, 'SIP'],
];

for (const [what, { vendorClass = '', files = [] }, model, protocol] of CASES)
  test(what, () => {
    const shown = shownBy({ files: files.map((file) => ({ file })), dhcp: { vendorClass } });
    expect(shown?.model?.name).toBe(model);
    expect(shown?.protocol).toBe(protocol);
  });

test('what shows it is told', () => {
  const dhcp = { vendorClass: `${CLASS}7962G` };
  const files = [{ file: 'CTLFile.tlv' }, { file: 'x/mk-sip.jar' }];
  expect(shownBy({ files, dhcp })?.by).toEqual([dhcp.vendorClass, 'x/mk-sip.jar']);
  expect(shownBy({ files: [] })).toBeUndefined();
});

test.each([
  ['SCCP42.9-4-2SR3-1S', ['Cisco 7942', 'Cisco 7962']],
  ['P0030801SR02', ['Cisco 7940', 'Cisco 7960']],
  ['sip78xx.12-5-1SR2-2', ['Cisco 7811', 'Cisco 7821', 'Cisco 7841', 'Cisco 7861']],
  ['sip88xx.12-8-1-0001-455', ['Cisco 8811', 'Cisco 8841', 'Cisco 8851', 'Cisco 8861']],
  ['sip8845_65.12-8-1-0001-455', ['Cisco 8845', 'Cisco 8865']],
  ['sip9971.9-4-2SR3-1', ['Cisco 9971']],
  ['SCCP69xx.9-4-1-3', ['Cisco 6921', 'Cisco 6941', 'Cisco 6961']],
  ['my-own-load', []],
])('the models that %s is firmware of', (load, models) => {
  expect(modelsOfLoad(load).map(({ name }) => name)).toEqual(models);
});
