// A device as RIS tells it (`docs/protocols/apis.md` §4.3). Every element is always there: scripts pair and index them.

import type { Instant, WallTime } from '../../core/time.js';
import type { DeviceRecord, LoadReport, Model } from '../../devices/index.js';
import type { CmDevice } from './declaration.js';
import type { RisDeviceStatus } from './device-status.js';

/** What the values are made with. */
export interface DeviceView {
  wallTime(at: Instant): WallTime;
  /** Whether the file of the device leaves its web pages on. */
  hasWebPages(record: DeviceRecord): boolean;
}

const NO_TRUNK: CmDevice['H323Trunk'] = {
  ConfigName: null,
  TechPrefix: null,
  Zone: null,
  RemoteCmServer1: null,
  RemoteCmServer2: null,
  RemoteCmServer3: null,
  AltGkList: null,
  ActiveGk: null,
  CallSignalAddr: null,
  RasAddr: null,
};

/** CUCM's product ids where they differ from the device type id. */
const PRODUCTS: ReadonlyMap<number, number> = new Map([
  [7, 35],
  [8, 36],
  [6, 34],
  [20, 33],
  [9, 32],
  [72, 25],
  [30027, 30065],
]);

/** CUCM's product id of a device type. */
export const productOf = (model: number): number => PRODUCTS.get(model) ?? model;

const VOICE_MAIL_PORT = 80;
const VGC_GATEWAY = 48;
/** The PerfMon object of phones. */
const PHONES = 2;

const DOWNLOADS: Readonly<Record<LoadReport['download'], string>> = {
  started: 'Upgrading',
  succeeded: 'Successful',
  failed: 'Failed',
};

/** A class of devices. */
export type DeviceClass = 'Phone' | 'Gateway' | 'MediaResources' | 'VoiceMail';

/** The class of a model. */
export const deviceClass = ({ kind, id }: Model): DeviceClass => {
  if (kind === 'media') return 'MediaResources';
  if (id === VOICE_MAIL_PORT) return 'VoiceMail';
  return id === VGC_GATEWAY ? 'Gateway' : 'Phone';
};

/** What it registers with, or would. */
export const protocolOf = ({ registration, configured }: DeviceRecord): string =>
  registration?.protocol ?? configured.protocol;

/** The address that it registered from, or where it was last; empty: it was nowhere. */
export const addressOf = ({ registration, address, registrations }: DeviceRecord): string =>
  registration?.address ?? address ?? registrations.at(-1)?.address ?? '';

/** What it last said of the download of a load. */
export const downloadOf = ({ loadDownload }: DeviceRecord): string =>
  loadDownload === undefined ? 'Unknown' : DOWNLOADS[loadDownload.download];

/** The device as it is written. */
export const cmDevice = (
  record: DeviceRecord,
  { status, reason, since }: RisDeviceStatus,
  view: DeviceView,
): CmDevice => {
  const { configured, registration, loadDownload } = record;
  const { name, model, lines, ownerUserId, description } = configured;
  const isRegistered = status === 'Registered' || status === 'PartiallyRegistered';
  const bound = isRegistered ? (registration?.lines ?? []) : [];
  const states = lines.map(({ dn }) => ({ dn, status: bound.includes(dn) ? 'Registered' : 'UnRegistered' }));
  const ip = addressOf(record);
  return {
    Name: name,
    DirNumber: states.map((line) => `${line.dn}-${line.status}`).join(','),
    DeviceClass: deviceClass(model),
    Model: model.id,
    Product: productOf(model.id),
    BoxProduct: 0,
    Httpd: view.hasWebPages(record) ? 'Yes' : 'No',
    RegistrationAttempts: 1,
    IsCtiControllable: true,
    LoginUserId: ownerUserId === '' ? null : ownerUserId,
    Status: status,
    StatusReason: reason,
    PerfMonObject: PHONES,
    DChannel: 0,
    Description: description,
    H323Trunk: NO_TRUNK,
    TimeStamp: Math.floor(view.wallTime(since) / 1000),
    Protocol: protocolOf(record),
    NumOfLines: lines.length,
    LinesStatus: { item: states.map((line) => ({ DirectoryNumber: line.dn, Status: line.status })) },
    ActiveLoadID: registration?.load ?? loadDownload?.running ?? '',
    InactiveLoadID: null,
    DownloadStatus: downloadOf(record),
    DownloadFailureReason: loadDownload?.failureReason ?? null,
    DownloadServer: loadDownload?.server ?? null,
    IPAddress: {
      item: [{ IP: ip, IPAddrType: ip.includes(':') ? 'ipv6' : 'ipv4', Attribute: 'AdministrativeAndSignaling' }],
    },
  };
};
