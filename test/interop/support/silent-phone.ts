// A SIP phone that registers once and says nothing more, as one does whose network has failed: nobody can tell it from one that
// is well until its time is over.

import dgram from 'node:dgram';
import { once } from 'node:events';

const RETRY = 500; // milliseconds
const SIP_PORT = 5060;

const register = (name: string, number: string, server: string, port: number, from: string): string => {
  const mac = name.slice(3).toLowerCase();
  return [
    `REGISTER sip:${server} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from}:${port};branch=z9hG4bK${mac}${server}`,
    `From: <sip:${number}@${server}>;tag=${mac}0002`,
    `To: <sip:${number}@${server}>`,
    `Call-ID: ${mac}-${server}@${from}`,
    'Max-Forwards: 70',
    'CSeq: 101 REGISTER',
    'User-Agent: Cisco-CP7975G/9.3.1',
    `Contact: <sip:9e9e1ffb-0206-4ea1-6d77-${mac}@${from}:${port};transport=udp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${mac}>";+u.sip!devicename.ccm.cisco.com="${name}";+u.sip!model.ccm.cisco.com="437"`,
    'Supported: replaces,X-cisco-callinfo,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1',
    'Content-Length: 0',
    'Expires: 3600',
    '',
    '',
  ].join('\r\n');
};

/** Resolves when the node has registered it. */
export const registeredOnce = async (name: string, number: string, server: string, from: string): Promise<void> => {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  const text = register(name, number, server, socket.address().port, from);
  const send = (): void => socket.send(text, SIP_PORT, server);
  const timer = setInterval(send, RETRY);
  send();
  try {
    await new Promise<void>((resolve) =>
      socket.on('message', (bytes) => {
        if (bytes.toString().startsWith('SIP/2.0 200')) resolve();
      }),
    );
  } finally {
    clearInterval(timer);
    socket.close();
  }
};
