/** A configuration of every service on free ports of loopback, with DHCP. The devices come after it. */
export const loopbackServices = (leaseTime = '1h'): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: lo
  port: 0
  clientPort: 6868
  subnets:
    - { subnet: 127.0.0.0/8, pools: [127.0.1.100-127.0.1.199], option150: [127.0.0.1], leaseTime: ${leaseTime} }
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`;
