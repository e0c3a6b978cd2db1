// `tftp-root/` as the catalogue sees it: an index of names in any case, and the files behind them. A file that the
// owner adds, changes or takes away is noticed while we run, at the cost of one look per while, not one per request.

import type { FileContent } from '../core/files.js';
import { type Clock, type Instant, instant } from '../core/time.js';
import { type FileTree, openBelow, readTree, textBelow } from '../net/files/served-files.js';
import { foldName } from './names.js';
import { PageCache, StaticFile } from './page-cache.js';

/** How long what was seen on disk is believed. */
const FILE_TRUST_MS = 1_000;
const TREE_TRUST_MS = 2_000;
const LARGEST_TEXT = 262_144;

interface Known {
  readonly file: StaticFile;
  readonly seenAt: Instant;
}

export class ServedDirectory {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #pages: PageCache;
  readonly #known = new Map<string, Known>();
  readonly #opening = new Map<string, Promise<StaticFile>>();
  #tree: FileTree | undefined;
  #paths: readonly string[] = [];
  #treeSeenAt = instant(0);
  #looking: Promise<boolean> | undefined;
  /** Folded name to path; where several paths fold alike, the first. */
  #byName = new Map<string, string>();
  /** Paths that another one hides, found by their exact spelling only. */
  #hidden = new Map<string, string>();

  constructor(root: string, clock: Clock, cacheOctets: number) {
    this.#root = root;
    this.#clock = clock;
    this.#pages = new PageCache(cacheOctets);
  }

  /** Octets of files in memory. */
  get cached(): number {
    return this.#pages.octets;
  }

  /** The same array until one of them changes. */
  paths(): readonly string[] {
    return this.#paths;
  }

  /** Reads the tree anew, or what of it has changed. Never rejects; resolves to whether anything had. */
  look(): Promise<boolean> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Like `look`, but `undefined` at once where that was done a moment ago or is being done. */
  lookAgain(): Promise<boolean> | undefined {
    if (this.#looking !== undefined || this.#clock.now() - this.#treeSeenAt < TREE_TRUST_MS) return undefined;
    return this.look();
  }

  /** The path of a name in any case, in one map look-up or two. */
  locate(name: string): string | undefined {
    return this.#locate(name) ?? (NOT_ASCII.test(name) ? this.#locate(asUtf8(name)) : undefined);
  }

  /** Of several names, the path of the first that is there. */
  locateFirst(names: readonly string[]): string | undefined {
    for (const name of names) {
      const path = this.locate(name);
      if (path !== undefined) return path;
    }
    return undefined;
  }

  /** Opens what `locate` found. Rejects where it is gone or cannot be read. */
  open(path: string): FileContent | Promise<FileContent> {
    const known = this.#known.get(path);
    if (known?.file.ready === true && this.#clock.now() - known.seenAt < FILE_TRUST_MS) return known.file.reader();
    const opening = this.#opening.get(path) ?? this.#open(path);
    return opening.then((file) => file.reader());
  }

  /** A small file as text, at once; `undefined` where there is none. For what is read rarely and cannot wait. */
  text(path: string): string | undefined {
    return this.#tree === undefined ? undefined : textBelow(this.#tree.root, path, LARGEST_TEXT);
  }

  #locate(name: string): string | undefined {
    return (this.#hidden.size > 0 ? this.#hidden.get(name) : undefined) ?? this.#byName.get(foldName(name));
  }

  async #look(): Promise<boolean> {
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
    // After all who wait for it: each has become a holder by then, or wants no file kept open.
    opening.then(
      (file) => queueMicrotask(() => file.release()),
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
      file.hold();
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

/** TFTP's names come as octets read as Latin-1; the owner's disk may hold them in UTF-8. */
const asUtf8 = (name: string): string => Buffer.from(name, 'latin1').toString('utf8');
