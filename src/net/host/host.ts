// What `labcm doctor` looks at on a machine, as a port: the real machine is in `node-host.ts`, the tests have one in
// memory. Reading never fails: what is not there or may not be read is `undefined`, and so is what takes too long.

import type { WallTime } from '../../core/time.js';
import type { DiskSpace } from '../files/disk-space.js';
import type { Endpoint, MachineAddress } from '../ports.js';

/** How an attempt to connect by TCP ended. `silent`: nothing came back in time. Otherwise the system's code. */
export type Connecting = 'open' | 'refused' | 'silent' | (string & {});

/** What a program said. */
export interface ProgramOutput {
  readonly code: number;
  readonly out: string;
}

/** A machine, as far as checks look at it. */
export interface Host {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** The real path of the node that runs this program, and its version such as `v20.19.0`. */
  readonly node: { readonly path: string; readonly version: string };
  /** The IPv4 addresses, by interface. */
  addresses(): readonly MachineAddress[];
  /** Whether labcm can serve that interface and no other. */
  servesAlone(name: string): boolean;
  /** How many files and sockets a process may have open. */
  descriptorLimit(): number | undefined;
  /** A text file, such as `/proc/net/udp`; of long ones the first 4 MiB. */
  text(path: string): Promise<string | undefined>;
  /** The names in a directory; empty: it is not there or may not be read. */
  names(path: string): Promise<readonly string[]>;
  /** Where a symbolic link points, such as `socket:[4711]`. */
  linkOf(path: string): Promise<string | undefined>;
  modifiedAt(path: string): Promise<WallTime | undefined>;
  /** Of the disk that a directory is on, or will be. */
  spaceOf(path: string): Promise<DiskSpace | undefined>;
  /** Why no file can be created in a directory; `undefined`: it can. Leaves nothing behind. */
  whyUnwritable(directory: string): Promise<string | undefined>;
  /** The system's code for why no socket can be bound; `undefined`: it can. Leaves nothing open. */
  whyUnbindable(transport: 'tcp' | 'udp', address: string, port: number): Promise<string | undefined>;
  /** Connects and ends the connection at once. `from`: the local address. */
  connect(to: Endpoint, from?: string): Promise<Connecting>;
  /** The IPv4 addresses that the DNS has for a name, as phones would get them; empty: none. */
  resolve(name: string): Promise<readonly string[]>;
  /** How many milliseconds the clock of an NTP server is ahead of this machine's (RFC 4330 §5). */
  ntpOffset(server: string): Promise<number | undefined>;
  /** Runs a program to its end, without a shell. `undefined`: there is none of that name. */
  run(program: string, args: readonly string[]): Promise<ProgramOutput | undefined>;
}
