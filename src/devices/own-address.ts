// The address that a phone says it has. Where that is another than the one that it comes from, a NAT is between.

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** What phones say that have no address, and what programs on one machine use among themselves. */
const OF_NOBODY = /^(?:0\.|127\.|169\.254\.)/;

/** The address, if it is an IPv4 address that another machine can use. */
export const usableAddress = (said: string | undefined): string | undefined =>
  said !== undefined && IPV4.test(said) && !OF_NOBODY.test(said) ? said : undefined;

/** The address that a phone says it has, if that is not `address`, from which it comes. */
export const otherAddress = ({
  ownAddress,
  address,
}: {
  readonly ownAddress?: string | undefined;
  readonly address: string;
}): string | undefined => (ownAddress === address || OF_NOBODY.test(address) ? undefined : ownAddress);
