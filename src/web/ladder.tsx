// The boot of a phone as a ladder over DHCP, files, SCCP and SIP. It is a list, so a reader reads it in its order.

import { useState } from 'preact/hooks';
import type { StepJson } from '../http/api/shapes.js';
import { Arrow } from './ladder-arrow.js';
import { type MessageContext, StepMessages } from './ladder-messages.js';
import { type LadderRow, type Lane, ladderRow, PROTOCOLS, type StepWindow, windowOf } from './ladder-rows.js';
import { nowOfBrowser, shownIso } from './times.js';

const LANES = ['DHCP', 'files', 'SCCP', 'SIP'] as const satisfies readonly Lane[];

const TROUBLE = /refused|rejected|failed|malformed|lapsed|shared|unregistered|other-offer/;

const Step = ({ row, window, of }: { row: LadderRow; window: StepWindow; of: MessageContext }) => {
  const { step, lane, direction } = row;
  const [isOpen, setOpen] = useState(false);
  const times = step.times ?? 1;
  const isTrouble = TROUBLE.test(step.type) && step.facts.harmless !== true;
  return (
    <li class={`lane-${lane} ${isTrouble ? 'blocking' : ''}`}>
      <time dateTime={step.at}>{shownIso(step.at, nowOfBrowser())}</time>
      <span class="lane">{lane}</span>
      <Arrow direction={direction} />
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          {step.text}
          {times > 1 ? ` (${times} times)` : ''}
        </summary>
        {isOpen && PROTOCOLS[lane] !== '' ? <StepMessages of={of} window={window} protocols={PROTOCOLS[lane]} /> : null}
        <dl>
          <dt>type</dt>
          <dd>{step.type}</dd>
          {Object.entries(step.facts).map(([name, value]) => [
            <dt key={`${name} `}>{name}</dt>,
            <dd key={name}>{String(value)}</dd>,
          ])}
        </dl>
      </details>
    </li>
  );
};

/** The steps, the oldest first. A click on one shows its messages and facts. */
export const Ladder = ({
  steps,
  protocol,
  of,
}: {
  steps: readonly StepJson[];
  protocol: string | null;
  of: MessageContext;
}) => {
  const rows = steps.map((step) => ladderRow(step, protocol));
  return (
    <>
      <div class="lanes" aria-hidden="true">
        {LANES.map((lane) => (
          <span key={lane}>{lane}</span>
        ))}
      </div>
      <ol class="ladder" aria-label="What happened, the oldest first">
        {rows.map((row, index) => (
          <Step key={`${index} ${row.step.type}`} row={row} window={windowOf(rows, index)} of={of} />
        ))}
      </ol>
    </>
  );
};
