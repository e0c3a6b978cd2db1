import { seconds } from '../../core/time.js';
import { exchangeHttp } from '../../net/http-exchange.js';
import type { PhoneEnvironment } from '../environment.js';
import { readShownObject, type ShownObject } from './shown-object.js';

const WITHIN = seconds(10);
const MAX_OCTETS = 128 * 1024;
const MARK = '#DEVICENAME#';

/** A phone could not open a page. The message says why. */
export class PageFault extends Error {
  override readonly name = 'PageFault';
  readonly code = 'PAGE';
}

/** Who opens pages, and from where. */
export interface BrowserOptions {
  readonly environment: PhoneEnvironment;
  readonly phone: string;
  readonly model: string;
  readonly localAddress: string | undefined;
}

/** The client by which a phone opens pages and asks its authentication URL. */
export class PhoneBrowser {
  readonly #options: BrowserOptions;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  /** Opens a page. Rejects with a `PageFault`. */
  async open(url: string): Promise<ShownObject> {
    const document = await this.fetch(url);
    const found = readShownObject(document);
    if ('fault' in found) throw new PageFault(`${url}: ${found.fault}`);
    return found.object;
  }

  /** The body of an answer 200, as text. Rejects with a `PageFault`. */
  async fetch(url: string): Promise<string> {
    const { environment, phone, model, localAddress } = this.#options;
    const written = url.replace(MARK, phone);
    if (!URL.canParse(written)) throw new PageFault(`${written} is no URL`);
    const { protocol, hostname, port, pathname, search } = new URL(written);
    if (protocol !== 'http:') throw new PageFault(`${written}: this phone opens http alone`);
    const to = { address: hostname, port: Number(port || 80) };
    const head = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${to.address}:${to.port}`,
      `x-CiscoIPPhoneModelName: ${model}`,
      'Accept: x-CiscoIPPhone/*;text/xml,text/plain',
      'Connection: close',
    ];
    const octets = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
    const where = localAddress === undefined ? {} : { localAddress };
    const result = await exchangeHttp(environment, { to, octets, within: WITHIN, maxOctets: MAX_OCTETS, ...where });
    if (result.kind !== 'answered')
      throw new PageFault(`${written}: ${result.kind === 'refused' ? result.code : result.kind}`);
    const { status, headers, body } = result.response;
    if (status !== 200) throw new PageFault(`${written}: HTTP ${status}`);
    return body.toString(/iso-8859-1/i.test(headers.get('content-type') ?? '') ? 'latin1' : 'utf8');
  }
}
