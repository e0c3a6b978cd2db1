// Holds answers of a daemon against the document of its API: the status stands there, the body is of its shape and has no other key,
// and the headers are those that it names. It remembers what was answered, so that a test can ask what was not.

import { type IncomingMessage, request } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { ApiAnswer } from '../../src/http/api/openapi/operation.js';
import type { Schema } from '../../src/http/api/openapi/schemas.js';
import { SHAPES, type ShapeName } from '../../src/http/api/shapes.js';
import { API_DOCUMENT, apiOperations } from '../docs/api-pages.js';

/** What is asked of an operation. */
export interface Asked {
  /** As the document has it: `GET /api/devices/{name}`. */
  readonly operation: string;
  /** The path that is asked, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of a stream: reads until these events have come; otherwise until the answer ends. */
  readonly until?: readonly string[];
  /** Of a stream: it is open. */
  readonly opened?: () => void;
}

/** An answer. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const OPERATIONS = new Map(apiOperations().map(({ heading, operation }) => [heading, operation]));

const hasAll = (text: string, events: readonly string[]): boolean =>
  events.every((event) => new RegExp(`^event: ${event}\\n.*\\n\\n`, 'm').test(text));

/** Sends a request with whatever headers, which `fetch` does not allow. */
export const sent = (
  base: string,
  method: string,
  { path, headers = {}, body, until, opened }: Asked,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const outgoing = request(
      new URL(path, base),
      { method, headers: { ...type, ...headers }, agent: false },
      (response) => {
        let got = '';
        const done = (): void => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: got });
          outgoing.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          if (got === '') opened?.();
          got += piece;
          if (until !== undefined && response.statusCode === 200 && hasAll(got, until)) done();
        });
        response.on('end', done);
        response.on('error', () => {});
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });

const methodOf = ({ operation }: Asked): string => operation.split(' ')[0] ?? '';

const namesIn = ({ $ref, anyOf = [] }: Schema): readonly ShapeName[] =>
  $ref === undefined ? anyOf.flatMap((one) => namesIn(one as Schema)) : [$ref.replace(/^.*\//, '') as ShapeName];

/** The contract. */
export class ApiContract {
  readonly #answered = new Set<string>();
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ $id: 'api', ...API_DOCUMENT }] });

  /** Asks, and holds the answer against the document. `code`: that of the error. */
  async ask(base: string, asked: Asked, status: number, code?: string): Promise<Answered> {
    const answer = await sent(base, methodOf(asked), asked);
    this.#take(asked, answer, status, code);
    return answer;
  }

  /** Asks twice, the second time with the tag of the first. Something may happen in between, so it tries again. */
  async askUnchanged(base: string, asked: Asked, tries = 20): Promise<void> {
    const { headers } = await this.ask(base, asked, 200);
    const again = { ...asked, headers: { 'If-None-Match': `${headers.etag}` } };
    const answer = await sent(base, methodOf(asked), again);
    if (answer.status === 200 && tries > 1) await this.askUnchanged(base, asked, tries - 1);
    else this.#take(again, answer, 304);
  }

  #take(asked: Asked, answer: Answered, status: number, code?: string): void {
    const about = `${methodOf(asked)} ${asked.path}: ${answer.body.slice(0, 300)}`;
    expect(answer.status, about).toBe(status);
    const documented = OPERATIONS.get(asked.operation)?.responses[status];
    if (documented === undefined) throw new Error(`${asked.operation} has no answer ${status}`);
    this.#hold(documented, answer, code, about);
    this.#answered.add(`${asked.operation} ${status}${code === undefined ? '' : ` ${code}`}`);
  }

  #hold(documented: ApiAnswer, { headers, body }: Answered, code: string | undefined, about: string): void {
    for (const name of Object.keys(documented.headers ?? {}))
      expect(headers[name.toLowerCase()], `${about}: ${name}`).toBeDefined();
    const [[type, media] = []] = Object.entries(documented.content ?? {});
    if (type === undefined) {
      expect(body, about).toBe('');
      return;
    }
    expect(headers['content-type'], about).toContain(type);
    if (type === 'application/json') this.holdJson(media?.schema ?? {}, JSON.parse(body), about);
    if (code !== undefined) {
      expect(JSON.parse(body).error.code, about).toBe(code);
      expect(documented['x-codes'], about).toContain(code);
    }
    const events = media?.['x-events'];
    if (events !== undefined)
      for (const [, name = '', data = ''] of body.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm))
        this.holdJson(events[name] ?? events['*'] ?? {}, JSON.parse(data), `${about}: ${name}`);
  }

  /** A value is of its shape and has no other key; the document’s own schema takes it as well. */
  holdJson(schema: Schema, value: unknown, about: string): void {
    const names = namesIn(schema);
    expect(names.length, about).toBeGreaterThan(0);
    const parsed = names.map((name) => SHAPES[name].safeParse(value));
    if (!parsed.some(({ success }) => success))
      throw new Error(`${about}: ${parsed.map(({ error }) => error?.message)}`);
    const takes = names.some((name) => this.#ajv.validate({ $ref: `api#/components/schemas/${name}` }, value));
    if (!takes) throw new Error(`${about}: ${this.#ajv.errorsText()}`);
  }

  /** Every answer that the document has and nobody gave. */
  unanswered(): readonly string[] {
    return apiOperations()
      .flatMap(({ heading, operation }) =>
        Object.entries(operation.responses).flatMap(([status, { 'x-codes': codes = [''] }]) =>
          codes.map((code) => `${heading} ${status}${code === '' ? '' : ` ${code}`}`),
        ),
      )
      .filter((answer) => !this.#answered.has(answer));
  }
}
