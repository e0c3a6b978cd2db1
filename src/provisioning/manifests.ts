// Reads firmware manifests, `<load>.loads` (`provisioning.md` §3.6). The signed container around the list is skipped
// without being parsed: its last octets before the list are padding or the NUL of a name.

const ENDING = /\.loads$/i;

/** Whether a path is that of a firmware manifest. */
export const isManifest = (path: string): boolean => ENDING.test(path);

const PART =
  /^\s*(?:[A-Za-z_]\w*\s*=\s*)?([A-Za-z0-9][\w.+-]*\.(?:sbn|sb2|sgn|bin|zz|zup|gz|img|fw|zip|jar))(?:\s+size\s*=.*|\s*)$/i;

/** The names of the parts that a manifest lists, in its order. */
export const partsListed = (manifest: string): readonly string[] => [
  ...new Set(manifest.split(/[\0\r\n]+/).flatMap((line) => PART.exec(line)?.[1] ?? [])),
];

const SIZE = /\bsize\s*=\s*(\d{1,12})\b/i;

/**
 * The octets of the parts whose size a manifest says, by name. Those of a 78xx do, on the part's own line or on one below
 * it.
 */
export const sizesListed = (manifest: string): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>();
  let part: string | undefined;
  for (const line of manifest.split(/[\0\r\n]+/)) {
    part = PART.exec(line)?.[1] ?? (line.startsWith('[') ? undefined : part);
    const [, size] = SIZE.exec(line) ?? [];
    if (part !== undefined && size !== undefined && !sizes.has(part)) sizes.set(part, Number(size));
  }
  return sizes;
};
