import { beforeEach, describe, expect, it } from 'vitest';
import type { MacAddress } from '../../src/core/identifiers.js';
import { after, instant, minutes, seconds } from '../../src/core/time.js';
import { DeviceDatabase, namedInFile, requesterOfFile } from '../../src/devices/index.js';
import { anAttempt, seedDevices } from '../support/devices.js';

const SEED = 'SEP005056A1033D';
const NOW = instant(Date.UTC(2026, 10, 25, 9, 0, 0));
const ADDRESS = '10.10.210.200';

describe('the name in a file', () => {
  it.each([
    ['SEP005056A1033D.cnf.xml', SEED],
    ['sep005056a1033d.cnf.xml', 'sep005056a1033d'],
    ['CTLSEP005056A1033D.tlv', SEED],
    ['ITLipctest2.tlv', 'ipctest2'],
    ['ipctest2.cnf.xml', 'ipctest2'],
    ['ipctest2.cnf.xml.sgn', 'ipctest2'],
    ['ipctest2.cnf.xml.enc.sgn', 'ipctest2'],
    ['configs/lab/ipctest2.cnf.xml', 'ipctest2'],
    ['configs\\SIP005056A1033D.cnf', SEED],
    ['005056a1033d.cfg', SEED],
    ['lab-005056a1033d-wallpaper.png', SEED],
    ['ata005056A1033D', SEED],
    ['Desktops/320x212x16/SEP005056A1033D/List.xml', undefined],
    ['XMLDefault.cnf.xml', undefined],
    ['xmldefault.CNF.XML', undefined],
    ['CTLFile.tlv', undefined],
    ['ITLFile.tlv', undefined],
    ['SIPDefault.cnf', undefined],
    ['SCCP45.9-3-1SR4-1S.loads', undefined],
    ['English_United_States/mk-sccp.jar', undefined],
    ['SK8ecd4eb5-dda9-88fc-39e6-005056a1033d.xml', undefined],
    [`${'a'.repeat(300)}.cnf.xml`, undefined],
    ['', undefined],
  ])('of %s is %s', (file, name) => {
    expect(namedInFile(file)?.name).toBe(name);
  });
});

describe('whose request for a file it was', () => {
  let database: DeviceDatabase;

  beforeEach(() => {
    database = new DeviceDatabase({ publish: () => {}, hasListener: () => false });
    database.configure(seedDevices(), NOW);
  });

  const asker = (file: string, at = NOW, address = ADDRESS, port = 3300) =>
    requesterOfFile(database, { file, from: { address, port }, at })?.configured.name;

  const asked = (name: string, port: number, at = NOW): void => {
    const fact = { at, file: `${name}.cnf.xml`, transport: 'TFTP', outcome: 'served', octets: 9 } as const;
    database.recordAddress(name, ADDRESS, at);
    database.recordFileRequest(name, fact, { address: ADDRESS, port });
  };

  it('is told by the name in it before the address', () => {
    database.recordAddress('ipctest2', ADDRESS, NOW);
    expect(asker('configs/sep005056a1033d.cnf.xml.sgn')).toBe(SEED);
    expect(asker('CTLSEP0A55000000AB.tlv')).toBeUndefined();
    expect(asker('gone.cnf.xml')).toBeUndefined();
    expect(asker('mk-sccp.jar')).toBe('ipctest2');
  });

  it('is found by the hardware address of a device that is not named by it', () => {
    database.configure([...seedDevices().filter(({ name }) => name !== SEED)], NOW);
    expect(asker('SEP005056A1033D.cnf.xml')).toBe('ipctest2');
  });

  it('is the address’s holder’s for ten minutes after it named itself, and as long as a lease or a registration has the address', () => {
    const [within, later] = [after(NOW, minutes(10)), after(NOW, seconds(601))];
    database.recordAddress('ipctest2', ADDRESS, NOW);
    expect(asker('ringlist.xml', within)).toBe('ipctest2');
    expect(asker('ringlist.xml', later)).toBeUndefined();
    database.register(anAttempt('ipctest2', 'SCCP', { address: ADDRESS }), NOW);
    expect(asker('ringlist.xml', later)).toBe('ipctest2');
    database.recordLease({ address: '10.10.210.201', mac: '005056A1033D' as MacAddress, at: NOW, until: later }, NOW);
    expect(asker('ringlist.xml', later, '10.10.210.201')).toBe(SEED);
  });

  it('is nobody’s where several devices have the address, and one’s again when it alone has it', () => {
    const later = after(NOW, minutes(8));
    database.recordAddress('ipctest2', ADDRESS, NOW);
    database.recordAddress(SEED, ADDRESS, later);
    expect(asker('ringlist.xml', later)).toBeUndefined();
    expect(asker('ringlist.xml', after(NOW, minutes(11)))).toBe(SEED);
    database.recordAddress('ipctest2', ADDRESS, after(NOW, minutes(12)));
    expect(asker('ringlist.xml', after(NOW, minutes(12)))).toBeUndefined();
    database.recordAddress('ipctest2', '10.10.210.201', after(NOW, minutes(12)));
    expect(asker('ringlist.xml', after(NOW, minutes(12)))).toBe(SEED);
    expect(database.byAddress(ADDRESS)?.configured.name).toBe(SEED);
  });

  it('is the one’s that asked for its own files from that port, for a minute', () => {
    asked('ipctest2', 3300);
    asked(SEED, 3301);
    expect([asker('ringlist.xml', NOW, ADDRESS, 3300), asker('ringlist.xml', NOW, ADDRESS, 3301)]).toEqual([
      'ipctest2',
      SEED,
    ]);
    expect(asker('ringlist.xml', NOW, ADDRESS, 3302)).toBeUndefined();
    asked(SEED, 3300);
    expect(asker('ringlist.xml', NOW, ADDRESS, 3300)).toBe(SEED);
    expect(asker('ringlist.xml', after(NOW, seconds(61)), ADDRESS, 3300)).toBeUndefined();
  });

  it('is not remembered of more ports than a bound', () => {
    asked('ipctest2', 1);
    asked(SEED, 2);
    for (let port = 3; port < 5_000; port += 1) asked(SEED, port);
    expect(asker('ringlist.xml', NOW, ADDRESS, 1)).toBeUndefined();
    expect(asker('ringlist.xml', NOW, ADDRESS, 4_999)).toBe(SEED);
  });
});
