import { phoneAlarmFact } from '../../devices/index.js';
import { ALARM_TYPE, readAlarm } from '../cisco/alarm.js';
import { REQUEST_TYPE, RESPONSE_TYPE } from '../cisco/remotecc.js';
import { readSoftKeyEvent } from '../cisco/soft-key-event.js';
import { ID } from '../message/headers.js';
import { mediaType } from '../message/multipart.js';
import { type SipResponse, sipResponse } from '../response/response.js';
import { contactLine, flowFields, type MethodDependencies, type SipRequestContext } from './request-context.js';
import { type Sender, senderOf } from './sender.js';

const TOKEN = 'urn:x-cisco-remotecc:token-registration';

/**
 * Handles a REFER outside of a dialog. Phones send their alarms by it, and ask for a token before they leave another
 * node for this one (`sip.md` §10.1, §10.6). No call is transferred.
 */
export const refer = (request: SipRequestContext, dependencies: MethodDependencies): SipResponse => {
  const { message, flow } = request;
  const accepted = (): SipResponse => sipResponse(202, 'Accepted', { headers: contactLine(flow, message) });
  if ((message.address('Refer-To')?.uri ?? '').toLowerCase() === TOKEN)
    return requestToken(request, dependencies, accepted);
  switch (mediaType(message.text(ID['Content-Type']) ?? '')) {
    case ALARM_TYPE:
      recordAlarm(request, dependencies);
      return accepted();
    case RESPONSE_TYPE:
      return accepted();
    case REQUEST_TYPE:
      return isKeyServed(request, dependencies) ? accepted() : sipResponse(603, 'Decline');
    default:
      return !message.has(ID['Refer-To'])
        ? sipResponse(400, 'Bad Request - Refer-To missing')
        : sipResponse(603, 'Decline');
  }
};

/** Whether the body tells of a key in a call of the sender that does something now. */
const isKeyServed = (request: SipRequestContext, dependencies: MethodDependencies): boolean => {
  const event = readSoftKeyEvent(request.message);
  if (event === undefined || dependencies.calls === undefined) return false;
  const sender = senderOf(request, dependencies);
  return sender.kind === 'device' && dependencies.calls.softKey(event, sender.record.configured.name, request.now);
};

const requestToken = (
  request: SipRequestContext,
  dependencies: MethodDependencies,
  accepted: () => SipResponse,
): SipResponse => {
  const { tokenLimit, settingsRef, publish } = dependencies;
  const { flow, now } = request;
  const isKnown = flow.isValidated(now) && senderOf(request, dependencies).kind !== 'unknown';
  const granted = tokenLimit.grant(flow.remote.address, isKnown, now);
  publish({ type: 'sip.token', ...flowFields(request), granted });
  if (granted) return accepted();
  return sipResponse(503, 'Service Unavailable', {
    server: true,
    headers: `Retry-After: ${Math.ceil(settingsRef.settings.tokens.wait / 1000)}\r\n`,
  });
};

const recordAlarm = (request: SipRequestContext, dependencies: MethodDependencies): void => {
  const { message, flow, now } = request;
  const found = readAlarm(message.body);
  if (found === undefined) {
    dependencies.reportMalformed('the alarm cannot be read', message, flow, 202, now);
    return;
  }
  const named = found.values.get('DeviceName');
  const claimed = named === undefined ? undefined : dependencies.database.byName(named);
  // If no device has the name in the alarm, the sender is unknown, whatever else is in the request.
  const sender: Sender =
    named === undefined || claimed !== undefined ? senderOf(request, dependencies, claimed) : { kind: 'unknown' };
  const record = sender.kind === 'unknown' ? undefined : sender.record;
  const proven = sender.kind === 'device';
  const values = Object.fromEntries(found.values);
  const device = record?.configured.name ?? named ?? '';
  dependencies.publish({ type: 'sip.alarm', ...flowFields(request), device, alarm: found.name, proven, values });
  if (record === undefined) return;
  const { name } = record.configured;
  const { address } = request.flow.remote;
  if (!proven) {
    // One report of a name that nothing acts on, however many alarms somebody sends.
    dependencies.database.recordReport(
      name,
      { unprovenAlarm: `${found.name} from ${address}: ${listed(values)}` },
      now,
    );
    return;
  }
  dependencies.database.recordAddress(name, address, now);
  // The phone chooses the names of its values, so they must not look like other reports.
  const facts = Object.entries(values).map(([each, value]) => [`alarm.${each}`, value]);
  dependencies.database.recordReport(name, { alarmName: found.name, ...Object.fromEntries(facts) }, now);
  const alarm = phoneAlarmFact(found.name, () => found.values);
  if (alarm !== undefined) dependencies.database.facts.recordAlarm(name, alarm, now);
};

const listed = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
