// Markdown as the printed sections need it.

/** A cell may hold any text on one line. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((cells) => cells.map(cell))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
