// `labcm status`: which devices are registered, on which protocol, from where, since when, and why not.

import type { Argv, CommandModule } from 'yargs';
import { type ApiArguments, apiClient, apiOptions } from './api-client.js';
import { type Detail, type Summary, summary } from './device-answers.js';
import { type Colour, localTime, painter, table } from './table.js';
import { print, say, type World } from './world.js';

interface StatusArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly json?: boolean | undefined;
}

export const statusCommand = (world: World): CommandModule<object, StatusArguments> => ({
  command: 'status [device]',
  describe: 'what is registered, on which protocol, from where, since when, and why not',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', describe: 'one device, by its name in any case' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm status', 'every device')
      .example('labcm status SEP005056A1033D --json', 'all that is known of one'),
  handler: async (args) => {
    const api = await apiClient(world, args);
    if (args.device !== undefined) {
      const found = await api.device(args.device);
      print(world, args.json === true ? JSON.stringify(found, undefined, 2) : described(world, found));
      return;
    }
    const devices = await api.all(summary, '/api/devices', 'devices');
    if (args.json === true) print(world, JSON.stringify({ total: devices.length, devices }, undefined, 2));
    else print(world, listed(world, devices));
    const registered = devices.filter(({ status }) => status === 'Registered').length;
    if (args.json !== true) say(world, `${registered} of ${devices.length} registered`);
  },
});

const COLOURS: ReadonlyMap<string, Colour> = new Map([
  ['Registered', 'green'],
  ['PartiallyRegistered', 'yellow'],
  ['UnRegistered', 'yellow'],
  ['Rejected', 'red'],
]);

const whyNot = ({ status, reason }: Summary): string =>
  status === 'Registered' || reason === null ? '' : `${reason.number} ${reason.name}: ${reason.text}`;

const listed = (world: World, devices: readonly Summary[]): string => {
  const paint = painter(world);
  return table(
    ['NAME', 'STATUS', 'PROTOCOL', 'ADDRESS', 'SINCE', 'LINES', 'MODEL', 'WHY NOT'],
    devices.map((device) => [
      device.name,
      paint(device.status, COLOURS.get(device.status) ?? 'dim'),
      device.protocol,
      device.address ?? '-',
      localTime(device.registeredAt),
      device.lines.map(({ dn }) => dn).join(','),
      device.model.name,
      whyNot(device),
    ]),
  );
};

const described = (world: World, device: Detail): string => {
  const { registration, lease, reason } = device;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', device.name],
    ['Status', painter(world)(device.status, COLOURS.get(device.status) ?? 'dim')],
    [
      'Reason',
      reason === null ? undefined : `${reason.number} ${reason.name}: ${reason.text} (${localTime(reason.at)})`,
    ],
    ['Protocol', device.protocol],
    ['Model', `${device.model.name} (${device.model.id})`],
    ['Load', device.load ?? undefined],
    ['MAC', device.mac ?? undefined],
    ['Group', device.group],
    ['Address', device.address ?? undefined],
    ['Connection', registration === null ? undefined : `${registration.transport} from port ${registration.port}`],
    ['Version', registration?.protocolVersion?.toString()],
    ['Since', device.registeredAt === null ? undefined : localTime(device.registeredAt)],
    ['Last keepalive', device.lastKeepAlive === null ? undefined : localTime(device.lastKeepAlive)],
    ['Keepalives', registration?.keepAlives.toString()],
    ['Capabilities', registration?.capabilities.map(({ payload }) => payload).join(' ')],
    ['Lease', lease === null ? undefined : `${lease.address} until ${localTime(lease.until)}`],
    ...device.lines.map(({ dn, label }, index) => [`Line ${index + 1}`, dn === label ? dn : `${dn} ${label}`] as const),
    ...device.files.map(
      ({ at, file, transport, outcome }) => ['File', `${localTime(at)} ${transport} ${file}: ${outcome}`] as const,
    ),
  ];
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...known.map(([key]) => key.length));
  return known.map(([key, value]) => `${`${key}:`.padEnd(width + 2)}${value}`).join('\n');
};
