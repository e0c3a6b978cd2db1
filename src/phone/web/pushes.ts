// What a phone does with an object that is pushed to it, by whatever way it comes.

import type { Endpoint } from '../../net/ports.js';
import type { PublishStep } from '../steps.js';
import { PageFault, type PhoneBrowser } from './browser.js';
import { readShownObject, type ShownObject } from './shown-object.js';

/** What pushes need of the phone. */
export interface PushedPhone {
  readonly browser: PhoneBrowser;
  readonly publish: PublishStep;
  /** Dials; throws if it cannot now. */
  dial(number: string): void;
  /** Listens to a multicast group; `undefined`: no more. Resolves with whether it can. */
  hear(group: Endpoint | undefined): Promise<boolean>;
}

/** Pushes that are remembered. */
const REMEMBERED = 32;
const SUCCESS = 'Success';
const HEAR = 'RTPMRx:';

const response = (items: readonly { readonly url: string; readonly data: string }[]): string =>
  `<CiscoIPPhoneResponse>\n${items
    .map(
      ({ url, data }) =>
        `<ResponseItem URL="${escaped(url)}" Data="${escaped(data)}" Status="${data === SUCCESS ? 0 : 6}" />\n`,
    )
    .join('')}</CiscoIPPhoneResponse>\n`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** An error that a phone answers. 1: not understood, 4: not allowed. */
export const phoneError = (number: number): string => `<CiscoIPPhoneError Number="${number}"/>\n`;

/** `RTPMRx:239.1.1.1:30000:50`, with the volume or without; anything else, such as `RTPMRx:Stop`, ends it. */
const groupIn = (uri: string): Endpoint | undefined => {
  const [, address, port] = /^RTPMRx:(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})(?::\d{1,3})?$/.exec(uri) ?? [];
  return address === undefined ? undefined : { address, port: Number(port) };
};

/** Obeys pushes: shows objects, opens pages, presses keys and dials. */
export class PhonePushes {
  readonly #phone: PushedPhone;
  readonly #pressed: string[] = [];
  #shown: ShownObject | undefined;

  constructor(phone: PushedPhone) {
    this.#phone = phone;
  }

  /** What it shows; `undefined`: nothing was pushed or opened. */
  get shown(): ShownObject | undefined {
    return this.#shown;
  }

  /** The last URIs that it was to obey, the oldest first. */
  get executed(): readonly string[] {
    return this.#pressed;
  }

  /** Opens a page and shows it. Rejects with a `PageFault`. */
  async open(url: string): Promise<ShownObject> {
    this.#shown = await this.#phone.browser.open(url);
    return this.#shown;
  }

  /** Obeys an object and returns the phone's answer. Never rejects. */
  async obey(document: string): Promise<string> {
    const found = readShownObject(document);
    if ('fault' in found) return phoneError(1);
    const { object } = found;
    const isExecute = object.kind === 'CiscoIPPhoneExecute';
    if (!isExecute) this.#shown = object;
    this.#phone.publish('phone.pushed', { what: isExecute ? object.execute.join(' ') : object.kind });
    if (!isExecute) return response([{ url: '', data: SUCCESS }]);
    const items: { readonly url: string; readonly data: string }[] = [];
    for (const url of object.execute) items.push({ url, data: await this.#execute(url) });
    return response(items);
  }

  /** `Success`, or why not. */
  async #execute(url: string): Promise<string> {
    this.#pressed.push(url);
    if (this.#pressed.length > REMEMBERED) this.#pressed.shift();
    try {
      if (/^http:/i.test(url)) await this.open(url);
      else if (url.startsWith('Dial:')) this.#phone.dial(url.slice('Dial:'.length));
      else if (url.startsWith(HEAR) && !(await this.#phone.hear(groupIn(url)))) return 'Failed';
      return SUCCESS;
    } catch (error) {
      return error instanceof PageFault || error instanceof Error ? error.message : 'Failed';
    }
  }
}
