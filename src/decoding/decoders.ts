// The decoders of the protocols, each in one form.

/** A decoded frame. With `error`: as far as it could be decoded. */
export interface DecodedFrame {
  readonly name?: string;
  readonly id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The first field that is missing and needed. */
  readonly missing?: string;
  readonly error?: string;
  /** The offset of the error in the frame, in octets. */
  readonly offset?: number;
}

/** How to decode frames. */
export interface FrameOptions {
  /** The negotiated SCCP version, where the frame does not say. */
  readonly version?: number | undefined;
}

/** The decoder of a protocol. */
export interface FrameDecoder {
  /** Decodes exactly one frame, or says what is wrong with it. */
  readonly decodeFrame: (bytes: Buffer, options: FrameOptions) => DecodedFrame;
  /** Decodes as much as possible of octets that `decodeFrame` refused. */
  readonly decodePart: (bytes: Buffer, options: FrameOptions) => DecodedFrame | undefined;
  /** The length of the first frame of a stream; absent for datagrams. */
  readonly frameLength?: (bytes: Buffer) => number;
}

/** Decodes one frame; if that is faulty, as far as possible. */
export const decodeWhole = (decoder: FrameDecoder, bytes: Buffer, options: FrameOptions): DecodedFrame => {
  const decoded = decoder.decodeFrame(bytes, options);
  return decoded.error === undefined ? decoded : { ...decoder.decodePart(bytes, options), ...decoded };
};
