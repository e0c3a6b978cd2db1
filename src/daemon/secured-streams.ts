import type { Config } from '../config/index.js';
import type { StreamNetwork } from '../net/ports.js';
import { tappedStreams } from '../net/sockets/tapped-networks.js';
import { reportTlsFailures } from '../net/sockets/tls-failures.js';
import type { DaemonEnvironment } from './environment.js';

/**
 * Streams of a protocol with TLS as the configuration wants it, and with the tap of the capture. Failed handshakes are
 * published. A client is asked
 * for a certificate only while a device of the protocol has `requireTls`, for which its name is compared: some
 * clients ask their user which certificate to show.
 */
export const securedStreams = (
  protocol: 'SCCP' | 'SIP',
  config: Config,
  { streams, clock, bus, capture }: DaemonEnvironment,
) => {
  const compares = ({ devices }: Config): boolean =>
    devices.some((device) => device.requireTls && device.protocol === protocol);
  let asks = compares(config);
  const service = protocol === 'SCCP' ? 'sccp' : 'sip';
  const tapped = tappedStreams(streams, (secure) => capture.streamTaps(service, secure));
  const reporting = reportTlsFailures(tapped, protocol, clock, bus);
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
