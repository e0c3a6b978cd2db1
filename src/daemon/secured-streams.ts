import type { Config } from '../config/index.js';
import type { StreamListenOptions, StreamNetwork } from '../net/ports.js';
import { tappedStreams } from '../net/sockets/tapped-networks.js';
import { reportTlsFailures } from '../net/sockets/tls-failures.js';
import { boundHandshakes } from '../net/sockets/unproven-handshakes.js';
import type { DaemonEnvironment } from './environment.js';

/**
 * Streams of a protocol with TLS as the configuration wants it, and with the tap of the capture. Failed handshakes are
 * published, and those of clients that prove nothing are bounded. In mixed mode every client is asked for a certificate. Else
 * a client is asked only while a device of the protocol has `requireTls`, for which its name is compared: some clients ask
 * their user which certificate to show.
 */
export const securedStreams = (
  protocol: 'SCCP' | 'SIP',
  config: Config,
  { streams, clock, bus, capture, trust }: DaemonEnvironment,
) => {
  const { mode, cutsOffUntrusted, unproven } = config.secureMode;
  const compares = ({ devices }: Config): boolean =>
    mode === 'mixed' || devices.some((device) => device.requireTls && device.protocol === protocol);
  let asks = compares(config);
  const service = protocol === 'SCCP' ? 'sccp' : 'sip';
  const tapped = tappedStreams(streams, (secure) => capture.streamTaps(service, secure));
  const bounded = boundHandshakes(reportTlsFailures(tapped, protocol, clock, bus), clock, unproven);
  const proving: Partial<StreamListenOptions> =
    mode === 'mixed' && trust !== undefined ? { phoneIssuers: trust.phoneIssuers, cutsOffUntrusted } : {};
  const asking: StreamNetwork = {
    ...bounded,
    listen: (options, accept) =>
      bounded.listen(
        { ...options, asksForCertificate: () => asks, ...(options.tls === undefined ? {} : proving) },
        accept,
      ),
  };
  return {
    streams: asking,
    apply: (fresh: Config): void => {
      asks = compares(fresh);
    },
  };
};
