// UDS: what Jabber and scripts read of users before they register (`docs/protocols/apis.md` §10).

import { CredentialCheck, type UserPassword } from '../../core/credential-check.js';
import type { Instant } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { EndUser } from '../end-user.js';
import { rowUuid } from '../row-uuid.js';
import {
  clusterUserDocument,
  type DocumentView,
  devicesDocument,
  errorDocument,
  serversDocument,
  userDocument,
  usersDocument,
  versionDocument,
} from './documents.js';

/** What UDS sees of the daemon. */
export interface UdsSources {
  readonly devices: { byName(name: string): DeviceRecord | undefined };
  readonly layer: { uuidOf(name: string): string };
  cluster(): { readonly name: string };
  nodes(): readonly { readonly name: string; readonly address: string }[];
}

/** A request, with what it gave to sign in. */
export interface UdsRequest {
  readonly method: string;
  /** The path below `/cucm-uds`. */
  readonly path: string;
  /** What follows the `?`; empty: nothing. */
  readonly query: string;
  /** `HOST:PORT`, as the client named this server. */
  readonly host: string;
  readonly credentials: UserPassword | undefined;
  readonly source: string;
  readonly at: Instant;
}

/** What is answered. */
export interface UdsAnswer {
  readonly status: 200 | 400 | 401 | 403 | 404 | 405;
  readonly document: string;
  /** The resource, as the trace names it. */
  readonly resource: string;
  /** Who signed in; empty: nobody. */
  readonly user: string;
  /** Devices in the document. */
  readonly devices: number;
  /** Why it was refused; empty: it was not. */
  readonly reason: string;
  /** Somebody guesses passwords: the answer waits. */
  readonly isLate: boolean;
  /** What is refused was told already. */
  readonly isSilent: boolean;
}

type Outcome = Pick<UdsAnswer, 'status' | 'document'> & Partial<UdsAnswer>;

interface Asked {
  readonly view: DocumentView;
  readonly query: URLSearchParams;
  /** Of a resource below `/user/{id}`: the user, who has signed in. */
  readonly user: EndUser | undefined;
}

interface Resource {
  readonly name: string;
  readonly path: RegExp;
  /** Whether it belongs to the user that the path names. */
  readonly isOwn?: true;
  answer(asked: Asked): Outcome;
}

/** Users of one answer: nobody signs in for it. */
const MOST_USERS = 100;
const USERS_ASKED = 64;

const RESOURCES: readonly Resource[] = [
  { name: 'version', path: /^\/version$/, answer: ({ view }) => ok(versionDocument(view)) },
  { name: 'servers', path: /^\/servers$/, answer: ({ view }) => ok(serversDocument(view)) },
  { name: 'clusterUser', path: /^\/clusterUser$/i, answer: (asked) => clusterUser(asked) },
  { name: 'users', path: /^\/users$/, answer: (asked) => users(asked) },
  {
    name: 'user',
    path: /^\/user\/([^/]+)$/,
    isOwn: true,
    answer: ({ view, user }) => ok(userDocument(view, own(user))),
  },
  {
    name: 'devices',
    path: /^\/user\/([^/]+)\/devices$/,
    isOwn: true,
    answer: ({ view, user }) => {
      const { document, count } = devicesDocument(view, own(user));
      return { ...ok(document), devices: count };
    },
  },
];

const ok = (document: string): Outcome => ({ status: 200, document });

const own = (user: EndUser | undefined): EndUser => {
  if (user === undefined) throw new Error('nobody has signed in');
  return user;
};

const clusterUser = ({ view, query }: Asked): Outcome => {
  const id = query.get('username') ?? query.get('useridentifier');
  const email = query.get('email')?.toLowerCase();
  if (id === null && email === undefined)
    return refusal(view, 400, 'clusterUser is asked with username, useridentifier or email');
  const user =
    id !== null
      ? view.userById(id)
      : view.users.find((each) => each.email !== '' && each.email.toLowerCase() === email);
  return ok(clusterUserDocument(view, user));
};

/** By what `/users` can be searched: the text with which a field begins. */
const SEARCHED: ReadonlyMap<string, (user: EndUser) => readonly string[]> = new Map([
  ['name', ({ id, first, last }) => [id, first, last]],
  ['first', ({ first }) => [first]],
  ['last', ({ last }) => [last]],
  ['username', ({ id }) => [id]],
  ['email', ({ email }) => [email]],
]);

const users = ({ view, query }: Asked): Outcome => {
  const wanted = [...SEARCHED].flatMap(([name, fields]) => {
    const text = query.get(name)?.toLowerCase();
    return text === undefined ? [] : [{ text, fields }];
  });
  const [start, max] = [query.get('start') ?? '0', query.get('max') ?? String(USERS_ASKED)];
  if (!/^\d{1,6}$/.test(start) || !/^\d{1,6}$/.test(max)) return refusal(view, 400, 'start and max are whole numbers');
  const found = view.users.filter((user) =>
    wanted.every(({ text, fields }) => fields(user).some((field) => field.toLowerCase().startsWith(text))),
  );
  const [from, requested] = [Number(start), Math.min(Number(max), MOST_USERS)];
  return ok(usersDocument(view, found.slice(from, from + requested), { total: found.length, start: from, requested }));
};

const refusal = (view: DocumentView, status: 400 | 401 | 403 | 404 | 405, reason: string): Outcome => ({
  ...{ status, reason, document: errorDocument(view, status, reason) },
});

/** Answers UDS. A user sees himself alone. */
export class Uds {
  readonly #sources: UdsSources;
  readonly #users: readonly EndUser[];
  readonly #byId: ReadonlyMap<string, EndUser>;
  readonly #check = new CredentialCheck();

  constructor(sources: UdsSources, users: readonly EndUser[]) {
    this.#sources = sources;
    this.#users = users;
    this.#byId = new Map(users.map((user) => [user.id.toLowerCase(), user]));
  }

  /** Answers a request. Never throws. */
  answer(request: UdsRequest): UdsAnswer {
    const { path } = request;
    const view = this.#view(request);
    const resource = RESOURCES.find((each) => each.path.test(path));
    const finish = (outcome: Outcome, user = ''): UdsAnswer => ({
      ...{ resource: resource?.name ?? '', user, devices: 0, reason: '', isLate: false, isSilent: false },
      ...outcome,
    });
    if (resource === undefined) return finish(refusal(view, 404, 'there is no such resource'));
    if (request.method !== 'GET') return finish(refusal(view, 405, 'UDS is only read here'));
    const query = new URLSearchParams(request.query);
    if (resource.isOwn === undefined) return finish(resource.answer({ view, query, user: undefined }));
    const signedIn = this.#signIn(request, view);
    if ('status' in signedIn) return finish(signedIn);
    if (idIn(resource, path)?.toLowerCase() !== signedIn.id.toLowerCase())
      return finish(refusal(view, 403, 'a user sees himself alone'), signedIn.id);
    return finish(resource.answer({ view, query, user: signedIn }), signedIn.id);
  }

  /** The user of the credentials, or the refusal. */
  #signIn({ credentials, source, at }: UdsRequest, view: DocumentView): EndUser | Outcome {
    if (credentials === undefined) return refusal(view, 401, 'the user signs in with his own password');
    const user = this.#byId.get(credentials.user.toLowerCase());
    // Whoever is not there is compared, too, with what is never equal: the time of an answer says nothing of the users.
    const allowed = {
      user: user === undefined ? `${credentials.user}:` : credentials.user,
      password: user?.password ?? '',
    };
    const outcome = this.#check.check(allowed, credentials, source, at);
    if (user !== undefined && outcome === 'right') return user;
    const isLate = outcome === 'locking' || outcome === 'locked';
    const reason = isLate
      ? 'too many wrong passwords came from this address: none is compared for a minute'
      : 'the user or the password is wrong';
    return { ...refusal(view, 401, reason), isLate, isSilent: outcome === 'locked' };
  }

  #view({ host, path, query }: UdsRequest): DocumentView {
    const { devices, layer, cluster } = this.#sources;
    return {
      ...{ base: `https://${host}/cucm-uds`, asked: query === '' ? path : `${path}?${query}` },
      ...{ host: host.replace(/:\d+$/, ''), nodes: this.#sources.nodes(), users: this.#users },
      userById: (id) => this.#byId.get(id.toLowerCase()),
      device: (name) => devices.byName(name),
      deviceUuid: (name) => layer.uuidOf(name),
      userUuid: (id) => rowUuid(cluster().name, 'user', id),
    };
  }
}

/** The id of the user that a path names; `undefined`: it is not well-formed. */
const idIn = ({ path: pattern }: Resource, path: string): string | undefined => {
  const [, written = ''] = pattern.exec(path) ?? [];
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
};
