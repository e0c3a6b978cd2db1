// A table of any length: only the rows that are seen are drawn, and their elements are used again while it scrolls.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from './use.js';
import { type SeenRows, scrollTo, virtualWindow } from './virtual-window.js';

/** The height of a row in pixels, as the style has it. */
const ROW_HEIGHT = 32;

/** A column. */
export interface TableColumn {
  readonly id: string;
  readonly title: string;
  /** Left out on a narrow screen. */
  readonly isMinor?: boolean;
}

interface TableProps {
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  readonly cell: (row: number, column: string) => ComponentChildren;
  /** A class for the row. */
  readonly tone?: (row: number) => string;
  readonly open?: (row: number) => void;
  readonly order?: { readonly column: string; readonly descending: boolean } | undefined;
  readonly sort?: (column: string) => void;
  /** Rows can be selected: each has a box. */
  readonly selection?: RowSelection;
  /** Scrolls to a row and chooses it, whenever this is another object. */
  readonly goTo?: { readonly row: number } | undefined;
}

/** Which rows are selected. */
export interface RowSelection {
  has(row: number): boolean;
  /** What the box of a row is called. */
  nameOf(row: number): string;
  /** `isRange`: every row from the one before to this one, too. */
  toggle(row: number, isRange: boolean): void;
}

const SORTED = { true: 'descending', false: 'ascending' } as const;

/** The box of a row. With Shift it selects a range. */
const SelectionBox = ({ row, selection }: { row: number; selection: RowSelection }) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: the click shall not open the row; the box has its keys
  <div role="gridcell" class="cell box" tabIndex={-1} onClick={(event) => event.stopPropagation()}>
    <input
      type="checkbox"
      tabIndex={-1}
      aria-label={`select ${selection.nameOf(row)}`}
      checked={selection.has(row)}
      onClick={(event) => selection.toggle(row, event.shiftKey)}
    />
  </div>
);

/** `j` and `k` move, Enter opens, `x` selects, `X` a range. */
export const VirtualTable = ({ label, columns, rows, cell, tone, open, order, sort, selection, goTo }: TableProps) => {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ scrolled: 0, height: 600 });
  const [chosen, setChosen] = useState(-1);
  const current = Math.min(chosen, rows - 1);
  const measure = (): void => {
    const element = scroller.current;
    if (element !== null) setSeen({ scrolled: element.scrollTop, height: element.clientHeight });
  };
  useEffect(() => {
    measure();
    const watch = new ResizeObserver(measure);
    if (scroller.current !== null) watch.observe(scroller.current);
    return () => watch.disconnect();
  }, []);
  const all: SeenRows = { rows, rowHeight: ROW_HEIGHT, ...seen };
  const choose = (row: number): void => {
    setChosen(row);
    const element = scroller.current;
    if (element !== null) element.scrollTop = scrollTo(row, { ...all, scrolled: element.scrollTop }, ROW_HEIGHT);
  };
  const move = (by: number) => (event: KeyboardEvent) => {
    event.preventDefault();
    choose(Math.max(0, Math.min(rows - 1, current + by)));
  };
  useEffect(() => {
    if (goTo !== undefined) choose(Math.max(0, Math.min(rows - 1, goTo.row)));
  }, [goTo]);
  const select = (isRange: boolean) => () => {
    if (current >= 0) selection?.toggle(current, isRange);
  };
  useKeys({
    j: move(1),
    k: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    x: select(false),
    X: select(true),
    Enter: (event) => {
      const { target } = event;
      const isElsewhere = target instanceof HTMLElement && target.closest('a, button, summary') !== null;
      if (current >= 0 && !isElsewhere) open?.(current);
    },
  });
  const { first, count } = virtualWindow(all);
  return (
    <div
      class="table"
      role="grid"
      aria-label={label}
      aria-rowcount={rows + 1}
      aria-colcount={columns.length + (selection === undefined ? 0 : 1)}
      aria-multiselectable={selection === undefined ? undefined : true}
      aria-activedescendant={current >= first && current < first + count ? `row-${current}` : undefined}
      tabIndex={0}
      ref={scroller}
      onScroll={measure}
    >
      <div role="rowgroup" class="head">
        <div role="row" class="row" aria-rowindex={1}>
          {selection === undefined ? null : (
            <div role="columnheader" class="cell box">
              <span class="hidden">selected</span>
            </div>
          )}
          {columns.map(({ id, title, isMinor }) => (
            <div
              key={id}
              role="columnheader"
              class={`cell c-${id} ${isMinor === true ? 'minor' : ''}`}
              aria-sort={order?.column === id ? SORTED[`${order.descending}`] : undefined}
            >
              {sort === undefined ? (
                title
              ) : (
                <button type="button" onClick={() => sort(id)}>
                  {title}
                  <span aria-hidden="true">{order?.column === id ? (order.descending ? ' ▾' : ' ▴') : ''}</span>
                </button>
              )}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: `${rows * ROW_HEIGHT}px` }}>
        {Array.from({ length: count }, (_, slot) => {
          const row = first + slot;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the whole table do it
            <div
              key={row % count}
              id={`row-${row}`}
              role="row"
              tabIndex={-1}
              class={`row ${tone?.(row) ?? ''} ${row === current ? 'chosen' : ''}`}
              aria-rowindex={row + 2}
              aria-selected={selection === undefined ? row === current : selection.has(row)}
              style={{ transform: `translateY(${row * ROW_HEIGHT}px)` }}
              onClick={() => {
                setChosen(row);
                open?.(row);
              }}
            >
              {selection === undefined ? null : <SelectionBox row={row} selection={selection} />}
              {columns.map(({ id, isMinor }) => {
                const content = cell(row, id);
                return (
                  <div
                    key={id}
                    role="gridcell"
                    class={`cell c-${id} ${isMinor === true ? 'minor' : ''}`}
                    title={typeof content === 'string' ? content : undefined}
                  >
                    {content}
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
};
