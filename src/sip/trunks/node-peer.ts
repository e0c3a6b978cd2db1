// Another node of the cluster as the other end of a dialog (`docs/protocols/cluster.md` §3a). Whether it is there, its heartbeats
// tell, so nothing is asked of it; it is a trunk to whoever writes headers, and in no configuration.

import { nodeDevice } from '../../calls/index.js';
import type { Endpoint } from '../../net/ports.js';
import { uriUser } from '../calls/call-headers.js';
import type { CallServices } from '../calls/services.js';
import type { Flow } from '../transport/flow.js';
import { OutboundStream } from '../transport/outbound-stream.js';
import type { TrunkPeer } from './trunk-leg.js';

/** What the peer needs of the service around it. */
export interface NodePeerEnvironment {
  readonly services: CallServices;
  /** The header lines by which the other node knows this one. */
  readonly proofLine: string;
  /** A flow to the other node; `undefined`: there is no socket for it. */
  newFlow(node: NodePeer): Flow | undefined;
}

export class NodePeer implements TrunkPeer {
  readonly dialect = 'trunk';
  /** The other node must know what the caller's phone can, or it would agree with its own phone on something else. */
  readonly earlyOffer = 'always';
  /** The node. */
  readonly node: string;
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly #environment: NodePeerEnvironment;
  #flow: Flow | undefined;

  constructor(node: string, endpoint: Endpoint, environment: NodePeerEnvironment) {
    this.node = node;
    this.endpoint = endpoint;
    this.name = nodeDevice(node);
    this.#environment = environment;
  }

  get address(): string {
    return this.endpoint.address;
  }

  get inviteLines(): string {
    return this.#environment.proofLine;
  }

  get serverHost(): string {
    const { localAddress, address } = this.#environment.services.settingsRef.settings;
    return localAddress ?? address;
  }

  /** A peer has legs only while there is a flow. */
  get flow(): Flow {
    const flow = this.openFlow();
    if (flow === undefined) throw new Error(`no socket for the node ${this.node}`);
    return flow;
  }

  openFlow(): Flow | undefined {
    this.#flow ??= this.#environment.newFlow(this);
    return this.#flow;
  }

  uriOf(number: string): string {
    return `sip:${uriUser(number)}@${this.endpoint.address}:${this.endpoint.port};transport=tcp`;
  }

  /** The node gets it, whatever a Contact or a Record-Route says. */
  endpointOf(): Endpoint {
    return this.endpoint;
  }

  isFrom({ remote }: Flow): boolean {
    return remote.address === this.endpoint.address;
  }

  /** Its heartbeats tell whether it is there. */
  suspect(): void {}

  close(): void {
    if (this.#flow instanceof OutboundStream) this.#flow.close();
    this.#flow = undefined;
  }
}
