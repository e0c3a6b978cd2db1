import type { PhoneSound } from '../calls/codecs.js';
import type { MediaPort, Voice } from '../calls/media-port.js';
import type { PhoneCall } from '../calls/phone-call.js';
import { answeringDirection, type FarMedia, type OfferedCodec, type OwnMedia, writeDescription } from './sdp.js';

/** What `CallMediaSession` needs. */
export interface CallMediaOptions {
  readonly call: PhoneCall;
  readonly voice: Voice;
  readonly sound: PhoneSound;
  readonly address: string;
  readonly form: OwnMedia['form'];
  /** The phone's codecs, the best first. */
  readonly codecs: readonly OfferedCodec[];
  /** The number of the session in its descriptions. */
  readonly session: number;
}

/** The audio of one SIP call: its port, what it offers and answers, and whether it sends (RFC 3264). */
export class CallMediaSession {
  isHolding = false;
  readonly #options: CallMediaOptions;
  #port: MediaPort | undefined;
  #isClosed = false;
  #version = 0;

  constructor(options: CallMediaOptions) {
    this.#options = options;
  }

  /** Opens the port, once. False: it cannot be opened, or the call is over. */
  async open(): Promise<boolean> {
    if (this.#port !== undefined) return true;
    const { voice, address, call } = this.#options;
    try {
      const port = await voice.open(address, call.counts);
      if (this.#isClosed) {
        port.close();
        return false;
      }
      this.#port = port;
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#options.call.mediaStopped();
    this.#port?.close();
  }

  get openPorts(): number {
    return this.#port === undefined || this.#isClosed ? 0 : 1;
  }

  /** An offer of all codecs. */
  offer(): string {
    return this.#write(this.#options.codecs, this.isHolding ? 'sendonly' : 'sendrecv');
  }

  /** The answer to an offer, which then holds; `undefined`: there is no codec in common. */
  answer(offer: FarMedia): string | undefined {
    const chosen = this.#chosen(offer);
    if (chosen === undefined) return undefined;
    this.apply(offer);
    return this.#write([chosen], answeringDirection(offer.direction, this.isHolding));
  }

  /** Receives and sends as the far side's description says. False: there is no codec in common, or no audio. */
  apply(far: FarMedia): boolean {
    const { call, sound } = this.#options;
    const chosen = this.#chosen(far);
    if (chosen === undefined || this.#port === undefined) {
      this.#stop();
      return false;
    }
    const { codec, payloadType } = chosen;
    const { address, port } = this.#port.local;
    call.mediaOpened(`${address}:${port}`, codec.name);
    const isWanted = far.direction === 'sendrecv' || far.direction === 'recvonly';
    if (isWanted && !this.isHolding && far.address !== '0.0.0.0') {
      this.#port.start({ to: { address: far.address, port: far.port }, codec, payloadType, sound });
      call.mediaStarted(`${far.address}:${far.port}`, codec.name);
    } else this.#stop();
    return true;
  }

  #stop(): void {
    this.#port?.stop();
    this.#options.call.mediaStopped();
  }

  #chosen({ port, codecs }: FarMedia): OfferedCodec | undefined {
    if (port === 0) return undefined;
    return codecs.find(({ codec }) => this.#options.codecs.some((own) => own.codec === codec));
  }

  #write(codecs: readonly OfferedCodec[], direction: OwnMedia['direction']): string {
    const { form, session, address } = this.#options;
    const port = this.#port?.local.port ?? 0;
    return writeDescription({ form, session, version: this.#version++, address, port, direction, codecs });
  }
}
