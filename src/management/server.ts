// The management interface: one TLS listener for the services that tools of CUCM ask (`docs/protocols/apis.md` §2 and §14).

import type { EventBus } from '../core/event-bus.js';
import type { LabcmEvent } from '../events.js';
import { type OpenHttpServer, openBounded } from '../http/bounded-server.js';
import { traceBudgetOf } from '../http/trace-budget.js';
import type { HandshakeLimit, TlsListenerIdentity } from '../net/ports.js';
import { AxlService } from './axl/axl-service.js';
import { axlDetail } from './axl/fault.js';
import type { AxlSources } from './axl/sources.js';
import { ControlCenter, type ControlSources } from './control/control-center.js';
import { CONTROL_SERVICE, CONTROL_SERVICE_EX } from './control/declaration.js';
import { DIME_SERVICE, LOG_SERVICE, RECORD_SERVICE } from './logs/declaration.js';
import { LogCollection, type LogSources } from './logs/log-collection.js';
import { PERFMON_SERVICE } from './perfmon/declaration.js';
import { PerfMon, type PerfSources } from './perfmon/perfmon.js';
import { Reporter } from './reporter.js';
import { RequestHandler, wsdlOf } from './request-handler.js';
import { RIS_SERVICE } from './ris/declaration.js';
import { answerOldPort, OLD_RIS_SERVICE } from './ris/old-port.js';
import { type RisNode, RisPort, type RisSources } from './ris/ris-port.js';
import { type ManagementSettings, TRACED_PER_SECOND } from './settings.js';
import { Uds } from './uds/uds.js';

/** What the management interface sees of the daemon. */
export interface ManagementSources
  extends RisSources,
    PerfSources,
    ControlSources,
    LogSources,
    Pick<AxlSources, 'cluster' | 'layer' | 'kept' | 'sql' | 'command' | 'certificates' | 'shared'> {
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: RisSources['devices'] & PerfSources['devices'] & AxlSources['devices'];
  self(): RisNode;
  nodes(): readonly RisNode[];
  /** 128 random bits as base64url. */
  randomId(): string;
}

/** What the listener shows, and how many handshakes it lets an address begin. */
export interface ManagementTls extends TlsListenerIdentity {
  /** A client with the right password costs its address nothing. Absent: the limits on connections are all. */
  readonly handshakes?: HandshakeLimit;
}

/** Opens it. Rejects with a `BindError`. */
export const openManagement = async (
  settings: ManagementSettings,
  { handshakes, ...tls }: ManagementTls,
  sources: ManagementSources,
): Promise<OpenHttpServer> => {
  const { address, port, limits, account, users } = settings;
  const { clock, bus } = sources;
  const traceBudget = traceBudgetOf('Management', TRACED_PER_SECOND, bus);
  const ris = new RisPort(sources, settings.rates.ris);
  const perfmon = new PerfMon(sources, settings.rates.perfmon);
  const control = new ControlCenter(sources);
  const logs = new LogCollection(sources);
  const axl = new AxlService({ ...sources, users }, settings.axl);
  const stop = (): void => {
    ris.close();
    perfmon.close();
    axl.close();
  };
  const handler = new RequestHandler({
    ...{ clock, account, self: () => sources.self(), pause: () => sources.pause(), randomId: () => sources.randomId() },
    reporter: new Reporter(clock, bus, traceBudget, account.user),
    uds: new Uds(sources, users),
    services: [
      { ...RIS_SERVICE, answer: (request) => ris.answer(request), document: wsdlOf(RIS_SERVICE) },
      { ...OLD_RIS_SERVICE, answer: (request) => answerOldPort(ris, request) },
      { ...PERFMON_SERVICE, answer: (request) => perfmon.answer(request), document: wsdlOf(PERFMON_SERVICE) },
      { ...CONTROL_SERVICE, answer: (request) => control.answer(request), document: wsdlOf(CONTROL_SERVICE) },
      { ...CONTROL_SERVICE_EX, answer: (request) => control.answer(request), document: wsdlOf(CONTROL_SERVICE_EX) },
      { ...LOG_SERVICE, answer: (request) => logs.answer(request), document: wsdlOf(LOG_SERVICE) },
      { ...DIME_SERVICE, answer: (request) => logs.answer(request, 'attachment'), document: wsdlOf(DIME_SERVICE) },
      { ...RECORD_SERVICE, answer: (request) => logs.answer(request), document: wsdlOf(RECORD_SERVICE) },
      {
        ...{ name: 'AXL', path: '/axl', detailOf: axlDetail },
        answer: (request, asker) => axl.answer(request, asker),
        document: (resource, query, location) => axl.document(resource, query, location),
      },
    ],
  });
  try {
    const server = await openBounded((request, response) => void handler.handle(request, response), {
      ...{ service: 'Management', address, port, tls, readsBodies: true, limits, clock, bus, traceBudget },
      ...(handshakes === undefined ? {} : { handshakes }),
    });
    return {
      local: server.local,
      get connections() {
        return server.connections;
      },
      close: () => {
        stop();
        return server.close();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
};
