// Phones that are well, one for each protocol, in a process of their own: each asks over and over, and the time until its
// answer is kept. Forked with the places of the daemon as JSON; told `begin` and `end`, it reports what they met between.

import { createSocket } from 'node:dgram';
import net from 'node:net';
import { constants, setPriority } from 'node:os';
import tls from 'node:tls';

setPriority(constants.priority.PRIORITY_HIGHEST);

const { sccp, sip, tftp, dhcp, http, sccps, sips } = JSON.parse(process.argv[2]);

/** Milliseconds between a phone's questions. */
const ROUND = 10;
/** A phone that hears nothing for so long asks again, as RFC 3261's T1 and DHCP and TFTP clients do. */
const REPEAT = 500;
/** After so long an answer is lost. */
const LOST = 2000;

const HOST = '127.0.0.1';

/** Over UDP: sends what `question` makes from a socket at `address`, until what `answers` holds for comes. */
const overUdp = async (to, { address = HOST, port = 0 }, question, answers, after = () => {}) => {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(port, address, resolve));
  return () =>
    new Promise((resolve) => {
      const asked = question(socket.address());
      const began = performance.now();
      const ask = () => socket.send(asked, to.port, to.address ?? HOST);
      const repeat = setInterval(ask, REPEAT);
      const over = (milliseconds) => {
        clearInterval(repeat);
        clearTimeout(lost);
        socket.off('message', hear);
        resolve(milliseconds);
      };
      const lost = setTimeout(() => over(undefined), LOST);
      const hear = (bytes, from) => {
        if (!answers(bytes, asked)) return;
        after(socket, bytes, from);
        over(performance.now() - began);
      };
      socket.on('message', hear);
      ask();
    });
};

/** Over TCP, or TLS where `to` has a certificate: one connection, opened again where it ended. `question`: octets, or what makes them. */
const overTcp = (to, greet, question, answered) => {
  const dial = (opened) => {
    const at = { host: HOST, port: to.port, noDelay: true };
    if (to.tls === undefined) return net.connect(at, opened);
    // What newer phones speak, and what a daemon that checks certificates can check.
    const { key, certificate: cert } = to.tls;
    return tls.connect({ ...at, key, cert, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, opened);
  };
  let socket;
  let heard = Buffer.alloc(0);
  let wake = () => {};
  const connect = () =>
    new Promise((resolve) => {
      heard = Buffer.alloc(0);
      socket = dial(() => resolve(socket));
      socket.on('data', (bytes) => {
        heard = Buffer.concat([heard, bytes]);
        wake();
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        if (socket?.destroyed) socket = undefined;
        resolve(undefined);
      });
    });
  const until = (done) =>
    new Promise((resolve) => {
      const lost = setTimeout(() => {
        wake = () => {};
        resolve(false);
      }, LOST);
      wake = () => {
        const taken = done(heard);
        if (taken === 0) return;
        heard = heard.subarray(taken);
        clearTimeout(lost);
        wake = () => {};
        resolve(true);
      };
      wake();
    });
  return async () => {
    const began = performance.now();
    if (socket === undefined) {
      if ((await connect()) === undefined) return undefined;
      for (const [words, done] of greet) {
        socket?.write(words);
        if (!(await until(done))) return undefined;
      }
    }
    socket?.write(typeof question === 'function' ? question(socket) : question);
    return (await until(answered)) ? performance.now() - began : undefined;
  };
};

/** The octets up to and including the first SCCP message of this id; 0: it is not whole yet. */
const sccpMessage = (id) => (bytes) => {
  for (let at = 0; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at);
    if (end > bytes.length) return 0;
    if (bytes.readUInt32LE(at + 8) === id) return end;
    at = end;
  }
  return 0;
};
const KEEPALIVE_ACK = 0x100;
const REGISTER_ACK = 0x81;

/** REGISTERs of a phone, one after the other; `cseq` is the number of the last. */
const refreshes = ({ device, dn, model }, transport) => {
  const phone = { cseq: 100, refresh: undefined };
  phone.refresh = ({ address, port }) => {
    phone.cseq += 1;
    const contact = `<sip:uuid-${device}-${dn}@${address}:${port};transport=${transport.toLowerCase()}>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${device.slice(3).toLowerCase()}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="${model}"`;
    return Buffer.from(
      [
        `REGISTER sip:${HOST} SIP/2.0`,
        `Via: SIP/2.0/${transport} ${address}:${port};branch=z9hG4bK${device}${phone.cseq}`,
        `From: <sip:${dn}@${HOST}>;tag=healthy`,
        `To: <sip:${dn}@${HOST}>`,
        `Call-ID: healthy-${device}-${process.pid}@${address}`,
        'Max-Forwards: 70',
        `CSeq: ${phone.cseq} REGISTER`,
        'User-Agent: Cisco-CP8851/12.8.1',
        `Contact: ${contact}`,
        'Supported: replaces,join,extended-refer',
        'Expires: 120',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  };
  return phone;
};

/** The octets up to the end of the 200 to the REGISTER of this number; 0: it has not come. */
const registered = (phone) => (bytes) => {
  const text = bytes.toString('latin1');
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return 0;
    const head = text.slice(at, end + 2);
    const [, length = '0'] = /^(?:content-length|l) *: *(\d+)\r\n/im.exec(head) ?? [];
    const next = end + 4 + Number(length);
    if (next > text.length) return 0;
    if (head.startsWith('SIP/2.0 200') && head.includes(`CSeq: ${phone.cseq} REGISTER`)) return next;
    at = next;
  }
};

let block = 0;
let mode = 'octet';
// In other letters each time: the end of the transfer before goes to another port and may be read later, and the same
// request during a transfer is taken for a doubled one.
const readRequest = () => {
  block = 0;
  mode = mode === 'octet' ? 'OCTET' : 'octet';
  return Buffer.from(`\0\x01${tftp.file}\0${mode}\0`, 'latin1');
};

let transaction = 1;
const renewal = () => {
  transaction += 1;
  const packet = Buffer.alloc(300);
  packet.set([1, 1, 6, 0]);
  packet.writeUInt32BE(transaction, 4);
  packet.set(dhcp.client.split('.').map(Number), 12);
  packet.set(Buffer.from(dhcp.mac, 'hex'), 28);
  packet.writeUInt32BE(0x63825363, 236);
  packet.set([53, 1, 3, 55, 4, 1, 3, 66, 150, 255], 240);
  return packet;
};

const station = (to) =>
  overTcp(
    to,
    [
      [Buffer.from(to.register, 'hex'), sccpMessage(REGISTER_ACK)],
      // Without its capabilities its registration would end after half a minute.
      [Buffer.from(to.capabilities + to.keepalive, 'hex'), sccpMessage(KEEPALIVE_ACK)],
    ],
    Buffer.from(to.keepalive, 'hex'),
    sccpMessage(KEEPALIVE_ACK),
  );

const overTls = () => {
  const phone = refreshes(sips, 'TLS');
  const question = ({ localAddress: address, localPort: port }) => phone.refresh({ address, port });
  return { sccps: station(sccps), sips: overTcp(sips, [], question, registered(phone)) };
};

const plain = refreshes(sip, 'UDP');
const asks = {
  ...(sccps === undefined ? {} : overTls()),
  sccp: station(sccp),
  sip: await overUdp(sip, {}, plain.refresh, (bytes) => registered(plain)(bytes) > 0),
  tftp: await overUdp(
    tftp,
    {},
    readRequest,
    (bytes) => bytes[1] === 3 && bytes.readUInt16BE(2) === 1 && block++ === 0,
    (socket, _, from) => socket.send(Buffer.from('\0\x05\0\0enough\0', 'latin1'), from.port, from.address),
  ),
  dhcp: await overUdp(
    dhcp,
    { address: dhcp.client, port: dhcp.clientPort },
    renewal,
    (bytes) => bytes[0] === 2 && bytes.readUInt32BE(4) === transaction,
  ),
  http: overTcp(http, [], Buffer.from(`GET /${tftp.file} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`), (bytes) => {
    const text = bytes.toString('latin1');
    const [, length] = /^content-length: (\d+)\r\n/im.exec(text) ?? [];
    const body = text.indexOf('\r\n\r\n') + 4;
    return length === undefined || body < 4 || bytes.length < body + Number(length) ? 0 : body + Number(length);
  }),
};

let met;
let leaving = false;
const ask = async (protocol) => {
  while (!leaving) {
    const milliseconds = await asks[protocol]();
    met?.[protocol].push(milliseconds ?? null);
    await new Promise((resolve) => setTimeout(resolve, ROUND));
  }
};

process.on('message', (word) => {
  if (word === 'begin') met = Object.fromEntries(Object.keys(asks).map((protocol) => [protocol, []]));
  if (word === 'end') process.send(met);
});
process.on('disconnect', () => {
  leaving = true;
  process.exit(0);
});
for (const protocol of Object.keys(asks)) void ask(protocol);
process.send('asking');
