/** The stages of a boot, as `src/explain/verdicts/boot.ts` has them; `test/web/rules-of-the-daemon.test.ts` compares the two. */
export const STAGES = ['power', 'dhcp', 'files', 'connect', 'register', 'lines', 'stays'] as const;

/**
 * How far a boot has come: the index of the last stage that is done, and of the one where it stops. A verdict names the stage
 * where it stops in its code, as `register.wrong-model` does; of others it is the stage that has not come.
 */
export const stagesOf = (
  furthest: string,
  verdict: { readonly code: string; readonly severity: string } | null,
): { readonly reached: number; readonly stop: number | undefined } => {
  const names: readonly string[] = STAGES;
  const reached = names.indexOf(furthest);
  if (verdict?.severity !== 'blocking') return { reached, stop: undefined };
  const named = names.indexOf(verdict.code.slice(0, verdict.code.indexOf('.')));
  const stop = named >= 0 ? named : Math.min(reached + 1, names.length - 1);
  return { reached: Math.min(reached, stop - 1), stop };
};
