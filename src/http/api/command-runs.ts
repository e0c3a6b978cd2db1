// Commands to many devices. They are sent at a pace: forty thousand phones that boot at once would keep healthy ones waiting.

import { TokenBucket } from '../../core/rate-limit.js';
import { after, type Instant, milliseconds, type Timer } from '../../core/time.js';
import type { DeviceCommand } from '../../devices/events.js';
import type { CommandRunState, UntoldReason } from './command-shapes.js';
import type { ApiSources, CommandAnswer } from './ports.js';

/** Devices that are told in a second, unless somebody asks for another pace. */
export const USUAL_PACE = 50;
/** The fastest pace. */
export const MOST_PER_SECOND = 1_000;
/** Runs that wait or run, and runs that have ended and are remembered. */
export const MOST_IN_HAND = 8;
export const MOST_REMEMBERED = 16;
/** Devices of a run that were not told and are named. */
const MOST_NAMED = 1_000;
/** How often some are sent. */
const TURN = milliseconds(100);
/** A turn that is later than this is left out: phones wait for the daemon already. */
const TOO_LATE = milliseconds(250);
/** Devices whose nodes are asked at once. */
const MOST_ASKED = 256;
/** Devices that are looked at in one turn: those that are not registered cost no pace. */
const MOST_LOOKED_AT = 2_000;

/** What a run is asked to do. */
export interface CommandOrder {
  readonly command: DeviceCommand;
  /** Names of devices in any case. */
  readonly names: readonly string[];
  readonly perSecond: number;
  /** The address of who asks. */
  readonly askedFrom: string;
}

/** What runs need. */
export type CommandRunSources = Pick<ApiSources, 'clock' | 'devices' | 'command' | 'bus'>;

/** A run, as it is now. */
export interface CommandRun {
  readonly id: number;
  readonly command: DeviceCommand;
  readonly perSecond: number;
  readonly state: CommandRunState;
  readonly askedAt: Instant;
  readonly endedAt: Instant | undefined;
  readonly devices: number;
  readonly sent: number;
  readonly untold: Readonly<Record<UntoldReason, number>>;
  readonly untoldDevices: readonly { readonly device: string; readonly reason: UntoldReason }[];
}

interface MutableRun extends Omit<CommandRun, 'untold'> {
  state: CommandRunState;
  endedAt: Instant | undefined;
  sent: number;
  readonly untold: Record<UntoldReason, number>;
  readonly untoldDevices: { readonly device: string; readonly reason: UntoldReason }[];
  /** Those that are still to come; empty once it has ended. */
  names: readonly string[];
  next: number;
  /** Devices whose node has been asked and has not answered yet. */
  asked: number;
}

/** Runs of commands, one after the other. */
export class CommandRuns {
  readonly #sources: CommandRunSources;
  /** The newest last. */
  readonly #runs: MutableRun[] = [];
  #lastId = 0;
  #pace = new TokenBucket(USUAL_PACE, 1);
  #timer: Timer | undefined;

  constructor(sources: CommandRunSources) {
    this.#sources = sources;
  }

  /** The newest first. */
  get all(): readonly CommandRun[] {
    return this.#runs.toReversed();
  }

  /** `undefined`: there is none, or it is forgotten. */
  run(id: number): CommandRun | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  /** Begins to tell devices, after those of earlier runs. `undefined`: too many runs are in hand. */
  begin({ command, names, perSecond, askedFrom }: CommandOrder): CommandRun | undefined {
    if (this.#runs.filter(isInHand).length >= MOST_IN_HAND) return undefined;
    const now = this.#sources.clock.now();
    const run: MutableRun = {
      id: ++this.#lastId,
      command,
      perSecond,
      state: 'waiting',
      askedAt: now,
      endedAt: undefined,
      devices: names.length,
      sent: 0,
      untold: { 'not-registered': 0, unsupported: 0, 'unknown-device': 0, 'node-silent': 0 },
      untoldDevices: [],
      names,
      next: 0,
      asked: 0,
    };
    this.#runs.push(run);
    const { id, devices } = run;
    const { bus } = this.#sources;
    bus.publish({ type: 'http.commands-begun', at: now, address: askedFrom, run: id, command, devices, perSecond });
    while (this.#runs.length > MOST_REMEMBERED && !isInHand(this.#runs[0])) this.#runs.shift();
    if (this.#timer === undefined) this.#turn(now);
    return run;
  }

  /** Tells no more devices of a run. `undefined`: there is no such run. */
  stop(id: number): CommandRun | undefined {
    const run = this.#runs.find((one) => one.id === id);
    if (isInHand(run)) this.#end(run, 'stopped');
    return run;
  }

  /** Stops all of them. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const run of this.#runs) if (isInHand(run)) this.#end(run, 'stopped');
  }

  #turn(due: Instant): void {
    this.#timer = undefined;
    const now = this.#sources.clock.now();
    const run = this.#runs.find(isInHand);
    if (run === undefined) return;
    if (run.state === 'waiting') {
      run.state = 'running';
      this.#pace = new TokenBucket(run.perSecond, Math.max(1, (run.perSecond * TURN) / 1000));
    }
    if (now - due <= TOO_LATE) this.#tellSome(run, now);
    if (run.next >= run.names.length && run.asked === 0) this.#end(run, 'done');
    const next = after(now, TURN);
    if (this.#runs.some(isInHand)) this.#timer = this.#sources.clock.callAt(next, () => this.#turn(next));
  }

  #tellSome(run: MutableRun, now: Instant): void {
    const { devices, command } = this.#sources;
    const end = Math.min(run.names.length, run.next + MOST_LOOKED_AT);
    for (; run.next < end; run.next += 1) {
      const name = run.names[run.next] ?? '';
      const record = devices.byName(name);
      if (record === undefined) leaveOut(run, name, 'unknown-device');
      else if (record.registration === undefined) leaveOut(run, record.configured.name, 'not-registered');
      else {
        if (run.asked >= MOST_ASKED || !this.#pace.take(now)) return;
        const device = record.configured.name;
        const outcome = command(device, run.command);
        if (!(outcome instanceof Promise)) noteOutcome(run, device, outcome);
        else {
          run.asked += 1;
          void outcome.then((answer) => {
            run.asked -= 1;
            if (isInHand(run)) noteOutcome(run, device, answer);
          });
        }
      }
    }
  }

  #end(run: MutableRun, state: 'done' | 'stopped'): void {
    run.state = state;
    const now = this.#sources.clock.now();
    run.endedAt = now;
    run.names = [];
    const { id, command, devices, sent } = run;
    const untold = Object.values(run.untold).reduce((sum, count) => sum + count, 0);
    const fields = { run: id, command, devices, sent, untold, stopped: state === 'stopped' };
    this.#sources.bus.publish({ type: 'http.commands-ended', at: now, ...fields });
  }
}

const isInHand = (run: MutableRun | undefined): run is MutableRun =>
  run !== undefined && (run.state === 'waiting' || run.state === 'running');

const noteOutcome = (run: MutableRun, device: string, outcome: CommandAnswer): void => {
  if (outcome === 'sent') run.sent += 1;
  else leaveOut(run, device, typeof outcome === 'object' ? 'node-silent' : outcome);
};

const leaveOut = (run: MutableRun, device: string, reason: UntoldReason): void => {
  run.untold[reason] += 1;
  if (run.untoldDevices.length < MOST_NAMED) run.untoldDevices.push({ device, reason });
};
