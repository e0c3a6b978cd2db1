// PNG pictures of few colours (RFC 2083, ISO/IEC 15948): one byte is one pixel, an index into the palette.

import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const INDEXED = 3;

const chunk = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const octets = Buffer.alloc(named.length + 8);
  octets.writeUInt32BE(data.length, 0);
  named.copy(octets, 4);
  octets.writeUInt32BE(crc32(named), octets.length - 4);
  return octets;
};

/** A picture. `pixels`: row by row from the top; `palette`: red, green and blue of each colour, 0 to 255. */
export const writePng = (
  { width, pixels }: { readonly width: number; readonly pixels: Uint8Array },
  palette: readonly (readonly [number, number, number])[],
): Buffer => {
  const height = pixels.length / width;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits of a pixel
  header[9] = INDEXED;
  // Each row begins with the number of its filter: 0, none.
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1)
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};
