// A device that was added or changed while the daemon runs stands on no line of a file: its remedy is a command.

import { describe, expect, it } from 'vitest';
import { configOf, deviceOfCells, type WrittenConfig } from '../../../src/config/index.js';
import { writtenYaml } from '../../../src/explain/verdicts/pasted-text.js';
import { deviceKeys } from '../../../src/explain/verdicts/remedies.js';
import { REGISTER_CASES } from './register-cases.js';
import { LAB, PHONE, VerdictLab } from './verdict-lab.js';

const PLACE = { file: '/lab/state/devices.jsonl', isRuntime: true };
const COMMAND = new RegExp(`^labcm set ${PHONE} (.*?)(?:\\s+#.*)?$`);

/** The words of a command as a shell reads them. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

const OF_DEVICES = REGISTER_CASES.filter(({ who = PHONE }) => who === PHONE);

describe.each(OF_DEVICES.map((one) => [one.title ?? one.code, one] as const))('%s', (_, one) => {
  it('has no line of the layer’s file in its remedy, and commands that are taken', async () => {
    const lab = await VerdictLab.with(one.config, { ...one.options, place: PLACE });
    await one.arrange(lab);
    lab.settle();
    const { remedy = [] } = lab.verdict(PHONE) ?? {};
    expect(remedy.filter(({ file }) => file === PLACE.file)).toEqual([]);
    for (const { text } of remedy.filter(({ text }) => text.startsWith('labcm set '))) {
      const read = deviceOfCells(wordsOf(COMMAND.exec(text)?.[1] ?? ''), false);
      expect(read, text).toHaveProperty('device');
      if (text.includes('…') || !('device' in read)) continue;
      const whole = { ...LAB, ...one.config };
      const [device, ...others] = whole.devices ?? [];
      const changed = Object.entries({ ...device, ...read.device }).filter(([, value]) => value !== null);
      const devices = [Object.fromEntries(changed), ...others] as WrittenConfig['devices'];
      await expect(configOf({ ...whole, devices } as WrittenConfig, '/lab/lab.yaml'), text).resolves.toBeDefined();
    }
  });
});

describe('the command for a key', () => {
  const place = { file: 'f', mainFile: 'm', pid: 1, runtimeDevice: 'A' };

  it.each([
    ['protocol: SIP', 'labcm set A protocol=SIP'],
    ['lines: ["5001", "5002"]', "labcm set A 'lines=5001;5002'"],
    ['digest: { user: lab, password: … }', 'labcm set A digest.user=lab digest.password=…'],
    [
      'digest: …   # take it out, and no password is asked for',
      'labcm set A digest=   # take it out, and no password is asked for',
    ],
    ['load: …   # or a load that speaks SIP', 'labcm set A load=…   # or a load that speaks SIP'],
    ['model: CP 7962', "labcm set A 'model=CP 7962'"],
    [String.raw`name: "a, \"b\"   # c"   # why`, `labcm set A 'name=a, "b"   # c'   # why`],
    ['digest: { user: "x, y: z", password: … }', "labcm set A 'digest.user=x, y: z' digest.password=…"],
  ])('%s is %s', (text, command) => {
    expect(deviceKeys(place, writtenYaml(text))).toEqual({ do: 'command', text: command });
  });

  it('mends: the verdict ends with it', async () => {
    const lab = await VerdictLab.with({}, { place: PLACE });
    lab.attempt(PHONE, 'SIP');
    lab.settle();
    expect(lab.verdict()?.remedy).toContainEqual({ do: 'command', text: `labcm set ${PHONE} protocol=SIP` });
    expect(lab.verdict()?.remedy.some(({ do: kind }) => kind === 'signal')).toBe(false);
    const { configured } = lab.database.byName(PHONE) ?? {};
    if (configured === undefined) throw new Error('there is no phone');
    lab.database.put({ ...configured, protocol: 'SIP' }, 'runtime', lab.now());
    lab.settle();
    expect(lab.verdict()?.code).not.toBe('register.wrong-protocol');
  });
});
