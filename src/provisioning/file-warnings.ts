// Warns of requests that phones will make and that will fail, or be answered otherwise than the owner expects: loads
// and their parts, files that devices name, locales, and the owner's files that a generated file hides. For `labcm
// check` and the daemon's start.

import type { CodedProblem, ConfigurationProblem } from '../core/errors.js';
import type { ConfiguredDevice, Protocol } from '../devices/device.js';
import { modelById } from '../devices/models.js';
import { sizeBelow, textBelow } from '../net/files/served-files.js';
import { filesNamedTo } from './device-files.js';
import { isOfOtherFamily } from './load-families.js';
import { isManifest, partsListed, sizesListed } from './manifests.js';
import { checkName, dynamicName, foldName } from './names.js';
import type { ProvisioningSettings } from './settings.js';

type Place = Pick<ConfigurationProblem, 'file' | 'line'>;

/** A configuration and the files that it is served with. */
export interface CatalogueToCheck {
  /** The served directory, its links resolved, and the files below it. */
  readonly root: string;
  readonly files: readonly string[];
  readonly devices: readonly ConfiguredDevice[];
  readonly settings: ProvisioningSettings;
  /** Where the configuration has the key of this path, or else what is around it. */
  locate(path: readonly PropertyKey[]): Place;
  /** The same for a key of one device. */
  locateDevice(name: string, within: readonly PropertyKey[]): Place;
}

/** All warnings. Each load, file and locale is named once, however many devices name it. */
export const fileWarnings = (catalogue: CatalogueToCheck): readonly CodedProblem[] => {
  const folded = new Set(catalogue.files.map(foldName));
  return CHECKS.flatMap(([code, check]) => check(catalogue, folded).map((problem) => ({ code, ...problem })));
};

type Check = (catalogue: CatalogueToCheck, folded: ReadonlySet<string>) => readonly ConfigurationProblem[];

const CHECKS: readonly (readonly [code: string, check: Check])[] = [
  ['files.shadowed', shadowedFiles],
  ['files.load-missing', missingLoads],
  ['files.load-part-missing', missingParts],
  ['files.load-part-size', partsOfOtherSize],
  ['files.wrong-protocol-load', otherProtocolsLoads],
  ['files.load-wrong-family', otherFamiliesLoads],
  ['files.named-file-missing', missingNamedFiles],
  ['files.locale-missing', missingLocales],
];

/** Files that are always generated hide the owner's of the same name. */
function shadowedFiles({ root, files, devices }: CatalogueToCheck): readonly ConfigurationProblem[] {
  const names = new Set(devices.map(({ name }) => name.toUpperCase()));
  return files.flatMap((path): ConfigurationProblem[] => {
    const dynamic = dynamicName(foldName(path));
    const made = dynamic?.kind === 'default' || (dynamic?.kind === 'config' && names.has(dynamic.key));
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

/** Every load that the configuration names, with the first place that names it. */
const loadsNamed = ({ devices, settings, locate, locateDevice }: CatalogueToCheck): readonly NamedLoad[] => {
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

/** Where the configuration has a model's default load, under whichever of the model's names the owner used. */
const placeOfDefault = (id: number, locate: CatalogueToCheck['locate']): Place => {
  const model = modelById(id);
  const around = locate(['phones', 'loads']);
  const places = [`${id}`, model?.name ?? '', ...(model?.aliases ?? [])].map((name) =>
    locate(['phones', 'loads', name]),
  );
  return places.find(({ line }) => line !== around.line) ?? around;
};

function missingLoads(catalogue: CatalogueToCheck): readonly ConfigurationProblem[] {
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

/** For each manifest in the root: phones request its parts one after the other. */
function missingParts({ root, files }: CatalogueToCheck, folded: ReadonlySet<string>): readonly ConfigurationProblem[] {
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

/** A part that is not as long as its manifest says: it was cut off on the way here, or is of another release. */
function partsOfOtherSize({ root, files }: CatalogueToCheck): readonly ConfigurationProblem[] {
  const byFolded = new Map(files.map((path) => [foldName(path), path]));
  return files.filter(isManifest).flatMap((path) => {
    const text = textBelow(root, path, LARGEST_MANIFEST);
    return [...sizesListed(text ?? '')].flatMap(([part, wanted]): ConfigurationProblem[] => {
      const there = byFolded.get(foldName(part));
      const found = there === undefined ? undefined : sizeBelow(root, there);
      return found === undefined || found === wanted
        ? []
        : [
            {
              file: `${root}/${there}`,
              key: 'tftp.root',
              found: `${found} octets, while ${path} says ${wanted}`,
              wanted: 'the part of the same firmware package, whole: a phone refuses one of another size',
            },
          ];
    });
  });
}

/** A phone that loads the firmware of the other protocol registers by that protocol, and is refused. */
function otherProtocolsLoads({
  devices,
  settings,
  locate,
  locateDevice,
}: CatalogueToCheck): readonly ConfigurationProblem[] {
  const reported = new Set<string>();
  return devices.flatMap(({ name, model, protocol, load: deviceLoad }): ConfigurationProblem[] => {
    const load = deviceLoad ?? settings.loads.get(model.id) ?? '';
    const speaks = protocolOfLoad(load);
    if (speaks === undefined || speaks === protocol || reported.has(`${load} ${protocol}`)) return [];
    reported.add(`${load} ${protocol}`);
    return [
      {
        ...(deviceLoad === undefined ? placeOfDefault(model.id, locate) : locateDevice(name, ['load'])),
        key: deviceLoad === undefined ? 'phones.loads' : `${name}.load`,
        found: `${load}, which speaks ${speaks}, for ${name}, which is to register by ${protocol}`,
        wanted: `a load that speaks ${protocol}, or protocol: ${speaks}`,
      },
    ];
  });
}

/** Firmware of another model: the phone refuses it and keeps its own. */
function otherFamiliesLoads({
  devices,
  settings,
  locate,
  locateDevice,
}: CatalogueToCheck): readonly ConfigurationProblem[] {
  const reported = new Set<string>();
  return devices.flatMap(({ name, model, load: deviceLoad }): ConfigurationProblem[] => {
    const load = deviceLoad ?? settings.loads.get(model.id) ?? '';
    const about = `${foldName(load)} ${model.id}`;
    if (!isOfOtherFamily(load, model.name) || reported.has(about)) return [];
    reported.add(about);
    return [
      {
        ...(deviceLoad === undefined ? placeOfDefault(model.id, locate) : locateDevice(name, ['load'])),
        key: deviceLoad === undefined ? 'phones.loads' : `${name}.load`,
        found: `${load}, which is firmware of another model than ${model.name} (${name})`,
        wanted: `a load of a ${model.name}, or none`,
      },
    ];
  });
}

/** The protocol of a load by Cisco's naming (`provisioning.md` §6); `undefined`: the name does not say. */
const protocolOfLoad = (load: string): Protocol | undefined => {
  if (/^(?:SCCP|P003)/i.test(load)) return 'SCCP';
  return /^(?:sip|P0S3)/i.test(load) ? 'SIP' : undefined;
};

/** Dial plans, soft keys and feature policies that a device names and that are neither in the root nor generated. */
function missingNamedFiles(
  { devices, locateDevice }: CatalogueToCheck,
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

/** The locales that every phone has built in. */
const BUILT_IN = { user: 'English_United_States', network: 'United_States' } as const;

function missingLocales({ files, settings, locate }: CatalogueToCheck): readonly ConfigurationProblem[] {
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
