// The media of one SIP leg: what its phone said last, what the phone was told, and what it is to be told. The wire agrees
// when the last two do (`docs/protocols/calls.md` §1.4, §3.3).

import {
  CODECS,
  type CodecName,
  type MediaAddress,
  type MediaCapabilities,
  type MediaDirection,
  type OutgoingStream,
} from '../../calls/index.js';
import type { RemoteAudio } from './sdp.js';
import { eventPayloadFor, type WrittenAudio, writeSdp, writtenCodec } from './sdp-writer.js';

/** What a phone is to be told. `hold`: nobody sends. `refused`: there is no stream. */
export type WantedMedia = OutgoingStream | 'hold' | 'refused';

const NOWHERE: MediaAddress = { address: '0.0.0.0', port: 0 };

export class LegMedia {
  /** What the phone's last SDP said; `undefined`: none came yet. */
  remote: RemoteAudio | undefined;
  /** What the phone can, as an offer of its own said last: its answers name only what they were asked for. */
  offered: MediaCapabilities | undefined;
  #wanted: WantedMedia | undefined;
  #sent: WrittenAudio | undefined;
  #before: WrittenAudio | undefined;
  /** What it was to send last. */
  #stream: OutgoingStream | undefined;
  #version = 0;

  /** `session`: the number of the leg in `o=` and in its tag. */
  constructor(readonly session: number) {}

  get wanted(): WantedMedia | undefined {
    return this.#wanted;
  }

  set wanted(media: WantedMedia | undefined) {
    this.#wanted = media;
    if (typeof media === 'object') this.#stream = media;
  }

  /** What the phone can, as far as it has said. */
  get capabilities(): MediaCapabilities | undefined {
    return this.offered ?? this.remote?.capabilities;
  }

  /** Takes in an offer of the phone's. */
  takeOffer(audio: RemoteAudio): void {
    this.remote = audio;
    this.offered = audio.capabilities;
  }

  /** Whether the phone was told what it is to be told. */
  get agrees(): boolean {
    const { wanted } = this;
    const sent = this.#sent;
    if (wanted === undefined) return true;
    if (wanted === 'refused') return sent?.to.port === 0;
    if (wanted === 'hold') return sent?.direction === 'inactive';
    return (
      sent !== undefined &&
      sent.direction !== 'inactive' &&
      sent.to.address === wanted.to.address &&
      sent.to.port === wanted.to.port &&
      sent.codecs.some(({ codec }) => codec === wanted.codec)
    );
  }

  /** Whether the phone's last SDP of ours lets it send. */
  get isOpen(): boolean {
    return this.#sent !== undefined && this.#sent.direction !== 'inactive' && this.#sent.to.port !== 0;
  }

  /** The SDP that says what is wanted. `isAnswer`: to an offer of the phone's. `far`: what the other end can. */
  write(host: string, far: MediaCapabilities | undefined, isAnswer: boolean): string {
    this.#before = this.#sent;
    this.#sent = this.#compose(far, isAnswer);
    return this.#next(host);
  }

  /** An offer of all that the caller has, for a phone that has said nothing yet. */
  writeFirstOffer(
    host: string,
    to: MediaAddress,
    caller: MediaCapabilities,
    allowed: readonly CodecName[],
    direction: MediaDirection,
  ): string {
    const { telephoneEvent } = caller;
    const codecs = caller.codecs
      .filter(({ codec }) => allowed.includes(codec))
      .map(({ codec, maxMilliseconds }) =>
        writtenCodec(codec, undefined, caller, maxMilliseconds ?? CODECS[codec].milliseconds),
      );
    this.#sent = { to, codecs, direction, telephoneEvent };
    return this.#next(host);
  }

  /** The last SDP, with nobody sending. */
  writeSilence(host: string): string {
    this.#before = this.#sent;
    this.#sent = { ...(this.#sent ?? this.#compose(undefined, false)), direction: 'inactive' };
    return this.#next(host);
  }

  /** The last SDP once more, as for a session refresh: nothing in it has changed. */
  repeat(host: string): string | undefined {
    return this.#sent === undefined ? undefined : this.#write(host);
  }

  /** What it was told last did not arrive: it is told again. */
  giveBack(): void {
    this.#sent = this.#before;
  }

  /** The phone refused what it was told, and is told it no more. */
  giveUp(): void {
    if (this.wanted === 'hold')
      this.#sent = { ...(this.#sent ?? this.#compose(undefined, false)), direction: 'inactive' };
    this.wanted = undefined;
  }

  #next(host: string): string {
    this.#version += 1;
    return this.#write(host);
  }

  #write(host: string): string {
    const sent = this.#sent as WrittenAudio;
    return writeSdp(this.session, this.#version, host, sent, this.remote?.layout);
  }

  #compose(far: MediaCapabilities | undefined, isAnswer: boolean): WrittenAudio {
    const { wanted, remote } = this;
    const sent = this.#sent;
    const stream = this.#stream;
    if (wanted === 'refused' || stream === undefined) {
      const { codecs = this.#onlyCodecs(), telephoneEvent } = sent ?? {};
      return { to: NOWHERE, codecs, direction: 'inactive', telephoneEvent };
    }
    const { to, codec, milliseconds, telephoneEvent, isListening = false } = stream;
    const isUsual = !isListening && (milliseconds === CODECS[codec].milliseconds || codec === 'iLBC');
    const isOneWay = isListening || (isAnswer && remote?.direction === 'recvonly');
    const open: MediaDirection = isOneWay ? 'sendonly' : stream.isSpeaking === true ? 'recvonly' : 'sendrecv';
    // By the number that it gave last.
    const isNamed = remote?.capabilities.codecs.some((capability) => capability.codec === codec) === true;
    return {
      to,
      codecs: [writtenCodec(codec, isNamed ? remote.capabilities : this.offered, far, milliseconds)],
      direction: typeof wanted === 'object' ? open : 'inactive',
      telephoneEvent: isListening ? undefined : eventPayloadFor(telephoneEvent, remote?.capabilities),
      ...(isUsual ? {} : { milliseconds }),
      ...(isListening ? { isMusic: true } : {}),
    };
  }

  /** Of a phone that was told nothing yet: the first codec of its own. */
  #onlyCodecs() {
    const [first] = this.remote?.capabilities.codecs ?? [];
    return [writtenCodec(first?.codec ?? 'PCMU', this.remote?.capabilities, undefined, CODECS.PCMU.milliseconds)];
  }
}
