// Calls between the nodes of a cluster (`docs/protocols/cluster.md` §3a). A call goes by INVITE over TCP to the node that holds a
// phone of the number. What comes is a node's if it comes from the address of one and names its present start, which the bus alone
// tells; all else is refused.

import { type Appearance, type CauseName, type Leg, type LegPort, nodeDevice } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import { ReportOncePerSecond } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { reasonLine } from '../calls/causes.js';
import { confirmDialogs } from '../calls/lost-phones.js';
import type { SipCalls } from '../calls/sip-calls.js';
import { newSession } from '../calls/sip-leg-supplier.js';
import type { NodeCallRefusal, SipEvent } from '../events.js';
import { parameterValue, parseParameters } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { Answer, ServerRequest } from '../response/server-request.js';
import type { Flow } from '../transport/flow.js';
import { NodePeer } from './node-peer.js';
import { callerOf, redirectionOf } from './redirections.js';
import { TrunkLeg } from './trunk-leg.js';

/** A start of a node, and where it takes calls. */
export interface NodeStart {
  readonly instance: string;
  readonly address: string;
  /** 0: it takes none. */
  readonly sipPort: number;
}

/** The nodes of the cluster, as the bus tells of them. */
export interface ClusterNodes {
  readonly self: { readonly node: string; readonly instance: string };
  /** `undefined`: it is not alive. */
  alive(node: string): NodeStart | undefined;
  /** Whether a node of the cluster is at that address. */
  isNodeAt(address: string): boolean;
}

/** What calls between nodes need of the service around them. */
export interface NodeLinksDependencies {
  readonly calls: SipCalls;
  readonly nodes: ClusterNodes;
  /** A flow over TCP; `undefined`: there is no socket for it. */
  newFlow(peer: NodePeer): Flow | undefined;
  publish(event: SipEvent): void;
}

const FORBIDDEN: Answer = { status: 403, phrase: 'Forbidden', headers: reasonLine('rejected') };
const NO_HOPS: Answer = { status: 483, phrase: 'Too Many Hops' };
/** A name in a header is shown in the trace. */
const LONGEST_NAME = 64;

export class NodeLinks {
  readonly #dependencies: NodeLinksDependencies;
  readonly #peers = new Map<string, NodePeer>();
  readonly #refusals = new ReportOncePerSecond();

  constructor(dependencies: NodeLinksDependencies) {
    this.#dependencies = dependencies;
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  /** A node has died, or is alive: again, or with another start. */
  changed(node: string, now: Instant): void {
    const { control } = this.#dependencies.calls.services;
    const device = nodeDevice(node);
    const legs = [...control.legs.of(device)];
    if (legs.length === 0) return;
    if (this.#dependencies.nodes.alive(node) === undefined) {
      control.linkLost(device, now, true); // talks go on: their phones send to each other
      return;
    }
    this.#peerOf(node);
    control.linkRestored(device, now);
    confirmDialogs(legs, now); // another start of it knows none of them, and says so
  }

  /** No connection to a node can be had. */
  failed(peer: NodePeer, now: Instant): void {
    this.#dependencies.calls.services.control.linkLost(peer.name as DeviceName, now, true);
  }

  // ── calls that leave ──────────────────────────────────────────────────────────────────────────────────────────

  portFor(node: string, leg: Leg): LegPort | CauseName {
    const peer = this.#peerOf(node);
    if (peer?.openFlow() === undefined) return 'temporaryFailure';
    const { services } = this.#dependencies.calls;
    return new TrunkLeg(services, peer, leg, newSession(services), '');
  }

  /** The node as it is reached now; `undefined`: it is not alive, or takes no calls. */
  #peerOf(node: string): NodePeer | undefined {
    const { nodes, calls, newFlow } = this.#dependencies;
    const start = nodes.alive(node);
    if (start === undefined || start.sipPort === 0) return undefined;
    const endpoint: Endpoint = { address: start.address, port: start.sipPort };
    const known = this.#peers.get(node);
    if (known?.endpoint.address === endpoint.address && known.endpoint.port === endpoint.port) return known;
    known?.close();
    const { self } = nodes;
    const proofLine = `X-Labcm-Node: ${self.node};instance=${self.instance}\r\n`;
    const peer = new NodePeer(node, endpoint, { services: calls.services, proofLine, newFlow });
    this.#peers.set(node, peer);
    return peer;
  }

  // ── calls that come ───────────────────────────────────────────────────────────────────────────────────────────

  /** An INVITE that begins a call and says that it is of a node. */
  invite(request: ServerRequest, now: Instant): void {
    const { message, flow } = request;
    const written = message.all(ID['X-Labcm-Node']);
    const [name = '', parameters = ''] = splitName(written[0] ?? '');
    const instance = parameterValue(parseParameters(parameters, 0) ?? [], 'instance');
    const { nodes } = this.#dependencies;
    const start = nodes.alive(name);
    const { address } = flow.remote;
    if (written.length !== 1 || flow.transport === 'udp' || !nodes.isNodeAt(address))
      this.#refuse(name, 'address', FORBIDDEN, request, now);
    else if (start === undefined || start.instance !== instance || start.address !== address)
      this.#refuse(name, 'instance', FORBIDDEN, request, now);
    else if (message.text(ID['Max-Forwards'])?.trim() === '0') this.#refuse(name, 'hops', NO_HOPS, request, now);
    else {
      const peer = this.#peerOf(name);
      if (peer?.openFlow() === undefined) this.#refuse(name, 'instance', FORBIDDEN, request, now);
      else
        this.#dependencies.calls.inviteByTrunk(
          request,
          { peer, contact: peer.uriOf(''), appearance: this.#appearanceOf(peer, request) },
          now,
        );
    }
  }

  #appearanceOf({ node, name }: NodePeer, { message }: ServerRequest): Appearance {
    const caller = callerOf(message);
    const redirection = redirectionOf(message);
    const { limits } = this.#dependencies.calls.services.control.settings;
    return {
      device: name as DeviceName,
      dn: caller.number,
      lineInstance: 0,
      displayName: caller.name,
      maxCalls: limits.calls,
      busyTrigger: limits.calls,
      isTrunk: true,
      node,
      ...(redirection === undefined ? {} : { redirection }),
    };
  }

  #refuse(name: string, reason: NodeCallRefusal, answer: Answer, request: ServerRequest, now: Instant): void {
    request.answer(answer, now);
    const count = this.#refusals.add(now);
    if (count === 0) return;
    const { transport, remote } = request.flow;
    const where = { transport, address: remote.address, port: remote.port };
    const node = name.slice(0, LONGEST_NAME);
    this.#dependencies.publish({ type: 'sip.node-call-refused', at: now, ...where, node, reason, count });
  }
}

/** The name and the parameters behind it. */
const splitName = (value: string): readonly [string, string] => {
  const end = value.indexOf(';');
  return end < 0 ? [value.trim(), ''] : [value.slice(0, end).trim(), value.slice(end)];
};
