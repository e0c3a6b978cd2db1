// The ports through which engines meet the network. Implementations: `net/node.ts` for real sockets, the tests' memory
// network for simulated ones.

/** An IPv4 endpoint, as the peer of a datagram or stream. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Called for each datagram. `bytes` belongs to the receiver. */
export type DatagramHandler = (bytes: Buffer, from: Endpoint) => void;

/** A bound UDP socket. `send` never throws and never waits: a datagram that cannot leave is lost, as on any network. */
export interface DatagramSocket {
  readonly local: Endpoint;
  /** Octets from `offset`; the buffer must stay unchanged until they have left. */
  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void;
  close(): Promise<void>;
}

export interface DatagramOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Octets asked of the kernel for waiting datagrams. */
  readonly receiveBuffer?: number;
}

/** Opens datagram sockets. Rejects with a `NodeJS.ErrnoException` when the address or port cannot be had. */
export interface DatagramNetwork {
  open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket>;
  /** The IPv4 addresses of this machine as they are now. */
  localAddresses(): readonly string[];
}

/** Randomness, injected so that tests repeat. */
export interface Random {
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}
