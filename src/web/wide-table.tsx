import type { ComponentChildren } from 'preact';

/** A table that may be wider than the screen. It is scrolled by keys, too. */
export const WideTable = ({ label, children }: { label: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must have the focus for its keys
  <section class="wide" aria-label={label} tabIndex={0}>
    <table aria-label={label}>{children}</table>
  </section>
);
