// The running daemon as `labcm doctor` asks it, over the API.

import { after, type Clock, type Duration, parseWallTime, wallTime } from '../core/time.js';
import type { Discovery } from '../dhcp/discovery.js';
import type { AskedDaemon, DaemonEventJson, DaemonFacts, GivenVerdicts } from '../doctor/view.js';
import type { DiscoveryJson, DoctorJson, HealthJson, LeaseJson, VerdictsJson } from '../http/api/shapes.js';
import { type ApiClient, ApiRefusal, NoAnswer } from './api-client.js';
import { answerOf, type JsonReader, listOf, number, orNull, record, text } from './api-schemas.js';
import { listedDevice, unknownPhonesAnswer } from './device-schemas.js';

const health = answerOf<HealthJson>()(
  record({
    version: text,
    startedAt: text,
    listeners: listOf(record({ service: text, transport: text, address: text, port: number })),
    degradations: listOf(record({ part: text, reason: text })),
  }),
);

const facts = answerOf<DoctorJson>()(
  record({
    pid: number,
    file: text,
    readAt: text,
    refused: orNull(record({ at: text, faults: listOf(text) })),
    realm: text,
    relays: listOf(text),
    counters: (value) => (typeof value === 'object' && value !== null ? (value as Record<string, number>) : undefined),
  }),
);

const offer = record({
  server: text,
  from: text,
  yiaddr: text,
  siaddr: text,
  options: (value) => (typeof value === 'object' && value !== null ? (value as Record<string, string>) : undefined),
});
const heard = record({ kind: text, interface: text, offers: listOf(offer) });
const refused = record({ kind: text, why: text });
const discovery = answerOf<DiscoveryJson>()((value): Discovery | undefined => {
  const answer = heard(value) ?? refused(value);
  return answer === undefined ? undefined : (value as Discovery);
});

const lease = answerOf<LeaseJson>()(record({ address: text, mac: text, state: text }));

const anything: JsonReader<unknown> = (value) => value;
const verdictFields = { code: text, severity: text, sentence: text };
const verdicts = answerOf<VerdictsJson>()(
  record({
    groups: listOf(record({ ...verdictFields, count: number, devices: listOf(text) })),
    devices: listOf(record({ device: text, verdict: orNull(record({ ...verdictFields, remedy: listOf(anything) })) })),
  }),
);

const STRANGERS_SHOWN = 20;

/**
 * The daemon behind the client; `undefined`: none answers there, or what answers is no labcm. `patient`: the same with more
 * time, for what takes seconds.
 */
export const askedDaemon = async (
  api: ApiClient,
  patient: ApiClient,
  clock: Clock,
): Promise<AskedDaemon | undefined> => {
  const found = await api.ask(health, '/healthz').catch(() => undefined);
  if (found === undefined) return undefined;
  const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
    let asked: Promise<T> | undefined;
    return () => {
      asked ??= read();
      return asked;
    };
  };
  return {
    base: api.base,
    health: { ...found, startedAt: parseWallTime(found.startedAt) ?? wallTime(0) },
    facts: once(async (): Promise<DaemonFacts | undefined> => {
      const answer = await whereThereIsOne(api.ask(facts, '/api/doctor'));
      if (answer === undefined) return undefined;
      const { refused: reload, readAt, ...others } = answer;
      return {
        ...others,
        readAt: parseWallTime(readAt) ?? wallTime(0),
        refused: reload === null ? undefined : { at: parseWallTime(reload.at) ?? wallTime(0), faults: reload.faults },
      };
    }),
    devices: once(() => api.all(listedDevice, '/api/devices', 'devices')),
    strangers: once(async () => {
      const { total, phones } = await api.ask(unknownPhonesAnswer, `/api/unknown-phones?limit=${STRANGERS_SHOWN}`);
      return { total, phones: phones.map(({ name, unknown }) => ({ name, ...unknown })) };
    }),
    leases: once(() => api.all(lease, '/api/leases', 'leases')),
    metrics: once(async () => metricsIn(await wholeText(api, '/metrics'))),
    verdicts: once(() => whereThereIsOne<GivenVerdicts>(api.ask(verdicts, '/api/verdicts'))),
    discover: (name) =>
      patient.ask(
        discovery,
        `/api/doctor/discover${name === undefined ? '' : `?interface=${encodeURIComponent(name)}`}`,
        'POST',
        'the DISCOVER',
      ),
    events: (types, within, options) => eventsOf(api, clock, types, { within, ...options }),
  };
};

/** An older daemon has no such path. */
const whereThereIsOne = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiRefusal && error.code === 'no-such-path') return undefined;
    throw error;
  }
};

const SOON_MS = 2_000;

const wholeText = async (api: ApiClient, path: string): Promise<string> => {
  const response = await api.stream(path, path, AbortSignal.timeout(SOON_MS));
  return response.text();
};

/** The values in Prometheus' text format, by name and labels as they are written. */
const metricsIn = (lines: string): ReadonlyMap<string, number> =>
  new Map(
    lines.split('\n').flatMap((line): [string, number][] => {
      const [, name, value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, Number(value)]];
    }),
  );

interface Listening {
  readonly within: Duration;
  readonly listening?: () => void;
  readonly enough?: (event: DaemonEventJson) => boolean;
}

/** Reads server-sent events (HTML §9.2): each is a line that begins with `data:`. */
const eventsOf = async (
  api: ApiClient,
  clock: Clock,
  types: readonly string[],
  { within, listening, enough }: Listening,
): Promise<readonly DaemonEventJson[]> => {
  const abort = new AbortController();
  const found: DaemonEventJson[] = [];
  let pending = '';
  const timer = clock.callAt(after(clock.now(), within), () => abort.abort());
  try {
    const path = `/api/events?type=${types.join(',')}`;
    const { body } = await api.stream(path, path, abort.signal);
    listening?.();
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      const lines = (pending + Buffer.from(chunk).toString('utf8')).split('\n');
      pending = lines.pop() ?? '';
      const fresh = lines.flatMap((line) => (line.startsWith('data:') ? eventIn(line.slice('data:'.length)) : []));
      found.push(...fresh.slice(0, MOST_EVENTS - found.length));
      if (enough !== undefined && fresh.some(enough)) break;
    }
  } catch (error) {
    if (!abort.signal.aborted) throw new NoAnswer(api.base, error instanceof Error ? error.message : String(error));
  } finally {
    timer.cancel();
    abort.abort();
  }
  return found;
};

const MOST_EVENTS = 10_000;

const eventIn = (data: string): readonly DaemonEventJson[] => {
  try {
    const event = JSON.parse(data) as unknown;
    return record({ type: text })(event) === undefined ? [] : [event as DaemonEventJson];
  } catch {
    return [];
  }
};
