// The leg of a service with sound: it answers at once, opens a pair of ports, sends its sound where the phone receives,
// and takes what the phone sends (`docs/protocols/calls.md` §5.5).

import {
  type AgreedMedia,
  type CallControl,
  type CallParties,
  type CallStatistics,
  CODECS,
  type CodecName,
  DEFAULT_TELEPHONE_EVENT,
  type IncomingCall,
  type Leg,
  type LegPort,
  type MediaAddress,
  type MediaCapabilities,
  type OutgoingStream,
  type Release,
} from '../calls/index.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { after, between, type Clock, type Duration, type Instant, milliseconds, type Timer } from '../core/time.js';
import type { DatagramNetwork, Endpoint, Random } from '../net/ports.js';
import { addressFault, isThisMachine } from './addresses.js';
import type { AddressFault, RtpEvent, SoundServiceName } from './events.js';
import { G711_LAWS, type G711Name } from './g711.js';
import { Incoming } from './incoming.js';
import type { MixedRoom, Seat } from './mixer.js';
import { Outgoing } from './outgoing.js';
import { PageSpeaker } from './page-speaker.js';
import { type PageListener, type PageListeners, PageSender } from './pages.js';
import type { PortPair, PortPairs } from './port-pairs.js';
import type { SoundLibrary } from './sound-library.js';
import { Echo, Loop, type Sound } from './sounds.js';
import { TICK } from './ticker.js';
import { renderKey } from './tones.js';

/** What a service's leg says to the call machine. */
export type ServiceCallControl = Pick<
  CallControl,
  'alerting' | 'answer' | 'mediaOpened' | 'mediaFailed' | 'statistics' | 'hangUp'
>;

/** What every service of labcm can receive, and what it sends. */
export const SERVICE_CAPABILITIES: MediaCapabilities = {
  codecs: [
    { codec: 'PCMU', payloadType: CODECS.PCMU.payloadType },
    { codec: 'PCMA', payloadType: CODECS.PCMA.payloadType },
  ],
  telephoneEvent: DEFAULT_TELEPHONE_EVENT,
};

/** What the legs of all services share. */
export interface ServiceLegParts {
  readonly control: () => ServiceCallControl;
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Publisher<RtpEvent>;
  readonly pairs: PortPairs;
  readonly library: SoundLibrary;
  /** Where a page is sent to; `undefined`: there is none of that number. */
  readonly pageAt: (number: string) => MediaAddress | undefined;
  readonly listeners: PageListeners;
  /** The address of this machine by which the phone reaches it. */
  readonly localAddressFor: (device: DeviceName | undefined) => string;
  /** `undefined`: no limit of its own. */
  readonly longestCall: Duration | undefined;
  readonly silentAfter: Duration;
  /** Of a conference: where it is mixed. */
  readonly room?: MixedRoom;
  /** The leg has a stream to send at each tick, or none any more. */
  readonly onRunning: (leg: ServiceLeg, isRunning: boolean) => void;
  /** The leg is over. `closed` resolves when its ports are free. */
  readonly onOver: (leg: ServiceLeg, closed: Promise<void>) => void;
}

/** A key is taken this long after the one before at the earliest: 50 a second (`docs/protocols/calls.md` §8.3). */
const BETWEEN_DIGITS = milliseconds(20);

export class ServiceLeg implements LegPort {
  readonly needsFarAddress = false;
  readonly playsFailure = false;
  readonly isHandsetUp = false;

  readonly #service: SoundServiceName;
  readonly #leg: Leg;
  readonly #parts: ServiceLegParts;
  readonly #incoming: Incoming;
  #caller = '';
  #limit: Timer | undefined;

  #address = '';
  #pair: PortPair | undefined;
  /** Ports are being opened; it ends when they are open, or closed again. */
  #opening: Promise<void> | undefined;
  /** The call machine waits for where the leg receives. */
  #isAwaited = false;
  #isOver = false;
  /** It has received, or could: it has something to count. */
  #hasOpened = false;

  /** What is to be sent, once the ports are open. */
  #wanted: OutgoingStream | undefined;
  #outgoing: Outgoing | undefined;
  /** Whether `#outgoing` goes to this machine. */
  #staysHere = false;
  #echo: Echo | undefined;
  #seat: Seat | undefined;
  /** Of a page: passes on what its caller says. */
  #speaker: PageSpeaker | undefined;
  /** Of a phone that is called for a page: what it hears. */
  #listener: PageListener | undefined;
  #codec: G711Name = 'PCMU';
  #packetsSent = 0;
  #octetsSent = 0;
  #hasReportedSilence = false;
  #digitAt: Instant | undefined;

  constructor(service: SoundServiceName, leg: Leg, parts: ServiceLegParts) {
    this.#service = service;
    this.#leg = leg;
    this.#parts = parts;
    this.#incoming = new Incoming(
      {
        sound: (bytes, start, end, timestamp, ssrc) => {
          (this.#seat ?? this.#echo)?.receive(bytes, start, end, timestamp, ssrc);
          this.#speaker?.receive(bytes, start, end, timestamp, ssrc, parts.clock.now());
        },
        digit: (digit, now) => this.#pressed(digit, 'rtp', now),
      },
      parts.clock.now(),
    );
  }

  capabilities(): MediaCapabilities {
    return SERVICE_CAPABILITIES;
  }

  redirected({ calling }: CallParties): void {
    this.#caller = calling.number;
  }

  /** Answers at once, and for no longer than a service call may last. */
  ring({ parties }: IncomingCall, now: Instant): void {
    const { clock, longestCall } = this.#parts;
    const control = this.#parts.control();
    this.#caller = parties.calling.number;
    if (longestCall !== undefined)
      this.#limit = clock.callAt(after(now, longestCall), () => control.hangUp(this.#leg, clock.now(), 'timer'));
    control.alerting(this.#leg, now);
    control.answer(this.#leg, now);
  }

  prepare(onPrepared: (isReady: boolean, now: Instant) => void): void {
    this.#opening ??= this.#pair === undefined ? this.#open() : undefined;
    void (this.#opening ?? Promise.resolve()).then(() => {
      if (!this.#isOver) onPrepared(this.#pair !== undefined, this.#parts.clock.now());
    });
  }

  openReceive(media: AgreedMedia, far: MediaAddress | undefined, now: Instant): void {
    this.#isAwaited = true;
    if (far !== undefined) this.#listen(far, media, now);
    if (this.#pair !== undefined) this.#report(now);
    else this.#opening ??= this.#open();
  }

  transmit(stream: OutgoingStream, now: Instant): void {
    const { to, codec } = stream;
    this.#silence();
    const fault = this.#faultOf(to);
    if (fault !== undefined || !isG711(codec)) {
      if (fault !== undefined) this.#publish({ type: 'rtp.address-refused', ...this.#facts(now), to, reason: fault });
      this.#parts.control().mediaFailed(this.#leg, now);
      return;
    }
    this.#wanted = stream;
    this.#codec = codec;
    this.#listen(to, stream, now);
    this.#start(now);
  }

  /** The ports stay open, for a call that is taken off hold. */
  stopMedia(): void {
    this.#isAwaited = false;
    this.#silence();
  }

  digit(digit: string, now: Instant): void {
    this.#pressed(digit, 'signalling', now);
  }

  release(_release: Release, now: Instant): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isAwaited = false;
    this.#limit?.cancel();
    this.#silence();
    this.#parts.onOver(this, this.#opening ?? this.#pair?.close() ?? Promise.resolve());
    if (this.#hasOpened) this.#parts.control().statistics(this.#leg, this.#statistics(), now);
  }

  // Nothing of this is for a service: it makes no calls, shows nothing and is not put on hold by itself.

  offHook(): void {}
  collecting(): void {}
  corrected(): void {}
  proceeding(): void {}
  alerting(): void {}
  connecting(): void {}
  connected(): void {}
  held(): void {}
  resumed(): void {}
  farHeld(): void {}
  failed(): void {}

  /** Sends what is due; `skipped` ticks before it are not sent. */
  tick(skipped: number, now: Instant): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    // In a time when this process stood still, packets may wait in the kernel: it does not count as silence.
    if (skipped > 0) this.#incoming.lastAt = after(this.#incoming.lastAt, milliseconds(skipped * TICK));
    const packets = outgoing.send(skipped);
    this.#packetsSent += packets;
    this.#octetsSent += packets * outgoing.octets;
    if (this.#echo !== undefined && !this.#hasReportedSilence) this.#watch(outgoing.to, now);
  }

  /** Whether it sends to this port of this machine. */
  sendsHere(port: number): boolean {
    return this.#staysHere && this.#outgoing?.to.port === port;
  }

  /** Why nothing is sent there; `undefined`: it may be. */
  #faultOf(to: MediaAddress): AddressFault | undefined {
    const fault = addressFault(to);
    if (fault !== undefined) return fault;
    return this.#isHere(to.address) && this.#parts.pairs.holds(to.port) ? 'ours' : undefined;
  }

  #isHere(address: string): boolean {
    return isThisMachine(address, [this.#address, ...this.#parts.network.localAddresses()]);
  }

  async #open(): Promise<void> {
    const { pairs, network, clock, localAddressFor } = this.#parts;
    let here = '0.0.0.0';
    let pair: PortPair | undefined;
    let reason = 'none-free';
    try {
      this.#address = localAddressFor(this.#leg.far?.device);
      // Behind a translation of addresses phones know one that is none of this machine's.
      if (network.localAddresses().includes(this.#address)) here = this.#address;
      pair = await pairs.open(here, (bytes, from) => this.#received(bytes, from));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      reason = code ?? message;
    }
    this.#opening = undefined;
    if (this.#isOver) {
      await pair?.close();
      return;
    }
    const now = clock.now();
    if (pair === undefined) {
      this.#publish({ type: 'rtp.no-port', ...this.#facts(now), address: here, reason });
      if (this.#isAwaited) this.#parts.control().mediaFailed(this.#leg, now);
      return;
    }
    this.#pair = pair;
    if (this.#isAwaited) this.#report(now);
    this.#start(now);
  }

  #report(now: Instant): void {
    const pair = this.#pair;
    if (pair === undefined) return;
    this.#isAwaited = false;
    this.#hasOpened = true;
    const receive = { address: this.#address, port: pair.rtp.local.port };
    this.#parts.control().mediaOpened(this.#leg, receive, SERVICE_CAPABILITIES, false, now);
  }

  #listen(from: MediaAddress, { codec, telephoneEvent }: AgreedMedia, now: Instant): void {
    if (isG711(codec)) this.#incoming.listen(from, CODECS[codec].payloadType, telephoneEvent, now);
  }

  #start(now: Instant): void {
    const { random } = this.#parts;
    const [pair, wanted] = [this.#pair, this.#wanted];
    if (pair === undefined || wanted === undefined) return;
    const sound = this.#newSound(pair);
    const payloadType = CODECS[this.#codec].payloadType;
    const { to, milliseconds } = wanted;
    this.#outgoing = new Outgoing({ socket: pair.rtp, to, payloadType, milliseconds, sound, random });
    this.#staysHere = this.#isHere(to.address);
    this.#hasReportedSilence = false;
    this.#incoming.lastAt = now;
    this.#parts.onRunning(this, true);
  }

  #newSound(pair: PortPair): Sound {
    const { random, pageAt, listeners, library, room } = this.#parts;
    const { dn } = this.#leg;
    const codec = this.#codec;
    const service = this.#service;
    if (room !== undefined) {
      this.#seat = room.enter(codec);
      return this.#seat;
    }
    if (service === 'page') {
      const group = pageAt(dn);
      const sender = group === undefined ? undefined : PageSender.to(pair.rtp, group, random);
      this.#speaker = new PageSpeaker(dn, codec, sender, listeners);
      return new Loop(Uint8Array.of(G711_LAWS[codec].silence));
    }
    if (service === 'page-copy') {
      const echo = new Echo(G711_LAWS[codec].silence);
      this.#listener = { codec, echo };
      listeners.add(dn, this.#listener);
      return echo;
    }
    if (service !== 'echo' && service !== 'conference') return new Loop(library.loopOf(service, codec, this.#caller));
    this.#echo = new Echo(G711_LAWS[codec].silence);
    return this.#echo;
  }

  /** Nothing is sent and nothing taken. */
  #silence(): void {
    this.#wanted = undefined;
    this.#outgoing = undefined;
    this.#staysHere = false;
    this.#echo = undefined;
    this.#seat?.leave();
    this.#seat = undefined;
    this.#speaker = undefined;
    if (this.#listener !== undefined) this.#parts.listeners.remove(this.#leg.dn, this.#listener);
    this.#listener = undefined;
    this.#incoming.stop();
    this.#parts.onRunning(this, false);
  }

  #received(bytes: Buffer, from: Endpoint): void {
    if (!this.#isOver) this.#incoming.received(bytes, from, this.#parts.clock.now());
  }

  #pressed(digit: string, by: 'rtp' | 'signalling', now: Instant): void {
    if (this.#digitAt !== undefined && between(this.#digitAt, now) < BETWEEN_DIGITS) return;
    this.#digitAt = now;
    this.#publish({ type: 'rtp.digit', ...this.#facts(now), digit, by });
    if (this.#echo === undefined) return;
    const tone = renderKey(this.#codec, digit);
    if (tone !== undefined) this.#echo.insert(tone);
  }

  #watch(from: MediaAddress, now: Instant): void {
    const silentFor = between(this.#incoming.lastAt, now);
    if (silentFor < this.#parts.silentAfter) return;
    this.#hasReportedSilence = true;
    this.#publish({ type: 'rtp.silent', ...this.#facts(now), from, silentFor, dropped: this.#incoming.dropped });
  }

  #statistics(): CallStatistics {
    const { packets, octets, lost, jitter } = this.#incoming.reception;
    return {
      packetsSent: this.#packetsSent,
      octetsSent: this.#octetsSent,
      packetsReceived: packets,
      octetsReceived: octets,
      packetsLost: lost,
      jitter,
      latency: 0,
      quality: '',
    };
  }

  #facts(at: Instant) {
    const { call, ci, far } = this.#leg;
    const device = far?.device;
    return { at, call: call.id, leg: ci, ...(device === undefined ? {} : { device }), service: this.#service };
  }

  #publish(event: RtpEvent): void {
    if (this.#parts.bus.hasListener(event.type)) this.#parts.bus.publish(event);
  }
}

const isG711 = (codec: CodecName): codec is G711Name => codec === 'PCMU' || codec === 'PCMA';
