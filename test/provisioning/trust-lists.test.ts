import { describe, expect, it } from 'vitest';
import { aDevice } from '../support/devices.js';
import { CONTEXT, catalogueHarness, missed } from './harness.js';

const steps = async (name: string, options: Parameters<typeof catalogueHarness>[0] = {}) => {
  const { catalogue, probe } = await catalogueHarness(options);
  const answer = await catalogue.open(name, CONTEXT);
  return { answer, events: probe.events.map(({ at: _at, ...rest }) => rest) };
};

describe('a phone of a non-secure cluster asks for its trust list', () => {
  it('as SEP005056A1033D, is refused by the cluster list’s name, harmlessly, and leaves the steps of the seed', async () => {
    const file = 'CTLSEP005056A1033D.tlv';
    const { answer, events } = await steps(file);
    expect(answer).toEqual({ found: false, file: 'CTLFile.tlv', harmless: true, device: 'SEP005056A1033D' });
    expect(events).toEqual([
      { type: 'file.dynamic', context: CONTEXT, file, kind: 'ctl' },
      { type: 'file.trust-list-search', context: CONTEXT, list: 'CTL', file, search: '005056A1033D' },
      { type: 'file.find-matching', context: CONTEXT, key: '005056A1033D', found: 'SEP005056A1033D.cnf.xml' },
      { type: 'file.trust-list-match', context: CONTEXT, list: 'CTL', match: '005056A1033D', serving: 'CTLFile.tlv' },
    ]);
  });

  it('as ipctest2, is found by the name in capitals and matched in its own', async () => {
    const { answer, events } = await steps('CTLIpcTest2.tlv');
    expect(answer).toEqual({ found: false, file: 'CTLFile.tlv', harmless: true, device: 'ipctest2' });
    expect(events.slice(1)).toEqual([
      { type: 'file.trust-list-search', context: CONTEXT, list: 'CTL', file: 'CTLIpcTest2.tlv', search: 'IpcTest2' },
      { type: 'file.find-matching', context: CONTEXT, key: 'IPCTEST2', found: 'ipctest2.cnf.xml' },
      { type: 'file.trust-list-match', context: CONTEXT, list: 'CTL', match: 'ipctest2', serving: 'CTLFile.tlv' },
    ]);
  });

  it('of another kind, is told of in the same way', async () => {
    const { answer, events } = await steps('ITLSEP005056A1033D.tlv');
    expect(answer).toEqual({ found: false, file: 'ITLFile.tlv', harmless: true, device: 'SEP005056A1033D' });
    expect(events.map((event) => ('list' in event ? event.list : event.type))).toEqual([
      'file.dynamic',
      'ITL',
      'file.find-matching',
      'ITL',
    ]);
  });

  it('as a stranger, is refused and matched with nobody', async () => {
    const { answer, events } = await steps('CTLSEP00AABBCCDDEE.tlv');
    expect(answer).toEqual({ found: false, file: 'CTLSEP00AABBCCDDEE.tlv', harmless: true });
    expect(events.at(-1)).toEqual({
      type: 'file.find-matching',
      context: CONTEXT,
      key: '00AABBCCDDEE',
      found: undefined,
    });
  });

  it.each([['CTLFile.tlv'], ['ctlfile.TLV'], ['ITLFile.tlv']])(
    'by the name %s, is refused harmlessly',
    async (name) => {
      const { answer } = await steps(name);
      expect(missed(answer)).toMatchObject({ harmless: true });
    },
  );

  it('signed: a configuration that is not there is an ordinary miss', async () => {
    const { answer } = await steps('SEP005056A1033D.cnf.xml.sgn');
    expect(answer).toEqual({ found: false, file: 'SEP005056A1033D.cnf.xml.sgn', harmless: false });
  });
});

describe('an owner’s own trust lists', () => {
  const files = { 'CTLFile.tlv': 'cluster ctl', 'ITLFile.tlv': 'cluster itl' };

  it('is served for the CTL name of any device that is known, and of no other', async () => {
    const { ask } = await catalogueHarness({ files, devices: [aDevice('ipctest2'), aDevice('SEP005056A1033D')] });
    expect(String(await ask('CTLSEP005056A1033D.tlv'))).toBe('cluster ctl');
    expect(String(await ask('CTLIPCTEST2.tlv'))).toBe('cluster ctl');
    expect(String(await ask('ctlsep005056a1033d.TLV'))).toBe('cluster ctl');
    expect(String(await ask('CTLFile.tlv'))).toBe('cluster ctl');
    expect(await ask('CTLSEP00AABBCCDDEE.tlv')).toBeUndefined();
  });

  it('of the kind that loads since 9.0 want, is served to everybody', async () => {
    const { ask } = await catalogueHarness({ files });
    expect(String(await ask('ITLSEP005056A1033D.tlv'))).toBe('cluster itl');
    expect(String(await ask('ITLSEP00AABBCCDDEE.tlv'))).toBe('cluster itl');
  });

  it('made for one device, goes before the cluster’s and is named in the match', async () => {
    const { ask, probe } = await catalogueHarness({ files: { ...files, 'ctlsep005056a1033d.tlv': 'its own' } });
    expect(String(await ask('CTLSEP005056A1033D.tlv'))).toBe('its own');
    expect(probe.of('file.trust-list-match')[0]?.serving).toBe('CTLSEP005056A1033D.tlv');
    expect(String(await ask('CTLipctest2.tlv'))).toBe('cluster ctl');
  });
});
