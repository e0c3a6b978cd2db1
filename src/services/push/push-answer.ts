// What the answer of a phone to a push means, in words.

import type { HttpResponse } from '../../core/http-response.js';
import { withoutSecrets } from '../../core/secrets.js';
import { readXml, type XmlNode } from '../../core/xml/reader.js';
import type { HttpExchangeResult } from '../../net/http-exchange.js';
import type { PushOutcome } from '../events.js';
import { OBJECT_LIMITS, rootOf } from '../objects.js';

/** How a phone answered. */
export interface PushAnswer {
  readonly outcome: PushOutcome;
  /** In words. */
  readonly answer: string;
}

/** The numbers of CiscoIPPhoneError (`docs/protocols/phone-services.md` §2). */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'the phone did not understand the object (error 1)',
  2: 'the phone did what it was told and could not write its answer (error 2)',
  3: 'the phone found no such file or page (error 3)',
  4: 'the phone did not accept the user and the password (error 4): it asks its authentication URL about them',
};

const SUCCESS = 0;

/** What an object in an answer means. `undefined`: it is no answer. */
export const answerOfObject = (text: string): PushAnswer | undefined => {
  const root = readXml(text);
  if (root?.name === rootOf('response'))
    return answerOfItems(
      root.children.filter(({ name }) => name === 'ResponseItem').slice(0, OBJECT_LIMITS.executeItems),
    );
  if (root?.name !== rootOf('error')) return undefined;
  const written = root.attributes.get('Number') ?? '';
  const number = /^\d{1,3}$/.test(written) ? Number(written) : undefined;
  const answer =
    (number === undefined ? undefined : ERRORS[number]) ??
    `the phone answered error ${shown(written) || 'without a number'}`;
  return { outcome: number === 4 ? 'unauthorized' : 'error', answer };
};

const answerOfItems = (items: readonly XmlNode[]): PushAnswer => {
  const failed = items.filter(({ attributes }) => Number(attributes.get('Status') ?? SUCCESS) !== SUCCESS);
  if (failed.length === 0) return { outcome: 'done', answer: 'the phone did it' };
  const parts = failed.map(({ attributes }) => {
    const [data, url] = [shown(attributes.get('Data') ?? ''), shown(attributes.get('URL') ?? '')];
    return `${url === '' ? 'it' : url}: status ${shown(attributes.get('Status') ?? '')}${data === '' ? '' : `, ${data}`}`;
  });
  return { outcome: 'failed', answer: `the phone did not do ${parts.join('; ')}` };
};

const MOST_SHOWN = 80;
/** The phone's own words, without what a terminal would obey and without the passwords of its URLs. */
const shown = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
  withoutSecrets(text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')).slice(0, MOST_SHOWN);

const NO_WEB_ACCESS = 'its web access may be off: `phones.vendorConfig: { webAccess: "0" }` switches it on';

const STATUSES: Readonly<Record<number, PushAnswer>> = {
  401: {
    outcome: 'unauthorized',
    answer: 'the phone did not accept the user and the password (HTTP 401): it asks its authentication URL about them',
  },
  403: { outcome: 'refused', answer: `the phone refused it (HTTP 403); ${NO_WEB_ACCESS}` },
  404: { outcome: 'refused', answer: 'the phone has no /CGI/Execute (HTTP 404)' },
};

/** What came back through the signalling of a phone: an object, or `late`. */
export const answerOfSignalling = (result: { readonly answer: string } | 'late'): PushAnswer => {
  if (result === 'late') return { outcome: 'late', answer: LATE };
  return answerOfObject(result.answer) ?? { outcome: 'odd-answer', answer: NO_OBJECT };
};

const LATE = 'the phone did not answer in time';
const NO_OBJECT = 'the phone answered something that is no CiscoIPPhoneResponse';

/** What came back over HTTP. */
export const answerOfExchange = (result: HttpExchangeResult): PushAnswer => {
  switch (result.kind) {
    case 'answered':
      return answerOfResponse(result.response);
    case 'refused':
      return { outcome: 'no-web-server', answer: `the phone has no web server (${result.code}); ${NO_WEB_ACCESS}` };
    case 'late':
      return { outcome: 'late', answer: LATE };
    case 'too-long':
      return { outcome: 'odd-answer', answer: 'the phone answered more than is read' };
    case 'no-http':
      return { outcome: 'odd-answer', answer: 'the phone answered something that is no HTTP' };
  }
};

const answerOfResponse = ({ status, body }: HttpResponse): PushAnswer => {
  const known = STATUSES[status];
  const object = answerOfObject(body.toString('utf8'));
  if (status === 200) return object ?? { outcome: 'odd-answer', answer: NO_OBJECT };
  // A phone may say more in the body of a refusal; the status alone says enough.
  return (
    known ??
    (object?.outcome === 'done' ? undefined : object) ?? {
      outcome: 'odd-answer',
      answer: `the phone answered HTTP ${status}`,
    }
  );
};
