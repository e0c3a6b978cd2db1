// Netascii as RFC 764 has it on the wire: a line feed travels as CR LF, a carriage return as CR NUL.

const CR = 13;
const LF = 10;

export const toNetascii = (bytes: Buffer): Buffer => {
  let more = 0;
  for (const octet of bytes) if (octet === LF || octet === CR) more += 1;
  if (more === 0) return bytes;
  const result = Buffer.allocUnsafe(bytes.length + more);
  let at = 0;
  for (const octet of bytes) {
    if (octet === LF) result[at++] = CR;
    result[at++] = octet;
    if (octet === CR) result[at++] = 0;
  }
  return result;
};
