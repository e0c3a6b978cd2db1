// `labcm trust show` and `labcm itl erase-steps`: from files to a dump, a verdict and an exit code.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERASE_STEPS, eraseStepsOf } from '../../src/security/erase-steps.js';
import { identity, listOf, signedFile, usualList } from '../security/identities.js';
import { labcm } from './harness.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-trust-'));
  const foreign = identity('itlrecovery', 'OTHER');
  writeFileSync(at('ours.tlv'), usualList());
  writeFileSync(at('foreign.tlv'), listOf(foreign, [['SAST', foreign]]));
  writeFileSync(at('cut.tlv'), usualList().subarray(0, 700));
  writeFileSync(at('a.cnf.xml.sgn'), signedFile(identity('callmanager'), 'a.cnf.xml.sgn', Buffer.from('<device/>')));
  writeFileSync(at('signer.pem'), identity('callmanager').certificate);
  writeFileSync(at('empty.tlv'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('labcm trust show', () => {
  it('prints a list as `show itl` does, with its checksums and its verdict', async () => {
    const { code, out, err } = await labcm(['trust', 'show', at('ours.tlv')]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^MD5: +[0-9a-f]{32}$/m);
    expect(out).toMatch(/^BYTEPOS {2}TAG +LENGTH {2}VALUE$/m);
    expect(out).toMatch(/^Record #1:$[^#]*FUNCTION +2 +System Administrator Security Token$/m);
    expect(out).toMatch(/SERIALNUMBER +16 +([0-9A-F]{2}:){15}[0-9A-F]{2}$/m);
    expect(out.trimEnd()).toMatch(/\nverdict: valid$/);
  });

  it('says whether a phone that holds another list takes it, which changes no verdict', async () => {
    const { code, out } = await labcm(['trust', 'show', at('foreign.tlv'), '--against', at('ours.tlv')]);
    expect(code).toBe(0);
    expect(out).toMatch(/takes this: only through TVS/);
    expect(out).toMatch(/verdict: valid/);
  });

  it('is JSON for programs, one object a file', async () => {
    const { code, out } = await labcm(['trust', 'show', at('ours.tlv'), at('cut.tlv'), '--json']);
    expect(code).toBe(1);
    const [good, bad] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(good).toMatchObject({
      file: at('ours.tlv'),
      verdict: 'valid',
      kind: 'ITL',
      records: [{ function: 'SAST', empty: false }, { function: 'TFTP' }, { function: 'TVS' }],
    });
    expect(bad).toMatchObject({ verdict: 'malformed', detail: expect.stringMatching(/runs past/) });
  });

  it('judges a signed file by a list or a certificate, and by its name', async () => {
    const file = at('a.cnf.xml.sgn');
    for (const against of ['ours.tlv', 'signer.pem'])
      expect((await labcm(['trust', 'show', file, '--against', at(against)])).code).toBe(0);
    expect((await labcm(['trust', 'show', file])).out).toMatch(/verdict: no-signer/);
    expect((await labcm(['trust', 'show', file, '--against', at('foreign.tlv')])).code).toBe(1);
    const named = await labcm(['trust', 'show', file, '--against', at('ours.tlv'), '--name', 'b.cnf.xml.sgn']);
    expect(named.out).toMatch(/verdict: wrong-name: the name in it is a\.cnf\.xml\.sgn/);
  });

  it.each([
    [['trust', 'show'], /FILE: found nothing/],
    [['trust', 'show', 'none.tlv'], /none\.tlv, which cannot be read \(ENOENT\)/],
    [['trust', 'show', 'ours.tlv', '--against', 'empty.tlv'], /--against: found empty\.tlv: an empty file/],
    [['trust', 'show', 'ours.tlv', '--key', 'signer.pem'], /--key: found signer\.pem, which is no private key/],
    [['trust', 'burn', 'ours.tlv'], /show/],
  ])('%s is a mistake', async (args, message) => {
    const { code, err } = await labcm(args.map((arg) => (/\.(tlv|pem)$/.test(arg) ? at(arg) : arg)));
    expect(code).toBe(2);
    expect(err.replaceAll(`${folder}/`, '')).toMatch(message);
  });
});

describe('labcm itl erase-steps', () => {
  it.each(ERASE_STEPS.flatMap(({ models }) => models))('knows the menu of the %s', async (model) => {
    const { code, out } = await labcm(['itl', 'erase-steps', model]);
    expect(code).toBe(0);
    expect(out).toContain(`menu: ${eraseStepsOf(model)?.menu}`);
    expect(out).toContain('123456789*0#');
  });

  it('knows type ids and variants, and says what is left for others', async () => {
    expect(JSON.parse((await labcm(['itl', 'erase-steps', '404', '--json'])).out)).toMatchObject({
      model: 'Cisco 7962',
      menu: eraseStepsOf('7962')?.menu,
    });
    expect((await labcm(['itl', 'erase-steps', '7960'])).out).toMatch(/by the factory reset alone/);
    expect(await labcm(['itl', 'erase-steps', 'toaster'])).toMatchObject({ code: 2 });
  });
});
