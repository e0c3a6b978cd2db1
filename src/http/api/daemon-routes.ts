// The routes about the daemon itself: its health, its metrics, this API, and what `labcm doctor` asks.

import { isoTime } from './common-json.js';
import { buildInfo, renderMetrics } from './metrics.js';
import { answered, type Route } from './route.js';
import type { DiscoveryJson, DoctorJson, HealthJson } from './shapes.js';

/** All of them. */
export const DAEMON_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    about: 'whether the daemon works, and what it listens on; for anybody',
    shape: 'HealthJson',
    isOpen: true,
    errors: [],
    answer: (call, { sources }) => {
      const { version, startedAt, clock, devices } = sources;
      const listeners = sources.listeners();
      const registered = devices.registered;
      const degradations = sources.degradations();
      const [oldest] = degradations;
      // 200 even if degraded: phones are served, and a supervisor that restarts labcm would interrupt that.
      return answered(call, {
        status: degradations.length === 0 ? 'ok' : 'degraded',
        ...(oldest === undefined
          ? {}
          : {
              reason: degradations.map(({ part, reason }) => `${part}: ${reason}`).join('; '),
              since: isoTime(clock, oldest.since),
            }),
        degradations: degradations.map(({ since, ...about }) => ({ ...about, since: isoTime(clock, since) })),
        version,
        startedAt: isoTime(clock, startedAt),
        devices: devices.size,
        registered,
        listeners,
      } satisfies HealthJson);
    },
  },
  {
    method: 'GET',
    path: '/api/openapi.json',
    about: 'this API as an OpenAPI 3.1 document',
    query: {},
    shape: 'OpenApiJson',
    errors: ['query'],
    answer: async (call, { document }) => answered(call, await document()),
  },
  {
    method: 'GET',
    path: '/metrics',
    about: 'counters for Prometheus',
    shape: { media: 'text/plain' },
    example: { answer: '# HELP labcm_devices Devices in the database.\n# TYPE labcm_devices gauge\nlabcm_devices 2\n' },
    errors: [],
    answer: async (call, { sources, collector: counts }) => {
      const node = sources.cluster.shared?.self;
      const { text, contentType } = await renderMetrics(
        [buildInfo(sources.version, node), ...counts.metrics(), ...sources.metrics()],
        counts.histograms,
        node === undefined ? {} : { node },
      );
      return call.body(text, 200, { 'Content-Type': contentType });
    },
  },
  {
    method: 'GET',
    path: '/api/doctor',
    about: 'what `labcm doctor` asks of the daemon',
    query: {},
    shape: 'DoctorJson',
    errors: ['query'],
    answer: (call, { sources: { clock, doctor } }) => {
      const { readAt, refused, ...facts } = doctor.facts();
      return answered(call, {
        ...facts,
        readAt: isoTime(clock, readAt),
        refused: refused === undefined ? null : { at: isoTime(clock, refused.at), faults: refused.faults },
      } satisfies DoctorJson);
    },
  },
  {
    method: 'POST',
    path: '/api/doctor/discover',
    about: 'what other DHCP servers offer',
    query: { interface: { meaning: 'the network interface; else that of the DHCP service' } },
    shape: 'DiscoveryJson',
    errors: ['query', 'token'],
    answer: async (call, { sources: { doctor } }) =>
      call.json((await doctor.discover(call.req.query('interface'))) satisfies DiscoveryJson),
  },
];
