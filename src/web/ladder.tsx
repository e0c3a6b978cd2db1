// The boot of a phone as a ladder over DHCP, files, SCCP and SIP. It is a list, so a reader reads it in its order.

import type { StepJson } from '../http/api/shapes.js';
import { type Lane, ladderRow, type StepDirection } from './ladder-rows.js';
import { nowOfBrowser, shownIso } from './times.js';

const ARROWS: Readonly<Record<StepDirection, readonly [arrow: string, words: string]>> = {
  in: ['──▶', 'from the phone'],
  out: ['◀──', 'to the phone'],
  none: ['•', ''],
};

const LANES = ['DHCP', 'files', 'SCCP', 'SIP'] as const satisfies readonly Lane[];

const TROUBLE = /refused|rejected|failed|malformed|lapsed|shared|unregistered|other-offer/;

const Step = ({ step, protocol }: { step: StepJson; protocol: string | null }) => {
  const { lane, direction } = ladderRow(step, protocol);
  const [arrow, words] = ARROWS[direction];
  const facts = Object.entries(step.facts);
  const times = step.times ?? 1;
  const isTrouble = TROUBLE.test(step.type) && step.facts.harmless !== true;
  return (
    <li class={`lane-${lane} ${isTrouble ? 'blocking' : ''}`}>
      <time dateTime={step.at}>{shownIso(step.at, nowOfBrowser())}</time>
      <span class="lane">{lane}</span>
      <span class={`arrow ${direction}`}>
        <span aria-hidden="true">{arrow}</span>
        <span class="hidden">{words}</span>
      </span>
      <details>
        <summary>
          {step.text}
          {times > 1 ? ` (${times} times)` : ''}
        </summary>
        <dl>
          <dt>type</dt>
          <dd>{step.type}</dd>
          {facts.map(([name, value]) => [<dt key={`${name} `}>{name}</dt>, <dd key={name}>{String(value)}</dd>])}
        </dl>
      </details>
    </li>
  );
};

/** The steps, the oldest first. */
export const Ladder = ({ steps, protocol }: { steps: readonly StepJson[]; protocol: string | null }) => (
  <>
    <div class="lanes" aria-hidden="true">
      {LANES.map((lane) => (
        <span key={lane}>{lane}</span>
      ))}
    </div>
    <ol class="ladder" aria-label="What happened, the oldest first">
      {steps.map((step, index) => (
        <Step key={`${index} ${step.type}`} step={step} protocol={protocol} />
      ))}
    </ol>
  </>
);
