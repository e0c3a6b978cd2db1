import type { Config } from '../config/index.js';
import type { StreamNetwork } from '../net/ports.js';
import { reportTlsFailures } from '../net/sockets/tls-failures.js';
import type { DaemonEnvironment } from './environment.js';

/**
 * Streams of a protocol with TLS as the configuration wants it. Failed handshakes are published. A client is asked
 * for a certificate only while a device of the protocol has `requireTls`, for which its name is compared: some
 * clients ask their user which certificate to show.
 */
export const securedStreams = (
  protocol: 'SCCP' | 'SIP',
  config: Config,
  { streams, clock, bus }: DaemonEnvironment,
) => {
  const compares = ({ devices }: Config): boolean =>
    devices.some((device) => device.requireTls && device.protocol === protocol);
  let asks = compares(config);
  const reporting = reportTlsFailures(streams, protocol, clock, bus);
  const asking: StreamNetwork = {
    ...reporting,
    listen: (options, accept) => reporting.listen({ ...options, asksForCertificate: () => asks }, accept),
  };
  return {
    streams: asking,
    apply: (fresh: Config): void => {
      asks = compares(fresh);
    },
  };
};
