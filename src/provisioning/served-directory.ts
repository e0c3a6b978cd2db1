import type { FileContent } from '../core/files.js';
import { type Clock, type Instant, instant } from '../core/time.js';
import { type FileTree, openBelow, readTree, textBelow } from '../net/files/served-files.js';
import { foldName } from './names.js';
import { PageCache, StaticFile } from './page-cache.js';

/** For how long the last look at the disk is believed. */
const FILE_TRUST_MS = 1_000;
const TREE_TRUST_MS = 2_000;
const LARGEST_TEXT = 262_144;

/** An open file, or one that was open lately. */
interface Known {
  readonly file: StaticFile;
  readonly seenAt: Instant;
}

/**
 * `tftp-root/` for the catalogue: an index of the file names that ignores case, and readers of the files. Files that
 * the owner adds, changes or removes are noticed while the daemon runs. The disk is looked at once in a while, not at
 * each request.
 */
export class ServedDirectory {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #pages: PageCache;
  readonly #known = new Map<string, Known>();
  readonly #opening = new Map<string, Promise<StaticFile>>();
  #tree: FileTree | undefined;
  #paths: readonly string[] = [];
  #treeSeenAt = instant(0);
  #refreshing: Promise<boolean> | undefined;
  /** Folded name to path; where several paths fold alike, the first. */
  #byName = new Map<string, string>();
  /** Paths whose folded name belongs to another path already; they are found by their exact spelling only. */
  #hidden = new Map<string, string>();

  constructor(root: string, clock: Clock, cacheOctets: number) {
    this.#root = root;
    this.#clock = clock;
    this.#pages = new PageCache(cacheOctets);
  }

  /** Octets of files that are in memory. */
  get cachedOctets(): number {
    return this.#pages.octets;
  }

  /** The paths of all files. It is the same array until one of them changes. */
  paths(): readonly string[] {
    return this.#paths;
  }

  /** Reads what has changed of the directory tree. Resolves to whether anything had; never rejects. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#readTree().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Like `refresh`, but returns `undefined` if that is being done or was done a moment ago. */
  refreshIfStale(): Promise<boolean> | undefined {
    if (this.#refreshing !== undefined || this.#clock.now() - this.#treeSeenAt < TREE_TRUST_MS) return undefined;
    return this.refresh();
  }

  /** The path of the file with this name, in any case. Costs one or two map look-ups. */
  locate(name: string): string | undefined {
    return this.#locate(name) ?? (NOT_ASCII.test(name) ? this.#locate(asUtf8(name)) : undefined);
  }

  /** The path of the first of these names that exists. */
  locateFirst(names: readonly string[]): string | undefined {
    for (const name of names) {
      const path = this.locate(name);
      if (path !== undefined) return path;
    }
    return undefined;
  }

  /** The path of a file of this name, in any case, in a folder. Looks at all paths. */
  locateInFolder(name: string): string | undefined {
    const ending = `/${foldName(name)}`;
    return this.#paths.find((path) => foldName(path).endsWith(ending));
  }

  /** Opens a path that `locate` returned. Rejects with a `NodeJS.ErrnoException` if it is gone or cannot be read. */
  open(path: string): FileContent | Promise<FileContent> {
    const known = this.#known.get(path);
    if (known?.file.isReady === true && this.#clock.now() - known.seenAt < FILE_TRUST_MS) return known.file.reader();
    const opening = this.#opening.get(path) ?? this.#open(path);
    return opening.then((file) => file.reader());
  }

  /**
   * Reads a small file as text, synchronously; `undefined` if there is none. For rare reads whose caller cannot wait.
   */
  text(path: string): string | undefined {
    return this.#tree === undefined ? undefined : textBelow(this.#tree.root, path, LARGEST_TEXT);
  }

  #locate(name: string): string | undefined {
    return (this.#hidden.size > 0 ? this.#hidden.get(name) : undefined) ?? this.#byName.get(foldName(name));
  }

  async #readTree(): Promise<boolean> {
    const tree = await readTree(this.#root, this.#clock.wallTime(this.#clock.now()), this.#tree);
    this.#tree = tree;
    this.#treeSeenAt = this.#clock.now();
    if (!tree.changed) return false;
    this.#paths = tree.files;
    this.#byName = new Map();
    this.#hidden = new Map();
    for (const path of tree.files) {
      const name = foldName(path);
      if (this.#byName.has(name)) this.#hidden.set(path, path);
      else this.#byName.set(name, path);
    }
    const there = new Set(tree.files);
    for (const path of this.#known.keys()) if (!there.has(path)) this.#known.delete(path);
    return true;
  }

  #open(path: string): Promise<StaticFile> {
    const opening = this.#openOnce(path).finally(() => this.#opening.delete(path));
    this.#opening.set(path, opening);
    // After all who wait for it: by then each is a reader, or does not need the descriptor.
    opening.then(
      (file) => queueMicrotask(() => file.removeReader()),
      () => {},
    );
    return opening;
  }

  async #openOnce(path: string): Promise<StaticFile> {
    try {
      const opened = await openBelow(this.#tree?.root ?? this.#root, path);
      const before = this.#known.get(path)?.file;
      const same = before?.version === opened.version;
      const file = same && before !== undefined ? before : new StaticFile(opened, this.#pages);
      if (file === before) file.reopened(opened);
      file.addReader();
      this.#known.set(path, { file, seenAt: this.#clock.now() });
      return file;
    } catch (error) {
      this.#known.delete(path);
      this.#treeSeenAt = instant(0); // the index is out of date
      throw error;
    }
  }
}

const NOT_ASCII = /[\x80-\xff]/;

/** TFTP's names are octets that were read as Latin-1; on the owner's disk they may be UTF-8. */
const asUtf8 = (name: string): string => Buffer.from(name, 'latin1').toString('utf8');
