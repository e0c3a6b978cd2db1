// REFER outside a dialog: no call is transferred by it. Phones send their alarms so, and ask whether they may come home
// (`sip.md` §10.1, §10.6).

import { ALARM_TYPE, readAlarm } from '../cisco/alarm.js';
import { REQUEST_TYPE, RESPONSE_TYPE } from '../cisco/remotecc.js';
import { ID } from '../message/headers.js';
import { mediaType } from '../message/multipart.js';
import { reply, type SipResponse } from '../response/response.js';
import { about, contactLine, type MethodParts, type Request } from './request-context.js';
import { type Speaker, speakerOf } from './sender.js';

const TOKEN = 'urn:x-cisco-remotecc:token-registration';

export const refer = (request: Request, parts: MethodParts): SipResponse => {
  const { message, flow } = request;
  const accepted = (): SipResponse => reply(202, 'Accepted', { headers: contactLine(flow, message) });
  if ((message.address('Refer-To')?.uri ?? '').toLowerCase() === TOKEN) return token(request, parts, accepted);
  switch (mediaType(message.text(ID['Content-Type']) ?? '')) {
    case ALARM_TYPE:
      alarm(request, parts);
      return accepted();
    case RESPONSE_TYPE:
      return accepted();
    case REQUEST_TYPE:
      return reply(603, 'Decline');
    default:
      return message.count(ID['Refer-To']) === 0 ? reply(400, 'Bad Request - Refer-To missing') : reply(603, 'Decline');
  }
};

const token = (request: Request, parts: MethodParts, accepted: () => SipResponse): SipResponse => {
  const { valve, settled, tell } = parts;
  const { flow, now } = request;
  const isKnown = flow.isValidated(now) && speakerOf(request, parts).is !== 'unknown';
  const granted = valve.grant(flow.remote.address, isKnown, now);
  tell({ type: 'sip.token', ...about(request), granted });
  if (granted) return accepted();
  return reply(503, 'Service Unavailable', {
    server: true,
    headers: `Retry-After: ${Math.ceil(settled.settings.tokens.wait / 1000)}\r\n`,
  });
};

const alarm = (request: Request, parts: MethodParts): void => {
  const { message, flow, now } = request;
  const found = readAlarm(message.body);
  if (found === undefined) {
    parts.complain('the alarm cannot be read', message, flow, 202, now);
    return;
  }
  const named = found.values.get('DeviceName');
  const claimed = named === undefined ? undefined : parts.database.byName(named);
  // A name that nobody has makes it nobody's alarm, whatever else the request says.
  const speaker: Speaker =
    named === undefined || claimed !== undefined ? speakerOf(request, parts, claimed) : { is: 'unknown' };
  const record = speaker.is === 'unknown' ? undefined : speaker.record;
  const proven = speaker.is === 'device';
  const values = Object.fromEntries(found.values);
  const device = record?.configured.name ?? named ?? '';
  parts.tell({ type: 'sip.alarm', ...about(request), device, alarm: found.name, proven, values });
  if (record === undefined) return;
  const { name } = record.configured;
  const { address } = request.flow.remote;
  if (!proven) {
    // One report, by a name that nothing here acts on, however many somebody sends.
    parts.database.recordReport(name, { unprovenAlarm: `${found.name} from ${address}: ${listed(values)}` }, now);
    return;
  }
  parts.database.recordAddress(name, address, now);
  // The phone chooses the names of its values: they never stand for what else is known of it.
  const facts = Object.entries(values).map(([each, value]) => [`alarm.${each}`, value]);
  parts.database.recordReport(name, { alarmName: found.name, ...Object.fromEntries(facts) }, now);
};

const listed = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
