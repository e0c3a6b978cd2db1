// Faults of files: another one is served, or an old one. Without rules the source answers as before.

import type { FileAnswer, FileContent, FileRequestContext, FileSource } from '../../core/files.js';
import { memoryContent } from '../../core/files.js';
import type { ActiveFaultRule } from '../active-rule.js';
import type { Injector } from '../injector.js';
import type { FaultName } from '../settings.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

/** The octets of one file that is kept as it was, and of all of them with their names. */
const MOST_OCTETS = 1024 * 1024;
const MOST_KEPT_OCTETS = 16 * 1024 * 1024;
/** Roughly what a file has besides its name and its octets. */
const KEPT_OVERHEAD = 512;

const FILE_FAULTS: ReadonlySet<FaultName> = new Set(['wrong-file', 'stale-file']);

type Found = Extract<FileAnswer, { readonly found: true }>;

interface KeptFile {
  readonly answer: Omit<Found, 'content'>;
  readonly octets: Buffer;
}

const keptOctets = (name: string, { octets }: KeptFile): number => KEPT_OVERHEAD + 2 * name.length + octets.length;

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
  /** By rule, then by the name of the file. */
  readonly #kept = new Map<ActiveFaultRule, Map<string, KeptFile>>();
  #keptOctets = 0;
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
    for (const rule of this.#kept.keys()) this.#forget(rule);
  }

  onRules(): void {
    const rules = this.#injector.rulesAt(this.#place);
    for (const rule of this.#kept.keys()) if (!rules.includes(rule)) this.#forget(rule);
  }

  #forget(rule: ActiveFaultRule): void {
    for (const [name, kept] of this.#kept.get(rule) ?? []) this.#keptOctets -= keptOctets(name, kept);
    this.#kept.delete(rule);
  }

  #open(
    name: string,
    { address, port }: FileRequestContext,
    open: (name: string) => FileAnswer | Promise<FileAnswer>,
  ): FileAnswer | Promise<FileAnswer> {
    const injector = this.#injector;
    const subject = injector.subjectOf(this.#place, { address, port }, { file: name });
    let instead: string | undefined;
    let stale: ActiveFaultRule | undefined;
    const make = (rule: ActiveFaultRule): string | undefined => {
      const { fault, file } = rule.rule;
      if (fault === 'wrong-file') {
        instead = file;
        return `${file} for ${name}`;
      }
      if (fault !== 'stale-file') return undefined;
      stale = rule;
      return this.#kept.get(rule)?.has(name) === true ? name : `${name}, which is kept from now on`;
    };
    injector.inject({ place: this.#place, faults: FILE_FAULTS, direction: 'received', names: [], subject }, make);
    if (stale !== undefined) return this.#stale(stale, name, () => open(instead ?? name));
    return open(instead ?? name);
  }

  async #stale(rule: ActiveFaultRule, name: string, open: () => FileAnswer | Promise<FileAnswer>): Promise<FileAnswer> {
    const kept = this.#kept.get(rule)?.get(name);
    if (kept !== undefined) return { ...kept.answer, content: memoryContent(kept.octets) };
    const answer = await open();
    if (!answer.found || answer.content.size > MOST_OCTETS) return answer;
    const { content, ...rest } = answer;
    const octets = await octetsOf(content);
    this.#keep(rule, name, { answer: rest, octets });
    return { ...rest, content: memoryContent(octets) };
  }

  /** The rule may be over meanwhile, and another request may have been sooner. */
  #keep(rule: ActiveFaultRule, name: string, file: KeptFile): void {
    const files = this.#kept.get(rule) ?? new Map<string, KeptFile>();
    if (files.has(name) || !this.#injector.rulesAt(this.#place).includes(rule)) return;
    const octets = keptOctets(name, file);
    if (this.#keptOctets + octets > MOST_KEPT_OCTETS) return;
    this.#keptOctets += octets;
    this.#kept.set(rule, files.set(name, file));
  }
}

/** The same files, with the faults of TFTP or HTTP. */
export const injectedFiles = (source: FileSource, injector: Injector, place: 'tftp' | 'http'): FileSource => {
  const port: FileSource = { open: (name, context) => source.open(name, context) };
  new PortSet<FilePort>(injector, place).add(new FilePort(injector, place, port));
  return port;
};
