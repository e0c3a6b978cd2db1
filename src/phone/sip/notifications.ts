// What a NOTIFY tells a phone of other lines and of its messages (`sip.md` §10.4, §10.5).

import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { Indicators, LampState } from '../indicators.js';

/** By what stands in a PIDF, the first that does. */
const ACTIVITIES: readonly (readonly [string, LampState])[] = [
  ['<e:on-the-phone/>', 'in use'],
  ['<ce:alerting/>', 'ringing'],
  ['<ce:dnd/>', 'do not disturb'],
  ['<basic>open</basic>', 'idle'],
];

const lampInPresence = (body: string): LampState =>
  ACTIVITIES.find(([element]) => body.includes(element))?.[1] ?? 'unknown';

/** A line that only rings is ringing; any other dialog that lasts makes it busy. */
const lampInDialogs = (body: string): LampState => {
  const dialogs = body.split('<dialog ').slice(1);
  const standing = dialogs.filter((dialog) => !dialog.includes('<state>terminated</state>'));
  if (standing.length === 0) return 'idle';
  const rings = (dialog: string): boolean =>
    dialog.includes('direction="recipient"') && dialog.includes('<state>early</state>');
  return standing.every(rings) ? 'ringing' : 'in use';
};

const COUNTS = /^Voice-Message:\s*(\d+)\/(\d+)/im;

const userIn = (address: string | undefined): string => /sips?:([^@;>]+)@/i.exec(address ?? '')?.[1] ?? '';

/** Shows what the NOTIFY says; nothing, if it is about something else or has no body. */
export const showNotified = (notify: SipMessage, indicators: Indicators): void => {
  const body = notify.body.toString('latin1');
  if (body === '') return;
  const event = (notify.text(ID.Event) ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const watched = userIn(notify.text(ID.From));
  if (event === 'presence') indicators.showLamp(watched, lampInPresence(body));
  else if (event === 'dialog') indicators.showLamp(watched, lampInDialogs(body));
  else if (event === 'message-summary') {
    const [, count, old] = COUNTS.exec(body) ?? [];
    indicators.showMessages(watched, {
      waiting: /^Messages-Waiting:\s*yes/im.test(body),
      ...(count === undefined ? {} : { new: Number(count), old: Number(old) }),
    });
  }
};
