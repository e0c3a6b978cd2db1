import type { PhonePlan } from '../phone.js';
import type { SipLine } from './requests.js';

/**
 * The lines that a SIP phone registers: with `given` ones of its options or of its file. The user and password of the
 * options count before those of the file. A phone without a line registers its hardware address, for auto-registration.
 */
export const ownLines = (
  { identity, digest }: Pick<PhonePlan, 'identity' | 'digest'>,
  given: readonly SipLine[],
): readonly [SipLine, ...SipLine[]] => {
  const [first, ...others] = given.map((line) =>
    digest === undefined ? line : { ...line, authName: digest.user, authPassword: digest.password },
  );
  if (first !== undefined) return [first, ...others];
  const user = identity.mac.toLowerCase();
  return [{ dn: user, contact: user, authName: '', authPassword: '' }];
};
