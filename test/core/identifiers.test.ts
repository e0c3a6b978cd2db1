import { describe, expect, it } from 'vitest';
import {
  macOfName,
  parseDeviceName,
  parseDirectoryNumber,
  parseIpv4Address,
  parseMacAddress,
} from '../../src/core/identifiers.js';

describe('identities have one spelling', () => {
  it.each(['005056A1033D', '00:50:56:a1:03:3d', '00-50-56-A1-03-3D', '0050.56a1.033d'])('hardware address %s', (text) =>
    expect(parseMacAddress(text)).toBe('005056A1033D'),
  );

  it.each(['', '005056A1033', '00:50-56:A1:03:3D', '005056A1033G', '00:50:56:A1:03:3D '])(
    'and «%s» is no hardware address',
    (text) => expect(parseMacAddress(text)).toBeUndefined(),
  );

  it.each(['ipctest2', 'SEP005056A1033D', 'ATA0011223344', 'a', 'x.y-z_1', 'fifteen-letters'])(
    'device name %s',
    (name) => expect(parseDeviceName(name)).toBe(name),
  );

  it.each(['', 'sixteen-letters!', 'sixteen-letterss', '../etc', 'a b', 'ä', '-x'])(
    'and «%s» is no device name',
    (name) => expect(parseDeviceName(name)).toBeUndefined(),
  );

  it('a device named by its hardware address tells it', () => {
    expect(macOfName('sep005056a1033d')).toBe('005056A1033D');
    expect(macOfName('ipctest2')).toBeUndefined();
    expect(macOfName('SEP005056A1033')).toBeUndefined();
    expect(macOfName('SEP005056A10301')).toBe('005056A10301');
  });

  it('so does an analogue adapter, but for its second port, whose name is made of the address and 01', () => {
    expect(macOfName('ATA0A5500000014')).toBe('0A5500000014');
    expect(macOfName('ata0a5500000014')).toBe('0A5500000014');
    expect(macOfName('ATA550000001401')).toBeUndefined();
    expect(macOfName('ATA0011223344')).toBeUndefined();
  });

  it.each(['0.0.0.0', '10.10.210.200', '255.255.255.255'])('address %s', (text) =>
    expect(parseIpv4Address(text)).toBe(text),
  );

  it.each(['', '1', '010.0.0.1', '256.0.0.1', '1.2.3', '1.2.3.4.', '1.2.3.4.5', '::1'])(
    'and «%s» is no address',
    (text) => expect(parseIpv4Address(text)).toBeUndefined(),
  );

  it.each(['5002', '+4930123', '*81', '0017'])('directory number %s', (text) =>
    expect(parseDirectoryNumber(text)).toBe(text),
  );

  it.each(['', ' 5002', '5002;x', '1'.repeat(25)])('and «%s» is no directory number', (text) =>
    expect(parseDirectoryNumber(text)).toBeUndefined(),
  );
});
