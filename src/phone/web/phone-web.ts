import type { Endpoint } from '../../net/ports.js';
import type { FileUrls } from '../boot/device-file.js';
import type { CallBook } from '../calls/call-book.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import { PhoneBrowser } from './browser.js';
import type { PhoneRequest } from './http-request.js';
import { infoObject } from './info-objects.js';
import type { WrittenPage } from './page-writers.js';
import { isPermitted } from './permission.js';
import type { PhoneFacts } from './phone-facts.js';
import { pageFor } from './phone-pages.js';
import { PhonePushes, phoneError } from './pushes.js';
import { screenshot } from './screenshot.js';
import type { ShownObject } from './shown-object.js';
import { StatusLog } from './status-log.js';
import { StreamHistory } from './stream-history.js';
import { type PhoneAnswer, PhoneWebServer } from './web-server.js';

/** What the web of a phone needs of it. */
export interface PhoneWebOptions {
  readonly environment: PhoneEnvironment;
  readonly identity: PhoneIdentity;
  /** The local address of its sockets; `undefined`: the kernel chooses, and the web server is on loopback. */
  readonly localAddress: string | undefined;
  readonly publish: PublishStep;
  /** Its calls; `undefined`: it makes none. */
  readonly calls: CallBook | undefined;
  /** What it knows of itself now. */
  readonly facts: () => PhoneFacts;
  /** Dials; throws if it cannot now. */
  dial(number: string): void;
}

const LOOPBACK = '127.0.0.1';
/** The kernel chooses the interface. */
const ANY_ADDRESS = '0.0.0.0';
const XML = 'text/xml';
const NOT_FOUND: PhoneAnswer = { status: 404, type: 'text/html', body: Buffer.from('<HTML>Object Not Found</HTML>\n') };
const NOT_ALLOWED: PhoneAnswer = { status: 405, type: 'text/html', body: Buffer.alloc(0) };
const NOT_PERMITTED = 4;

/** The pages that a phone opens, what is pushed to it, and its own web server. Made for phones that are asked for it. */
export class PhoneWeb {
  readonly #options: PhoneWebOptions;
  readonly #browser: PhoneBrowser;
  readonly pushes: PhonePushes;
  #server: PhoneWebServer | undefined;
  #log: StatusLog | undefined;
  #history: StreamHistory | undefined;

  constructor(options: PhoneWebOptions) {
    const { environment, identity, localAddress, publish } = options;
    this.#options = options;
    const [phone, model] = [identity.name, identity.model.name];
    this.#browser = new PhoneBrowser({ environment, phone, model, localAddress });
    const hear = async (group: Endpoint | undefined): Promise<boolean> => {
      const pages = options.calls?.pages;
      if (group !== undefined) return (await pages?.listen(group, localAddress ?? ANY_ADDRESS)) ?? false;
      pages?.end();
      return true;
    };
    this.pushes = new PhonePushes({ browser: this.#browser, publish, dial: (number) => options.dial(number), hear });
  }

  /** What its pages tell of its steps; `undefined`: it has no pages. */
  get log(): StatusLog | undefined {
    return this.#log;
  }

  /** Its own pages, such as `http://127.0.0.1:8081/`; `undefined`: they are not open. */
  get url(): string | undefined {
    const local = this.#server?.local;
    return local === undefined ? undefined : `http://${local.address}:${local.port}/`;
  }

  /** Opens a page, or what a button opens: `services`, `directory`… of its file. Rejects with a `PageFault`. */
  open(page: string): Promise<ShownObject> {
    const urls: Readonly<Record<string, string>> = { ...this.#urls };
    return this.pushes.open(Object.hasOwn(urls, page) ? (urls[page] ?? '') : page);
  }

  /** Opens the web server, and publishes whether that went well. Rejects with a `NodeJS.ErrnoException`. */
  async listen(port: number): Promise<void> {
    const { environment, localAddress: address = LOOPBACK, publish, calls } = this.#options;
    this.#log = new StatusLog();
    this.#history = new StreamHistory(calls);
    this.#server = new PhoneWebServer({
      ...{ environment, address, port },
      answer: (request, to) => this.#answer(request, to),
    });
    try {
      await this.#server.open();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      publish('phone.pages-refused', { url: `http://${address}:${port}/`, why });
      throw error;
    }
    if (this.url !== undefined) publish('phone.pages-opened', { url: this.url });
  }

  /** Resolves when nothing of it is open. */
  async close(): Promise<void> {
    this.#history?.stop();
    await this.#server?.close();
  }

  get #urls(): FileUrls | undefined {
    return this.#options.facts().file?.urls;
  }

  async #answer(request: PhoneRequest, address: string): Promise<PhoneAnswer> {
    const { method, path } = request;
    if (path === '/CGI/Execute') {
      if (method !== 'POST') return NOT_ALLOWED;
      return this.#permitted(request, async () => ({
        ...{ status: 200, type: XML },
        body: Buffer.from(await this.pushes.obey(request.form.get('XML') ?? '')),
      }));
    }
    if (method === 'POST') return path.startsWith('/CGI/') ? NOT_ALLOWED : NOT_FOUND;
    const { facts, environment } = this.#options;
    const at = environment.clock.wallTime(environment.clock.now());
    const { shown } = this.pushes;
    if (path === '/CGI/Screenshot')
      return this.#permitted(request, () => found(screenshot({ facts: facts(), at, shown })));
    if (path.startsWith('/CGI/') && path !== '/CGI/Java/Serviceability')
      return this.#permitted(request, () => found(infoObject(path, facts(), shown)));
    const [log, history] = [this.#log, this.#history];
    if (log === undefined || history === undefined) return NOT_FOUND;
    return found(pageFor(request, { facts: facts(), log, history, address, at }));
  }

  /** Without a user the phone asks for one; a user who may not gets an error, as phones write it. */
  async #permitted(
    { authorization }: PhoneRequest,
    answer: () => PhoneAnswer | Promise<PhoneAnswer>,
  ): Promise<PhoneAnswer> {
    const body = Buffer.from(phoneError(NOT_PERMITTED));
    if (authorization === '') return { status: 401, type: XML, body };
    const phone = this.#options.identity.name;
    const asked = { phone, browser: this.#browser, authenticationUrl: () => this.#urls?.authentication ?? '' };
    return (await isPermitted(authorization, asked)) ? answer() : { status: 200, type: XML, body };
  }
}

const found = (page: WrittenPage | undefined): PhoneAnswer =>
  page === undefined ? NOT_FOUND : { status: 200, ...page };
