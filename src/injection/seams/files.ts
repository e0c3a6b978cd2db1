// Faults of files: another one is served, or an old one. Without rules the source answers as before.

import type { FileAnswer, FileContent, FileRequestContext, FileSource } from '../../core/files.js';
import { memoryContent } from '../../core/files.js';
import type { ActiveFaultRule } from '../active-rule.js';
import type { Injector } from '../injector.js';
import type { FaultName } from '../settings.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

/** Files that are kept as they were, and the octets of one. */
const MOST_KEPT = 256;
const MOST_OCTETS = 1024 * 1024;

const FILE_FAULTS: ReadonlySet<FaultName> = new Set(['wrong-file', 'stale-file']);

type Found = Extract<FileAnswer, { readonly found: true }>;

interface KeptFile {
  readonly answer: Omit<Found, 'content'>;
  readonly octets: Buffer;
}

const octetsOf = async (content: FileContent): Promise<Buffer> => {
  try {
    return Buffer.from(await content.read(0, content.size));
  } finally {
    content.close();
  }
};

class FilePort implements ReplaceablePort {
  readonly #injector: Injector;
  readonly #place: 'tftp' | 'http';
  readonly #port: FileSource;
  /** By rule and name of the file. */
  readonly #kept = new Map<string, KeptFile>();
  #restore: () => void = () => {};

  constructor(injector: Injector, place: 'tftp' | 'http', port: FileSource) {
    this.#injector = injector;
    this.#place = place;
    this.#port = port;
  }

  install(): void {
    const port = this.#port;
    const { open } = port;
    this.#restore = replaceMethods(port, {
      open: (name, context) => this.#open(name, context, (wanted) => open.call(port, wanted, context)),
    });
  }

  uninstall(): void {
    this.#restore();
    this.#kept.clear();
  }

  #open(
    name: string,
    { address, port }: FileRequestContext,
    open: (name: string) => FileAnswer | Promise<FileAnswer>,
  ): FileAnswer | Promise<FileAnswer> {
    const injector = this.#injector;
    const subject = injector.subjectOf(this.#place, { address, port }, { file: name });
    let instead: string | undefined;
    let stale: string | undefined;
    const make = (rule: ActiveFaultRule): string | undefined => {
      const { fault, file } = rule.rule;
      if (fault === 'wrong-file') {
        instead = file;
        return `${file} for ${name}`;
      }
      if (fault !== 'stale-file') return undefined;
      stale = `${rule.id} ${name}`;
      return this.#kept.has(stale) ? name : `${name}, which is kept from now on`;
    };
    injector.inject({ place: this.#place, faults: FILE_FAULTS, direction: 'received', names: [], subject }, make);
    if (stale !== undefined) return this.#stale(stale, () => open(instead ?? name));
    return open(instead ?? name);
  }

  async #stale(key: string, open: () => FileAnswer | Promise<FileAnswer>): Promise<FileAnswer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return { ...kept.answer, content: memoryContent(kept.octets) };
    const answer = await open();
    if (!answer.found || answer.content.size > MOST_OCTETS) return answer;
    const { content, ...rest } = answer;
    const octets = await octetsOf(content);
    if (this.#kept.size < MOST_KEPT) this.#kept.set(key, { answer: rest, octets });
    return { ...rest, content: memoryContent(octets) };
  }
}

/** The same files, with the faults of TFTP or HTTP. */
export const injectedFiles = (source: FileSource, injector: Injector, place: 'tftp' | 'http'): FileSource => {
  const port: FileSource = { open: (name, context) => source.open(name, context) };
  new PortSet<FilePort>(injector, place).add(new FilePort(injector, place, port));
  return port;
};
