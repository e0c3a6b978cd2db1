// Which rows of a long table are drawn: those that can be seen and a few around them. Rows have one fixed height.

/** Rows that are drawn beyond each edge, so that a slow frame shows no gap. */
const MARGIN = 6;

/** The rows from `first` on, `count` of them. */
export interface VirtualWindow {
  readonly first: number;
  readonly count: number;
}

/** What is seen of a table: lengths in pixels. */
export interface SeenRows {
  readonly rows: number;
  readonly rowHeight: number;
  readonly scrolled: number;
  readonly height: number;
}

/** The rows to draw. */
export const virtualWindow = ({ rows, rowHeight, scrolled, height }: SeenRows): VirtualWindow => {
  const most = Math.ceil(height / rowHeight) + 1 + 2 * MARGIN;
  const wanted = Math.floor(Math.max(0, scrolled) / rowHeight) - MARGIN;
  const first = Math.max(0, Math.min(wanted, rows - most));
  return { first, count: Math.max(0, Math.min(most, rows - first)) };
};

/** How far to scroll so that a row is seen; `scrolled` if it is. `head`: height of what covers the first rows. */
export const scrollTo = (row: number, { rowHeight, scrolled, height }: SeenRows, head: number): number => {
  const top = row * rowHeight;
  const bottom = top + rowHeight + head;
  if (top < scrolled) return top;
  return bottom > scrolled + height ? bottom - height : scrolled;
};
