import type { EventBus } from '../core/event-bus.js';
import { PerSecondBudget, PerSecondCounts } from '../core/rate-limit.js';
import type { Clock, Instant } from '../core/time.js';
import { DEVICE_CONFIGURED, type DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { PhoneAuthentication } from './authentication.js';
import { CallLists } from './call-lists.js';
import { CorporateDirectory } from './directory.js';
import { encodingFor } from './encoding.js';
import { objectDocument } from './objects.js';
import { pageTimes } from './page-times.js';
import { PAGES, type PageContext, pageAt } from './pages.js';
import { PAGE_PATHS, type PageName, type PhoneServiceSettings } from './settings.js';

/** The part of the device database that pages show. */
export interface ServedDevices {
  devices(): Iterable<DeviceRecord>;
  byName(name: string): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** What the services need of the daemon. */
export interface PhoneServicesDependencies {
  readonly bus: EventBus<LabcmEvent>;
  readonly clock: Clock;
  readonly devices: ServedDevices;
  /** `host:port` by which phones reach the pages, where a request does not say it. */
  readonly ownHost: () => string;
}

/** A request for a page, as the file server gives it. */
interface PageRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly address: string;
  readonly host: string | undefined;
  readonly acceptCharset: string | undefined;
  readonly isTraced: boolean;
}

/** The answer to a request. */
interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What pages read from, while they are served. */
interface PageSources {
  readonly directory: CorporateDirectory;
  readonly calls: CallLists;
  close(): void;
}

const pageSources = (bus: PhoneServicesDependencies['bus'], devices: ServedDevices): PageSources => {
  const directory = new CorporateDirectory(devices);
  const calls = new CallLists(bus, devices);
  const stops = ([...DEVICE_CONFIGURED, 'device.auto-registered'] as const).map((type) =>
    bus.on(type, () => directory.forget()),
  );
  const close = (): void => {
    calls.close();
    for (const stop of stops) stop();
  };
  return { directory, calls, close };
};

/** Pages that all phones together may open in a second, and those at one address: each may look at every device. */
const PAGES_PER_SECOND = 200;
const PAGES_PER_SOURCE = 50;
const AUTHORIZED = 'AUTHORIZED';
const UNAUTHORIZED = 'UN-AUTHORIZED';
/** Longer names, users and passwords are nobody's. */
const MAX_QUERY = 256;

const plain = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): PageAnswer => ({
  status,
  headers: { 'Content-Type': 'text/plain', ...headers },
  body: Buffer.from(text),
});

/**
 * The services for phones: menus, the corporate directory, call lists, the idle page, and the answer whether a user may control
 * a phone. It stands behind the file server, which gives it the requests for its paths.
 */
export class PhoneServices {
  readonly #dependencies: PhoneServicesDependencies;
  readonly #authentication = new PhoneAuthentication();
  /** `undefined`: pages are off, and nothing is listened to. */
  #sources: PageSources | undefined;
  readonly #budget = new PerSecondBudget(() => PAGES_PER_SECOND);
  /** Of admitted requests alone, so there are no more sources than pages. */
  readonly #opened = new PerSecondCounts();
  #settings!: PhoneServiceSettings;
  #time!: (at: Instant) => string;

  constructor(settings: PhoneServiceSettings, dependencies: PhoneServicesDependencies) {
    this.#dependencies = dependencies;
    this.apply(settings);
  }

  /** Takes other settings from now on. */
  apply(settings: PhoneServiceSettings): void {
    const { bus, clock, devices } = this.#dependencies;
    this.#settings = settings;
    this.#time = pageTimes(clock, settings.timeZone);
    if (!settings.pages) this.close();
    else this.#sources ??= pageSources(bus, devices);
  }

  /** Listens to no more events, and forgets the calls. */
  close(): void {
    this.#sources?.close();
    this.#sources = undefined;
  }

  /** The answer to a request; `undefined`: none of the pages is at its path. Never throws. */
  answer(request: PageRequest): PageAnswer | undefined {
    const page = pageAt(request.path);
    if (page === undefined) return undefined;
    if (page === 'authentication') return this.#authenticate(request);
    const sources = this.#sources;
    if (sources === undefined) return undefined;
    const now = this.#dependencies.clock.now();
    const isAdmitted = this.#admit(request.address, now);
    const phone = this.#phoneOf(request, now);
    const answer = isAdmitted
      ? this.#show(page, this.#contextFor(request, phone, sources, now), request.acceptCharset)
      : plain(503, 'too many pages are being opened\n', { 'Retry-After': '1' });
    this.#publishOpened(page, request, phone, answer.status, now);
    return answer;
  }

  /** Counts a page. `false`: its source, or all together, have had those of this second. */
  #admit(source: string, now: Instant): boolean {
    if (this.#opened.count(source, now) >= PAGES_PER_SOURCE || !this.#budget.take(now)) return false;
    this.#opened.add(source, now);
    return true;
  }

  #show(
    page: Exclude<PageName, 'authentication'>,
    context: PageContext,
    acceptCharset: string | undefined,
  ): PageAnswer {
    const { object, refreshSeconds } = PAGES[page](context);
    const encoding = encodingFor(context.phone?.configured.model.unicode, acceptCharset);
    return {
      status: 200,
      headers: {
        'Content-Type': `text/xml; charset=${encoding.charset}`,
        Expires: '-1', // a phone keeps no page that changes
        ...(refreshSeconds === undefined ? {} : { Refresh: String(refreshSeconds) }),
      },
      body: objectDocument(object, encoding),
    };
  }

  #contextFor(
    { query, host }: PageRequest,
    phone: DeviceRecord | undefined,
    { directory, calls }: PageSources,
    now: Instant,
  ): PageContext {
    const base = `http://${host ?? this.#dependencies.ownHost()}`;
    return {
      phone,
      settings: this.#settings,
      directory,
      calls,
      query: (key) => (query.get(key) ?? '').slice(0, MAX_QUERY),
      url: (page, further = {}) => {
        const named = phone === undefined ? further : { ...further, name: phone.configured.name };
        const given = Object.entries(named).filter(([, value]) => value !== '');
        const written = new URLSearchParams(given).toString();
        return `${base}${PAGE_PATHS[page]}${written === '' ? '' : `?${written}`}`;
      },
      time: this.#time,
      now,
    };
  }

  /** A phone may say its name, but only from its own address: call lists are for its user alone. */
  #phoneOf({ address, query }: PageRequest, now: Instant): DeviceRecord | undefined {
    const { devices } = this.#dependencies;
    const named = devices.byName((query.get('name') ?? '').slice(0, MAX_QUERY));
    if (named !== undefined && (named.registration?.address === address || named.address === address)) return named;
    const holder = devices.holderOf(address, now);
    return holder === 'several' ? undefined : holder;
  }

  #authenticate({ query, address, isTraced }: PageRequest): PageAnswer {
    const { bus, clock, devices } = this.#dependencies;
    const at = clock.now();
    const [user, password] = [query.get('UserID') ?? '', query.get('Password') ?? ''];
    const isLong = user.length > MAX_QUERY || password.length > MAX_QUERY;
    const given = isLong ? { user: '', password: '' } : { user, password };
    const outcome = this.#authentication.check(this.#settings.authentication, given, address, at);
    const device = devices.byName((query.get('devicename') ?? '').slice(0, MAX_QUERY))?.configured.name;
    if (isTraced && bus.hasListener('service.authenticated'))
      bus.publish({
        ...{ type: 'service.authenticated', at, address, outcome },
        ...(device === undefined ? {} : { device }),
      });
    // No line end: phones compare the whole body.
    return plain(200, outcome === 'authorized' ? AUTHORIZED : UNAUTHORIZED, { 'Cache-Control': 'no-store' });
  }

  #publishOpened(
    page: PageName,
    { address, isTraced }: PageRequest,
    phone: DeviceRecord | undefined,
    status: number,
    at: Instant,
  ): void {
    const { bus } = this.#dependencies;
    if (!isTraced || !bus.hasListener('service.opened')) return;
    const device = phone === undefined ? {} : { device: phone.configured.name };
    bus.publish({ type: 'service.opened', at, address, ...device, page, status });
  }
}
