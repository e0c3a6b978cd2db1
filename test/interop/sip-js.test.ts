// SIP.js' core as an independent user agent, over a TCP transport of this test's own: it registers, refreshes and
// unregisters by its own transactions, dialogs and digest.

import net from 'node:net';
import {
  DigestAuthentication,
  IncomingRequestMessage,
  type IncomingResponse,
  IncomingResponseMessage,
  Levels,
  LoggerFactory,
  Parser,
  type Transport,
  URI,
  UserAgentCore,
} from 'sip.js/lib/core/index.js';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Node, openNode } from '../sip/sockets.js';
import { aDevice } from '../support/devices.js';

let node: Node;
beforeAll(async () => {
  node = await openNode([
    aDevice('SOFT', { protocol: 'SIP', lines: ['6001'] }),
    aDevice('AUTH', { protocol: 'SIP', lines: ['7001'], digest: { user: 'auth7001', password: 'secret' } }),
  ]);
});
afterAll(() => node.close());

const uriOf = (text: string): URI => {
  const uri = Grammar.URIParse(text);
  if (!(uri instanceof URI)) throw new Error(text);
  return uri;
};

/** One connection, cut into messages by the length that they give. */
class TcpTransport implements Transport {
  readonly protocol = 'TCP';
  readonly #socket: net.Socket;
  #text = '';

  constructor(socket: net.Socket, onMessage: (text: string) => void) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      for (let end = this.#text.indexOf('\r\n\r\n'); end >= 0; end = this.#text.indexOf('\r\n\r\n')) {
        const length = end + 4 + Number(/content-length: *(\d+)/i.exec(this.#text)?.[1] ?? 0);
        if (this.#text.length < length) return;
        const message = this.#text.slice(0, length);
        this.#text = this.#text.slice(length);
        onMessage(message);
      }
    });
  }

  async send(message: string): Promise<void> {
    this.#socket.write(message);
  }
}

const userAgent = async (dn: string, credentials?: { user: string; password: string }) => {
  const socket = net.connect(node.tcp, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const { localPort } = socket;
  const loggers = new LoggerFactory();
  loggers.level = Levels.error;
  const heard: string[] = [];
  const contact = uriOf(`sip:${dn}@127.0.0.1:${localPort};transport=tcp`);
  const transport = new TcpTransport(socket, (text) => {
    const message = Parser.parseMessage(text, loggers.getLogger('test'));
    if (message instanceof IncomingRequestMessage) {
      heard.push(message.method);
      core.receiveIncomingRequestFromTransport(message);
    } else if (message instanceof IncomingResponseMessage) core.receiveIncomingResponseFromTransport(message);
    else throw new Error(`sip.js cannot read: ${text}`);
  });
  const aor = uriOf(`sip:${dn}@127.0.0.1`);
  const core = new UserAgentCore(
    {
      aor,
      contact: { pubGruu: undefined, tempGruu: undefined, uri: contact, toString: () => `<${contact}>` },
      displayName: '',
      loggerFactory: loggers,
      hackViaTcp: true,
      routeSet: [],
      sipjsId: 'test0',
      supportedOptionTags: ['outbound'],
      supportedOptionTagsResponse: ['outbound'],
      userAgentHeaderFieldValue: 'SIP.js/0.21.2',
      viaForceRport: true,
      viaHost: '127.0.0.1',
      authenticationFactory: () =>
        credentials === undefined
          ? undefined
          : new DigestAuthentication(loggers, undefined, credentials.user, credentials.password),
      transportAccessor: () => transport,
    },
    { onNotify: (request) => void request.accept() },
  );
  let cseq = 0;
  const callId = `sipjs-${dn}`;
  const fromTag = `t${dn}`;
  const register = (expires: number): Promise<IncomingResponse> =>
    new Promise((resolve, reject) => {
      const request = core.makeOutgoingRequestMessage(
        'REGISTER',
        uriOf('sip:127.0.0.1'),
        aor,
        aor,
        { callId, fromTag, cseq: ++cseq },
        [`Contact: <${contact}>;expires=${expires}`],
      );
      core.register(request, {
        onAccept: resolve,
        onReject: ({ message }) => reject(new Error(String(message.statusCode))),
      });
    });
  const close = (): void => {
    core.dispose();
    socket.destroy();
  };
  return { register, heard, close };
};

describe('SIP.js', () => {
  it.each([
    ['without credentials', '6001', 'SOFT', undefined],
    ['by digest', '7001', 'AUTH', { user: 'auth7001', password: 'secret' }],
  ])('registers %s, refreshes, and unregisters', async (_case, dn, device, credentials) => {
    const agent = await userAgent(dn, credentials);
    const state = () => node.database.byName(device)?.state;
    const { message } = await agent.register(300);
    expect(message.statusCode).toBe(200);
    expect(message.parseHeader('contact', 0)?.getParam('expires')).toBe('120');
    expect(state()).toBe('registered');
    const { registration } = node.database.byName(device) ?? {};
    expect((await agent.register(300)).message.statusCode).toBe(200);
    expect(node.database.byName(device)?.registration).toBe(registration);
    expect(registration?.keepAlives).toBe(1);
    expect(agent.heard).toEqual(['NOTIFY']);
    expect((await agent.register(0)).message.statusCode).toBe(200);
    expect(state()).toBe('unregistered');
    agent.close();
  });

  it('with a wrong password is kept out', async () => {
    const agent = await userAgent('7001', { user: 'auth7001', password: 'wrong' });
    await expect(agent.register(300)).rejects.toThrow('401');
    expect(node.database.byName('AUTH')?.registration).toBeUndefined();
    agent.close();
  });
});
