import type { Argv, CommandModule } from 'yargs';
import { isWildcard } from '../../core/wildcards.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { printable } from '../../trace/line.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import {
  type Advice,
  type DeviceAnswer,
  type ListedDevice,
  listedDevice,
  type UnknownPhonesAnswer,
  unknownPhonesAnswer,
} from '../device-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { type Colour, localTime, painter, table } from '../table.js';
import { trunkLines, trunksAnswer } from '../trunk-text.js';
import { findingLines, fleetLines, groupsAnswer } from '../verdict-text.js';

interface StatusArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly status?: string | undefined;
  readonly protocol?: string | undefined;
  readonly model?: string | undefined;
  readonly verdict?: string | undefined;
  readonly node?: string | undefined;
  readonly sort?: string | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const STATUSES = [...new Set(Object.values(RIS_STATUS).map(({ name }) => name.toLowerCase()))];
const inLowerCase = (written: string | undefined): string | undefined => written?.toLowerCase();

/** `labcm status`: shows which devices are registered, on which protocol, from where, since when, and why not; and the trunks. */
export const statusCommand = (environment: CliEnvironment): CommandModule<object, StatusArguments> => ({
  command: 'status [device]',
  describe: 'what is registered, on which protocol, from where, since when, and why not',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', describe: 'one device by its name in any case, or some: SEP0050*' })
      .option('status', { choices: STATUSES, coerce: inLowerCase, describe: 'only devices that are so' })
      .option('protocol', { choices: ['sccp', 'sip'], coerce: inLowerCase, describe: 'only devices that speak it' })
      .option('model', { type: 'string', describe: 'only devices of it: a name, a type id, or a pattern: *7962*' })
      .option('node', { type: 'string', describe: 'only devices that it holds; needs cluster.bus' })
      .option('verdict', { type: 'string', describe: 'only devices with it: a code, or a pattern: dhcp.*' })
      .option('sort', {
        type: 'string',
        describe: 'the order: name, status, dn, address…; -name is the other way round',
      })
      .option('all', { type: 'boolean', describe: `on a terminal, too, more than ${SHOWN} devices` })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm status', 'every device')
      .example("labcm status 'SEP0050*' --status rejected --protocol sip", 'some of them')
      .example(
        "labcm status --verdict 'sccp.*' --sort=-registeredAt",
        'those with a verdict about SCCP, the newest first',
      )
      .example('labcm status SEP005056A1033D --json', 'all that is known of one'),
  handler: async (args) => {
    const api = await apiClient(environment, args);
    if (args.device !== undefined && !isWildcard(args.device)) {
      const found = await api.device(args.device);
      if (args.json === true) print(environment, JSON.stringify(found, undefined, 2));
      else {
        print(environment, described(environment, found));
        const { verdict } = found;
        if (!isNothing(verdict))
          for (const line of ['', ...findingLines(environment, verdict)]) print(environment, line);
      }
      return;
    }
    const filters = filtersOf(args);
    const devices = await api.all(listedDevice, '/api/devices', 'devices', {
      ...filters,
      ...(args.sort === undefined ? {} : { sort: args.sort }),
    });
    const fleet = await api.ask(groupsAnswer, '/api/verdicts?limit=1');
    const unknown = await api.ask(unknownPhonesAnswer, `/api/unknown-phones?limit=${UNKNOWN_SHOWN}`);
    const { trunks } = await api.ask(trunksAnswer, '/api/trunks');
    if (args.json === true) {
      const { daemon, groups } = fleet;
      const all = { total: devices.length, devices, unknown, daemon, groups, trunks };
      print(environment, JSON.stringify(all, undefined, 2));
      return;
    }
    const shown = environment.stdout.isTTY === true && args.all !== true ? devices.slice(0, SHOWN) : devices;
    const wrong = fleetLines(environment, fleet);
    for (const line of wrong.length === 0 ? [] : [...wrong, '']) print(environment, line);
    print(environment, listed(environment, shown));
    if (shown.length < devices.length)
      say(
        environment,
        `the first ${shown.length}; --status, --model, --verdict or a pattern such as 'SEP0050*' narrow it, --all shows all`,
      );
    const isWhole = Object.keys(filters).length === 0;
    if (isWhole && trunks.length > 0) print(environment, `\n${trunkLines(environment, trunks).join('\n')}`);
    const others = isWhole ? unknown.total : 0;
    if (others > 0) print(environment, `\n${notConfigured(environment, unknown)}`);
    const registered = devices.filter(({ status }) => status === 'Registered').length;
    const unknownNote = others === 0 ? '' : `; ${others} heard of that nobody configured`;
    say(environment, `${registered} of ${devices.length} registered${unknownNote}`);
  },
});

/** How many devices are shown on a terminal without `--all`. */
const SHOWN = 100;
/** How many unknown phones are shown. */
const UNKNOWN_SHOWN = 10;

/** The options as keys of the API's query. */
const filtersOf = ({
  device: name,
  status,
  protocol,
  model,
  verdict,
  node,
}: StatusArguments): Readonly<Record<string, string>> => ({
  ...(name === undefined ? {} : { name }),
  ...(status === undefined ? {} : { status }),
  ...(protocol === undefined ? {} : { protocol }),
  ...(model === undefined ? {} : { model }),
  ...(verdict === undefined ? {} : { verdict }),
  ...(node === undefined ? {} : { node }),
});

const COLOURS: ReadonlyMap<string, Colour> = new Map([
  ['Registered', 'green'],
  ['PartiallyRegistered', 'yellow'],
  ['UnRegistered', 'yellow'],
  ['Rejected', 'red'],
]);

/** The verdict; where there is none, the reason with CUCM's number, or what it waits for. */
const whyNot = ({ sharedName, reason, whyNot: sentence }: ListedDevice): string => {
  if (!isNothing(sharedName)) return sharedName.text;
  return !isNothing(reason) && sentence === reason.text
    ? `${reason.number} ${reason.name}: ${reason.text}`
    : (sentence ?? '');
};

const listed = (environment: CliEnvironment, devices: readonly ListedDevice[]): string => {
  const paint = painter(environment);
  // Without a bus no device has the key.
  const isShared = devices.some(({ node }) => node !== undefined);
  return table(
    ['NAME', 'STATUS', ...(isShared ? ['NODE'] : []), 'PROTOCOL', 'ADDRESS', 'SINCE', 'LINES', 'MODEL', 'WHY NOT'],
    devices.map((device) => [
      device.name,
      paint(device.status, COLOURS.get(device.status) ?? 'dim'),
      ...(isShared ? [printable(device.node ?? '-')] : []),
      device.protocol ?? '-',
      device.address ?? '-',
      localTime(device.registeredAt),
      device.lines.map(({ dn }) => dn).join(','),
      device.model?.name ?? '-',
      printable(whyNot(device)),
    ]),
  );
};

const notConfigured = (environment: CliEnvironment, { total, phones }: UnknownPhonesAnswer): string => {
  const paint = painter(environment);
  const rows = phones.map((phone) => [
    printable(phone.name),
    paint(phone.status, COLOURS.get(phone.status) ?? 'dim'),
    phone.protocol ?? '-',
    phone.address ?? phone.mac ?? '-',
    localTime(phone.unknown.heardAt),
    phone.model?.name ?? '-',
    printable(phone.unknown.advice),
  ]);
  const shown = table(['NOT CONFIGURED', 'STATUS', 'PROTOCOL', 'ADDRESS', 'HEARD', 'MODEL', 'WHAT TO DO'], rows);
  const more = total - phones.length;
  return more > 0 ? `${shown}\nand ${more} more that were heard before these` : shown;
};

const described = (environment: CliEnvironment, device: DeviceAnswer): string => {
  const { registration, lease, unknown } = device;
  const [reasonIs, reason] = isOver(device) ? ['Last trouble', device.lastTrouble] : ['Reason', device.reason];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', device.name],
    ['Status', painter(environment)(device.status, COLOURS.get(device.status) ?? 'dim')],
    ['Configured', configuredAs(device)],
    ['Node', device.node ?? undefined],
    [
      reasonIs,
      isNothing(reason) ? undefined : `${reason.number} ${reason.name}: ${reason.text} (${localTime(reason.at)})`,
    ],
    ['Remark', device.sharedName?.text],
    ['Why not', isNothing(reason) ? (device.whyNot ?? undefined) : undefined],
    ['Protocol', device.protocol ?? undefined],
    ['Model', device.model === null ? undefined : `${device.model.name} (${device.model.id})`],
    ['Load', device.load ?? undefined],
    ['MAC', device.mac ?? undefined],
    ['Group', device.group ?? undefined],
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
  const lines = known.map(
    ([key, value]) => `${`${key}:`.padEnd(width + 2)}${key === 'Status' ? value : printable(value ?? '')}`,
  );
  return [...lines, ...(isNothing(unknown) ? [] : inFull(unknown))].join('\n');
};

/** Says so if the device is not in the configuration, or not as it stands there. */
const configuredAs = ({ unknown, origin, overrides }: DeviceAnswer): string | undefined => {
  if (!isNothing(unknown)) return 'no';
  if (origin === 'runtime') {
    if (isNothing(overrides)) return 'at runtime, in state/devices.jsonl';
    const { file, line } = overrides;
    return `at runtime, in state/devices.jsonl, over ${line === null ? file : `${file}:${line}`}, which does not hold`;
  }
  return origin === 'auto-registered' ? 'no, auto-registration let it in' : undefined;
};

const isNothing = <T>(value: T | null | undefined): value is null | undefined => value === null || value === undefined;

const isOver = ({ lastTrouble }: ListedDevice): boolean => !isNothing(lastTrouble);

/** The lines that say what to do about a phone that nobody configured. */
export const inFull = ({ advice, snippet }: Advice): readonly string[] => [
  '',
  printable(advice),
  ...(snippet === null ? [] : snippet.split('\n').map(printable)),
];
