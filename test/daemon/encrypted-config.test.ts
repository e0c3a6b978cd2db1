// For which certificate a configuration is encrypted, of those that labcm knows of a phone.

import { describe, expect, it } from 'vitest';
import { type EncryptionSources, encryptedFiles } from '../../src/daemon/encrypted-config.js';
import { certificateHash } from '../../src/security/encrypt-file.js';
import { identity } from '../security/identities.js';
import { aDevice } from '../support/devices.js';

const NAME = 'SEP005056A1033D';
const ISSUED = identity('callmanager', 'ISSUED').read;
const NAMED = identity('callmanager', 'NAMED').read;
const SHOWN = identity('callmanager', 'SHOWN').read;
const ELLIPTIC = identity('callmanager-ec').read;
const DEVICE = aDevice(NAME);

const files = (known: { issued?: Buffer; isNamed?: boolean; shown?: Buffer }) => {
  const sources: EncryptionSources = {
    named: new Map(known.isNamed === true ? [[NAME, { certificate: NAMED, hash: certificateHash(NAMED) }]] : []),
    issued: () => known.issued,
    shown: () => known.shown,
    encrypt: (_name, _plain, recipient) => recipient.der,
  };
  return encryptedFiles(sources);
};

describe('a configuration is encrypted for', () => {
  it.each([
    [
      'the certificate of CAPF, whatever else is known',
      { issued: ISSUED.der, isNamed: true, shown: SHOWN.der },
      ISSUED,
    ],
    ['that which the owner names, else', { isNamed: true, shown: SHOWN.der }, NAMED],
    ['that of the factory, else', { shown: SHOWN.der }, SHOWN],
  ])('%s', (_, known, recipient) => {
    const { encryptionOf, encrypt } = files(known);
    expect(encryptionOf(DEVICE)).toEqual({ state: 'ready', certificateHash: certificateHash(recipient) });
    expect(encrypt('x', DEVICE, Buffer.alloc(0))).toEqual(recipient.der);
  });

  it('nobody, where none is known or it has an elliptic key', () => {
    expect(files({}).encryptionOf(DEVICE)).toEqual({ state: 'no-certificate' });
    const elliptic = files({ issued: ELLIPTIC.der, isNamed: true });
    expect(elliptic.encryptionOf(DEVICE)).toEqual({ state: 'elliptic-key' });
    expect(() => elliptic.encrypt('x', DEVICE, Buffer.alloc(0))).toThrow(/elliptic-key/);
  });
});
