// An option that is given in a way that it does not take: twice, or as `--no-…`. yargs makes a list, `false` or 0 of such
// a value, whatever its type is declared to be.

/** Of the command that is parsed; yargs tells it, and its types leave it out. */
export interface OptionKinds {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly array: readonly string[];
    readonly boolean: readonly string[];
  };
}

/** What is wrong with one of them, in the words as typed and as parsed; `undefined`: nothing. A switch takes its last word. */
export const misusedOption = (
  args: readonly string[],
  parsed: Readonly<Record<string, unknown>>,
  kinds: OptionKinds,
): string | undefined => {
  const { key, array, boolean } = kinds.getOptions();
  const repeated = Object.entries(parsed)
    .filter(([name, value]) => Object.hasOwn(key, name) && Array.isArray(value) && !array.includes(name))
    .reduce<Repeated | undefined>(longer, undefined);
  if (repeated !== undefined) {
    const [name, { length }] = repeated;
    return `--${name} is given ${length === 2 ? 'twice' : `${length} times`}`;
  }
  const denied = args
    .map((arg) => /^--no-([\w-]+)/.exec(arg)?.[1])
    .find((name) => name !== undefined && Object.hasOwn(key, name) && !boolean.includes(name));
  return denied === undefined ? undefined : `--no-${denied}: --${denied} takes a value and cannot be switched off`;
};

type Repeated = readonly [name: string, values: { readonly length: number }];

/** An option stands there under its letter, too, which is shorter. */
const longer = (one: Repeated | undefined, [name, value]: readonly [string, unknown]): Repeated =>
  one === undefined || name.length > one[0].length ? [name, value as readonly unknown[]] : one;
