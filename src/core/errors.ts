// The error classes, by whose fault the error is: a peer, the operator, the system. Every error has a stable code.
// Its text may change, the code may not.

/** A peer broke its protocol. The peer loses this message or this link; nobody else is affected. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: string;
  /** Octets from the start of the message to where it went wrong. */
  readonly offset: number;

  constructor(code: string, message: string, offset = 0) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/** One mistake of the operator: where it is, what was found and what is wanted. */
export interface ConfigurationProblem {
  readonly file: string;
  /** Counts from 1. Absent if the problem concerns the whole file. */
  readonly line?: number;
  /** Dotted path, e.g. `devices.0.model`. */
  readonly key: string;
  readonly found: string;
  readonly wanted: string;
}

/** A mistake with the code of its cause, such as `connect.node-not-ours`. Codes are stable: programs wait for them. */
export interface CodedProblem extends ConfigurationProblem {
  readonly code: string;
}

/** `<file>:<line>: <key>: found …, wanted …`. */
export const describeFault = (fault: ConfigurationProblem): string =>
  `${placeOf(fault)}: ${fault.key}: found ${fault.found}, wanted ${fault.wanted}`;

/** Describes a problem with which the daemon can run, but which the operator should know of. */
export const describeWarning = (warning: ConfigurationProblem): string =>
  `${placeOf(warning)}: warning: ${warning.key}: found ${warning.found}, wanted ${warning.wanted}`;

const placeOf = ({ file, line }: ConfigurationProblem): string => (line === undefined ? file : `${file}:${line}`);

/** The configuration cannot be used. Lists all problems at once, and is thrown before any socket opens. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
  readonly faults: readonly ConfigurationProblem[];

  constructor(faults: readonly ConfigurationProblem[]) {
    super(faults.map(describeFault).join('\n'));
    this.faults = faults;
  }
}

/** A listener could not be opened. The message says which one, why, and what helps. */
export class BindError extends Error {
  override readonly name = 'BindError';
  readonly code = 'BIND';

  constructor(listener: string, cause: NodeJS.ErrnoException) {
    super(`${listener}: ${reasonOf(cause)}`, { cause });
  }
}

const reasonOf = (cause: NodeJS.ErrnoException): string => {
  switch (cause.code) {
    case 'EADDRINUSE':
      return 'the port is in use by another program; stop that program or configure another port';
    case 'EACCES':
    case 'EPERM':
      return 'ports below 1024 need privileges; run as root, grant cap_net_bind_service, or configure a higher port';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address; set `listen` to one of its own, or to 0.0.0.0';
    default:
      return cause.message;
  }
};

/** Another labcm uses a directory that this one was told to write to. The message says which one, and what helps. */
export class InUseError extends Error {
  override readonly name = 'InUseError';
  readonly code = 'IN_USE';

  constructor(key: string, directory: string, pid: number) {
    super(
      `${key}: found ${directory} in use by another labcm (process ${pid}), wanted a directory of its own; stop that one, or set ${key} to another`,
    );
  }
}

/** Another daemon of the cluster has the name of this node. The message says where it is, and what helps. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
  readonly code = 'NAME_TAKEN';

  constructor(node: string, address: string) {
    super(
      `self: found ${node}, which another daemon of the cluster is already, at ${address}, wanted a node that no other daemon is; stop that one, or set self to another of nodes`,
    );
  }
}

/** The bus of the cluster was not reached, and this daemon must not run without it. The message says where, why, and what helps. */
export class BusUnreachableError extends Error {
  override readonly name = 'BusUnreachableError';
  readonly code = 'BUS_UNREACHABLE';

  constructor(address: string, reason: string, within: string) {
    super(`cluster.bus: found nothing usable at ${address} within ${within}, wanted the bus of the cluster: ${reason}`);
  }
}
