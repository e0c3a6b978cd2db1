// The services that a bench does not ask anything of, for the configuration of its daemon: what a daemon costs is measured
// with all of it running.

const SERVICES = {
  dhcp: `dhcp:
  enabled: true
  interface: lo
  port: 0
  clientPort: 7068
  subnets: [{ subnet: 127.0.0.0/8, pools: [127.0.1.100-127.0.1.199], option150: [127.0.0.1] }]`,
  tftp: 'tftp: { listen: 127.0.0.1, port: 0 }',
  http: 'http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }',
  sccp: 'sccp: { listen: 127.0.0.1, port: 0 }',
  sip: 'sip: { listen: 127.0.0.1, udp: 7061, tcp: 7061 }',
} as const;

/** YAML of every service but those that are configured elsewhere. */
export const besides = (...own: readonly (keyof typeof SERVICES)[]): string =>
  Object.entries(SERVICES)
    .filter(([name]) => !(own as readonly string[]).includes(name))
    .map(([, yaml]) => yaml)
    .join('\n');
