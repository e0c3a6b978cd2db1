// What a registered phone is told of its lines outside of any dialog.

import type { Instant } from '../../core/time.js';
import { localUri } from '../message/uri.js';
import { targetOf } from '../notifier/request-sender.js';
import { newBranch, newCallId, newTag, type RequestFields, writeRequest } from '../notifier/request-writer.js';
import { type Binding, contactUriOf, type RegisteredPhone } from '../registrar/location.js';
import { uriUser } from './call-headers.js';
import { sendRequest } from './call-requests.js';
import { hostOf } from './leg-dialog.js';
import type { CallServices } from './services.js';

/** What a phone is told outside of any dialog. */
export interface OutOfDialogRequest extends Pick<RequestFields, 'method' | 'body'> {
  /** The line that it is about. */
  readonly dn: string;
  /** Whole header lines after User-Agent. */
  readonly headers: string;
}

/** Sends a registered phone a request outside of any dialog, about one of its lines. */
export const sendOutside = (
  services: CallServices,
  phone: RegisteredPhone,
  binding: Binding,
  { method, dn, headers, body }: OutOfDialogRequest,
  now: Instant,
): void => {
  const { random, settingsRef, date } = services;
  const { flow } = phone;
  const host = hostOf(services, flow, phone);
  const sentBy = `${host}:${flow.local.port}`;
  const uri = contactUriOf(binding);
  const branch = newBranch(random);
  const line = `sip:${uriUser(dn)}@${host}`;
  const text = writeRequest({
    ...{ method, uri, sentBy, branch, headers, body },
    transport: flow.transport.toUpperCase(),
    from: `<${line}>;tag=${newTag(random)}`,
    to: `<${line}>`,
    callId: newCallId(random, host),
    cseq: 101,
    date: date(now),
    product: settingsRef.settings.product,
    contact: localUri(`${uriUser(dn)}@${sentBy}`, flow.transport, uri),
  });
  sendRequest(
    services,
    flow,
    targetOf(flow, uri),
    { key: `${branch} ${method}`, text, branch, sequence: 101 },
    () => {},
    now,
  );
};
