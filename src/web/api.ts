// What the page asks of the API.

import type { SessionJson } from '../http/api/fleet-shapes.js';
import type { ErrorJson } from '../http/api/shapes.js';

/** An answer that is no success. `status` 0: there was none. */
export class ApiFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch {
    throw new ApiFailure(0, 'labcm does not answer');
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body;
  const { error } = (body ?? {}) as Partial<ErrorJson>;
  const faults = (error?.faults ?? []).map(({ key, found, wanted }) => `${key}: found ${found}, wanted ${wanted}`);
  throw new ApiFailure(answer.status, faults.join('; ') || (error?.message ?? `labcm answered ${answer.status}`));
};

/** Reads. Rejects with `ApiFailure`. */
export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask(path, signal === undefined ? {} : { signal })) as T;

/** Changes something. Rejects with `ApiFailure`; status 401: the token is needed first. */
export const change = async <T>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<T> =>
  (await ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers } })) as T;

/** The same with a body, or with another method. */
export const order = async <T>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<T> => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await ask(path, { method, headers: { 'Content-Type': 'application/json' }, ...sent })) as T;
};

/** Exchanges the token for a session; without one, renews the session. Rejects with `ApiFailure`. */
export const beginSession = (token?: string): Promise<SessionJson> =>
  change('/api/session', token === undefined ? {} : { Authorization: `Bearer ${token}` });

/** The path of a device, whatever its name holds. */
export const devicePath = (name: string): string => `/api/devices/${encodeURIComponent(name)}`;
