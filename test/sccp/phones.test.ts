// Every phone of the field, at the versions that it may speak: registered, asked after its keys, and shown its own.

import { expect, test } from 'vitest';
import { findModel } from '../../src/devices/models.js';
import { aDevice } from '../support/devices.js';
import { names, sccpHarness } from '../support/sccp-harness.js';

/** Models with more lines and dials than any has keys, and how many of these its template shows (`sccp.md` §5.3). */
const PHONES: readonly (readonly [model: string, name: string, lines: number, keys: number])[] = [
  ['6921', 'SEP001122330001', 2, 8],
  ['7912', 'SEP001122330002', 1, 11],
  ['7920', 'SEP001122330003', 6, 6],
  ['7921', 'SEP001122330004', 6, 6],
  ['7925', 'SEP001122330005', 6, 6],
  ['7926', 'SEP001122330006', 6, 6],
  ['7935', 'SEP001122330007', 2, 2],
  ['7936', 'SEP001122330008', 2, 2],
  ['7937', 'SEP001122330009', 2, 2],
  ['7940', 'SEP00112233000A', 2, 2],
  ['7960', 'SEP00112233000B', 6, 6],
  ['7941', 'SEP00112233000C', 2, 2],
  ['7961', 'SEP00112233000D', 6, 6],
  ['7942', 'SEP00112233000E', 2, 2],
  ['7962', 'SEP00112233000F', 6, 6],
  ['7945', 'SEP001122330010', 2, 2],
  ['7965', 'SEP001122330011', 6, 6],
  ['7975', 'SEP001122330012', 8, 8],
  ['7970', 'SEP001122330013', 8, 8],
  ['7971', 'SEP001122330014', 8, 8],
  ['8941', 'SEP001122330015', 10, 14],
  ['8945', 'SEP001122330016', 10, 14],
  ['ATA 186', 'ATA001122334455', 1, 5],
  ['VG224', 'AN0011223344000', 1, 1],
  ['CIPC', 'ipctest2', 8, 8],
];

const LINES = Array.from({ length: 12 }, (_, index) => String(3001 + index));
const LINE = 9;

test.each(PHONES)(
  'a %s (%s) registers at every version and is shown its %i lines on %i keys',
  async (model, name, lines, keys) => {
    const type = findModel(model)?.id ?? 0;
    const rig = await sccpHarness({ devices: [aDevice(name, { model, lines: LINES, speedDials: [] })] });
    const phone = rig.phone();
    for (let protocolVer = 0; protocolVer <= 22; protocolVer += 1) {
      expect(names(phone.comeUp(name, { deviceType: type, protocolVer }))).toContain('CapabilitiesReqMessage');
      expect(rig.record(name)).toMatchObject({ state: 'registered', registration: { typeId: type } });
      const [template] = phone.say('ButtonTemplateReqMessage', {});
      const definition = template?.fields.definition as readonly { readonly buttonDefinition: number }[];
      expect(template?.fields.totalButtonCount).toBe(keys);
      expect(definition.slice(0, keys).filter(({ buttonDefinition }) => buttonDefinition === LINE)).toHaveLength(lines);
    }
  },
);
