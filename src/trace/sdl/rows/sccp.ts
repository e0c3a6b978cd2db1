// SCCP in the SDL form: links, messages, and what a Register sets off.

import { nameAttributeFinder, readXmlLeaves } from '../../../core/xml/reader.js';
import type { LinkEnd, SccpReceived, StationContext } from '../../../sccp/events.js';
import { promptText, receivedText, registerText, sentText, stationInit } from '../../lines/sccp.js';
import { phoneAlarm } from '../alarms.js';
import { connectionText, PROCESS_TYPES, type SdlLine, type SdlProcess, type SdlSignal } from '../line.js';
import { infos, NO_TAIL, type SdlContext, type SdlRow, type SdlRows } from '../row.js';
import { SDL_CALL_RECEIVED, SDL_CALL_SENT } from './sccp-calls.js';

const STATION_INIT: SdlProcess = { name: 'StationInit', instance: 1 };
const connection = (link: number): SdlProcess => ({ name: 'SdlTCPConnection', instance: link });
/** The process of a phone has the number of its link, as in the `(0000007)` of its lines. */
const station = (link: number): SdlProcess => ({ name: 'StationD', instance: link });

/** What a connection tells StationInit. Before a phone is registered nobody knows whose it is. */
const toStationInit = (
  name: string,
  { link, address, bound, device }: StationContext,
  context: SdlContext,
): SdlSignal => ({
  kind: 'signal',
  name,
  state: 'wait',
  to: STATION_INIT,
  from: connection(link),
  tag: { link, message: context.stations.messagesOn(link), address, device: bound ? device : undefined },
});

/** What StationInit tells the phone's own process. */
const toStation = (
  name: string,
  state: string,
  about: StationContext,
  values: string,
  context: SdlContext,
): SdlSignal => ({
  ...toStationInit(name, about, context),
  state,
  to: station(about.link),
  from: STATION_INIT,
  carries: { queue: 'V', values },
});

/** The process of the phone, if there is one. */
const controllerText = ({ link }: StationContext, { host }: SdlContext, isStation: boolean): string =>
  isStation ? `[${host.number},${PROCESS_TYPES.StationD},${link}]` : '[0,0,0]';

/** Which connection it is about, as lines end that name one. */
const connectionFields = (about: StationContext, device: string, context: SdlContext, isStation: boolean): string =>
  `DeviceName=${device}, TCPPid = ${connectionText(context.host.number, about.link)}, IPAddr=${about.address}, Port=${context.stations.portOf(about.link)}, Device Controller=${controllerText(about, context, isStation)}`;

const hex = (value: unknown): string => Number(value ?? 0).toString(16);

/** The u32 in which a phone announces version and features. */
const announced = ({ protocolVer, features1, features2, features3 }: SccpReceived['fields']): string =>
  [features3, features2, features1, protocolVer].map((octet) => hex(octet).padStart(2, '0')).join('');

const registered = (event: Omit<SccpReceived, 'type'>, context: SdlContext): readonly SdlLine[] => {
  const { station: about, fields } = event;
  const { link } = about;
  const name = `${fields.deviceName ?? ''}`;
  const address = `${fields.stationIpAddr ?? '0.0.0.0'}`.split('.').map(hex).join(',');
  return [
    ...infos(registerText(about)),
    ...(context.stations.exists(station(link))
      ? []
      : [{ kind: 'created', process: station(link), by: STATION_INIT } as const]),
    ...infos(`Processing StationReg. regCount: 1 ${connectionFields(about, name, context, true)}`),
    toStation(
      'StationRegister',
      'wait_register',
      about,
      `Name=${name} Type=${fields.deviceType ?? 0} maxStreams=${fields.maxStreams ?? 0} activeStreams=${fields.activeStreams ?? 0} protocolVer=${announced(fields)} stationIpAddr=0x{${address}}`,
      context,
    ),
  ];
};

const alarmName = nameAttributeFinder('Alarm');
const MOST_PARAMETERS = 64;

/** An alarm in XML, with what can be read of it. */
const enhancedAlarm = (event: Omit<SccpReceived, 'type'>, { host }: SdlContext): readonly SdlLine[] => {
  const xml = `${event.fields.alarmInfo ?? ''}`;
  const name = alarmName(xml) ?? '';
  const values: [string, string][] = [];
  readXmlLeaves(xml, MOST_PARAMETERS, (parameter, value) => values.push([parameter, value]));
  return [
    ...infos(`${stationInit(event.station)} StationEnhancedAlarm; alarm name=${name}`),
    phoneAlarm(name, values, host),
  ];
};

/** Received messages that set off more than lines of text. */
const RECEIVED: Readonly<Record<string, SdlRow<Omit<SccpReceived, 'type'>>>> = {
  RegisterReqMessage: registered,
  EnhancedAlarmMessage: enhancedAlarm,
};

/** CUCM's number of a close that came from the other end. Others have 0. */
const SOCKET_BROKEN = 8;

const CLOSED_BY_PEER: ReadonlySet<LinkEnd> = new Set<LinkEnd>(['peer-closed', 'error']);

export const sccpRows = {
  'sccp.link-opened': ({ station: about }, context) => [
    toStationInit('SdlConnectionInd', { ...about, address: '' }, context),
    ...infos([
      `New connection accepted. ${connectionFields(about, '', context, false)}`,
      `Waiting for the first KeepAlive Message from the station... ${connectionFields(about, '', context, false)}`,
    ]),
  ],
  'sccp.received': (event, context) => [
    toStationInit('SdlDataInd', event.station, context),
    ...(RECEIVED[event.name]?.(event, context) ?? infos(receivedText(event, SDL_CALL_RECEIVED))),
  ],
  'sccp.sent': (event) =>
    // What it says is told by `device.rejected`.
    event.name === 'RegisterRejectMessage' ? [] : infos(sentText(event, SDL_CALL_SENT)),
  'sccp.prompted': (event) => infos(promptText(event, NO_TAIL)),
  'sccp.link-closed': ({ station: about, cause }, context) => {
    const { link, address, device = '' } = about;
    const { host, stations } = context;
    const itself = station(link);
    const isStation = stations.exists(itself);
    return [
      toStationInit('SdlCloseInd', { ...about, address: '', bound: false }, context),
      ...infos([
        `StationInit:   TCPPid = ${connectionText(host.number, link)}Socket Broken. DeviceName=${device},IPAddr=${address}, Port=0x${hex(stations.portOf(link))}, Device Controller=${controllerText(about, context, isStation)}`,
        `Closing Station connection ${connectionFields(about, device, context, isStation)}`,
      ]),
      ...(isStation
        ? [
            toStation(
              'StationClose',
              'restart0',
              about,
              `CloseStationReason = ${CLOSED_BY_PEER.has(cause) ? SOCKET_BROKEN : 0} StationId = `,
              context,
            ),
            { kind: 'stopping', process: itself, by: itself } as const,
          ]
        : []),
    ];
  },
} as const satisfies SdlRows<'sccp.link-opened' | 'sccp.received' | 'sccp.sent' | 'sccp.prompted' | 'sccp.link-closed'>;
