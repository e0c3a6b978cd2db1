import { describe, expect, it } from 'vitest';
import { checkName, dynamicName, foldName } from '../../src/provisioning/names.js';
import { capturedHex, capturedJson, capturedNames, describeCaptured } from '../support/fixtures.js';

describe('the names that phones send', () => {
  it.each([
    ['SEP005056A1033D.cnf.xml', 'SEP005056A1033D.cnf.xml'],
    ['/mk-sip.jar', 'mk-sip.jar'],
    ['//mk-sip.jar', 'mk-sip.jar'],
    ['./RINGLIST.XML', 'RINGLIST.XML'],
    ['Communicator\\LdapDirectories.xml', 'Communicator/LdapDirectories.xml'],
    ['\\\\English_United_States\\\\.\\ipc-sip.jar', 'English_United_States/ipc-sip.jar'],
    ['Desktops//320x212x16/./List.xml', 'Desktops/320x212x16/List.xml'],
    ['a..b/..c/d..', 'a..b/..c/d..'],
    ['%2e%2e/x', '%2e%2e/x'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%j is looked up as %j', (asked, name) => {
    expect(checkName(asked)).toEqual({ safe: true, name });
  });

  it.each([
    ['../etc/passwd', 'leads out of the root'],
    ['a/../../b', 'leads out of the root'],
    ['a/..', 'leads out of the root'],
    ['..\\..\\windows\\win.ini', 'leads out of the root'],
    ['/../x', 'leads out of the root'],
    ['C:\\boot.ini', 'drive letter'],
    ['/c:/boot.ini', 'drive letter'],
    ['', 'empty'],
    ['/', 'empty'],
    ['.', 'empty'],
    ['SEP.cnf.xml\0.txt', 'control character'],
    ['a\nb', 'control character'],
    ['a\x7fb', 'control character'],
    ['x'.repeat(256), 'longer than 255 characters'],
  ])('%j is refused: %s', (asked, reason) => {
    expect(checkName(asked)).toEqual({ safe: false, reason });
  });

  it.each([
    ['SEP005056A1033D.cnf.xml', 'config', 'SEP005056A1033D'],
    ['ipctest2.CNF.XML', 'config', 'IPCTEST2'],
    ['a.b.cnf.xml', 'config', 'A.B'],
    ['xmldefault.cnf.xml', 'default', 'XMLDEFAULT'],
    ['CTLSEP005056A1033D.tlv', 'ctl', 'SEP005056A1033D'],
    ['ctlipctest2.tlv', 'ctl', 'IPCTEST2'],
    ['CTLFile.tlv', 'ctl', 'FILE'],
    ['ITLSEP005056A1033D.tlv', 'itl', 'SEP005056A1033D'],
    ['ITLFile.tlv', 'itl', 'FILE'],
    ['SK0b1c2d3e-4f50-4617-8899-aabbccddeeff.xml', 'softkeys', '0B1C2D3E-4F50-4617-8899-AABBCCDDEEFF'],
    ['DR0b1c2d3e-4f50-4617-8899-aabbccddeeff.xml', 'dialrules', '0B1C2D3E-4F50-4617-8899-AABBCCDDEEFF'],
    ['FP0b1c2d3e-4f50-4617-8899-aabbccddeeff.xml', 'featurepolicy', '0B1C2D3E-4F50-4617-8899-AABBCCDDEEFF'],
    [
      'DefaultFP0000000000-0b1c2d3e-4f50-4617-8899-aabbccddeeff.xml',
      'featurepolicy',
      '0B1C2D3E-4F50-4617-8899-AABBCCDDEEFF',
    ],
    ['RingList.xml', 'ringlist', 'RINGLIST'],
    ['DistinctiveRinglist.xml', 'ringlist', 'DISTINCTIVERINGLIST'],
    ['Ringlist-wb.xml', 'ringlist', 'RINGLIST-WB'],
  ])('%s asks for %s of %s', (name, kind, key) => {
    expect(dynamicName(foldName(name))).toEqual({ kind, key });
  });

  it.each([
    'English_United_States/ipc-sip.jar',
    'SEP005056A1033D.cnf.xml.sgn',
    'SEP005056A1033D.cnf.xml.enc.sgn',
    'sub/SEP005056A1033D.cnf.xml',
    '.cnf.xml',
    'SK.xml',
    'SKlab.xml',
    'AppDialRules.xml',
    'CTL.tlv',
    'SEPDefault.cnf',
  ])('%s is a file on disk or nothing', (name) => {
    expect(dynamicName(foldName(name))).toBeUndefined();
  });
});

describeCaptured('the names of captured requests', () => {
  const nameIn = (packet: Buffer): string => packet.subarray(2, packet.indexOf(0, 2)).toString('latin1');

  it.each(
    capturedNames('provisioning/tftp')
      .filter((file) => /rrq-(leading|backslash|traversal|drive|ctl|sep|jar)/.test(file) && file.endsWith('.json'))
      .map((file) => [file.replace('.json', '')]),
  )('%s', (stem) => {
    const { expect: wanted } = capturedJson<{ expect: Record<string, string> }>(`provisioning/tftp/${stem}.json`);
    const checked = checkName(nameIn(capturedHex(`provisioning/tftp/${stem}.hex`)));
    const same = wanted.normalised ?? wanted.sameAs;
    if (same !== undefined) expect(checked).toEqual({ safe: true, name: same });
    else expect(checked.safe).toBe(!/traversal|drive/.test(stem));
  });
});
