// The JSON of a device as the page shows it. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { CallJson } from './call-shapes.js';
import { DeviceDetail } from './device-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';
import { TimelineJson } from './timeline-shapes.js';
import { UnknownDetail } from './unknown-shapes.js';
import { VerdictJson } from './verdict-shapes.js';

export const KeyJson = about(
  shape({
    key: about(z.int(), 'From 1, in the order of the phone.', 1),
    use: about(z.string(), 'What it does: `line`, `speedDial`, `service`, `unused` and so on.', 'line'),
    label: about(z.string(), 'What stands beside it; empty for keys with a print of their own.', 'Reception'),
    number: about(z.string().nullable(), 'The directory number, the number that it dials, or the URL.', '5002'),
    state: about(
      z.string().nullable(),
      'Of a line: `not registered`, `idle`, or the state of its call, such as `ring-in`, `connected`, `hold`. Of a speed dial with a lamp the same of the phone that has that number, or `elsewhere`. Of others `null`.',
      'idle',
    ),
  }),
  'A key of a phone, as its configuration makes it.',
);
export type KeyJson = Json<typeof KeyJson>;

export const KeepAlivesJson = about(
  shape({
    expected: about(z.number(), 'Milliseconds within which the next one is expected.', 30_000),
    times: about(
      z.array(IsoTime),
      'When they came, the oldest first: at most 128, from the first time that somebody looked at the device.',
    ),
  }),
  'The keepalives (SCCP) or refreshes (SIP) of the present registration.',
);
export type KeepAlivesJson = Json<typeof KeepAlivesJson>;

export const ConfiguredValueJson = about(
  shape({
    key: about(z.string(), 'As the configuration spells it.', 'lines.0.label'),
    value: about(z.string(), 'Its value.', 'Reception'),
    from: about(z.string(), 'A file and line, a key of the configuration, or in words.', '/etc/labcm/lab.yaml:12'),
  }),
  'A value of a device’s configuration as it is in force.',
);
export type ConfiguredValueJson = Json<typeof ConfiguredValueJson>;

export const DeviceViewJson = about(
  shape({
    detail: about(z.union([DeviceDetail, UnknownDetail]), 'All that is known of it.'),
    verdict: about(VerdictJson.nullable(), 'What is concluded about it; `null`: nothing.', null),
    timeline: about(TimelineJson, 'Its boot.'),
    calls: about(z.array(CallJson), 'The calls that stand in which it takes part.', []),
    keys: about(z.array(KeyJson), 'Its keys.'),
    configuration: about(z.array(ConfiguredValueJson), 'Its configuration, without passwords.'),
    keepAlives: about(KeepAlivesJson.nullable(), '`null`: it is not registered.', null),
    capture: about(
      shape({
        isKept: about(z.boolean(), 'Whether its packets are kept.', false),
        line: about(z.string(), 'The line that keeps them.', 'capture: { devices: [SEP001122334455] }'),
        file: about(z.string(), 'The file for that line.', '/etc/labcm/lab.yaml'),
      }),
      'Whether its packets are kept, and the line that keeps them, for which file.',
    ),
  }),
  'Everything about a phone.',
);
export type DeviceViewJson = Json<typeof DeviceViewJson>;
