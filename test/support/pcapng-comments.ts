// The packets of a pcapng file as labcm writes it, each with its comments (draft-ietf-opsawg-pcapng §4.3, §3.5).

const ENHANCED_PACKET = 6;
const COMMENT = 1;
const FIXED = 28;

export interface CommentedPacket {
  readonly frame: Buffer;
  readonly comments: readonly string[];
}

const padded = (length: number): number => (length + 3) & ~3;

const commentsIn = (options: Buffer): readonly string[] => {
  const found: string[] = [];
  for (let at = 0; at + 4 <= options.length; ) {
    const [code, length] = [options.readUInt16LE(at), options.readUInt16LE(at + 2)];
    if (code === 0) break;
    if (code === COMMENT) found.push(options.toString('utf8', at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  return found;
};

/** Every packet of a file, in order. */
export const packetsWithComments = (file: Buffer): readonly CommentedPacket[] => {
  const packets: CommentedPacket[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    const [type, length] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    if (type === ENHANCED_PACKET) {
      const end = at + FIXED + file.readUInt32LE(at + 20);
      const options = file.subarray(at + padded(end - at), at + length - 4);
      packets.push({ frame: file.subarray(at + FIXED, end), comments: commentsIn(options) });
    }
    at += length;
  }
  return packets;
};
