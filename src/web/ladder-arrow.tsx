import type { StepDirection } from './ladder-rows.js';

const ARROWS: Readonly<Record<StepDirection, readonly [arrow: string, words: string]>> = {
  in: ['──▶', 'from the phone'],
  out: ['◀──', 'to the phone'],
  none: ['•', ''],
};

/** Which way something went. */
export const Arrow = ({ direction }: { direction: StepDirection }) => {
  const [arrow, words] = ARROWS[direction];
  return (
    <span class={`arrow ${direction}`}>
      <span aria-hidden="true">{arrow}</span>
      <span class="hidden">{words}</span>
    </span>
  );
};
