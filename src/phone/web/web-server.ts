import type { StreamLink, StreamServer } from '../../net/ports.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneBrowser } from './browser.js';
import { type PhonePushes, phoneError } from './pushes.js';

/** What the web server of a phone needs. */
export interface PhoneWebServerOptions {
  readonly environment: PhoneEnvironment;
  readonly phone: string;
  readonly address: string;
  readonly port: number;
  readonly browser: PhoneBrowser;
  readonly pushes: PhonePushes;
  /** The authentication URL of its file; empty: nobody may control it. */
  readonly authenticationUrl: () => string;
}

const MAX_REQUEST = 32 * 1024;
const END_OF_HEAD = '\r\n\r\n';
const MAX_LINKS = 8;

/** A request for `/CGI/Execute`, as far as it has come. */
interface PushedForm {
  readonly target: string;
  readonly authorization: string;
  readonly form: URLSearchParams;
}

/**
 * The web server of a simulated phone, as far as pushes need it: `POST /CGI/Execute` with the form field `XML`. It asks the
 * authentication URL whether the user may (`docs/protocols/phone-services.md` §1, §3).
 */
export class PhoneWebServer {
  readonly #options: PhoneWebServerOptions;
  #server: StreamServer | undefined;

  constructor(options: PhoneWebServerOptions) {
    this.#options = options;
  }

  /** Resolves when it listens. Rejects with a `NodeJS.ErrnoException`. */
  async open(): Promise<void> {
    const { environment, address, port } = this.#options;
    const limits = { maxLinks: MAX_LINKS, maxLinksPerSource: MAX_LINKS };
    this.#server = await environment.streams.listen({ address, port, ...limits }, (link) => {
      let octets: Buffer = Buffer.alloc(0);
      let isAnswered = false;
      return {
        received: (bytes) => {
          if (isAnswered) return;
          octets = Buffer.concat([octets, bytes]);
          const request = octets.length > MAX_REQUEST ? 'odd' : readForm(octets);
          if (request === 'more') return;
          isAnswered = true;
          void this.#answer(link, request);
        },
        closed: () => {},
      };
    });
  }

  /** Resolves when nothing of it is open. */
  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #answer(link: StreamLink, request: PushedForm | 'odd'): Promise<void> {
    if (request === 'odd') respond(link, '400 Bad Request', '');
    else if (request.target !== '/CGI/Execute') respond(link, '404 Not Found', '');
    else if (!(await this.#isAllowed(request.authorization))) respond(link, '200 OK', phoneError(4));
    else respond(link, '200 OK', await this.#options.pushes.obey(request.form.get('XML') ?? ''));
    link.end();
  }

  async #isAllowed(authorization: string): Promise<boolean> {
    const { browser, phone, authenticationUrl } = this.#options;
    const url = authenticationUrl();
    const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization) ?? [];
    const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    if (url === '' || user === '') return false;
    const query = new URLSearchParams({ UserID: user, Password: rest.join(':'), devicename: phone });
    try {
      // A line end would be one character too many.
      return (await browser.fetch(`${url}${url.includes('?') ? '&' : '?'}${query}`)) === 'AUTHORIZED';
    } catch {
      return false;
    }
  }
}

const respond = (link: StreamLink, status: string, body: string): void =>
  link.write(
    Buffer.from(
      `HTTP/1.1 ${status}\r\nServer: Cisco IP phone\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    ),
  );

const readForm = (octets: Buffer): PushedForm | 'more' | 'odd' => {
  const end = octets.indexOf(END_OF_HEAD);
  if (end < 0) return 'more';
  const head = octets.toString('latin1', 0, end);
  const [, target] = /^POST (\S+) HTTP\/1\.[01]\r?\n/.exec(head) ?? [];
  if (target === undefined) return 'odd';
  const header = (name: string): string => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1] ?? '';
  const length = Number(header('content-length') || 0);
  const body = octets.subarray(end + END_OF_HEAD.length);
  if (body.length < length) return 'more';
  const isLatin1 = /iso-8859-1/i.test(header('content-type'));
  return { target, authorization: header('authorization'), form: formOf(body.toString('latin1', 0, length), isLatin1) };
};

/** The octets of a form are percent-encoded in the characters that its type names. */
const formOf = (text: string, isLatin1: boolean): URLSearchParams =>
  new URLSearchParams(
    isLatin1
      ? text.replace(/%([89A-F][0-9A-F])/gi, (_, digits: string) =>
          encodeURIComponent(String.fromCharCode(Number.parseInt(digits, 16))),
        )
      : text,
  );
