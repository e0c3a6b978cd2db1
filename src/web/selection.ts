// Which devices of the fleet are selected. Pure: no browser is needed.

/** A selection: names, and the one from which a range begins. */
export interface Selection {
  readonly names: ReadonlySet<string>;
  readonly anchor: string | undefined;
}

/** Nothing is selected. */
export const NOTHING: Selection = { names: new Set(), anchor: undefined };

/** The selection with a device added or taken away. */
export const toggled = ({ names }: Selection, name: string): Selection => {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return { names: next, anchor: name };
};

/** The selection with every device from its anchor to `name` as well, in the order in which they are shown. */
export const extended = (selection: Selection, name: string, shown: readonly string[]): Selection => {
  const { names, anchor } = selection;
  const begin = anchor === undefined ? -1 : shown.indexOf(anchor);
  const end = shown.indexOf(name);
  if (begin < 0 || end < 0) return toggled(selection, name);
  const range = shown.slice(Math.min(begin, end), Math.max(begin, end) + 1);
  return { names: new Set([...names, ...range]), anchor };
};

/** Every one of these, and no other. */
export const every = (shown: readonly string[]): Selection => ({ names: new Set(shown), anchor: undefined });
