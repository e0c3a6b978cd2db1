// The tokens for the API of nodes. A drill's file may come from somebody else, so it reaches no more of this machine than it must.

import { parseIpv4Address } from '../core/identifiers.js';
import type { PlannedNode } from './plan.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that a file may name. Others hold secrets that are none of labcm's. */
const VARIABLE = /^\$(LABCM_[A-Z0-9_]{1,64})$/;
const DEFAULT_VARIABLE = 'LABCM_API_TOKEN';

/** What is wanted in place of the `token` of a file; `undefined`: it is right. */
export const wantedOfToken = (token: string, variables: Variables): string | undefined => {
  if (!token.startsWith('$')) return undefined;
  const [, name] = VARIABLE.exec(token) ?? [];
  if (name === undefined) return 'an environment variable whose name begins with LABCM_, such as $LABCM_TOKEN';
  return variables[name] === undefined || variables[name] === ''
    ? `${name} in the environment, which has none; set it, or write the token`
    : undefined;
};

/**
 * The token that a node is sent; `undefined`: none. The one of all commands goes to nodes that the drill starts and to addresses of
 * loopback alone.
 */
export const tokenFor = (
  { api, token }: Pick<PlannedNode, 'api' | 'token'>,
  variables: Variables,
): string | undefined => {
  if (token !== undefined) {
    const [, name] = VARIABLE.exec(token) ?? [];
    return name === undefined ? token : variables[name];
  }
  return api === undefined || isLoopback(new URL(api).hostname) ? variables[DEFAULT_VARIABLE] : undefined;
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || parseIpv4Address(host)?.startsWith('127.') === true;
