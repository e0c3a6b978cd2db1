// Makes the stand-ins that lie in tftp-root: `node .ci/stand-ins.mjs` writes them anew, the same octets each time.
// They are valid files of our own, so that a lab without Cisco's locales and ring tones boots a phone all the same.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..', 'tftp-root');
const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1; // 2026-01-01
const ZIP_VERSION = 20;

/** A zip archive of stored (not compressed) entries. */
const zip = (entries) => {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const path = Buffer.from(name);
    const bytes = Buffer.from(text);
    const common = Buffer.alloc(26); // what the local and the central header have alike
    common.writeUInt16LE(ZIP_VERSION, 0);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, bytes]);
    const madeBy = Buffer.from([ZIP_VERSION, 0]);
    const tail = Buffer.alloc(14); // no comment, disk 0, no attributes, then where the local header is
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end]);
};

const jar = (protocol) =>
  zip({
    'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\nCreated-By: labcm\r\n\r\n',
    'labcm.properties': `# A stand-in for the locale of IP Communicator. It holds no texts: the phone shows its own.\nlocale=English_United_States\nprotocol=${protocol}\n`,
  });

/** Two tones, on and off by turns: `seconds` of 16-bit samples. */
const ring = (rate, seconds) => {
  const count = Math.round(rate * seconds);
  return Int16Array.from({ length: count }, (_, index) => {
    const at = index / rate;
    const loud = at % 0.1 < 0.05 ? 0.35 : 0.2;
    return Math.round(32_767 * loud * (Math.sin(2 * Math.PI * 440 * at) + Math.sin(2 * Math.PI * 550 * at)) * 0.5);
  });
};

/** ITU-T G.711 µ-law. */
const ulaw = (sample) => {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 132;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
};

const FILES = {
  'English_United_States/ipc-sccp.jar': jar('SCCP'),
  'English_United_States/ipc-sip.jar': jar('SIP'),
  'LabRing.raw': Buffer.from(Array.from(ring(8000, 1.98), ulaw)), // 66 times 240 samples, at most 16 080
  'LabRing.rwb': Buffer.from(ring(16_000, 1.98).buffer), // signed, 16 kHz, little-endian
};

for (const [path, bytes] of Object.entries(FILES)) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), bytes);
}
