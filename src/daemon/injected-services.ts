// The networks and files of the services with the faults that rules ask for.

import { wallTime } from '../core/time.js';

import { sccpWire } from '../injection/protocols/sccp.js';
import { sipWire } from '../injection/protocols/sip.js';
import { tftpWire } from '../injection/protocols/tftp.js';
import { injectedDatagrams } from '../injection/seams/datagrams.js';
import { type HandshakeFaults, injectedHandshakes } from '../injection/seams/handshakes.js';
import { injectedStreams } from '../injection/seams/streams.js';
import type { DatagramNetwork, StreamNetwork } from '../net/ports.js';
import { expiredIdentity } from '../security/expired-identity.js';
import type { DaemonEnvironment } from './environment.js';

const YEAR_MS = 365 * 86_400_000;
const PROTOCOLS = { tftp: tftpWire, sccp: sccpWire, sip: sipWire };

/** The same network, with the faults of datagrams of a service. */
export const faultyDatagrams = (
  network: DatagramNetwork,
  { injector }: Pick<DaemonEnvironment, 'injector'>,
  place: 'tftp' | 'sip',
): DatagramNetwork => injectedDatagrams(network, injector, place, PROTOCOLS[place]);

/** The faults of TLS handshakes. */
export const handshakeFaults = ({
  injector,
  clock,
}: Pick<DaemonEnvironment, 'injector' | 'clock'>): HandshakeFaults => ({
  injector,
  expired: (usual) => {
    const now = clock.wallTime(clock.now());
    return expiredIdentity(usual, wallTime(now - 2 * YEAR_MS), wallTime(now - YEAR_MS));
  },
});

/** The same network, with the faults of connections of a service, and of their handshakes. */
export const faultyStreams = (
  network: StreamNetwork,
  environment: Pick<DaemonEnvironment, 'injector' | 'clock'>,
  place: 'sccp' | 'sip',
): StreamNetwork =>
  injectedStreams(injectedHandshakes(network, handshakeFaults(environment)), {
    injector: environment.injector,
    place,
    protocol: PROTOCOLS[place],
  });
