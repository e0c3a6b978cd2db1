// The printed table of docs/operations.md: which lines each event has in the SDL form.

import type { LabcmEvent } from '../../src/events.js';
import { LINES } from '../../src/trace/lines.js';
import type { SdlLine } from '../../src/trace/sdl/line.js';
import { SDL_LINES } from '../../src/trace/sdl/lines.js';
import type { SdlRow } from '../../src/trace/sdl/row.js';
import { Stations } from '../../src/trace/sdl/stations.js';
import { eventTypes } from './event-types.js';
import { markdownTable } from './markdown.js';

const HOST = { name: 'CM1', number: 1, address: '10.10.210.10', cluster: 'StandAloneCluster' };
const LONGEST = 40;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text).trim();

const shown = (line: SdlLine): string => {
  switch (line.kind) {
    case 'signal':
      return `SdlSig ${line.name} → ${line.to.name}`;
    case 'created':
      return `Created ${line.process.name}`;
    case 'stopping':
      return `Stopping ${line.process.name}`;
    case 'alarm':
      return `AlarmErr ${/AlarmName: (\w+)/.exec(line.text)?.[1] ?? ''}`;
    case 'block':
      return `AppInfo ${line.lines[0] ?? ''}…`;
    case 'info':
    case 'message':
      return `AppInfo ${short(line.text)}`;
  }
};

/** Events with lines of their own, in the order of the trace's table, by their examples. */
export const sdlLines = (): string => {
  const examples = new Map(eventTypes().map(({ type, example }) => [type, example]));
  const stations = new Stations();
  stations.begin({ name: 'StationD', instance: 7 });
  const rows = (Object.keys(LINES) as LabcmEvent['type'][]).flatMap((type) => {
    const row = SDL_LINES[type] as SdlRow<unknown> | undefined;
    const lines = row?.({ ...examples.get(type), type, at: 0 }, { host: HOST, stations });
    return lines === undefined ? [] : [[`\`${type}\``, lines.map((line) => `\`${shown(line)}\``).join(' · ')]];
  });
  return markdownTable(['event', 'lines'], rows);
};
