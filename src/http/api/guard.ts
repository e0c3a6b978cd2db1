// Decides who may use the API. An API on loopback has to fear the browser on the same machine: any web page may send it
// requests, either directly or by a host name that points here (DNS rebinding). A request with the token is always
// allowed.

import { createHash, timingSafeEqual } from 'node:crypto';
import { parseIpv4Address } from '../../core/identifiers.js';
import type { Sessions } from './session.js';

/** What the guard decides by. */
export interface GuardSettings {
  /** The address that the API is bound to. */
  readonly address: string;
  readonly token: string | undefined;
  /** Names, besides `localhost` and addresses, by which the API is called. */
  readonly hosts: readonly string[];
  /** Of browsers that have sent the token; `undefined`: there is no token. */
  readonly sessions: Sessions | undefined;
}

/** What the guard looks at in a request. */
export interface GuardedRequest {
  readonly method: string;
  /** A file of the page: it is the same for everybody, and links of other sites may lead to it. */
  readonly isPageFile?: boolean;
  /** `undefined` where the request has no such header. */
  header(name: string): string | undefined;
}

/** The answer to a request that is not allowed. */
export interface Denial {
  readonly status: 401 | 403;
  readonly code: 'host' | 'origin' | 'token';
  readonly message: string;
}

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (parseIpv4Address(address)?.startsWith('127.') ?? false);

/** Whether an API with these settings needs a token for changes. */
const needsToken = ({ token, address }: Pick<GuardSettings, 'token' | 'address'>): boolean =>
  token !== undefined || !isLoopback(address);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Makes the check whether a request has the token. */
export const tokenCheck = ({ token }: Pick<GuardSettings, 'token'>): ((request: GuardedRequest) => boolean) => {
  const expected = token === undefined ? undefined : digest(token);
  return (request) => {
    const [, given] = /^Bearer +(\S(?:.*\S)?) *$/i.exec(request.header('authorization') ?? '') ?? [];
    return given !== undefined && expected !== undefined && timingSafeEqual(digest(given), expected);
  };
};

/** Makes the guard: it returns `undefined` for a request that is allowed. */
export const createGuard = (settings: GuardSettings): ((request: GuardedRequest) => Denial | undefined) => {
  const names = new Set(['localhost', ...settings.hosts].map((name) => name.toLowerCase()));
  const tokenNeeded = needsToken(settings);
  const hasToken = tokenCheck(settings);

  /** Anybody who owns a name can let it point here; an address cannot be abused this way. */
  const isAllowedHost = (host: string): boolean => {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    return names.has(name) || parseIpv4Address(name) !== undefined || /^\[[0-9a-f:.]+\]$/.test(name);
  };

  return (request) => {
    if (hasToken(request)) return undefined;
    const host = request.header('host') ?? '';
    if (!isAllowedHost(host))
      return {
        status: 403,
        code: 'host',
        message: `this API is not called ${host}; list the name under http.api.hosts`,
      };
    if (request.isPageFile === true) return undefined;
    const origin = request.header('origin');
    const site = request.header('sec-fetch-site');
    if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
      return { status: 403, code: 'origin', message: `pages of ${origin} may not use this API` };
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return { status: 403, code: 'origin', message: 'pages of other sites may not use this API' };
    if (request.method === 'GET' || request.method === 'HEAD' || !tokenNeeded) return undefined;
    if (settings.sessions?.holds(request.header('cookie')) === true) return undefined;
    return settings.token === undefined
      ? {
          status: 403,
          code: 'token',
          message: 'set http.api.token to allow changes over an API that is bound beyond loopback',
        }
      : { status: 401, code: 'token', message: 'send `Authorization: Bearer` and the token of http.api.token' };
  };
};

/** What browsers may change. */
export interface ChangeAccess {
  readonly sessions: Sessions | undefined;
  /** Of a browser with this `Cookie` header. */
  changes(cookie: string | undefined): 'allowed' | 'token' | 'refused';
}

/** What browsers may change, by the settings of the guard. */
export const changeAccess = (settings: Omit<GuardSettings, 'hosts'>): ChangeAccess => {
  const { sessions } = settings;
  return {
    sessions,
    changes: (cookie) => {
      if (!needsToken(settings) || sessions?.holds(cookie) === true) return 'allowed';
      return sessions === undefined ? 'refused' : 'token';
    },
  };
};
