// The printed sections of docs/events.md: every event with its fields, its lines and what to do, and every reason.

import { CAUSES } from '../../src/calls/causes.js';
import { ENDINGS, REFUSALS, type RegistrationRefusal } from '../../src/devices/reasons.js';
import { MALFORMED, REASONS } from '../../src/dhcp/reasons.js';
import type { LabcmEvent } from '../../src/events.js';
import { LINES } from '../../src/trace/lines.js';
import { COMPONENTS, type Row } from '../../src/trace/row.js';
import * as advice from './event-advice.js';
import { type EventType, eventTypes } from './event-types.js';
import { markdownTable } from './markdown.js';

type AnyRow = Row<Readonly<Record<string, unknown>>>;

const TAIL = '|<CLID::…>…';

const code = (text: string): string => `\`${text}\``;

/** Events by the service that their type begins with, in the order of the trace's table. */
export const events = (): string => {
  const byType = new Map(eventTypes().map((event) => [event.type, event]));
  const types = Object.keys(LINES) as LabcmEvent['type'][];
  return types
    .map((type, index) => {
      const event = byType.get(type);
      if (event === undefined) throw new Error(`${type} has a line in the trace and is no event`);
      const [service] = type.split('.');
      const heading = types[index - 1]?.startsWith(`${service}.`) === true ? [] : [`### ${service}`];
      return [...heading, described(event)].join('\n\n');
    })
    .join('\n\n');
};

const described = (event: EventType): string => {
  const row = LINES[event.type as LabcmEvent['type']] as unknown as AnyRow;
  const text = row.text(event.example, () => TAIL);
  const [line = ''] = typeof text === 'string' ? text.split('\n') : text;
  const summary = row.summary?.(event.example);
  const todo = advice.TO_DO[event.type as LabcmEvent['type']];
  return [
    `#### ${event.type}`,
    event.meaning,
    [
      ...(event.fields.length === 0 ? [] : [`- Fields: ${event.fields.map(fieldText).join('; ')}.`]),
      `- Trace: ${code(`${row.component}|${line.trim()}`)} (\`${COMPONENTS[row.component]}.txt\`, ${row.level})`,
      ...(summary === undefined
        ? []
        : [`- Summary: ${code(`${summary.about === '' ? '' : `${summary.about} `}${summary.text}`)}`]),
      ...(todo === advice.NOTHING ? [] : [`- What to do: ${todo}`]),
    ].join('\n'),
  ].join('\n\n');
};

const fieldText = ({ name, optional, value, meaning }: EventType['fields'][number]): string =>
  `${code(name)}${optional ? '?' : ''} (${value})${meaning === '' ? '' : `: ${meaning.replace(/\.$/, '')}`}`;

export const refusals = (): string =>
  markdownTable(
    ['reason', 'alarm of CUCM', 'SCCP text', 'SIP answer', 'what happened', 'what to do'],
    (Object.entries(REFUSALS) as [keyof typeof REFUSALS, RegistrationRefusal][]).map(
      ([reason, { name, number, sccp, sip, text }]) => [
        code(reason),
        `${number} ${name}`,
        sccp.text,
        `${sip.status} ${sip.phrase}${sip.warning === undefined ? '' : `, “${sip.warning}”`}`,
        text,
        advice.ON_REFUSAL[reason],
      ],
    ),
  );

export const endings = (): string =>
  markdownTable(
    ['reason', 'alarm of CUCM', 'what happened', 'what to do'],
    (Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]).map((reason) => {
      const { name, number, text } = ENDINGS[reason];
      return [code(reason), `${number} ${name}`, text, advice.ON_END[reason]];
    }),
  );

export const dhcpReasons = (): string =>
  markdownTable(
    ['reason', 'meaning', 'what to do'],
    (Object.keys(REASONS) as (keyof typeof REASONS)[]).map((reason) => [
      code(reason),
      REASONS[reason],
      advice.ON_DHCP[reason],
    ]),
  );

export const dhcpMalformed = (): string =>
  markdownTable(
    ['reason', 'meaning'],
    (Object.keys(MALFORMED) as (keyof typeof MALFORMED)[]).map((reason) => [code(reason), MALFORMED[reason]]),
  );

const text = (table: Readonly<Record<string, readonly [meaning: string, todo: string]>>) => (): string =>
  markdownTable(
    ['word', 'meaning', 'what to do'],
    Object.entries(table).map(([word, [meaning, todo]]) => [code(word), meaning, todo]),
  );

export const tftpFailures = text(advice.ON_TFTP_FAILURE);
export const sccpLinkEnds = text(advice.ON_SCCP_LINK_END);
export const sccpIgnored = text(advice.ON_IGNORED);
export const sipLinkEnds = text(advice.ON_SIP_LINK_END);
export const sipLimits = text(advice.ON_SIP_LIMIT);
export const callCauses = (): string =>
  markdownTable(
    ['cause', 'meaning', 'what to do'],
    (Object.entries(CAUSES) as [keyof typeof CAUSES, { value: number; text: string }][]).map(([name, cause]) => [
      String(cause.value),
      cause.text,
      advice.ON_CAUSE[name],
    ]),
  );

export const credentials = text(advice.ON_CREDENTIALS);
