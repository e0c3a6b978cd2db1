// Recognises phones by their vendor class, option 60 (`provisioning.md` §2.2).

/** `phone`: certainly one; `weak`: other Cisco equipment sends the same; `other`: anything else. */
export type ClientClass = 'phone' | 'weak' | 'other';

const PHONE = /^Cisco Systems,? Inc\. (?:IP|Wireless) Phone (?:CP-)?([0-9]{4}[A-Z0-9-]*)/;
const WEAK = /^Cisco Systems,? Inc\.$|^Cisco:Codec:/;

/** The class of a client. `vendorClass`: option 60 without its trailing NUL. */
export const classOf = (vendorClass: string): ClientClass =>
  PHONE.test(vendorClass) ? 'phone' : WEAK.test(vendorClass) ? 'weak' : 'other';

/** `7960G`, `7912`, `8845`… as the phone spells it. */
export const modelOf = (vendorClass: string): string | undefined => PHONE.exec(vendorClass)?.[1];
