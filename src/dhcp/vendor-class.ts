// Who is a phone, by what it says of itself (`provisioning.md` §2.2). Says nothing of whether it is answered.

/** `phone`: certainly; `weak`: what other Cisco equipment says too; `other`: anything else. */
export type ClientClass = 'phone' | 'weak' | 'other';

const PHONE = /^Cisco Systems,? Inc\. (?:IP|Wireless) Phone (?:CP-)?([0-9]{4}[A-Z0-9-]*)/;
const WEAK = /^Cisco Systems,? Inc\.$|^Cisco:Codec:/;

/** `vendorClass`: option 60 without its trailing NUL. */
export const classOf = (vendorClass: string): ClientClass =>
  PHONE.test(vendorClass) ? 'phone' : WEAK.test(vendorClass) ? 'weak' : 'other';

/** `7960G`, `7912`, `8845`… as the phone spells it. */
export const modelOf = (vendorClass: string): string | undefined => PHONE.exec(vendorClass)?.[1];
