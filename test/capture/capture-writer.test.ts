import { describe, expect, it } from 'vitest';
import { type CaptureComment, placeComments } from '../../src/capture/capture-writer.js';
import { FrameMaker } from '../../src/capture/frame-maker.js';
import { instant } from '../../src/core/time.js';
import { BLOCK } from '../../src/pcap/blocks.js';
import { aWriter, captureHarness } from './harness.js';

const A1 = 'SEP0011223344A1';

/** The blocks of a file, each with its type. */
const blocksOf = (file: Buffer): { readonly type: number; readonly octets: Buffer }[] => {
  const blocks: { type: number; octets: Buffer }[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    blocks.push({ type: file.readUInt32LE(at), octets: file.subarray(at, at + length) });
    at += length;
  }
  return blocks;
};

interface SeenSegment {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: string;
  readonly text: string;
  readonly comments: readonly string[];
}

const FLAGS = [
  [0x02, 'S'],
  [0x10, 'A'],
  [0x08, 'P'],
  [0x01, 'F'],
  [0x04, 'R'],
] as const;

/** The segments of a device, with relative numbers. */
const segmentsOf = (lab: ReturnType<typeof captureHarness>, who = A1): SeenSegment[] => {
  const maker = new FrameMaker({ mac: undefined, ownAddress: 0x0a00_0001 });
  const first = new Map<number, number>();
  return lab.packetsOf(who).flatMap((packet) =>
    maker.framesOf(packet, packet.payload, []).map(({ frame, comments }) => {
      const [from, to] = [frame.readUInt16BE(34), frame.readUInt16BE(36)];
      const [sequence, acknowledgement] = [frame.readUInt32BE(38), frame.readUInt32BE(42)];
      const flags = frame[47] ?? 0;
      if (!first.has(from)) first.set(from, sequence);
      if (!first.has(to) && acknowledgement > 0) first.set(to, acknowledgement);
      const start = 34 + ((frame[46] ?? 0) >> 4) * 4;
      return {
        ...{ from, to, comments, text: frame.toString('latin1', start) },
        sequence: (sequence - (first.get(from) ?? 0)) >>> 0,
        acknowledgement: acknowledgement === 0 ? 0 : (acknowledgement - (first.get(to) ?? 0)) >>> 0,
        flags: FLAGS.flatMap(([bit, name]) => ((flags & bit) === 0 ? [] : name)).join(''),
      };
    }),
  );
};

const shown = (segments: readonly SeenSegment[]): string[] =>
  segments.map(
    ({ from, flags, sequence, acknowledgement, text }) =>
      `${from === 1001 ? 'phone' : 'labcm'} ${flags} ${sequence} ${acknowledgement}${text === '' ? '' : ` ${text}`}`,
  );

describe('a connection', () => {
  it('has a handshake, running numbers, an acknowledgement of each piece, and an end', () => {
    const lab = captureHarness({ devices: 'all' });
    const link = lab.connect('sccp', 1001);
    link.hear('register');
    lab.registering(A1, 1001);
    link.say('ack');
    link.say(Buffer.from('more'));
    link.hear('bye');
    link.close('ended-by-peer');
    expect(shown(segmentsOf(lab))).toEqual([
      'phone S 0 0',
      'labcm SA 0 1',
      'phone A 1 1',
      'phone AP 1 1 register',
      'labcm A 1 9',
      'labcm AP 1 9 ack',
      'phone A 9 4',
      'labcm AP 4 9 more',
      'phone A 9 8',
      'phone AP 9 8 bye',
      'labcm A 8 12',
      'phone AF 12 8',
      'labcm A 8 13',
      'labcm AF 8 13',
      'phone A 13 9',
    ]);
  });

  it.each([
    ['ended-here', ['labcm AF 1 1', 'phone A 1 2', 'phone AF 1 2', 'labcm A 2 2']],
    ['reset-here', ['labcm AR 1 1']],
    ['reset-by-peer', ['phone AR 1 1']],
  ] as const)('ends as it did: %s', (end, wanted) => {
    const lab = captureHarness({ devices: 'all' });
    const link = lab.connect('sccp', 1001);
    lab.registering(A1, 1001);
    link.close(end);
    link.close('ended-by-peer');
    expect(shown(segmentsOf(lab)).slice(3)).toEqual(wanted);
  });

  it('is cut into segments of 1,460 octets', () => {
    const lab = captureHarness({ devices: 'all' });
    const link = lab.connect('sccp', 1001);
    lab.registering(A1, 1001);
    link.say('x'.repeat(3000));
    expect(segmentsOf(lab).flatMap(({ text }) => (text === '' ? [] : text.length))).toEqual([1460, 1460, 80]);
  });

  it('that came through TLS is shown on the clear port, with a comment on its first packet', () => {
    const lab = captureHarness({ devices: 'all' });
    const link = lab.connect('sccps', 1001, { cipher: 'TLSv1.2, TLS_RSA' });
    lab.registering(A1, 1001, { transport: 'tls' });
    link.hear('x');
    const segments = segmentsOf(lab);
    expect(new Set(segments.map(({ to, from }) => Math.max(from, to)))).toEqual(new Set([2000]));
    expect(segments[0]?.comments).toEqual([
      'decrypted: it came through TLS to port 2000 (TLSv1.2, TLS_RSA), shown on 2000',
    ]);
  });

  it('of which the beginning is lost begins with data and says so', () => {
    const lab = captureHarness({ devices: 'all', perDevice: 128 * 1024 });
    const link = lab.connect('sccp', 1001);
    lab.registering(A1, 1001);
    for (let index = 0; index < 200; index += 1) link.hear('y'.repeat(1000));
    const [first, ...rest] = segmentsOf(lab);
    expect(first).toMatchObject({ flags: 'AP', comments: [expect.stringContaining('is not in the capture')] });
    expect(rest.flatMap(({ comments }) => comments)).toEqual([]);
    const joined = captureHarness({ devices: 'all' });
    joined.connect('sccp', 1001, { joins: true }).hear('z');
    joined.registering(A1, 1001);
    expect(segmentsOf(joined)[0]?.comments).toEqual(['the connection was open already when the capture began']);
  });
});

describe('a file', () => {
  const lab = captureHarness({ devices: 'all' });
  const link = lab.connect('sccp', 1001);
  link.hear('register');
  lab.registering(A1, 1001);
  link.say('ack');
  link.close();
  lab.hear('sip', 'REGISTER', 5060);
  lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
  lab.say('sip', '200', 5060);
  const packets = lab.packetsOf(A1);

  it('has a head, a block for each frame, and statistics, and as many frames as events make', () => {
    const writer = aWriter();
    const head = blocksOf(writer.head({ comment: 'what it is', interface: 'eth1' })).map(({ type }) => type);
    expect(head).toEqual([BLOCK.sectionHeader, ...Array(7).fill(BLOCK.interfaceDescription)]);
    const frames = packets.flatMap((packet) => blocksOf(writer.packet(packet)));
    // Two datagrams; a handshake of three, two pieces with an acknowledgement each, an end of four.
    expect(frames).toHaveLength(2 + 3 + 2 * 2 + 4);
    expect(new Set(frames.map(({ type }) => type))).toEqual(new Set([BLOCK.enhancedPacket]));
    const statistics = blocksOf(writer.end(0, 5));
    expect(statistics.map(({ type }) => type)).toEqual(Array(7).fill(BLOCK.interfaceStatistics));
    expect(statistics.map(({ octets }) => Number(octets.readBigUInt64LE(24)))).toEqual([0, 0, 0, 11, 2, 0, 0]);
    expect(Number(statistics[0]?.octets.readBigUInt64LE(36))).toBe(5);
  });

  it('has only the protocols that are wanted, and nothing from TLS without secrets', () => {
    const writer = aWriter({ services: ['sip'], secrets: 'none' });
    expect(blocksOf(writer.head({ comment: '', interface: 'x' }))).toHaveLength(2);
    expect(packets.flatMap((packet) => blocksOf(writer.packet(packet)))).toHaveLength(2);
    const secure = packets.map((packet) => ({ ...packet, secure: true }));
    expect(secure.some((packet) => writer.wants(packet) || writer.packet(packet).length > 0)).toBe(false);
  });
});

describe('a comment', () => {
  const lab = captureHarness({ devices: 'all' });
  const times: number[] = [];
  for (const text of ['first', 'second', 'third']) {
    lab.hear('sip', text, 5060);
    lab.registering(A1, 5060, { protocol: 'SIP', transport: 'udp' });
    times.push(lab.at());
    lab.pass(10.4);
  }
  lab.hear('tftp', '\u0000\u0001SEP0011223344A1.cnf.xml', 2001);
  lab.fileAsked('tftp', 'SEP0011223344A1.cnf.xml', 2001);
  const packets = lab.packetsOf(A1);
  const placed = (comment: Omit<CaptureComment, 'text'>): string[] =>
    [...placeComments(packets, [{ ...comment, text: 'why' }]).keys()].map(({ payload }) =>
      payload.toString('latin1').slice(-6),
    );

  it.each([
    ['at its instant', 1, 0, 'sip.register-answered', 'second'],
    ['a little later', 1, 9, 'sip.register-answered', 'second'],
    ['before all of its protocol', 0, -500, 'tftp.refused', 'nf.xml'],
    ['of no protocol', 2, 1, 'device.rejected', ' third'.trim()],
    ['of no protocol, later', 2, 900, 'device.rejected', 'nf.xml'],
  ] as const)('goes to the packet that is its evidence: %s', (_, index, later, type, text) => {
    expect(placed({ at: instant((times[index] ?? 0) + later), type })).toEqual([text]);
  });

  it('of a protocol without a packet is left out', () => {
    expect(placed({ at: instant(times[0] ?? 0), type: 'dhcp.received' })).toEqual([]);
  });

  it('is on the first frame of its packet', () => {
    const writer = aWriter();
    const [packet] = packets;
    if (packet === undefined) throw new Error('no packet');
    expect(writer.packet(packet, ['register.wrong-model: see there']).includes('register.wrong-model: see there')).toBe(
      true,
    );
  });
});
