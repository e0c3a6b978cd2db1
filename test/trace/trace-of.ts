// The lines of events as a trace file has them.

import { wallTime } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import { localStamp, printable, tailOf } from '../../src/trace/line.js';
import { LINES } from '../../src/trace/lines.js';
import type { Row } from '../../src/trace/row.js';

export const traceOf = (events: readonly LabcmEvent[]): string[] => {
  const stamp = localStamp();
  const tail = tailOf('StandAloneCluster', '10.10.210.10');
  return events.flatMap((event) => {
    const { component, text } = LINES[event.type] as Row<LabcmEvent>;
    return [text(event, tail)]
      .flat()
      .map((line) => `${stamp.full(wallTime(event.at))} ${component}|${printable(line)}`);
  });
};
