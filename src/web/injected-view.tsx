// The faults that labcm makes on purpose: the rules, how often each was made, and one more.

import { useState } from 'preact/hooks';
import type { FaultJson, FaultsJson } from '../http/api/fault-shapes.js';
import { RULE_FORM, ruleOfWords } from '../injection/rule-words.js';
import { ApiFailure, order, read } from './api.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { TokenForm } from './token-form.js';
import { useReading } from './use.js';
import { type TableColumn, VirtualTable } from './virtual-table.js';

const EVERY = 2_000; // milliseconds

const TABLE: readonly TableColumn[] = [
  { id: 'id', title: 'rule' },
  { id: 'state', title: 'state' },
  { id: 'injected', title: 'made' },
  { id: 'says', title: 'says' },
  { id: 'matched', title: 'met', isMinor: true },
  { id: 'lastAt', title: 'last', isMinor: true },
  { id: 'by', title: 'by', isMinor: true },
  { id: 'clear', title: '' },
];

const cellOf = (fault: FaultJson, column: string, clear: () => void) => {
  switch (column) {
    case 'injected':
    case 'matched':
      return counted(fault[column]);
    case 'lastAt':
      return fault.lastAt === null ? '–' : shownIso(fault.lastAt, nowOfBrowser());
    case 'clear':
      return (
        <button type="button" onClick={clear}>
          clear
        </button>
      );
    default:
      return fault[column as 'id' | 'state' | 'says' | 'by'];
  }
};

/** Adds the rule that somebody has typed. */
const add = async (typed: string): Promise<unknown> => {
  const { rule, surplus } = ruleOfWords(typed.split(/\s+/).filter((word) => word !== ''));
  if (surplus !== undefined) throw new ApiFailure(0, `found ${surplus}, wanted ${RULE_FORM}`);
  return order('POST', '/api/faults', rule);
};

/** The rules, to read, to add and to clear. */
export const InjectedView = ({ isPaused }: { isPaused: boolean }) => {
  const [turn, setTurn] = useState(0);
  const [words, setWords] = useState('');
  const [failure, setFailure] = useState<ApiFailure>();
  const { value, fault } = useReading(
    `injected ${turn}`,
    (signal) => read<FaultsJson>('/api/faults', signal),
    EVERY,
    isPaused,
  );
  const rules = value?.faults ?? [];
  const run = async (change: () => Promise<unknown>, done = (): void => {}): Promise<void> => {
    try {
      await change();
      setFailure(undefined);
      done();
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, String(error)));
    }
    setTurn((before) => before + 1);
  };
  return (
    <>
      <h1>Faults on purpose</h1>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          void run(
            () => add(words),
            () => setWords(''),
          );
        }}
      >
        <label>
          <span class="hidden">Rule</span>
          <input
            value={words}
            placeholder="sip drop message=REGISTER chance=0.3 for=1m"
            spellcheck={false}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
        <button type="submit">add</button>
        <button
          type="button"
          disabled={rules.length === 0}
          onClick={() => void run(() => order('DELETE', '/api/faults'))}
        >
          clear all
        </button>
        <span class="note" role="alert">
          {failure?.message ?? fault ?? ''}
        </span>
      </form>
      {failure?.status === 401 ? <TokenForm begun={() => setFailure(undefined)} /> : null}
      {value !== undefined && rules.length === 0 ? (
        <p class="note">There are no rules: labcm makes no faults on purpose.</p>
      ) : null}
      <VirtualTable
        label="Rules"
        columns={TABLE}
        rows={rules.length}
        cell={(row, column) => {
          const rule = rules[row];
          return rule === undefined
            ? ''
            : cellOf(rule, column, () => void run(() => order('DELETE', `/api/faults/${encodeURIComponent(rule.id)}`)));
        }}
        tone={(row) => (rules[row]?.state === 'on' ? '' : 'quiet')}
      />
    </>
  );
};
