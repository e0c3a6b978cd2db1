// Faults of names, devices and the API.

import { wallTime } from '../../src/core/time.js';
import { systemClock } from '../../src/net/system-clock.js';
import type { FaultCase } from './fault-case.js';
import { SOUND } from './harness.js';

export const DEVICE_FAULTS: readonly FaultCase[] = [
  // ── names
  {
    code: 'names.node-elsewhere',
    state: 'warning',
    found: /^CM1 is 10\.7\.7\.7 in the DNS, and the configuration says 10\.10\.210\.10$/,
    fix: /^CM1 = 10\.10\.210\.10 in the DNS/,
    host: { dns: { CM1: ['10.7.7.7'] } },
  },
  {
    code: 'names.ciscocm1-elsewhere',
    state: 'warning',
    found: /^CiscoCM1 is 10\.10\.210\.10 and 10\.7\.7\.7 in the DNS/,
    fix: /^CiscoCM1 = 10\.10\.210\.10 in the DNS/,
    host: { dns: { CiscoCM1: ['10.10.210.10', '10.7.7.7'] } },
  },
  {
    code: 'power.wrong-mac',
    state: 'warning',
    found: /^SEP001122334456 was never seen, and differs from SEP001122334455 by one digit$/,
    fix: /^take SEP001122334456 out/,
    yaml: `${SOUND}  - { name: SEP001122334456, model: 7962, lines: [{ dn: 5010 }] }\n`,
    daemon: ({ devices, health }) => ({
      health: { ...health, startedAt: wallTime(systemClock.wallTime(systemClock.now())) },
      devices: async () => [...(await devices()), { name: 'SEP001122334456', status: 'Unknown', address: null }],
    }),
  },
  // ── devices
  {
    code: 'register.wrong-model',
    state: 'bad',
    found: /^SEP001122334455: It says that it is a Cisco 7941 \(115\)/,
    fix: /^model: 7941 {2}\(lab\.yaml:31\)$/,
    daemon: {
      verdicts: async () => ({
        groups: [
          {
            code: 'register.wrong-model',
            severity: 'blocking',
            confidence: 'certain',
            count: 1,
            sentence: 'It is another model.',
            devices: ['SEP001122334455'],
          },
          {
            code: 'harmless.tones',
            severity: 'harmless',
            count: 2,
            sentence: 'Without it tones are the American ones.',
            devices: [],
          },
        ],
        devices: [
          {
            device: 'SEP001122334455',
            verdict: {
              code: 'register.wrong-model',
              severity: 'blocking',
              sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
              remedy: [{ do: 'config', file: 'lab.yaml', line: 31, text: 'model: 7941' }],
            },
          },
        ],
      }),
    },
  },
  {
    code: 'power.never-seen',
    state: 'warning',
    found: /^nothing was ever heard of SEP0050564F6E88$/,
    fix: /^labcm doctor --listen 60s --device SEP0050564F6E88/,
    daemon: {
      devices: async () => [
        { name: 'SEP001122334455', status: 'Registered', address: null },
        { name: 'SEP0050564F6E88', status: 'Unknown', address: null },
      ],
    },
  },
  {
    code: 'files.unknown-device',
    state: 'warning',
    found: /^SEP001122334466 was seen and is not configured; SEP001122334455 is/,
    fix: /^- name: SEP001122334466$/,
    daemon: {
      strangers: async () => ({
        total: 2,
        phones: [
          {
            name: 'SEP001122334466',
            nearest: 'SEP001122334455',
            advice: 'add it',
            snippet: '- name: SEP001122334466\n  model: 7962\n',
          },
          { name: '10.10.210.10', nearest: null, advice: 'it gave no name', snippet: null },
        ],
      }),
    },
  },
  {
    code: 'power.never-seen',
    state: 'bad',
    found: /^nothing was heard of SEP001122334455 in 1 s$/,
    fix: /^its power and switch port/,
    only: ['listen'],
    options: ['listen'],
    view: { device: 'SEP001122334455' },
    daemon: { events: async () => [{ type: 'tftp.request', file: 'SEP0050564F6E88.cnf.xml' }] },
  },
  // ── api
  {
    code: 'api.off',
    state: 'warning',
    found: /^the API is off/,
    fix: /^http: /,
    yaml: `${SOUND}http: { api: { enabled: false } }\n`,
  },
];
