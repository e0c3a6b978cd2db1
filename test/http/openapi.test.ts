// `/api/openapi.json` as a document: an independent validator takes it, it has every route and no other, and its examples are
// values of their shapes. Whether a daemon answers so is shown in test/lab/api-contract.test.ts.

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/http/api/errors.js';
import { pathOf } from '../../src/http/api/openapi/operation.js';
import { ROUTES } from '../../src/http/api/routes.js';
import { SHAPES, type ShapeName } from '../../src/http/api/shapes.js';
import { API_DOCUMENT, apiOperations } from '../docs/api-pages.js';
import { apiHarness, ask } from './api-harness.js';

const asSent = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));

describe('the document of the API', () => {
  it('is one of OpenAPI 3.1, and each of its references leads somewhere', async () => {
    const validator = new Validator();
    expect(await validator.validate(asSent(API_DOCUMENT))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('would not be taken with a fault', async () => {
    const faulty = asSent(API_DOCUMENT);
    (faulty.paths as Record<string, unknown>)['/api/devices'] = { get: { responses: 'none' } };
    expect((await new Validator().validate(faulty)).valid).toBe(false);
  });

  it('has every route and no other, each under a name of its own', () => {
    expect(apiOperations().map(({ heading }) => heading)).toEqual(
      [...new Set(ROUTES.map(pathOf))].flatMap((path) =>
        ROUTES.filter((route) => pathOf(route) === path).map(({ method }) => `${method} ${path}`),
      ),
    );
    expect(apiOperations().length).toBe(ROUTES.length);
    const ids = apiOperations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['getDevices', 'getDevice', 'getDeviceTimeline', 'postDeviceReset']));
  });

  it('has every shape and every code', () => {
    expect(Object.keys(API_DOCUMENT.components.schemas)).toEqual(expect.arrayContaining(Object.keys(SHAPES)));
    expect(Object.keys(SHAPES).length).toBeGreaterThan(40);
    expect(API_DOCUMENT['x-errors']).toEqual(ERRORS);
  });

  it('says of every key what it means', () => {
    const silent = Object.entries(API_DOCUMENT.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).flatMap(([key, value]) => {
        const says = typeof value === 'object' && (value.description ?? value.items);
        return says === undefined ? [`${name}.${key}`] : [];
      }),
    );
    expect(silent).toEqual([]);
  });

  it.each(
    apiOperations().flatMap(({ heading, operation }) =>
      Object.entries(operation.responses).flatMap(([status, { content = {} }]) => {
        const { schema, example } = content['application/json'] ?? {};
        return schema === undefined || example === undefined ? [] : [[heading, status, schema, example] as const];
      }),
    ),
  )('%s %s has an example that is a value of its shape', (_, __, { $ref, anyOf = [] }, example) => {
    const names = [$ref, ...anyOf.map((one) => (typeof one === 'object' ? one.$ref : undefined))].flatMap((ref) =>
      ref === undefined ? [] : [ref.replace(/^.*\//, '') as ShapeName],
    );
    expect(names.length).toBeGreaterThan(0);
    const [first] = names.map((name) => SHAPES[name].safeParse(example));
    expect(first).toMatchObject({ success: true });
  });

  it('is made when it is asked for, once, and has an ETag', async () => {
    let made = 0;
    const lab = await apiHarness(
      {},
      {
        deviceSchema: async () => {
          made += 1;
          return { type: 'object', properties: { name: { type: 'string' } } };
        },
      },
    );
    expect(made).toBe(0);
    const first = await ask(lab, '/api/openapi.json');
    expect([first.status, first.headers['content-type']]).toEqual([200, 'application/json']);
    const document = JSON.parse(first.body);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '0.1.0' } });
    expect(document.paths).toEqual(asSent(API_DOCUMENT.paths));
    const headers = { 'If-None-Match': String(first.headers.etag) };
    expect((await ask(lab, '/api/openapi.json', { headers })).status).toBe(304);
    expect(made).toBe(1);
    await lab.api.close();
  });
});
