// What can be pushed to a phone, and the object that says it.

import { withoutSecrets } from '../../core/secrets.js';
import { type ExecutePriority, OBJECT_LIMITS, type PhoneObject, writeObject } from '../objects.js';

/** Something to push: a text to show, or up to three URIs to obey. */
export type PushRequest =
  | { readonly text: string; readonly title: string }
  | { readonly uris: readonly string[]; readonly priority: ExecutePriority };

/** What a phone can do itself, by the beginning of its URI (`docs/protocols/phone-services.md` §2). */
const INTERNAL_URI =
  /^(?:Key|SoftKey|Init|Dial|EditDial|Play|Display|Device|App|Application|RTPRx|RTPTx|RTPMRx|RTPMTx|Notify):/;
const PAGE_URI = /^https?:\/\/[^\s/]/i;

const WANTED_URI =
  'http://…, https://…, or a URI of the phone such as Key:Services, SoftKey:Exit, Dial:5005 or Play:Classic1.raw';

/** The object of a push, or what is wrong with the push: the key, what was found and what is wanted. */
export const pushObject = (
  request: PushRequest,
): PhoneObject | { readonly key: string; readonly found: string; readonly wanted: string } => {
  if ('text' in request) {
    const { text, title } = request;
    if (text === '' || text.length > OBJECT_LIMITS.text)
      return { key: 'text', found: `${text.length} characters`, wanted: `1 to ${OBJECT_LIMITS.text}` };
    return { kind: 'text', title, prompt: '', text };
  }
  const { uris, priority } = request;
  if (uris.length < 1 || uris.length > OBJECT_LIMITS.executeItems)
    return { key: 'execute', found: `${uris.length} URIs`, wanted: `1 to ${OBJECT_LIMITS.executeItems}` };
  const odd = uris.find((uri) => !INTERNAL_URI.test(uri) && !PAGE_URI.test(uri));
  if (odd !== undefined) return { key: 'execute', found: JSON.stringify(odd.slice(0, 80)), wanted: WANTED_URI };
  const object: PhoneObject = { kind: 'execute', items: uris.map((url) => ({ url, priority })) };
  const { length } = writeObject(object);
  return length > OBJECT_LIMITS.execute
    ? { key: 'execute', found: `an object of ${length} characters`, wanted: `at most ${OBJECT_LIMITS.execute}` }
    : object;
};

/** The push in a few words: `text`, or its URIs without passwords. */
export const describePush = (request: PushRequest): string =>
  'text' in request ? 'text' : request.uris.map(withoutSecrets).join(' ');

/**
 * The push that has phones hear a multicast stream, for paging: `address` is a group such as 239.1.1.1, `port` an even UDP
 * port. `volume`: 0 to 100 per cent; absent: as the phone is set.
 */
export const multicastPush = (address: string, port: number, volume?: number): PushRequest => ({
  uris: [`RTPMRx:${address}:${port}${volume === undefined ? '' : `:${volume}`}`],
  priority: 0,
});

/** The push that ends what `multicastPush` began. */
export const multicastStop = (): PushRequest => ({ uris: ['RTPMRx:Stop'], priority: 0 });
