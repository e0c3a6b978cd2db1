// Whose a packet is. Events tell it, when a message has said who sent it.

import type { EventBus } from '../core/event-bus.js';
import { deviceKey, type MacAddress, macOfName, parseIpv4Address, parseMacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import {
  type DeviceConfigured,
  type DeviceRecord,
  type DeviceRegistered,
  deviceOfFile,
  namedInFile,
  type RequestOrigin,
} from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import type { FlowTransport } from './flow.js';
import type { CapturedService } from './record.js';

/** The part of the device database that says whose a packet is. */
export interface CaptureDevices {
  devices(): Iterable<DeviceRecord>;
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** Somebody whom nobody configured, by name in upper case or hardware address. */
export interface Stranger {
  readonly key: string;
}

/** Whose packets are meant, or to whom they belong. */
export type PacketOwner = DeviceRecord | Stranger;

/** Whether it is a configured device. */
export const isDevice = (owner: PacketOwner): owner is DeviceRecord => 'configured' in owner;

/** The keys of the rings that hold the packets of a device. */
export const keysOfDevice = ({ configured: { name, mac } }: DeviceRecord): readonly string[] =>
  mac === undefined ? [deviceKey(name)] : [deviceKey(name), mac];

/**
 * The device that somebody means by a name in any case, a hardware address in any spelling, or an IPv4 address;
 * otherwise the keys of the rings of a stranger who is called or addressed so.
 */
export const whoIsMeant = (who: string, devices: CaptureDevices, at: Instant): DeviceRecord | readonly string[] => {
  const named = devices.byName(who);
  if (named !== undefined) return named;
  const mac = parseMacAddress(who);
  if (mac !== undefined)
    return devices.byMac(mac) ?? devices.byName(`SEP${mac}`) ?? [mac, deviceKey(`SEP${mac}`), deviceKey(`ATA${mac}`)];
  if (parseIpv4Address(who) !== undefined) {
    const holder = devices.holderOf(who, at);
    return holder === undefined || holder === 'several' ? [who] : holder;
  }
  const inName = macOfName(who);
  return inName === undefined ? [deviceKey(who)] : [deviceKey(who), inName];
};

/** One end of a flow, by the service that has it. */
export interface FlowPlace {
  readonly service: CapturedService;
  readonly transport: FlowTransport;
  readonly address: string;
  readonly port: number;
}

/** What an event says. */
export interface AttributionListener {
  /** The packets of this flow belong to this owner. */
  onOwner(place: FlowPlace, owner: PacketOwner): void;
  /** A file was requested, and nothing says by whom: it stays with the owner of the flow. */
  onSameOwner(place: FlowPlace): void;
  /** The file that this flow carried is complete, or has failed. */
  onFileEnded(place: FlowPlace): void;
  /** The SCCP server counts this connection as number `link`. */
  onLink(place: FlowPlace, link: number): void;
  /** The owner of a connection of SCCP, by its number. */
  onLinkOwner(link: number, owner: PacketOwner): void;
  /** Whether the device is registered has changed. */
  onWellness(device: string, isWell: boolean): void;
  /** A device was added, changed or removed. */
  onDevicesChanged(): void;
  /** There is no such device any more; its name in upper case. */
  onDeviceRemoved(key: string): void;
  /** A fault was made on purpose of what this owner sent or was to get there, by whichever transport. */
  onInjected(place: Omit<FlowPlace, 'transport'>, owner: PacketOwner): void;
  /** The registration that came from there has ended. */
  onUnregistered(place: FlowPlace): void;
}

interface AboutConnection {
  readonly device: string;
  readonly protocol: 'SCCP' | 'SIP';
  readonly transport: FlowTransport;
  readonly address: string;
  readonly port: number;
}

/** The places of faults whose packets are not named otherwise. A DHCP message names its client itself. */
const INJECTED_AT: readonly CapturedService[] = ['tftp', 'http', 'sccp', 'sip'];

/** Listens to the events that say whose packets are. Returns how to end that. */
export const listenForOwners = (
  bus: EventBus<LabcmEvent>,
  devices: CaptureDevices,
  listener: AttributionListener,
): (() => void) => {
  const named = (name: string): PacketOwner => devices.byName(name) ?? { key: deviceKey(name) };
  const placeOf = ({ protocol, transport, address, port }: Omit<AboutConnection, 'device'>): FlowPlace => ({
    service: protocol === 'SCCP' ? 'sccp' : 'sip',
    transport,
    address,
    port,
  });
  const onNamed = (event: AboutConnection): void => {
    if (event.device !== '') listener.onOwner(placeOf(event), named(event.device));
  };
  /** By the name in the request or in the file, else by who requested files from this port, or has the address. */
  const onFile = (place: FlowPlace, file: string, device: string | undefined, at: Instant): void => {
    const inFile = device === undefined ? namedInFile(file) : undefined;
    if (device !== undefined) listener.onOwner(place, named(device));
    else if (inFile !== undefined)
      listener.onOwner(place, deviceOfFile(devices, inFile) ?? { key: deviceKey(inFile.name) });
    else {
      const holder = devices.fileRequesterAt(place, at) ?? devices.holderOf(place.address, at);
      if (holder === undefined || holder === 'several') listener.onSameOwner(place);
      else listener.onOwner(place, holder);
    }
  };
  const tftp = ({ address, port }: RequestOrigin): FlowPlace => ({ service: 'tftp', transport: 'udp', address, port });
  const http = ({ address, port }: RequestOrigin): FlowPlace => ({ service: 'http', transport: 'tcp', address, port });
  const changed = (): void => listener.onDevicesChanged();
  const stops = [
    bus.on('device.registering', onNamed),
    bus.on('device.rejected', onNamed),
    bus.on('device.registered', (event: DeviceRegistered) => {
      onNamed(event);
      listener.onWellness(deviceKey(event.device), true);
    }),
    bus.on('device.unregistered', (event) => {
      listener.onUnregistered(placeOf(event));
      listener.onWellness(deviceKey(event.device), false);
    }),
    bus.on('device.added', changed),
    bus.on('device.changed', changed),
    bus.on('device.removed', ({ device }: DeviceConfigured) => {
      changed();
      listener.onDeviceRemoved(deviceKey(device));
    }),
    bus.on('tftp.request', ({ context, file, device, at }) => onFile(tftp(context), file, device, at)),
    bus.on('tftp.completed', ({ context }) => listener.onFileEnded(tftp(context))),
    bus.on('tftp.failed', ({ context }) => listener.onFileEnded(tftp(context))),
    bus.on('http.request', ({ context, file, at }) => onFile(http(context), file, undefined, at)),
    bus.on('http.file', ({ context }) => listener.onFileEnded(http(context))),
    bus.on('sip.register-answered', ({ device, transport, source, sentTo }) => {
      if (device === undefined || device === '') return;
      for (const where of new Set([source, sentTo])) {
        const colon = where.lastIndexOf(':');
        const place = { address: where.slice(0, colon), port: Number(where.slice(colon + 1)) };
        listener.onOwner({ service: 'sip', transport, ...place }, named(device));
      }
    }),
    bus.on('sccp.link-opened', ({ station: { link, address }, port, transport }) =>
      listener.onLink({ service: 'sccp', transport, address, port }, link),
    ),
    // What is lost on its way in has no other event.
    bus.on('fault.injected', ({ where, device, address, port }) => {
      const service = INJECTED_AT.find((one) => one === where);
      if (service !== undefined && device !== undefined) listener.onInjected({ service, address, port }, named(device));
    }),
    bus.on('sccp.token', ({ station: { link, device } }) => {
      if (device !== undefined && device !== '') listener.onLinkOwner(link, named(device));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
