// Devices in the SDL form: registering, registered, refused, gone.

import { modelById } from '../../../devices/models.js';
import { describeReason, type EndReason, REFUSALS, type RefusalReason } from '../../../devices/reasons.js';
import { deviceLines, lineRegisteredText, PROTOCOL_NUMBER, stationOf } from '../../lines/device.js';
import type { EventOf } from '../../row.js';
import { alarm } from '../alarms.js';
import type { SdlLine, SdlProcess } from '../line.js';
import { infos, type SdlContext, type SdlRow, type SdlRows } from '../row.js';

/** The process that takes in the registrations of SIP phones. */
export const SIP_STATION_INIT: SdlProcess = { name: 'SIPStationInit', instance: 1 };

const sipStation = (generation: number): SdlProcess => ({ name: 'SIPStationD', instance: generation });

/** CUCM's number of a SIP phone in the lines of LineControl. */
const SIP_PHONE = 4;

const MAC_NAME = /^SEP([0-9A-F]{12})$/i;

/** The hardware address in the name of a phone; `undefined`: there is none. */
export const macOf = (device: string): string | undefined => MAC_NAME.exec(device)?.[1]?.toUpperCase();

/** What the station heard last, where a reason to end says it. */
const LAST_SIGNALS: Readonly<Record<'SCCP' | 'SIP', Partial<Record<EndReason, string>>>> = {
  SCCP: { 'connection-lost': 'StationClose', unregistered: 'DeviceUnregisterReq', fallback: 'DeviceUnregisterReq' },
  SIP: { silence: 'SIPStationDPrimaryLineTimeout', unregistered: 'SIPRegisterInd', 'device-reset': 'SIPRegisterInd' },
};

const FIRST_SIGNALS = { SCCP: 'StationRegister', SIP: 'SIPRegisterInd' } as const;

const REGISTERED: SdlRow<EventOf<'device.registered' | 'device.partially-registered'>> = (event) => [
  ...infos(deviceLines['device.registered'].text(event as EventOf<'device.registered'>)),
  // Those of an SCCP phone have an event of their own.
  ...(event.protocol === 'SIP'
    ? infos(event.lines.map((dn) => lineRegisteredText(event.generation, event.device, dn, SIP_PHONE)))
    : []),
];

/** `Error DBConfig`, as a phone shows it, is `Error: DB Config` in CUCM's trace. */
const rejectText = (text: string): string =>
  `RegisterReject text='Error: ${text.replace(/^Error /, '').replace(/^DBConfig$/, 'DB Config')}'.`;

/**
 * ConnectionFailure counts its reasons by itself. 2 is known of a trace; 1 and 4 are those of the alarm's definition
 * (`docs/protocols/secure.md` §8.2).
 */
const CONNECTION_FAILURES: Readonly<Partial<Record<RefusalReason, number>>> = {
  'untrusted-certificate': 1,
  'wrong-certificate': 2,
  'wrong-cipher': 4,
};

/** A phone whose TLS is not that of its device: what CUCM compares, first with the common name, then with the other names. */
const tlsFailure = (event: EventOf<'device.rejected'>, { host }: SdlContext): readonly SdlLine[] => {
  const { device, address, protocol, typeId, link, reason, given, configured } = event;
  const number = CONNECTION_FAILURES[reason];
  if (number === undefined) return [];
  const station = protocol === 'SCCP' ? `StationD:    ${stationOf(link)} ` : `SIPStationD(${link}) - `;
  const [commonName = ''] = String(given ?? '').split(', ');
  const mismatch = `${station}validTLSConnection:TLS InvalidX509NameInCertificate`;
  return [
    ...(reason === 'wrong-certificate'
      ? infos([
          `${mismatch}, Rcvd=${commonName} , Expected=${configured}. Will check SAN the next`,
          `${mismatch} Error , did not find matching SAN either, Rcvd=${commonName}, Expected=${configured}`,
        ])
      : []),
    ...alarm(
      'ConnectionFailure',
      { DeviceName: device, IPAddress: address, IPV6Address: '', DeviceType: typeId, Reason: number },
      host,
    ),
  ];
};

const SHOWN_MODEL = /\((\d+)\)$/;

/** The device type of a model as a refusal names it: `Cisco 7962 (404)`. */
const typeOf = (model: string | number | undefined): number => {
  const id = Number(SHOWN_MODEL.exec(String(model))?.[1] ?? model);
  return modelById(id)?.id ?? 0;
};

export const deviceRows = {
  'device.registering': (event) => {
    if (event.protocol === 'SCCP') return infos(deviceLines['device.registering'].text(event));
    const { device, address, port, link, generation } = event;
    const turns = (states: string): SdlLine => ({
      kind: 'info',
      text: `SIPStationInit: connID=${link}, ${device}, ${address}:${port}, DevStat-InitState: ${states}`,
    });
    return [
      turns('NEW --> ON_NEWREG_QUEUE'),
      { kind: 'created', process: sipStation(generation), by: SIP_STATION_INIT },
      turns('ON_NEWREG_QUEUE --> REGISTERED'),
    ];
  },
  'device.registered': REGISTERED,
  'device.partially-registered': REGISTERED,
  'device.unregistered': (event, { host }) => {
    const { device, address, protocol, typeId, reason, generation } = event;
    const itself = sipStation(generation);
    return [
      ...infos(`Device Unregister: deviceName(${device}), Protocol(${PROTOCOL_NUMBER[protocol]})`),
      ...alarm(
        'EndPointUnregistered',
        {
          DeviceName: device,
          IPAddress: address,
          Protocol: protocol,
          DeviceType: typeId,
          Reason: describeReason(reason).number,
          MACAddress: macOf(device),
          LastSignalReceived: LAST_SIGNALS[protocol][reason],
        },
        host,
      ),
      ...(protocol === 'SIP' ? [{ kind: 'stopping', process: itself, by: itself } as const] : []),
    ];
  },
  'device.rejected': (event, context) => {
    const { host } = context;
    const { device, address, port, protocol, typeId, link, reason, configured } = event;
    const isSccp = protocol === 'SCCP';
    return [
      ...infos(isSccp ? `StationD:    ${stationOf(link)} registrationError sent StationOutputRegisterReject` : []),
      ...tlsFailure(event, context),
      ...(reason === 'wrong-model'
        ? alarm(
            'DeviceTypeMismatch',
            { DeviceName: device, DeviceType: typeId, DBDeviceType: typeOf(configured) },
            host,
          )
        : []),
      ...alarm(
        'EndPointTransientConnection',
        {
          ConnectingPort: port,
          DeviceName: device,
          IPAddress: address,
          DeviceType: typeId,
          Reason: describeReason(reason).number,
          Protocol: protocol,
          MACAddress: macOf(device),
          LastSignalReceived: FIRST_SIGNALS[protocol],
          StationState: 'wait_register',
        },
        host,
      ),
      ...infos(
        `Device Transient deviceName : ${device}, IPAddress : ${address}, IPv6Address : not shown, IPv4Attribute :0, IPv6Attribute :0, Protocol : ${PROTOCOL_NUMBER[protocol]}`,
      ),
      ...infos(isSccp ? `StationD:    ${stationOf(link)} ${rejectText(REFUSALS[reason].sccp.text)}` : []),
    ];
  },
} as const satisfies SdlRows<
  'device.registering' | 'device.registered' | 'device.partially-registered' | 'device.unregistered' | 'device.rejected'
>;
