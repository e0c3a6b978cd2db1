// Caches the octets of files by pages. All readers of a file share them: five hundred phones that fetch one load cost
// one read of each page. Bounded; the least recently used page is dropped first.

import { type FileContent, memoryContent } from '../core/files.js';
import type { OpenFile } from '../net/files/served-files.js';

/** Octets of a page. */
export const PAGE_OCTETS = 131_072;

interface CachedPage {
  readonly file: StaticFile;
  readonly index: number;
  readonly bytes: Buffer;
}

/** The pages of all files, up to a limit of octets. */
export class PageCache {
  readonly #limit: number;
  /** The least recently used first. */
  readonly #pages = new Set<CachedPage>();
  #octets = 0;

  constructor(limitOctets: number) {
    this.#limit = limitOctets;
  }

  get octets(): number {
    return this.#octets;
  }

  add(page: CachedPage): void {
    this.#pages.add(page);
    this.#octets += page.bytes.length;
    for (const oldest of this.#pages) {
      if (this.#octets <= this.#limit) return;
      this.#pages.delete(oldest);
      this.#octets -= oldest.bytes.length;
      oldest.file.forget(oldest.index);
    }
  }

  touch(page: CachedPage): void {
    if (this.#pages.delete(page)) this.#pages.add(page);
  }
}

/** One version of a file on disk, shared by its readers. The descriptor is open while there is a reader. */
export class StaticFile {
  readonly size: number;
  readonly version: string;
  readonly #cache: PageCache;
  readonly #pages = new Map<number, CachedPage | Promise<CachedPage>>();
  #file: OpenFile | undefined;
  #readers = 0;

  constructor(file: OpenFile, cache: PageCache) {
    this.size = file.size;
    this.version = file.version;
    this.#cache = cache;
    this.#file = file;
  }

  /** Whether `reader()` works without opening the file again. */
  get isReady(): boolean {
    if (this.#file !== undefined || this.size === 0) return true;
    const first = this.#pages.get(0);
    return this.size <= PAGE_OCTETS && first !== undefined && !(first instanceof Promise);
  }

  /** The same version was opened again: keeps the descriptor if there is none, else closes it. */
  reopened(file: OpenFile): void {
    if (this.#file === undefined) this.#file = file;
    else void file.close();
  }

  addReader(): void {
    this.#readers += 1;
  }

  removeReader(): void {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    void this.#file?.close();
    this.#file = undefined;
  }

  /** A new reader. Call it only while `isReady`. */
  reader(): FileContent | Promise<FileContent> {
    if (this.size > PAGE_OCTETS) return new PagedContent(this);
    if (this.size === 0) return memoryContent(Buffer.alloc(0));
    const whole = this.page(0);
    return whole instanceof Promise ? whole.then(({ bytes }) => memoryContent(bytes)) : memoryContent(whole.bytes);
  }

  page(index: number): CachedPage | Promise<CachedPage> {
    const known = this.#pages.get(index);
    if (known === undefined) return this.#load(index);
    if (!(known instanceof Promise)) this.#cache.touch(known);
    return known;
  }

  /** Begins to load a page that will be needed soon. */
  prefetch(index: number): void {
    if (index * PAGE_OCTETS >= this.size || this.#pages.has(index)) return;
    this.#load(index).catch(() => {}); // the reader that needs the page asks again and gets the error
  }

  forget(index: number): void {
    this.#pages.delete(index);
  }

  #load(index: number): Promise<CachedPage> {
    const offset = index * PAGE_OCTETS;
    const loading = this.#read(offset, Math.min(PAGE_OCTETS, this.size - offset)).then(
      (bytes) => {
        const page = { file: this, index, bytes };
        this.#pages.set(index, page);
        this.#cache.add(page);
        return page;
      },
      (error: unknown) => {
        this.#pages.delete(index);
        throw error;
      },
    );
    this.#pages.set(index, loading);
    return loading;
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    if (this.#file === undefined) throw new Error('the file is closed');
    this.addReader();
    try {
      return await this.#file.read(offset, length);
    } finally {
      this.removeReader();
    }
  }
}

/** One reader of a file larger than a page. It holds its present page and prefetches the next one. */
class PagedContent implements FileContent {
  readonly size: number;
  readonly #file: StaticFile;
  #page: CachedPage | undefined;

  constructor(file: StaticFile) {
    this.size = file.size;
    this.#file = file;
    file.addReader();
  }

  read(offset: number, length: number): Buffer | Promise<Buffer> {
    const page = this.#page;
    if (page !== undefined) {
      const from = offset - page.index * PAGE_OCTETS;
      if (from >= 0 && from + length <= page.bytes.length) return page.bytes.subarray(from, from + length);
    }
    return this.#readPages(offset, Math.max(0, Math.min(length, this.size - offset)));
  }

  close(): void {
    this.#page = undefined;
    this.#file.removeReader();
  }

  #readPages(offset: number, length: number): Buffer | Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const last = Math.floor((offset + length - 1) / PAGE_OCTETS);
    const pages: (CachedPage | Promise<CachedPage>)[] = [];
    for (let index = Math.floor(offset / PAGE_OCTETS); index <= last; index += 1) pages.push(this.#file.page(index));
    this.#file.prefetch(last + 1);
    return pages.some((page) => page instanceof Promise)
      ? Promise.all(pages).then((loaded) => this.#cut(loaded, offset, length))
      : this.#cut(pages as CachedPage[], offset, length);
  }

  #cut(pages: readonly CachedPage[], offset: number, length: number): Buffer {
    const [first] = pages;
    if (first === undefined) return Buffer.alloc(0);
    this.#page = pages.at(-1);
    const from = offset - first.index * PAGE_OCTETS;
    const bytes = pages.length === 1 ? first.bytes : Buffer.concat(pages.map((page) => page.bytes));
    return bytes.subarray(from, from + length);
  }
}
