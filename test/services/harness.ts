// The services for phones on a database with devices, a clock that a test advances, and a reader for what they answer.

import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName, DirectoryNumber } from '../../src/core/identifiers.js';
import { readXml, type XmlNode } from '../../src/core/xml/reader.js';
import { type ConfiguredDevice, DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { PhoneServices } from '../../src/services/phone-services.js';
import type { PhoneServiceSettings } from '../../src/services/settings.js';
import { ManualClock } from '../support/manual-clock.js';

export const SETTINGS: PhoneServiceSettings = {
  pages: true,
  authentication: { user: 'lab', password: 'a good password' },
  entries: [],
  timeZone: 'Europe/Berlin',
  cluster: 'StandAloneCluster',
};

export interface AskOptions {
  readonly from?: string;
  readonly host?: string;
  readonly acceptCharset?: string;
  readonly isTraced?: boolean;
}

export class ServiceHarness {
  readonly clock = new ManualClock();
  readonly events: LabcmEvent[] = [];
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly database: DeviceDatabase;
  readonly services: PhoneServices;

  constructor(devices: readonly ConfiguredDevice[], settings: PhoneServiceSettings = SETTINGS) {
    this.database = new DeviceDatabase(this.bus);
    this.services = new PhoneServices(settings, {
      bus: this.bus,
      clock: this.clock,
      devices: this.database,
      ownHost: () => '10.10.210.10:6970',
    });
    this.database.configure(devices, this.clock.now());
    for (const type of ['service.opened', 'service.authenticated'] as const)
      this.bus.on(type, (event) => this.events.push(event));
  }

  /** The device registers from there. */
  register(name: string, address: string): void {
    const record = this.database.byName(name);
    if (record === undefined) throw new Error(`no device ${name}`);
    const { model, lines, protocol } = record.configured;
    const result = this.database.register(
      {
        ...{ name: name as DeviceName, protocol, transport: 'tcp', address, port: 50_000, link: 1 },
        ...{ typeId: model.id, protocolVersion: 17, load: 'SCCP45.9-4-2SR3-1S' },
        ...{ mac: undefined, dn: undefined, peer: undefined },
      },
      this.clock.now(),
    );
    if (!result.accepted) throw new Error(`refused: ${result.reason}`);
    if (protocol === 'SCCP') this.database.reportCapabilities(result.registration, [], this.clock.now());
    else
      this.database.bindLines(
        result.registration,
        lines.map(({ dn }) => dn as DirectoryNumber),
        this.clock.now(),
      );
  }

  ask(target: string, { from = '10.10.210.200', host, acceptCharset, isTraced = true }: AskOptions = {}) {
    const url = new URL(target, 'http://labcm');
    return this.services.answer({
      ...{ path: url.pathname, query: url.searchParams, address: from, host, acceptCharset, isTraced },
    });
  }

  /** The object that a page shows. */
  open(target: string, options: AskOptions = {}): XmlNode {
    const answer = this.ask(target, options);
    const root = answer === undefined ? undefined : readXml(answer.body.toString('utf8'));
    if (root === undefined) throw new Error(`no object at ${target}`);
    return root;
  }
}

/** The texts of all elements of a name, in their order. */
export const textsOf = (node: XmlNode, name: string): readonly string[] => [
  ...(node.name === name ? [node.text] : []),
  ...node.children.flatMap((child) => textsOf(child, name)),
];
