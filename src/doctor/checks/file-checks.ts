// Whether phones get their files: from the folder, and through the daemon's own sockets.

import type { CodedProblem, ConfigurationProblem } from '../../core/errors.js';
import { milliseconds, type Timer } from '../../core/time.js';
import type { ConfiguredDevice } from '../../devices/index.js';
import { type DeviceFile, readDeviceFile } from '../../phone/index.js';
import { catalogueWarnings, fileProblems, rootProblems } from '../../provisioning/problems.js';
import { bad, counted, type DoctorCheck, type DoctorFinding, problemFinding, some, warning, well } from '../check.js';
import { servesFiles } from '../examination.js';
import { callLate } from '../late-timer.js';
import { trustFileIssues } from '../trust-files.js';
import type { DoctorView, FetchedFile } from '../view.js';

const folder: DoctorCheck = {
  group: 'files',
  name: 'folder',
  looksAt: 'that the served folder and each file in it can be read',
  finds: { 'files.no-root': 'make it, or name another in `tftp.root`', 'files.broken': 'what the finding says' },
  run: async (view) => {
    const { config, locate } = view.located;
    if (!servesFiles(config)) return [];
    const { root } = config.tftp;
    const coded = (code: string) => (problem: ConfigurationProblem) => ({ code, ...problem });
    return [
      ...(await rootProblems(root, locate(['tftp', 'root'])))
        .map(coded('files.no-root'))
        .map(problemFinding('bad', view)),
      ...(await fileProblems(root)).map(coded('files.broken')).map(problemFinding('warning', view)),
    ];
  },
};

/** The warnings of the catalogue with these codes. They are the same that `labcm check` prints. */
const told = async (view: DoctorView, codes: readonly string[]): Promise<readonly CodedProblem[]> => {
  const { config, locate, locateDevice } = view.located;
  if (!servesFiles(config)) return [];
  const about = { devices: config.devices, settings: config.provisioning, locate, locateDevice };
  return (await catalogueWarnings(config.tftp.root, about)).filter(({ code }) => codes.includes(code));
};

/** A row of which every code is a warning of the catalogue. */
const catalogueCheck = (name: string, looksAt: string, finds: DoctorCheck['finds']): DoctorCheck => ({
  group: 'files',
  name,
  looksAt,
  finds,
  run: async (view) => (await told(view, Object.keys(finds))).map(problemFinding('warning', view)),
});

const shadowed = catalogueCheck('shadowed', 'own files that a generated one hides', {
  'files.shadowed': "the same by the device's own keys, and the file out of the way",
});

const loads = catalogueCheck('loads', 'every load that is named: its manifest, each part and its size, its family', {
  'files.load-missing': 'unpack the load into `tftp.root`, or leave it out',
  'files.load-part-missing': 'the part, from the same package',
  'files.load-part-size': 'the part, whole, from the same package',
  'files.wrong-protocol-load': 'a load of the protocol, or `protocol`',
  'files.load-wrong-family': 'a load of the model, or none',
});

const named = catalogueCheck('named', 'files and locales that devices are told to fetch', {
  'files.named-file-missing': 'that file in `tftp.root`',
  'files.locale-missing': "the folder of Cisco's locale installer in `tftp.root`",
});

const optional: DoctorCheck = {
  group: 'files',
  name: 'optional-files',
  looksAt: 'the locale jars and tones that models ask for; phones work without them',
  finds: {
    'harmless.locale-jar': 'nothing: menus are English; `--all` shows it',
    'harmless.tones': 'nothing: tones are the American ones; `--all` shows it',
  },
  run: async (view) => {
    const files = (await view.catalogue())?.files.map((path) => path.toLowerCase());
    if (files === undefined) return [];
    const { devices } = view.located.config;
    const jars = new Set(
      devices.flatMap(({ model: { localeJar }, protocol }) =>
        localeJar === undefined ? [] : [`${localeJar}-${protocol.toLowerCase()}.jar`],
      ),
    );
    const missing = [...jars].filter((jar) => !files.some((path) => path.endsWith(`/${jar}`)));
    const hasTones = files.some((path) => path.endsWith('-tones.xml'));
    return [
      ...(missing.length === 0
        ? []
        : [
            well('harmless.locale-jar', `${some(missing)}: not in tftp.root, so menus are English`, {
              facts: { missing },
            }),
          ]),
      ...(jars.size === 0 || hasTones
        ? []
        : [well('harmless.tones', 'no g3-tones.xml or g4-tones.xml in tftp.root, so tones are the American ones')]),
    ];
  },
};

const trustLists: DoctorCheck = {
  group: 'files',
  name: 'trust-lists',
  looksAt:
    'own trust lists and signed files that are served: who signed them; a phone believes the signers of its list alone',
  finds: {
    'files.trust-list-served': 'take it out of `tftp.root`, unless the phones are of that cluster',
    'files.trust-list-broken': 'take it out of `tftp.root`, or the whole file of that cluster',
    'files.signed-not-verified': 'take it out of `tftp.root`: labcm signs the plain file by itself',
  },
  run: async (view) => {
    const tree = await view.catalogue();
    if (tree === undefined) return [];
    return trustFileIssues(view.located.config, tree).map(({ code, found, wanted, fix, facts }) =>
      warning(code, found, { wanted, fix: [fix], facts }),
    );
  },
};

const SAMPLE = 200;
/** At a time: more would be turned away as a flood. */
const AT_ONCE = 16;
/** Less than the second of the check, so that it can say what did not come. */
const FETCHES_LAST = milliseconds(800);

/** The devices whose file is fetched. One that was never seen is left out: the daemon would think that it woke up. */
const sampleOf = async ({ daemon, device, located }: DoctorView): Promise<readonly ConfiguredDevice[]> => {
  const { devices } = located.config;
  if (device !== undefined) return devices.filter(({ name }) => name.toUpperCase() === device.toUpperCase());
  const seen = new Set(
    ((await daemon?.devices()) ?? [])
      .filter(({ status }) => status !== 'Unknown')
      .map(({ name }) => name.toUpperCase()),
  );
  const awake = devices.filter(({ name }) => seen.has(name.toUpperCase()));
  const step = Math.max(1, Math.ceil(awake.length / SAMPLE));
  return awake.filter((_, index) => index % step === 0);
};

interface Fetched {
  readonly device: ConfiguredDevice;
  readonly tftp: FetchedFile | undefined;
  readonly http: FetchedFile | undefined;
}

const fetchAll = async (view: DoctorView, devices: readonly ConfiguredDevice[]): Promise<readonly Fetched[]> => {
  let timer: Timer | undefined;
  const listeners = view.daemon?.health.listeners ?? [];
  const placeOf = (service: string) => {
    const found = listeners.find((one) => one.service === service);
    return found === undefined
      ? undefined
      : { address: found.address === '0.0.0.0' ? view.located.config.self.address : found.address, port: found.port };
  };
  const tftp = placeOf('TFTP');
  const http = placeOf('HTTP');
  const waiting = [...devices];
  const fetched: Fetched[] = [];
  let isOver = false;
  const over = new Promise<FetchedFile>((resolve) => {
    timer = callLate(view.clock, FETCHES_LAST, () => {
      isOver = true;
      resolve({ kind: 'missed', why: 'no answer in time' });
    });
  });
  const inTime = (fetching: Promise<FetchedFile>): Promise<FetchedFile> => Promise.race([fetching, over]);
  const work = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined && !isOver; device = waiting.shift()) {
      const file = `${device.name}.cnf.xml`;
      const [byTftp, byHttp] = await Promise.all([
        tftp === undefined ? undefined : inTime(view.tftp(file, tftp)),
        http === undefined ? undefined : inTime(view.http(file, http)),
      ]);
      fetched.push({ device, tftp: byTftp, http: byHttp });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  timer?.cancel();
  return fetched;
};

const deviceFiles: DoctorCheck = {
  group: 'files',
  name: 'device-files',
  looksAt:
    'the file of each device that was seen, or of `--device`, 200 of them at most, fetched by TFTP and by HTTP through the real sockets, against the configuration',
  finds: {
    'files.not-served': 'what refuses it: `labcm timeline`; UDP 69 and TCP 6970 to this machine',
    'files.not-xml': 'the file below `tftp.root`, or report it',
    'files.differs': 'SIGHUP, or `labcm apply DEVICE`',
  },
  asksDaemon: true,
  run: async (view) => {
    const devices = await sampleOf(view);
    const fetched = await fetchAll(view, devices);
    const found = fetched.flatMap((one) => findingsOf(view, one));
    const all = view.located.config.devices.length;
    return fetched.length === all || fetched.length === 0
      ? found
      : [...found, well('files.sampled', `the files of ${fetched.length} of ${counted(all, 'device')} were fetched`)];
  },
};

const findingsOf = (view: DoctorView, { device, tftp, http }: Fetched): readonly DoctorFinding[] => {
  const { name } = device;
  const file = `${name}.cnf.xml`;
  const files: DeviceFile[] = [];
  const found: DoctorFinding[] = [];
  for (const [transport, outcome] of [
    ['TFTP', tftp],
    ['HTTP', http],
  ] as const) {
    if (outcome === undefined) continue;
    if (outcome.kind !== 'fetched') {
      found.push(
        bad('files.not-served', `${file} does not come by ${transport}: ${outcome.why}`, {
          wanted: 'the file of a configured device',
          fix: [`labcm timeline ${name}`],
          facts: { device: name, transport, why: outcome.why },
        }),
      );
      continue;
    }
    const read = readDeviceFile(outcome.bytes);
    if ('file' in read) files.push(read.file);
    else
      found.push(
        bad('files.not-xml', `${file} cannot be read as a phone reads it: ${read.fault}`, {
          wanted: 'XML that is well-formed',
          fix: [`the file of that name below tftp.root, if there is one`],
          facts: { device: name, transport, fault: read.fault },
        }),
      );
  }
  const differences = [...new Set(files.flatMap((one) => differencesOf(view, device, one)))];
  const [first, second] = files;
  if (first !== undefined && second !== undefined && first.versionStamp !== second.versionStamp)
    differences.push(`its version is ${first.versionStamp} by TFTP and ${second.versionStamp} by HTTP`);
  if (differences.length > 0)
    found.push(
      warning('files.differs', `${file} is not what the configuration says: ${differences.join('; ')}`, {
        wanted: 'the file of the present configuration',
        fix: ['SIGHUP to labcm', `labcm apply ${name}`],
        facts: { device: name, differences },
      }),
    );
  return found;
};

/** What a phone would be told that the configuration does not say. */
const differencesOf = ({ located }: DoctorView, device: ConfiguredDevice, file: DeviceFile): readonly string[] => {
  const members = located.config.provisioning.groups.get(device.group)?.members ?? [];
  const wanted = members.map(({ address, sccpPort, sipPort }) => ({
    address,
    port: device.protocol === 'SCCP' ? sccpPort : sipPort,
  }));
  if (wanted.some(({ port }) => port === 0)) return []; // any free port: only the daemon knows it
  const given = file.nodes.map(({ address, sccpPort, sipPort }) => ({
    address,
    port: device.protocol === 'SCCP' ? sccpPort : sipPort,
  }));
  const asText = (places: typeof wanted): string => places.map(({ address, port }) => `${address}:${port}`).join(', ');
  const dns = device.lines.map(({ dn }) => dn);
  const givenDns = file.lines.map(({ dn }) => dn);
  return [
    ...(asText(wanted) === asText(given) ? [] : [`it names ${asText(given)}, not ${asText(wanted)}`]),
    ...(device.protocol === 'SCCP' || dns.join() === givenDns.join()
      ? []
      : [`its lines are ${givenDns.join(', ') || 'none'}, not ${dns.join(', ')}`]),
  ];
};

/** The group `files`. */
export const FILE_CHECKS: readonly DoctorCheck[] = [folder, deviceFiles, shadowed, loads, named, optional, trustLists];
