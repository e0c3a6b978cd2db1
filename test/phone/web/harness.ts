// Asks the web server of a simulated phone in memory, octet by octet if need be.

import { convert } from 'xmlbuilder2';
import type { StreamLink } from '../../../src/net/ports.js';
import type { PhoneHarness } from '../harness.js';

export interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: Buffer;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly address?: string;
}

export const PHONE_ADDRESS = '10.10.210.201';

/** An open connection, and what came over it. */
export const connect = async (lab: PhoneHarness, address = PHONE_ADDRESS) => {
  const came: Buffer[] = [];
  let ended = '';
  const link: StreamLink = await lab.streams.connect({ address, port: 80 }, {}, () => ({
    received: (bytes) => void came.push(bytes),
    closed: (cause) => {
      ended = cause;
    },
  }));
  return { link, came: () => Buffer.concat(came), ended: () => ended };
};

export const answerOf = (octets: Buffer): Answer => {
  const end = octets.indexOf('\r\n\r\n');
  const headers = octets.toString('latin1', 0, end);
  const body = octets.subarray(end + 4);
  const text = body.toString(/iso-8859-1/.test(headers) ? 'latin1' : 'utf8');
  return { status: Number(headers.split(' ')[1]), headers, body, text };
};

export const ask = async (
  lab: PhoneHarness,
  target: string,
  { method = 'GET', headers = [], body = '', address }: Asking = {},
): Promise<Answer> => {
  const { link, came } = await connect(lab, address);
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  link.write(
    Buffer.from([`${method} ${target} HTTP/1.1`, 'Host: phone', ...headers, ...length, '', body].join('\r\n')),
  );
  await lab.settle();
  return answerOf(came());
};

/** The elements of a document, as a parser that labcm does not use for reading gives them. */
export const xmlOf = ({ text }: Answer): Record<string, Record<string, unknown>> =>
  convert(text, { format: 'object' }) as unknown as Record<string, Record<string, unknown>>;
