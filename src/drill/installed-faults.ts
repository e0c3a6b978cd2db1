// The fault rules that a drill adds to nodes, and takes away again.

import { type Duration, seconds } from '../core/time.js';
import type { DrillActors } from './ports.js';

/** A fault rule, as `POST /api/faults` takes it: the nodes check it, so that it is written in one place. */
export type WrittenFaultRule = Readonly<Record<string, unknown>>;

/**
 * Adds a rule to nodes, one after the other. Each that has it is noted at once, so that the drill takes it away there even if a
 * later node refuses it. Rejects as `NodeApi.ask`.
 */
export const install = async (
  { api, installed, foreignRulesHold }: DrillActors,
  id: string,
  rule: WrittenFaultRule,
  nodes: readonly string[],
): Promise<void> => {
  // Where the drill is killed nobody would ever clear the rule of a node that goes on.
  const bounded = foreignRulesHold === undefined ? rule : { for: wholeSeconds(foreignRulesHold), ...rule };
  for (const node of nodes) {
    await api(node).ask('POST', '/api/faults', { ...bounded, id });
    installed.set(id, new Set([...(installed.get(id) ?? []), node]));
  }
};

const wholeSeconds = (span: Duration): string => `${Math.ceil(span / seconds(1))}s`;

/**
 * Clears a rule where it was added. A node that has been restarted since has lost it, as it must. What could not be cleared is
 * still noted. Rejects as `NodeApi.ask`, and where the drill has added no such rule.
 */
export const uninstall = async ({ api, installed, running }: DrillActors, id: string): Promise<void> => {
  const nodes = installed.get(id);
  if (nodes === undefined) throw new Error(`${id}: found no such fault that this drill has added, wanted one`);
  const now = new Set(running());
  for (const node of nodes) {
    if (now.has(node))
      await api(node)
        .ask('DELETE', `/api/faults/${encodeURIComponent(id)}`)
        .catch((error: unknown) => {
          if (!hasNoRule(error)) throw error;
        });
    nodes.delete(node);
  }
  installed.delete(id);
};

/** Whether a node knows no rule of that id: it was started anew, or the time of the rule was over and it was forgotten. */
const hasNoRule = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'unknown-fault';
