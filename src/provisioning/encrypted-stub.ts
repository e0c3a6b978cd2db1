// What a phone with an encrypted configuration gets in place of the plain one (`docs/protocols/secure.md` §4.2): only how it comes to the
// encrypted file, and to a certificate.

import { type XmlElement, xmlDocument, xmlText } from '../core/xml/writer.js';
import { capfElements, type DeviceEnrolment, type FileSecuritySettings } from './file-security.js';

/** What stands in the stub. */
export interface EncryptedStub {
  readonly load: string;
  /** Where the phone finds CAPF. `undefined`: nowhere. */
  readonly security: FileSecuritySettings | undefined;
  /** Its `certHash` is that of the certificate which the file is encrypted for. Empty: none is known, and the phone goes to CAPF first. */
  readonly enrolment: DeviceEnrolment;
}

/** Generates the stub. Its elements stand in the order of a real one. */
export const encryptedStub = ({ load, security, enrolment }: EncryptedStub): Buffer => {
  const elements: readonly XmlElement[] = [
    ['fullConfig', false],
    ['loadInformation', load],
    ['ipAddressMode', 0],
    ...capfElements(security, { ...enrolment, isEncrypted: true }),
  ];
  return xmlDocument(xmlText([['device', [...elements]]]));
};
