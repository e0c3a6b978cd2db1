// The page of the numbers, `test/bench/README.md`: a block for each bench that its run replaces, and around the blocks the
// words of whoever explains them, which no run touches.

export const HEAD = `# The numbers

<!-- summary -->
<!-- /summary -->

Each section between its marks is written by the bench that it is named after, which replaces that section and nothing else; what stands outside the marks is written by hand and stays.

`;

const opening = (name: string): string => `<!-- ${name}: written by npm run bench ${name} -->`;
const closing = (name: string): string => `<!-- /${name} -->`;

/** The page with `section` in the place of the one of `name`; a first one goes before the next of `order` that is there. */
export const replaced = (page: string, order: readonly string[], name: string, section: string): string => {
  const block = `${opening(name)}\n\n${section.trim()}\n\n${closing(name)}`;
  const from = page.indexOf(opening(name));
  const to = page.indexOf(closing(name));
  if (from >= 0 && to > from) return page.slice(0, from) + block + page.slice(to + closing(name).length);
  const next = order
    .slice(order.indexOf(name) + 1)
    .map((other) => page.indexOf(opening(other)))
    .find((at) => at >= 0);
  if (next === undefined) return `${page.trimEnd()}\n\n${block}\n`;
  return `${page.slice(0, next)}${block}\n\n${page.slice(next)}`;
};

const SUMMARY = ['<!-- summary -->', '<!-- /summary -->'] as const;

/** A row of a section: what, ours, peer, ratio, aim, met. */
const rowsOf = (section: string): readonly (readonly string[])[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what '))
    .map((line) =>
      line
        .slice(2, -2)
        .split('|')
        .map((cell) => cell.trim()),
    );

const sectionOf = (page: string, name: string): string => {
  const [from, to] = [page.indexOf(opening(name)), page.indexOf(closing(name))];
  return from < 0 || to < from ? '' : page.slice(from, to);
};

const titleOf = (section: string): string => /^## (.*)$/m.exec(section)?.[1] ?? '';
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Medians alone, for whoever has two minutes: what is in parentheses is in the section. */
const short = (cell: string): string =>
  cell
    .replace(/ ?\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '')
    .replace(/, \d+ (?:pairs|rounds)(?=$|:)/, '')
    .trim();

/**
 * The page with its first table made again: of each bench the rows that begin as its `chiefs` say, and below it the benches with an
 * aim that is not met.
 */
export const summarised = (page: string, chiefs: Readonly<Record<string, readonly string[]>>): string => {
  const [begin, end] = SUMMARY.map((mark) => page.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) return page;
  const table = ['| work | ours | peer | ratio | aim | met |', '|---|---|---|---|---|---|'];
  const missed: string[] = [];
  let [aims, met] = [0, 0];
  for (const [name, chief] of Object.entries(chiefs)) {
    const section = sectionOf(page, name);
    const [rows, title] = [rowsOf(section), titleOf(section)];
    const link = `#${anchorOf(title)}`;
    for (const first of chief) {
      const row = rows.find(([what = '']) => what.startsWith(first));
      if (row === undefined) continue;
      const [what = '', ...cells] = row.map(short);
      table.push(`| [${what}](${link}) | ${cells.join(' | ')} |`);
    }
    const withAim = rows.filter(([, , , , , isMet]) => isMet === 'yes' || isMet === 'no');
    const failed = withAim.filter(([, , , , , isMet]) => isMet === 'no').length;
    aims += withAim.length;
    met += withAim.length - failed;
    if (failed > 0) missed.push(`[${title}](${link}) ${failed} of ${withAim.length}`);
  }
  const below =
    missed.length === 0
      ? `All ${aims} aims of this page are met.`
      : `${met} of the ${aims} aims of this page are met. Not met, and why is said there: ${missed.join('; ')}.`;
  return `${page.slice(0, begin)}${SUMMARY[0]}\n\n${table.join('\n')}\n\n${below}\n\n${page.slice(end)}`;
};
