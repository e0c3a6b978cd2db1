// Busy lamps over all nodes (`docs/protocols/cluster.md` §3, `event.<kind>`). A node tells those that hold a phone of a number that
// it watches it, hears the state at once, and then each change as news. News may be lost, so after a break it asks again. Of a
// node that is dead the registrations alone count.

import type { LineCall, LineState, LineStates, NumbersElsewhere } from '../calls/index.js';
import {
  type ClusterBus,
  type ClusterEvent,
  fieldsOf,
  type NodeQuestions,
  type ValueFields,
  valueText,
} from '../cluster/index.js';
import type { Publisher } from '../core/event-bus.js';
import { type DirectoryNumber, parseDirectoryNumber } from '../core/identifiers.js';
import { ReportOncePerSecond } from '../core/rate-limit.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import { readCalls, stateIn, writtenCalls } from './line-call-values.js';

const QUESTION = 'line-states';
const NEWS = 'line-state';
/** Numbers of one question. */
const MOST_ASKED = 500;
/** Calls in one answer. Of those of numbers beyond it the state is told, and the calls with their next change. */
const MOST_CALLS_ANSWERED = 500;
/** Numbers that all other nodes may watch here, and the nodes that may watch one. */
const MOST_WATCHED = 100_000;
const MOST_WATCHING = 256;
const LONGEST_NODE = 64;
/** So long after a node has not answered it is asked again. */
const ASK_AGAIN = seconds(1);

/** Another node that holds a phone of a number, and is not known to be gone. */
export interface NumberHolder {
  readonly node: string;
  readonly instance: string;
}

/** What sharing needs of the daemon. */
export interface LineSharingDaemon {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly lines: LineStates;
  readonly questions: NodeQuestions;
  readonly self: { readonly node: string; readonly instance: string };
  /** The other nodes that hold a phone of that number. */
  holdersOf(dn: string): readonly NumberHolder[];
  isAlive(node: string): boolean;
}

interface ToldState {
  readonly instance: string;
  readonly state: LineState;
  readonly calls: readonly LineCall[];
  /** Rises with what a node tells: an answer may come after newer news. */
  readonly order: number;
}

/** A number that other nodes watch here. */
interface WatchedElsewhere {
  readonly nodes: Set<string>;
  readonly stop: () => void;
}

export class LineSharing implements NumbersElsewhere {
  readonly #daemon: LineSharingDaemon;
  readonly #bus: ClusterBus;
  // What this node watches elsewhere.
  readonly #watched = new Set<DirectoryNumber>();
  /** What was told, by number and node. */
  readonly #told = new Map<DirectoryNumber, Map<string, ToldState>>();
  /** What is to be asked or given up, by node. */
  readonly #toAsk = new Map<string, Map<DirectoryNumber, 'watch' | 'leave'>>();
  readonly #asking = new Set<string>();
  readonly #retries = new Map<string, Timer>();
  // What others watch here.
  readonly #watchedHere = new Map<DirectoryNumber, WatchedElsewhere>();
  readonly #broken = new ReportOncePerSecond();
  #order = 0;
  #isClosed = false;

  constructor(bus: ClusterBus, daemon: LineSharingDaemon) {
    this.#bus = bus;
    this.#daemon = daemon;
    daemon.questions.on(QUESTION, (question) => this.#answer(question));
    bus.subscribe(NEWS, (news) => this.#heard(news));
  }

  /** From now on lamps here show what happens at other nodes. */
  start(): void {
    this.#daemon.lines.share(this);
  }

  close(): void {
    this.#isClosed = true;
    for (const { stop } of this.#watchedHere.values()) stop();
    this.#watchedHere.clear();
    for (const timer of this.#retries.values()) timer.cancel();
    this.#toAsk.clear();
  }

  // ── lamps of this node ────────────────────────────────────────────────────────────────────────────────────────

  stateOf(dn: DirectoryNumber): LineState | undefined {
    const told = this.#told.get(dn);
    const states = new Set<LineState>();
    for (const { node, instance } of this.#daemon.holdersOf(dn)) {
      const known = told?.get(node);
      states.add(known?.instance === instance ? known.state : 'idle'); // registered there is what is known until it answers
    }
    return FIRST.find((state) => states.has(state));
  }

  callsOf(dn: DirectoryNumber): readonly LineCall[] {
    const told = this.#told.get(dn);
    if (told === undefined) return [];
    return this.#daemon.holdersOf(dn).flatMap(({ node, instance }) => {
      const known = told.get(node);
      return known?.instance === instance ? known.calls : [];
    });
  }

  watched(dn: DirectoryNumber, isWatched: boolean): void {
    if (isWatched) {
      this.#watched.add(dn);
      this.#askAbout(dn);
      return;
    }
    this.#watched.delete(dn);
    for (const node of this.#told.get(dn)?.keys() ?? []) this.#toAskOf(node).set(dn, 'leave');
    this.#told.delete(dn);
    this.#flush();
  }

  /** Registrations of these numbers are told otherwise. */
  numbersChanged(numbers: readonly string[]): void {
    for (const dn of numbers as readonly DirectoryNumber[]) {
      if (!this.#watched.has(dn)) continue;
      this.#askAbout(dn);
      this.#daemon.lines.changedElsewhere(dn, this.#daemon.clock.now());
    }
  }

  /** A node has died, or is there. */
  nodeChanged(node: string): void {
    if (!this.#daemon.isAlive(node)) this.#forget(node);
    const now = this.#daemon.clock.now();
    for (const dn of this.#watched) {
      if (this.#daemon.holdersOf(dn).some((holder) => holder.node === node)) this.#askAbout(dn);
      else if (this.#told.get(dn)?.delete(node) !== true) continue;
      this.#daemon.lines.changedElsewhere(dn, now);
    }
  }

  /** The bus is there again: what was told meanwhile is lost. */
  connected(): void {
    for (const dn of this.#watched) this.#askAbout(dn);
  }

  #askAbout(dn: DirectoryNumber): void {
    for (const { node } of this.#daemon.holdersOf(dn)) this.#toAskOf(node).set(dn, 'watch');
    this.#flush();
  }

  #toAskOf(node: string): Map<DirectoryNumber, 'watch' | 'leave'> {
    const numbers = this.#toAsk.get(node) ?? new Map<DirectoryNumber, 'watch' | 'leave'>();
    this.#toAsk.set(node, numbers);
    return numbers;
  }

  #flush(): void {
    for (const node of this.#toAsk.keys()) {
      if (this.#asking.has(node) || this.#retries.has(node)) continue;
      this.#asking.add(node);
      queueMicrotask(() => void this.#ask(node));
    }
  }

  /** Asks a node about all that waits for it, some numbers at a time. */
  async #ask(node: string): Promise<void> {
    let isAnswered = true;
    for (let numbers = this.#toAsk.get(node); numbers !== undefined && isAnswered; numbers = this.#toAsk.get(node)) {
      const some = [...numbers].slice(0, MOST_ASKED);
      for (const [dn] of some) numbers.delete(dn);
      if (numbers.size === 0) this.#toAsk.delete(node);
      const watch = some.flatMap(([dn, what]) => (what === 'watch' ? [dn] : []));
      const leave = some.flatMap(([dn, what]) => (what === 'leave' ? [dn] : []));
      const asked = { node: this.#daemon.self.node, watch, leave };
      const answer = await this.#daemon.questions.ask(node, QUESTION, asked).catch(() => undefined);
      if (this.#isClosed) return;
      isAnswered = answer !== undefined;
      if (answer !== undefined) this.#answered(node, watch, answer);
      else for (const dn of watch) if (this.#watched.has(dn)) this.#keepWaiting(node, dn);
    }
    this.#asking.delete(node);
    if (!this.#toAsk.has(node) || isAnswered) this.#flush();
    else this.#askLater(node);
  }

  #keepWaiting(node: string, dn: DirectoryNumber): void {
    const isHeld = this.#daemon.holdersOf(dn).some((holder) => holder.node === node);
    if (isHeld && !this.#toAskOf(node).has(dn)) this.#toAskOf(node).set(dn, 'watch');
  }

  #askLater(node: string): void {
    const { clock } = this.#daemon;
    if (this.#isClosed) return;
    this.#retries.set(
      node,
      clock.callAt(after(clock.now(), ASK_AGAIN), () => {
        this.#retries.delete(node);
        this.#flush();
      }),
    );
  }

  #answered(node: string, watch: readonly DirectoryNumber[], answer: ValueFields): void {
    const { instance, order, states, calls } = answer;
    if (typeof instance !== 'string' || typeof order !== 'number' || !Array.isArray(states)) return;
    for (const [index, dn] of watch.entries()) {
      const state = stateIn(states[index]);
      this.#take(dn, node, { instance, state, order, calls: readCalls(node, state, fieldIn(calls, dn)) });
    }
  }

  #heard(news: string): void {
    const fields = fieldsOf(news);
    const { node, instance, dn, state, order, calls } = fields ?? {};
    const isRead = typeof node === 'string' && typeof instance === 'string' && typeof order === 'number';
    const number = typeof dn === 'string' ? parseDirectoryNumber(dn) : undefined;
    if (!isRead || number === undefined || stateIn(state) !== state) {
      const at = this.#daemon.clock.now();
      const count = this.#broken.add(at);
      if (count > 0) this.#daemon.bus.publish({ type: 'cluster.news-broken', at, kind: NEWS, count });
      return;
    }
    if (node === this.#daemon.self.node) return;
    const known = stateIn(state);
    this.#take(number, node, { instance, state: known, order, calls: readCalls(node, known, calls) });
  }

  #take(dn: DirectoryNumber, node: string, told: ToldState): void {
    if (!this.#watched.has(dn)) return;
    const states = this.#told.get(dn) ?? new Map<string, ToldState>();
    const before = states.get(node);
    if (before?.instance === told.instance && before.order > told.order) return;
    // Who holds no phone of it any more is not remembered, whatever a late answer says.
    if (!this.#daemon.holdersOf(dn).some((holder) => holder.node === node)) return;
    this.#told.set(dn, states);
    states.set(node, told);
    this.#daemon.lines.changedElsewhere(dn, this.#daemon.clock.now());
  }

  // ── lamps of other nodes ──────────────────────────────────────────────────────────────────────────────────────

  #answer({ node, watch, leave }: ValueFields): object {
    const { self, lines } = this.#daemon;
    if (typeof node !== 'string' || node.length > LONGEST_NODE) throw new Error('the question names no node');
    for (const dn of numbersIn(leave)) this.#leave(dn, node);
    const numbers = numbersIn(watch);
    const calls: Record<string, readonly object[]> = {};
    let left = MOST_CALLS_ANSWERED;
    for (const dn of numbers) {
      this.#watchHere(dn, node);
      const some = writtenCalls(lines.ownCallsOf(dn)).slice(0, left);
      if (some.length > 0) calls[dn] = some;
      left -= some.length;
    }
    return { instance: self.instance, order: this.#order, states: numbers.map((dn) => lines.ownStateOf(dn)), calls };
  }

  #watchHere(dn: DirectoryNumber, node: string): void {
    const known = this.#watchedHere.get(dn);
    if (known !== undefined) {
      if (known.nodes.size < MOST_WATCHING) known.nodes.add(node);
    } else if (this.#watchedHere.size < MOST_WATCHED) {
      const stop = this.#daemon.lines.watch(dn, (state) => this.#tell(dn, state), 'own');
      this.#watchedHere.set(dn, { nodes: new Set([node]), stop });
    }
  }

  #tell(dn: DirectoryNumber, state: LineState): void {
    this.#order += 1;
    const calls = writtenCalls(this.#daemon.lines.ownCallsOf(dn));
    this.#bus.publish(NEWS, valueText({ ...this.#daemon.self, dn, state, order: this.#order, calls }));
  }

  #leave(dn: DirectoryNumber, node: string): void {
    const known = this.#watchedHere.get(dn);
    if (known?.nodes.delete(node) !== true || known.nodes.size > 0) return;
    known.stop();
    this.#watchedHere.delete(dn);
  }

  /** What a node that is dead has watched: once it is back it says so again. */
  #forget(node: string): void {
    for (const dn of [...this.#watchedHere.keys()]) this.#leave(dn, node);
  }
}

/** Of several nodes with phones of a number the state of the first of these holds. */
const FIRST: readonly LineState[] = ['in-use', 'alerting', 'do-not-disturb', 'idle', 'unknown'];

const numbersIn = (value: unknown): readonly DirectoryNumber[] =>
  Array.isArray(value)
    ? value.slice(0, MOST_ASKED).flatMap((one) => (typeof one === 'string' ? (parseDirectoryNumber(one) ?? []) : []))
    : [];

/** What an object of the answer has of a number. */
const fieldIn = (value: unknown, dn: DirectoryNumber): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, dn) ? (value as ValueFields)[dn] : undefined;
