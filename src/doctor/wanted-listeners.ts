// Lists the sockets that the daemon would open, with the key of the configuration for each.

import type { Config } from '../config/index.js';
import type { Host } from '../net/host/host.js';

/** A socket that the daemon would open. `path` leads to its key. */
export interface WantedListener {
  readonly path: readonly string[];
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** The sockets of all services that are enabled, without those that take any free port. */
export const wantedListeners = (host: Pick<Host, 'addresses'>, config: Config): readonly WantedListener[] => {
  const { dhcp, tftp, http, management, sccp, sip, secureMode } = config;
  const { capf, tvs } = secureMode;
  const { provisioning, api } = http;
  const at =
    (enabled: boolean, address: string) =>
    (transport: WantedListener['transport'], path: string, port: number | undefined): readonly WantedListener[] =>
      enabled && port !== undefined && port !== 0 ? [{ path: path.split('.'), transport, address, port }] : [];
  const wires = host.addresses().filter(({ interface: name }) => dhcp.interfaces.includes(name));
  const ofSccp = at(sccp.enabled, sccp.address);
  const ofSip = at(sip.enabled, sip.address);
  return [
    ...wires.flatMap(({ address }) => at(dhcp.enabled, address)('udp', 'dhcp.port', dhcp.port)),
    ...at(tftp.enabled, tftp.address)('udp', 'tftp.port', tftp.port),
    ...at(provisioning.enabled, provisioning.address)('tcp', 'http.provisioning.port', provisioning.port),
    ...at(provisioning.enabled, provisioning.address)('tcp', 'http.provisioning.https', provisioning.https),
    ...at(api.enabled, api.address)('tcp', 'http.api.port', api.port),
    ...at(management.enabled, management.address)('tcp', 'management.port', management.port),
    ...ofSccp('tcp', 'sccp.port', sccp.port),
    ...ofSccp('tcp', 'sccp.tls', sccp.tls?.port),
    ...ofSip('udp', 'sip.udp', sip.udp),
    ...ofSip('tcp', 'sip.tcp', sip.tcp),
    ...ofSip('tcp', 'sip.tls', sip.tls?.port),
    ...at(capf !== undefined, capf?.address ?? '')('tcp', 'security.capf.port', capf?.port),
    ...at(provisioning.enabled, provisioning.address)('tcp', 'security.https', secureMode.https),
    ...at(tvs !== undefined, tvs?.address ?? '')('tcp', 'security.tvs.port', tvs?.port),
  ];
};
