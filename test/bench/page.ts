// The page of the numbers, `test/bench/README.md`: a block for each bench that its run replaces, and around the blocks the
// words of whoever explains them, which no run touches.

export const HEAD = `# The numbers

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
