// AXL: answers its operations, each by its row (`docs/protocols/apis.md` §5).

import { escapeXml } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { SoapAnswer, SoapAsker, SoapDocument } from '../request-handler.js';
import { ENVELOPE_BEGIN, ENVELOPE_END } from '../soap/writer.js';
import { refusal } from './fault.js';
import { ObjectIndex } from './object-index.js';
import type { AxlCall, AxlOperation } from './operation.js';
import { findOperation } from './operations.js';
import { ReplyRoom } from './reply-room.js';
import { type AxlSources, viewOf } from './sources.js';
import { namespaceOf, versionOf } from './versions.js';
import { axlDocument } from './wsdl.js';

const HTML = 'text/html;charset=UTF-8';
/** What clients and people look for when they try their password. */
const PAGE =
  '<html><body>Cisco CallManager: AXL Web Service<br/>The AXL Web Service is working and accepting requests. Use HTTP POST to send a request.</body></html>\n';

/** How AXL is opened. */
export interface AxlSettings {
  /** Whether clients may change anything. */
  readonly writes: boolean;
}

/** AXL. */
export class AxlService {
  readonly #sources: AxlSources;
  readonly #settings: AxlSettings;
  readonly #index: ObjectIndex;
  readonly #room = new ReplyRoom();
  /** Writes, one after the other: each sees what the one before has written. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(sources: AxlSources, settings: AxlSettings) {
    this.#sources = sources;
    this.#settings = settings;
    this.#index = new ObjectIndex(sources);
  }

  /** Answers the element of a request. Rejects with a `SoapFault`. */
  async answer(request: XmlTreeNode, { address, action }: SoapAsker): Promise<SoapAnswer> {
    const version = versionOf(request, action);
    const operation = findOperation(request.name);
    if (operation === undefined)
      throw refusal(
        `${request.name.slice(0, LONGEST_NAME)} is not offered here; the table of what is stands in docs/apis.md`,
      );
    const reply = this.#room.begin();
    const done = (): void => reply.release();
    try {
      reply.add(`${ENVELOPE_BEGIN}${responseBegin(operation.name, namespaceOf(version), request)}<return>`);
      const view = viewOf(this.#sources);
      const { found, wrote } = await this.#run(operation, { request, view, index: this.#index, address, reply });
      const pieces = reply.end(`</return></ns:${operation.name}Response>${ENVELOPE_END}`);
      return { pieces, found, wrote, done };
    } catch (error) {
      done();
      throw error;
    }
  }

  /** What a GET is answered. */
  document(resource: string, query: string, location: string): SoapDocument | undefined {
    if (resource === '' && query === '') return { operation: 'page', type: HTML, text: PAGE };
    return axlDocument(resource, query, `${location}/`);
  }

  close(): void {
    this.#index.close();
  }

  #run(operation: AxlOperation, call: AxlCall) {
    if (operation.effect === 'reads') return operation.run(call);
    if (!this.#settings.writes) throw refusal('changes are switched off here: management.axl.writes is false');
    const written = this.#writing.then(() => operation.run(call));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

const LONGEST_NAME = 64;
const SEQUENCE = /^\d{1,20}$/;

/** The begin of the reply's element. A request that is numbered gets its number back. */
const responseBegin = (name: string, namespace: string, { attributes }: XmlTreeNode): string => {
  const sequence = attributes.get('sequence')?.trim() ?? '';
  const numbered = SEQUENCE.test(sequence) ? ` sequence="${sequence}"` : '';
  return `<ns:${name}Response xmlns:ns="${escapeXml(namespace)}"${numbered}>`;
};
