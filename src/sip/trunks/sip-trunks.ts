// The trunks of this node: which there are, the legs of calls that leave by them, and the calls of other PBXs that come by them
// (`docs/protocols/calls.md` §6). Who sends a request is found here by its address, and by nothing that it says.

import type { Appearance, CauseName, Leg, LegPort, TrunkLines, TrunkSettings } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import { ReportOncePerSecond } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import { reasonLine } from '../calls/causes.js';
import type { SipCalls } from '../calls/sip-calls.js';
import { newSession } from '../calls/sip-leg-supplier.js';
import type { SipEvent, SipTrunkRefused, TrunkRefusal } from '../events.js';
import { ID } from '../message/headers.js';
import { type DigestVerifier, parseCredentials } from '../registrar/digest.js';
import type { Answer, ServerRequest } from '../response/server-request.js';
import { DEFAULT_CHALLENGES } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { OutboundStream } from '../transport/outbound-stream.js';
import { type ClusterNodes, NodeLinks } from './node-links.js';
import type { NodePeer } from './node-peer.js';
import { callerOf, redirectionOf } from './redirections.js';
import { Trunk } from './trunk.js';
import { TrunkLeg } from './trunk-leg.js';

/** What the trunks need of the service around them. */
export interface SipTrunksDependencies {
  readonly calls: SipCalls;
  readonly verifier: DigestVerifier;
  /** A flow to the other PBX; `undefined`: there is no socket for it. */
  newFlow(trunk: Trunk): Flow | undefined;
  /** The same to another node of the cluster. `onFailed`: no connection can be had. */
  newNodeFlow(peer: NodePeer, onFailed: (now: Instant) => void): Flow | undefined;
  publish(event: SipEvent): void;
}

const LOOP: Answer = { status: 482, phrase: 'Loop Detected' };
const NO_HOPS: Answer = { status: 483, phrase: 'Too Many Hops' };
const FULL: Answer = {
  status: 503,
  phrase: 'Service Unavailable',
  headers: `${reasonLine('noChannel')}Retry-After: 5\r\n`,
};
const MOST_CREDENTIALS = 8;

export class SipTrunks implements TrunkLines {
  readonly #dependencies: SipTrunksDependencies;
  readonly #trunks = new Map<string, Trunk>();
  /** Found by source address. */
  readonly #bySource = new Map<string, Trunk[]>();
  /** Refusals by the name of the trunk. */
  readonly #refusals = new Map<string, ReportOncePerSecond>();
  /** Calls between nodes; `undefined`: there are none. */
  #nodes: NodeLinks | undefined;
  #isStarted = false;

  constructor(dependencies: SipTrunksDependencies) {
    this.#dependencies = dependencies;
  }

  get all(): Iterable<Trunk> {
    return this.#trunks.values();
  }

  /** How many calls stand on a trunk. */
  callsOf(trunk: string): number {
    return this.#dependencies.calls.services.control.legs.of(trunk as DeviceName).length;
  }

  /** The sockets are open. */
  start(now: Instant): void {
    this.#isStarted = true;
    this.configure(now);
  }

  /** Takes the trunks of the settings of calls. One that is as before goes on, with its calls and its state. */
  configure(now: Instant): void {
    if (!this.#isStarted) return;
    const { services } = this.#dependencies.calls;
    const wanted = new Map(services.control.settings.trunks.map((settings) => [settings.name, settings]));
    for (const [name, trunk] of this.#trunks) {
      const settings = wanted.get(name);
      if (settings !== undefined && isSame(settings, trunk.settings)) continue;
      if (settings === undefined) services.control.deviceEnded(name as DeviceName, now);
      trunk.close();
      this.#trunks.delete(name);
      this.#refusals.delete(name);
    }
    for (const [name, settings] of wanted) {
      if (this.#trunks.has(name)) continue;
      const trunk = new Trunk(settings, {
        services,
        newFlow: (one) => this.#dependencies.newFlow(one),
        publish: (event) => this.#dependencies.publish(event),
      });
      this.#trunks.set(name, trunk);
      trunk.start(now);
    }
    this.#bySource.clear();
    for (const trunk of this.#trunks.values())
      for (const source of new Set([trunk.settings.address, ...trunk.settings.sources]))
        this.#bySource.set(source, [...(this.#bySource.get(source) ?? []), trunk]);
  }

  /** This node is one of a cluster: from now on there are calls between its nodes. */
  join(nodes: ClusterNodes): void {
    const { calls, publish, newNodeFlow } = this.#dependencies;
    const links: NodeLinks = new NodeLinks({
      ...{ calls, nodes, publish },
      newFlow: (peer) => newNodeFlow(peer, (now) => links.failed(peer, now)),
    });
    this.#nodes = links;
  }

  /** Calls between the nodes of a cluster; `undefined`: this node is alone. */
  get nodes(): NodeLinks | undefined {
    return this.#nodes;
  }

  close(): void {
    this.#nodes?.close();
    for (const trunk of this.#trunks.values()) {
      trunk.close();
      const flow = trunk.openFlow();
      if (flow instanceof OutboundStream) flow.close();
    }
  }

  // ── calls that leave ──────────────────────────────────────────────────────────────────────────────────────────

  portFor(name: string, leg: Leg): LegPort | CauseName {
    const trunk = this.#trunks.get(name);
    if (trunk === undefined) return 'noRoute';
    const now = leg.startedAt;
    if (trunk.state === 'down' || trunk.openFlow() === undefined) {
      this.#refused(trunk, 'out', 'down', now);
      return 'temporaryFailure';
    }
    if (this.#isFull()) {
      this.#refused(trunk, 'out', 'limit', now);
      return 'noChannel';
    }
    const { caller, target } = leg.call;
    const { services } = this.#dependencies.calls;
    const callerMask = target?.kind === 'trunk' && !caller.isTrunk ? target.callerMask : '';
    return new TrunkLeg(services, trunk, leg, newSession(services), callerMask);
  }

  portForNode(node: string, leg: Leg): LegPort | CauseName {
    return this.#nodes?.portFor(node, leg) ?? 'noRoute';
  }

  #isFull(): boolean {
    const { control } = this.#dependencies.calls.services;
    let count = 0;
    for (const name of this.#trunks.keys()) count += control.legs.of(name as DeviceName).length;
    return count >= control.settings.limits.trunkCalls;
  }

  // ── calls that come ───────────────────────────────────────────────────────────────────────────────────────────

  /** The trunk whose other end that flow comes from; of several at one address the one whose port it is. */
  of({ remote }: Pick<Flow, 'remote'>): Trunk | undefined {
    const found = this.#bySource.get(remote.address);
    return found?.find(({ settings }) => settings.port === remote.port) ?? found?.[0];
  }

  /** An INVITE of the other PBX that begins a call. */
  invite(trunk: Trunk, request: ServerRequest, now: Instant): void {
    const { message } = request;
    if (message.text(ID['Max-Forwards'])?.trim() === '0') this.#refuse(trunk, 'hops', NO_HOPS, request, now);
    else if (this.#isOurs(request)) this.#refuse(trunk, 'loop', LOOP, request, now);
    else if (!this.#isProved(trunk, request, now))
      this.#refuse(trunk, 'credentials', this.#challenge(request, now), request, now);
    else if (this.#isFull()) this.#refuse(trunk, 'limit', FULL, request, now);
    else {
      const { calls } = this.#dependencies;
      const { address, port } = request.flow.remote;
      const contact = `sip:${address}:${port}`;
      calls.inviteByTrunk(request, { peer: trunk, contact, appearance: this.#appearanceOf(trunk, request) }, now);
    }
  }

  /** The call has been here before: a Via below the topmost names this server. */
  #isOurs({ message, flow }: ServerRequest): boolean {
    const { services } = this.#dependencies.calls;
    const { localAddress, advertised } = services.settingsRef.settings;
    const own = new Set([flow.local.address, localAddress, advertised]);
    const { port } = flow.local;
    return message
      .all(ID.Via)
      .flatMap((text) => text.split(','))
      .slice(1)
      .some((via) => {
        const [, host, written] = /^\s*SIP\/2\.0\/\w+\s+([^\s:;]+)(?::(\d+))?/i.exec(via) ?? [];
        return host !== undefined && own.has(host) && Number(written ?? 5060) === port;
      });
  }

  #appearanceOf(trunk: Trunk, { message, flow }: ServerRequest): Appearance {
    const caller = callerOf(message);
    const { limits } = this.#dependencies.calls.services.control.settings;
    const redirection = redirectionOf(message);
    return {
      device: trunk.name as DeviceName,
      dn: caller.number,
      lineInstance: 0,
      displayName: caller.name,
      maxCalls: limits.trunkCalls,
      busyTrigger: limits.trunkCalls,
      isTrunk: true,
      // Over UDP the address may be forged, and so may be where it wants its sound.
      isUnproved: flow.transport === 'udp' && trunk.settings.digest?.challenge !== true,
      ...(redirection === undefined ? {} : { redirection }),
    };
  }

  // ── credentials of the other PBX ──────────────────────────────────────────────────────────────────────────────

  #isProved(trunk: Trunk, { message, flow }: ServerRequest, now: Instant): boolean {
    const { digest } = trunk.settings;
    if (digest?.challenge !== true) return true;
    const realm = this.#realm;
    return message
      .all(ID.Authorization)
      .slice(0, MOST_CREDENTIALS)
      .flatMap((text) => parseCredentials(text) ?? [])
      .some((credentials) => {
        const result = this.#dependencies.verifier.verify({
          realm,
          from: flow.remote.address,
          credentials,
          method: message.method,
          password: credentials.get('username') === digest.user ? digest.password : undefined,
          acceptUri: () => true, // the sender is known by its address
          now,
        });
        if (result === 'right') flow.validate(now);
        return result === 'right';
      });
  }

  #challenge({ flow }: ServerRequest, now: Instant): Answer {
    const headers = this.#dependencies.verifier.challenge({
      realm: this.#realm,
      from: flow.remote.address,
      simple: false,
      algorithms: this.#dependencies.calls.services.settingsRef.settings.challenges ?? DEFAULT_CHALLENGES,
      stale: false,
      now,
    });
    return { status: 401, phrase: 'Unauthorized', headers };
  }

  /** The name of the cluster, as CUCM has it (`sip.md` §9). */
  get #realm(): string {
    const { cluster, realm } = this.#dependencies.calls.services.settingsRef.settings;
    return cluster ?? realm;
  }

  // ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────

  #refuse(trunk: Trunk, reason: TrunkRefusal, answer: Answer, request: ServerRequest, now: Instant): void {
    request.answer(answer, now);
    // A first request has no credentials yet: that it is asked for them is no refusal.
    if (reason !== 'credentials' || request.message.count(ID.Authorization) > 0)
      this.#refused(trunk, 'in', reason, now);
  }

  #refused(trunk: Trunk, direction: SipTrunkRefused['direction'], reason: TrunkRefusal, now: Instant): void {
    const reports = this.#refusals.get(trunk.name) ?? new ReportOncePerSecond();
    this.#refusals.set(trunk.name, reports);
    const count = reports.add(now);
    if (count > 0)
      this.#dependencies.publish({ type: 'sip.trunk-refused', ...trunk.facts(now), direction, reason, count });
  }
}

const isSame = (one: TrunkSettings, other: TrunkSettings): boolean => JSON.stringify(one) === JSON.stringify(other);
