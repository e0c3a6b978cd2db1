// What phones will ask for and not get, or get otherwise than the owner thinks: loads and their parts, files that are
// named, locales, and files of the owner's that labcm makes itself. For `labcm check` and the daemon's start.

import type { ConfigurationProblem } from '../core/errors.js';
import type { ConfiguredDevice, Protocol } from '../devices/device.js';
import { modelById } from '../devices/models.js';
import { textBelow } from '../net/files/served-files.js';
import { filesNamedTo } from './device-files.js';
import { isManifest, partsListed } from './manifests.js';
import { checkName, dynamicName, foldName } from './names.js';
import type { ProvisioningSettings } from './settings.js';

type Place = Pick<ConfigurationProblem, 'file' | 'line'>;

export interface CheckedCatalogue {
  /** The served directory, its links resolved, and the files below it. */
  readonly root: string;
  readonly files: readonly string[];
  readonly devices: readonly ConfiguredDevice[];
  readonly settings: ProvisioningSettings;
  locate(path: readonly PropertyKey[]): Place;
  locateDevice(name: string, within: readonly PropertyKey[]): Place;
}

/** Every warning; each load, file and locale once, however many devices name it. */
export const fileWarnings = (catalogue: CheckedCatalogue): readonly ConfigurationProblem[] => {
  const folded = new Set(catalogue.files.map(foldName));
  return CHECKS.flatMap((check) => check(catalogue, folded));
};

type Check = (catalogue: CheckedCatalogue, folded: ReadonlySet<string>) => readonly ConfigurationProblem[];

const CHECKS: readonly Check[] = [
  shadowedFiles,
  missingLoads,
  missingParts,
  otherProtocolsLoads,
  missingNamedFiles,
  missingLocales,
];

/** Files that are always made of the configuration hide the owner's of the same name. */
function shadowedFiles({ root, files, devices }: CheckedCatalogue): readonly ConfigurationProblem[] {
  const names = new Set(devices.map(({ name }) => name.toUpperCase()));
  return files.flatMap((path): ConfigurationProblem[] => {
    const asked = dynamicName(foldName(path));
    const made = asked?.kind === 'default' || (asked?.kind === 'config' && names.has(asked.key));
    return made
      ? [
          {
            file: `${root}/${path}`,
            key: 'tftp.root',
            found: 'a file that no phone gets: labcm makes the one of that name from its configuration',
            wanted: "the same by the device's own keys, such as vendorConfig, and this file out of the way",
          },
        ]
      : [];
  });
}

interface NamedLoad {
  readonly place: Place;
  readonly key: string;
  readonly load: string;
}

/** By name, the first place of each. */
const loadsNamed = ({ devices, settings, locate, locateDevice }: CheckedCatalogue): readonly NamedLoad[] => {
  const named = new Map<string, () => NamedLoad>();
  const note = (load: string, where: () => NamedLoad): void => {
    if (load !== '' && !named.has(foldName(load))) named.set(foldName(load), where);
  };
  for (const [id, load] of settings.loads)
    note(load, () => ({ load, key: 'phones.loads', place: placeOfDefault(id, locate) }));
  for (const { name, load = '' } of devices)
    note(load, () => ({ load, key: `${name}.load`, place: locateDevice(name, ['load']) }));
  return [...named.values()].map((where) => where());
};

/** A model's default load, by whichever of its names the owner wrote. */
const placeOfDefault = (id: number, locate: CheckedCatalogue['locate']): Place => {
  const model = modelById(id);
  const around = locate(['phones', 'loads']);
  const places = [`${id}`, model?.name ?? '', ...(model?.aliases ?? [])].map((name) =>
    locate(['phones', 'loads', name]),
  );
  return places.find(({ line }) => line !== around.line) ?? around;
};

function missingLoads(catalogue: CheckedCatalogue): readonly ConfigurationProblem[] {
  const { files } = catalogue;
  return loadsNamed(catalogue).flatMap(({ load, key, place }): ConfigurationProblem[] => {
    const start = `${foldName(load)}.`;
    return files.some((path) => foldName(path).startsWith(start))
      ? []
      : [
          {
            ...place,
            key,
            found: `${load}, of which tftp.root holds no file`,
            wanted: `${load}.loads and the parts it lists in tftp.root: a phone that runs another load asks for them and keeps its own without`,
          },
        ];
  });
}

/** Of each manifest there is: phones ask for its parts one after the other. */
function missingParts({ root, files }: CheckedCatalogue, folded: ReadonlySet<string>): readonly ConfigurationProblem[] {
  return files.filter(isManifest).flatMap((path): ConfigurationProblem[] => {
    const text = textBelow(root, path, LARGEST_MANIFEST);
    if (text === undefined) return [];
    const parts = partsListed(text);
    const missing = parts.filter((part) => !folded.has(foldName(part)));
    if (parts.length > 0 && missing.length === 0) return [];
    return [
      {
        file: `${root}/${path}`,
        key: 'tftp.root',
        found:
          parts.length === 0 ? 'a manifest that lists no parts' : `a manifest whose ${missing.join(', ')} is not there`,
        wanted: 'the whole of the firmware package: a phone keeps its load where one part is missing',
      },
    ];
  });
}

const LARGEST_MANIFEST = 262_144;

/** A phone that loads the other protocol's firmware registers by that protocol, and is refused. */
function otherProtocolsLoads({
  devices,
  settings,
  locate,
  locateDevice,
}: CheckedCatalogue): readonly ConfigurationProblem[] {
  const told = new Set<string>();
  return devices.flatMap(({ name, model, protocol, load: own }): ConfigurationProblem[] => {
    const load = own ?? settings.loads.get(model.id) ?? '';
    const speaks = protocolOfLoad(load);
    if (speaks === undefined || speaks === protocol || told.has(`${load} ${protocol}`)) return [];
    told.add(`${load} ${protocol}`);
    return [
      {
        ...(own === undefined ? placeOfDefault(model.id, locate) : locateDevice(name, ['load'])),
        key: own === undefined ? 'phones.loads' : `${name}.load`,
        found: `${load}, which speaks ${speaks}, for ${name}, which is to register by ${protocol}`,
        wanted: `a load that speaks ${protocol}, or protocol: ${speaks}`,
      },
    ];
  });
}

/** By the names that Cisco gives loads (`provisioning.md` §6). */
const protocolOfLoad = (load: string): Protocol | undefined => {
  if (/^(?:SCCP|P003)/i.test(load)) return 'SCCP';
  return /^(?:sip|P0S3)/i.test(load) ? 'SIP' : undefined;
};

/** Dial plans, soft keys and feature policies that are named and neither there nor made. */
function missingNamedFiles(
  { devices, locateDevice }: CheckedCatalogue,
  folded: ReadonlySet<string>,
): readonly ConfigurationProblem[] {
  const seen = new Set<string>();
  return devices.flatMap((device): ConfigurationProblem[] => {
    const named = { ...filesNamedTo(device), featurePolicyFile: device.featurePolicyFile };
    return Object.entries(named).flatMap(([key, file]): ConfigurationProblem[] => {
      if (file === '' || seen.has(file)) return [];
      seen.add(file);
      const checked = checkName(file);
      const name = foldName(checked.safe ? checked.name : file);
      return folded.has(name) || dynamicName(name) !== undefined
        ? []
        : [
            {
              ...locateDevice(device.name, [key]),
              key: `${device.name}.${key}`,
              found: `${file}, which tftp.root does not hold`,
              wanted: 'that file in tftp.root, or a name of one that is there',
            },
          ];
    });
  });
}

/** Those that every phone has built in. */
const BUILT_IN = { user: 'English_United_States', network: 'United_States' } as const;

function missingLocales({ files, settings, locate }: CheckedCatalogue): readonly ConfigurationProblem[] {
  return (['user', 'network'] as const).flatMap((key): ConfigurationProblem[] => {
    const name = settings.locale[key];
    const start = `${foldName(name)}/`;
    return name === '' || name === BUILT_IN[key] || files.some((path) => foldName(path).startsWith(start))
      ? []
      : [
          {
            ...locate(['phones', 'locale', key]),
            key: `phones.locale.${key}`,
            found: `${name}, of which tftp.root holds no folder`,
            wanted: `${name}/ in tftp.root with the files of Cisco's locale installer: phones stay with ${key === 'user' ? 'English' : 'their built-in tones'} without`,
          },
        ];
  });
}
