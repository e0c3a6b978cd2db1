import { networkInterfaces } from 'node:os';

/** The name of this machine's interface that has an IPv4 address. `undefined`: none has. */
export const interfaceOfAddress = (address: string): string | undefined =>
  Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some((one) => one.address === address))?.[0];
