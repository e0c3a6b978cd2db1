// The streams of an SCCP phone: one for each passThruPartyId, opened, fed and closed as the server says
// (`docs/protocols/calls.md` §2.7).

import type { Fields } from '../../sccp/messages/catalogue.js';
import { MEDIA_STATUS } from '../../sccp/tables/enumerations.js';
import { codecOfPayload, type PhoneSound } from '../calls/codecs.js';
import type { MediaPort, Voice } from '../calls/media-port.js';
import type { PhoneCall } from '../calls/phone-call.js';

interface Stream {
  readonly party: number;
  readonly reference: number;
  /** `undefined`: it is still being opened. */
  port: MediaPort | undefined;
  isClosed: boolean;
  /** What to do once the port is open. */
  onOpen: ((port: MediaPort) => void)[];
  /** It is only sent on: no OpenReceiveChannel named it. */
  readonly isSendOnly: boolean;
}

/** What `CallStreams` needs. */
export interface CallStreamsOptions {
  readonly voice: Voice;
  readonly sound: PhoneSound;
  /** The phone's address, where its ports are. */
  readonly address: string;
  readonly acknowledge: (fields: Fields<'OpenReceiveChannelAckMessage'>) => void;
  /** The phone says where it sends from; absent: its load does not. */
  readonly confirm?: (fields: Fields<'StartMediaTransmissionAckMessage'>) => void;
  readonly callOf: (reference: number) => PhoneCall | undefined;
}

export class CallStreams {
  readonly #options: CallStreamsOptions;
  readonly #streams = new Map<number, Stream>();

  constructor(options: CallStreamsOptions) {
    this.#options = options;
  }

  get open(): number {
    return [...this.#streams.values()].filter(({ port }) => port !== undefined).length;
  }

  /** Opens a port and says where it is. A call that is not the phone's is refused. */
  openReceive(fields: Fields<'OpenReceiveChannelMessage'>): void {
    const { passThruPartyId: party, callReference: reference, compressionType } = fields;
    const { address, acknowledge, callOf } = this.#options;
    const call = callOf(reference);
    const answer = (status: number, portNumber: number): void =>
      acknowledge({ status, ipAddr: address, portNumber, passThruPartyId: party, callReference: reference });
    if (call === undefined) {
      answer(MEDIA_STATUS.InvalidCallReference, 0);
      return;
    }
    this.#open(party, reference, call, false, (port) => {
      call.mediaOpened(`${port.local.address}:${port.local.port}`, codecOfPayload(compressionType).name);
      answer(MEDIA_STATUS.OK, port.local.port);
    }).catch(() => answer(MEDIA_STATUS.OutOfSockets, 0));
  }

  closeReceive(party: number): void {
    this.#close(party);
  }

  /** Sends from the port of that party, which the far phone knows, or from another if it has none. */
  startTransmission(fields: Fields<'StartMediaTransmissionMessage'>): void {
    const { conferenceId = 0, passThruPartyId: party = 0, callReference: reference = 0, compressionType } = fields;
    const { callOf, sound } = this.#options;
    const call = callOf(reference);
    if (call === undefined) return;
    const codec = codecOfPayload(compressionType);
    const to = { address: fields.remoteIpAddr, port: fields.remotePortNumber };
    const begin = (port: MediaPort): void => {
      port.start({ to, codec, payloadType: codec.payloadType, sound });
      call.mediaStarted(`${to.address}:${to.port}`, codec.name);
      this.#options.confirm?.({
        ...{ conferenceId, passThruPartyId: party, callReference: reference },
        ...{ transmitIpAddr: port.local.address, transmitPort: port.local.port, status: MEDIA_STATUS.OK },
      });
    };
    const known = this.#streams.get(party);
    if (known?.port !== undefined) begin(known.port);
    else if (known !== undefined) known.onOpen.push(begin);
    else void this.#open(party, reference, call, true, begin).catch(() => {});
  }

  stopTransmission(party: number): void {
    const stream = this.#streams.get(party);
    if (stream === undefined) return;
    stream.onOpen.splice(1);
    stream.port?.stop();
    this.#options.callOf(stream.reference)?.mediaStopped();
    if (stream.isSendOnly) this.#close(party);
  }

  /** Closes the streams of a call. */
  closeAll(reference: number): void {
    for (const stream of [...this.#streams.values()]) if (stream.reference === reference) this.#close(stream.party);
  }

  async #open(
    party: number,
    reference: number,
    call: PhoneCall,
    isSendOnly: boolean,
    onOpen: (port: MediaPort) => void,
  ): Promise<void> {
    this.#close(party);
    const stream: Stream = { party, reference, port: undefined, isClosed: false, onOpen: [onOpen], isSendOnly };
    this.#streams.set(party, stream);
    const port = await this.#options.voice.open(this.#options.address, call.counts);
    if (stream.isClosed) {
      port.close();
      return;
    }
    stream.port = port;
    for (const act of stream.onOpen.splice(0)) act(port);
  }

  #close(party: number): void {
    const stream = this.#streams.get(party);
    if (stream === undefined) return;
    this.#streams.delete(party);
    stream.isClosed = true;
    stream.port?.close();
    const call = this.#options.callOf(stream.reference);
    call?.mediaStopped();
    if (call !== undefined && !stream.isSendOnly) call.local = undefined;
  }
}
