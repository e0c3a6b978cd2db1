import { networkInterfaces } from 'node:os';
import type { MachineAddress } from '../ports.js';

/** The IPv4 addresses of this machine, by interface. */
export const machineAddresses = (): readonly MachineAddress[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, address, cidr, internal }) =>
      family === 'IPv4'
        ? [{ interface: name, address, prefix: Number(cidr?.split('/')[1] ?? 32), loopback: internal }]
        : [],
    ),
  );
