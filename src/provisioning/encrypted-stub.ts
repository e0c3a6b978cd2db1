// What a phone with an encrypted configuration gets in place of the plain one (`docs/protocols/secure.md` §4.2): only how it comes to the
// encrypted file.

import { type XmlElement, xmlDocument, xmlText } from '../core/xml/writer.js';

const CAPF_PORT = 3804;

/** What stands in the stub. */
export interface EncryptedStub {
  readonly load: string;
  /** MD5 of the certificate that the file is encrypted for, in lower case. */
  readonly certificateHash: string;
}

/** Generates the stub. Its elements stand in the order of a real one. */
export const encryptedStub = ({ load, certificateHash }: EncryptedStub): Buffer => {
  const elements: readonly XmlElement[] = [
    ['fullConfig', false],
    ['loadInformation', load],
    ['ipAddressMode', 0],
    ['capfAuthMode', 0],
    [
      'capfList',
      [
        [
          'capf',
          [
            ['phonePort', CAPF_PORT],
            ['processNodeName', ''],
          ],
        ],
      ],
    ],
    ['certHash', certificateHash],
    ['encrConfig', true],
  ];
  return xmlDocument(xmlText([['device', [...elements]]]));
};
