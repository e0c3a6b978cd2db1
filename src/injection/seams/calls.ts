// Faults of calls: how a called phone rings, and where it sends its speech. Without rules its leg is as before.

import type { LegPort, LegSupplier } from '../../calls/index.js';
import type { ActiveFaultRule } from '../active-rule.js';
import { NOBODY } from '../effects.js';
import type { Injector } from '../injector.js';
import type { FaultName } from '../settings.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

/** Who decides that a phone rings: labcm, as over SCCP, or the phone by itself, as over SIP. */
export type RingsBy = 'server' | 'phone';

/** A phone that rings by itself cannot be kept from it. */
const FAULTS_BY: Readonly<Record<RingsBy, ReadonlySet<FaultName>>> = {
  server: new Set(['no-ringing', 'one-way-audio']),
  phone: new Set(['one-way-audio']),
};
/** What is sent to this port at nobody's address is lost (RFC 863). */
const DISCARD_PORT = 9;

class CalledPhones implements ReplaceablePort {
  readonly #injector: Injector;
  readonly #supplier: LegSupplier;
  readonly #faults: ReadonlySet<FaultName>;
  #restore: () => void = () => {};

  constructor(injector: Injector, supplier: LegSupplier, ringsBy: RingsBy) {
    this.#injector = injector;
    this.#supplier = supplier;
    this.#faults = FAULTS_BY[ringsBy];
  }

  install(): void {
    const supplier = this.#supplier;
    const { portFor } = supplier;
    this.#restore = replaceMethods(supplier, {
      portFor: (leg) => {
        const port = portFor.call(supplier, leg);
        if (port !== undefined) this.#change(port, leg.device ?? '');
        return port;
      },
    });
  }

  uninstall(): void {
    this.#restore();
  }

  #change(port: LegPort, device: string): void {
    const injector = this.#injector;
    const subject = injector.subjectOf('call', { address: '', port: 0 }, { device });
    const make = ({ rule: { fault } }: ActiveFaultRule): string => {
      if (fault === 'no-ringing') keepQuiet(port);
      else sendToNobody(port);
      return '';
    };
    injector.inject({ place: 'call', faults: this.#faults, direction: 'sent', names: [], subject }, make);
  }
}

const keepQuiet = (port: LegPort): void => {
  const { ring } = port;
  port.ring = (call, now) => ring.call(port, { ...call, isSilent: true }, now);
};

const sendToNobody = (port: LegPort): void => {
  const { openReceive, transmit } = port;
  const nowhere = { address: NOBODY, port: DISCARD_PORT };
  port.openReceive = (media, far, now) => openReceive.call(port, media, far === undefined ? undefined : nowhere, now);
  port.transmit = (stream, now) => transmit.call(port, { ...stream, to: nowhere }, now);
};

/** Takes the supplier of the legs of the phones of a protocol. */
export const injectedCalls = (injector: Injector, supplier: LegSupplier, ringsBy: RingsBy): void =>
  new PortSet<CalledPhones>(injector, 'call').add(new CalledPhones(injector, supplier, ringsBy));
