// A trust list with a header and records of these functions, whose signature is none and whose records have no certificates.

const field = (tag: number, value: Buffer): Buffer => {
  const head = Buffer.from([tag, 0, 0]);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
};

const u16 = (number: number): Buffer => Buffer.from([number >> 8, number & 0xff]);
const name = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');
const octet = (number: number): Buffer => Buffer.from([number]);

const record = (role: number): Buffer => {
  const rest = Buffer.concat([
    field(3, name('CN=CM1;O=Lab')),
    field(4, u16(role)),
    field(6, Buffer.from('4711', 'hex')),
  ]);
  return Buffer.concat([field(1, u16(rest.length + 5)), rest]);
};

export const trustList = (...roles: readonly number[]): Buffer => {
  const signer = field(
    3,
    Buffer.concat([
      field(4, name('CN=CM1;O=Lab')),
      field(5, Buffer.from('4711', 'hex')),
      field(6, name('CN=CM1;O=Lab')),
    ]),
  );
  const signature = field(
    7,
    Buffer.concat([field(8, octet(1)), field(9, Buffer.concat([field(10, octet(0)), field(11, octet(0))]))]),
  );
  const build = (length: number): Buffer =>
    Buffer.concat([
      field(1, Buffer.from([1, 2])),
      field(2, u16(length)),
      signer,
      signature,
      field(12, Buffer.alloc(64)),
      field(14, name('ITLFile.tlv')),
      Buffer.from([13, 13]),
    ]);
  return Buffer.concat([build(build(0).length), ...roles.map(record)]);
};
