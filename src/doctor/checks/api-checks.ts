// Whether people and programs can ask the daemon, and only they.

import { type DoctorCheck, warning, well } from '../check.js';

const access: DoctorCheck = {
  group: 'api',
  name: 'access',
  looksAt: 'that the API is on, and from where a browser reaches it; a missing token is a fault of the configuration',
  finds: { 'api.off': '`http: { api: { enabled: true } }`', 'api.reached': 'nothing; `--all` shows it' },
  run: ({ host, located }) => {
    const { enabled, address, port } = located.config.http.api;
    if (!enabled)
      return [
        warning('api.off', 'the API is off: status, timeline, doctor and metrics have nothing to ask', {
          wanted: 'an API, on loopback at least',
          fix: ['http: { api: { enabled: true } }'],
        }),
      ];
    const own = host.addresses().filter(({ loopback }) => !loopback);
    const places = address === '0.0.0.0' ? own.map((one) => one.address) : [address];
    const from = address.startsWith('127.') ? 'this machine alone' : 'its networks, with the token for changes';
    return [
      well('api.reached', `the API is at ${places.map((one) => `http://${one}:${port}`).join(', ')}, for ${from}`),
    ];
  },
};

/** The group `api`. */
export const API_CHECKS: readonly DoctorCheck[] = [access];
