// The routes and errors of the HTTP API as `docs/api.md` shows them.

import { COMMON_ERRORS, ERRORS, type ErrorCode } from '../../src/http/api/errors.js';
import type { Route } from '../../src/http/api/route.js';
import { ROUTES } from '../../src/http/api/routes.js';
import { markdownTable } from './markdown.js';

const codes = (errors: readonly ErrorCode[]): string => errors.map((code) => `\`${code}\``).join(', ');

/** The heading of a route in the document. */
export const routeHeading = ({ method, path }: Pick<Route, 'method' | 'path'>): string =>
  `${method} ${path.replace(':name', '{name}')}`;

const routeText = (route: Route): string => {
  const { about, shape, errors, query, isGuarded } = route;
  const needsToken = route.method !== 'GET' || isGuarded === true;
  const keys = Object.entries(query ?? {}).map(([key, { meaning, values }]) => [
    `\`${key}\``,
    `${meaning}${values === undefined ? '' : ` (${values.join(', ')})`}`,
  ]);
  return [
    `### ${routeHeading(route)}`,
    '',
    `${about[0]?.toUpperCase()}${about.slice(1)}.${needsToken ? ' Needs the token.' : ''}`,
    '',
    `- answer: ${/^\w+Json$|^[A-Z]\w+(?:, [A-Z]\w+)*$/.test(shape) ? `\`${shape}\`` : shape}`,
    ...(errors.length === 0 ? [] : [`- errors: ${codes(errors)}`]),
    ...(query === undefined ? ['- query: any, and it is ignored'] : []),
    ...(keys.length === 0 ? [] : ['', markdownTable(['query', 'meaning'], keys)]),
  ].join('\n');
};

/** Every route. */
export const apiRoutes = (): string => ROUTES.map(routeText).join('\n\n');

/** Every error. */
export const apiErrors = (): string =>
  `${markdownTable(
    ['code', 'status', 'meaning'],
    Object.entries(ERRORS).map(([code, { statuses, meaning }]) => [`\`${code}\``, statuses.join(', '), meaning]),
  )}\n\nEvery path may answer ${codes(COMMON_ERRORS)}.`;
