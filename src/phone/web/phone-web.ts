import type { FileUrls } from '../boot/device-file.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PublishStep } from '../steps.js';
import { PhoneBrowser } from './browser.js';
import { PhonePushes } from './pushes.js';
import type { ShownObject } from './shown-object.js';
import { PhoneWebServer } from './web-server.js';

/** What the web of a phone needs of it. */
export interface PhoneWebOptions {
  readonly environment: PhoneEnvironment;
  readonly phone: string;
  readonly model: string;
  /** The local address of its sockets; `undefined`: the kernel chooses, and the web server is on loopback. */
  readonly localAddress: string | undefined;
  readonly publish: PublishStep;
  /** The URLs of its file; `undefined`: it has none. */
  readonly urls: () => FileUrls | undefined;
  /** Dials; throws if it cannot now. */
  dial(number: string): void;
}

const LOOPBACK = '127.0.0.1';

/** The pages that a phone opens, what is pushed to it, and its own web server. Made for phones that are asked for it. */
export class PhoneWeb {
  readonly #options: PhoneWebOptions;
  readonly #browser: PhoneBrowser;
  readonly pushes: PhonePushes;
  #server: PhoneWebServer | undefined;

  constructor(options: PhoneWebOptions) {
    const { environment, phone, model, localAddress, publish } = options;
    this.#options = options;
    this.#browser = new PhoneBrowser({ environment, phone, model, localAddress });
    this.pushes = new PhonePushes({ browser: this.#browser, publish, dial: (number) => options.dial(number) });
  }

  /** Opens a page, or what a button opens: `services`, `directory`… of its file. Rejects with a `PageFault`. */
  open(page: string): Promise<ShownObject> {
    const urls: Readonly<Record<string, string>> = { ...this.#options.urls() };
    return this.pushes.open(Object.hasOwn(urls, page) ? (urls[page] ?? '') : page);
  }

  /** Opens the web server. Rejects with a `NodeJS.ErrnoException`. */
  listen(port: number): Promise<void> {
    const { environment, phone, localAddress: address = LOOPBACK, urls } = this.#options;
    this.#server = new PhoneWebServer({
      ...{ environment, phone, address, port, browser: this.#browser, pushes: this.pushes },
      authenticationUrl: () => urls()?.authentication ?? '',
    });
    return this.#server.open();
  }

  /** Resolves when nothing of it is open. */
  async close(): Promise<void> {
    await this.#server?.close();
  }
}
