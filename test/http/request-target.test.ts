import { describe, expect, it } from 'vitest';
import { byteRangeOf, fileNameOf, writtenNameOf } from '../../src/http/request-target.js';

describe('the name of a file in a request', () => {
  it.each([
    ['/SEP005056A1033D.cnf.xml', 'SEP005056A1033D.cnf.xml'],
    ['//g3-tones.xml', '/g3-tones.xml'],
    ['/English_United_States/ipc-sip.jar', 'English_United_States/ipc-sip.jar'],
    ['/Communicator%5CLdapDirectories.xml', 'Communicator\\LdapDirectories.xml'],
    ['/a%20b', 'a b'],
    ['/%E4%f6', 'äö'],
    ['/%2525', '%25'], // once, not twice
    ['/..%2f..%2fetc/passwd', '../../etc/passwd'], // for the source to refuse
    ['/%00', '\0'],
    ['/ring.xml?cache=no#top', 'ring.xml'],
    ['http://10.10.210.10:6970/ring.xml', 'ring.xml'],
    ['/', ''],
    ['', ''],
    ['*', '*'],
  ])('%s is %j', (target, name) => expect(fileNameOf(target)).toBe(name));

  it.each(['/%', '/%4', '/%zz', '/a%2'])('%s has a broken escape', (target) =>
    expect(fileNameOf(target)).toBeUndefined(),
  );

  it.each([
    ['/a%zz?password=p', 'a%zz'],
    ['http://u:p@host/a%zz#x', 'a%zz'],
  ])('%s was written %s', (target, name) => expect(writtenNameOf(target)).toBe(name));
});

describe('a range of 1000 octets', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-499', { first: 0, last: 499 }],
    ['bytes=500-', { first: 500, last: 999 }],
    ['bytes=500-5000', { first: 500, last: 999 }],
    ['bytes=-1', { first: 999, last: 999 }],
    ['bytes=-5000', { first: 0, last: 999 }],
    ['Bytes= 1-2 ', { first: 1, last: 2 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1001', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=9999999999999999999-', 'unsatisfiable'],
    ['bytes=990-9999999999999999999', { first: 990, last: 999 }],
    ['bytes=-9999999999999999999', { first: 0, last: 999 }],
    [undefined, undefined],
  ])('%s is %o', (header, range) => expect(byteRangeOf(header, 1_000)).toEqual(range));

  it('has nothing to give of an empty file', () => {
    expect(byteRangeOf('bytes=0-', 0)).toBe('unsatisfiable');
    expect(byteRangeOf('bytes=-5', 0)).toBe('unsatisfiable');
    expect(byteRangeOf(undefined, 0)).toBeUndefined();
  });
});
