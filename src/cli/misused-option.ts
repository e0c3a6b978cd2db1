// Detects an option that is given twice or as `--no-…` although it does not allow that. yargs would pass a list,
// `false` or 0, whatever type is declared.

/** The options of the parsed command. yargs has this method, its types lack it. */
export interface OptionKinds {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly array: readonly string[];
    readonly boolean: readonly string[];
  };
}

/** What is wrong with an option, given the arguments as typed and as parsed; `undefined`: nothing. */
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

/** The long name of an option; yargs lists its letter, too. */
const longer = (one: Repeated | undefined, [name, value]: readonly [string, unknown]): Repeated =>
  one === undefined || name.length > one[0].length ? [name, value as readonly unknown[]] : one;
