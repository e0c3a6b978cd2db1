// `/api/openapi.json`: the API as an OpenAPI 3.1 document, made of the table of routes, the shapes and the table of errors. It is
// made when somebody asks for it, and once.

import { ERRORS } from '../errors.js';
import type { Route } from '../route.js';
import { SESSION_COOKIE } from '../session.js';
import { type Operation, operationOf, pathOf } from './operation.js';
import { bodySchemas, type Schema, type Schemas, shapeSchemas } from './schemas.js';

/** The document. `x-errors`: the codes of errors, with their statuses and what they mean. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Schemas;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  readonly 'x-errors': Readonly<Record<string, { readonly statuses: readonly number[]; readonly meaning: string }>>;
}

const DESCRIPTION =
  'The HTTP API of labcm. Names of keys and codes of errors are stable; new ones may be added at any time, so a client ignores ' +
  'keys that it does not know. A time is ISO 8601 in UTC, and what is not known is `null`. HEAD is answered as GET is. ' +
  'Another method is answered 405 (`method`), another path 404 (`no-such-path`).';

/** Makes the document. `device` is the schema of a device in the configuration. */
export const apiDocument = (routes: readonly Route[], version: string, device: Schema): OpenApiDocument => {
  const schemas = { ...shapeSchemas(), ...bodySchemas(device) };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'labcm',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'the daemon that answers this' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of `http.api.token`. An API on loopback that has none lets everybody change it.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'The session of a browser: the answer to `POST /api/session` sets the cookie.',
        },
      },
    },
    'x-errors': ERRORS,
  };
};
