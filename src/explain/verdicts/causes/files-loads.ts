// Causes at the firmware of a phone, and what its files show of its model and protocol
// (`docs/protocols/explain.md` §2.3).

import { loadsOf, modelsOfLoad, shortNameOf, shownBy } from '../../../devices/index.js';
import { cause, causes } from '../cause.js';
import {
  allFiles,
  askedName,
  countFiles,
  FILE_EVENTS,
  type FileEvent,
  isFactoryLoads,
  isFileEvent,
  isFirmware,
  isLoads,
  isPlainConfiguration,
  lastFile,
  plainName,
  unsignedName,
} from '../file-events.js';
import { inQuotes, shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import {
  type ConfiguredPlace,
  command,
  deviceKeys,
  look,
  onPhone,
  or,
  type RemedyStep,
  servedFile,
  setting,
} from '../remedies.js';
import { quoted } from '../shown-text.js';

const withoutEnding = (name: string): string => name.replace(/\.loads$/i, '');

const isSame = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();

/** The load that the phone is told to have, and whether its device names it. */
const toldLoad = ({
  configured,
  config,
}: PhoneView): { readonly load: string; readonly isOwn: boolean } | undefined => {
  if (configured === undefined) return undefined;
  const load = configured.load ?? config.provisioning.loads.get(configured.model.id) ?? '';
  return load === '' ? undefined : { load, isOwn: configured.load !== undefined };
};

/** Any load: of an unknown phone it is the one of its model. */
const isTold = (view: PhoneView, load: string): boolean =>
  view.configured === undefined || isSame(toldLoad(view)?.load ?? '', load);

/** The firmware that it asked for last and that is not there. Of `isWanted` alone. */
const missingFirmware = (view: PhoneView, isWanted: (name: string) => boolean): string | undefined => {
  const event = lastFile(view.facts, 'missing', (name) => isFirmware(name) && isWanted(name));
  return event === undefined ? undefined : plainName(event);
};

/** Whether the file is where phones look for it, since somebody put it there. */
const isThereNow = ({ surroundings: { files } }: PhoneView, name: string): boolean => files.locate(name) !== undefined;

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const inFolder = ({ surroundings: { files } }: PhoneView, name: string): string | undefined =>
  files.locateInFolder(lastPart(name));

/** Locale jars and tones, which a phone asks for by the names of its own model and protocol. */
const showsItself = (event: FileEvent): boolean =>
  /(?:\.jar|-tones\.xml|^SIP(?:Default|[0-9A-F]{12})\.cnf)$/i.test(unsignedName(plainName(event)));

const itself = (view: PhoneView): readonly { readonly file: string }[] =>
  allFiles(view.facts)
    .filter(showsItself)
    .map((event) => ({ file: askedName(event) }));

const otherLoad = (place: ConfiguredPlace, protocol: string): RemedyStep =>
  deviceKeys(place, yaml`load: …   # the name of a load that speaks ${protocol}`);

const blocking = { stage: 'files', severity: 'blocking', evidence: FILE_EVENTS } as const;
const ofLoads = { ...blocking, confidence: 'certain' } as const;

export const fileLoadCauses = causes({
  'files.load-in-subfolder': cause({
    ...ofLoads,
    shows: 'Load not found',
    fits: (view) => {
      const file = missingFirmware(view, () => true);
      const path = file === undefined ? undefined : inFolder(view, file);
      return file === undefined || path === undefined
        ? undefined
        : { file: lastPart(file), path, root: view.config.tftp.root };
    },
    excludedBy: (view, { file }) => isThereNow(view, file),
    counts: (event, { file }) => isFileEvent(event) && lastPart(plainName(event)) === file,
    sentence: ({ file, path }) =>
      `It asks for ${quoted(file)} at the top of the served folder, and that lies in ${quoted(path)}.`,
    remedy: ({ path, root, file }) => [
      command(shell`mv ${`${root}/${path}`} ${`${root}/`}`),
      ...servedFile(`and the other parts of the load of ${file} with it`),
    ],
    example: { file: 'SCCP42.9-4-2SR3-1S.loads', path: 'loads/SCCP42.9-4-2SR3-1S.loads', root: './tftp-root' },
  }),
  'files.load-wrong-family': cause({
    ...ofLoads,
    shows: 'Load rejected HC',
    fits: (view) => {
      const { configured } = view;
      const asked = configured && lastFile(view.facts, 'any', (name) => isLoads(name) && !isFactoryLoads(name));
      if (configured === undefined || asked === undefined) return undefined;
      const load = withoutEnding(plainName(asked));
      const of = modelsOfLoad(load).map(({ name }) => name.replace(/^Cisco /, ''));
      if (of.length === 0) return undefined;
      return { load, isOwn: configured.load !== undefined, of: of.join(', '), model: configured.model.name };
    },
    excludedBy: (view, { load }) =>
      !isTold(view, load) || modelsOfLoad(load).some((model) => model === view.configured?.model),
    counts: (event, { load }) => isFileEvent(event) && isSame(withoutEnding(plainName(event)), load),
    sentence: ({ load, of, model }) =>
      `Its load ${quoted(load)} is firmware of another model (${of}) than the ${model} that it is.`,
    remedy: ({ isOwn, model }, place) => [
      isOwn
        ? deviceKeys(place, yaml`load: …   # one for the ${model}`)
        : setting(place, yaml`phones: { loads: { ${inQuotes(model)}: … } }   # one for the ${model}`),
      ...or(
        isOwn
          ? deviceKeys(place, yaml`load: …   # take it out: it keeps the load that it runs`)
          : setting(place, yaml`phones: { loads: { ${inQuotes(model)}: "" } }   # it keeps the load that it runs`),
      ),
    ],
    example: { load: 'SCCP75.9-4-2SR3-1S', isOwn: true, of: '7975', model: 'Cisco 7962' },
  }),
  'files.load-missing': cause({
    ...ofLoads,
    shows: 'Load not found; it goes on with the old one',
    fits: (view) => {
      const file = missingFirmware(view, (name) => isLoads(name) && !isFactoryLoads(name));
      if (file === undefined) return undefined;
      return { load: withoutEnding(file), isOwn: toldLoad(view)?.isOwn ?? false, root: view.config.tftp.root };
    },
    excludedBy: (view, { load }) =>
      !isTold(view, load) || isThereNow(view, `${load}.loads`) || inFolder(view, `${load}.loads`) !== undefined,
    counts: (event, { load }) => isFileEvent(event) && isSame(withoutEnding(plainName(event)), load),
    sentence: ({ load }) => `Its load ${quoted(load)} is not among the files, so it keeps what it runs.`,
    remedy: ({ load, isOwn, root }, place) => [
      ...servedFile(`unpack ${load} into ${root}: the manifest ${load}.loads and its parts`),
      ...or(
        isOwn
          ? deviceKeys(place, yaml`load: …   # take it out: it keeps the load that it runs`)
          : setting(place, yaml`phones: { loads: {} }   # and phones keep the loads that they run`),
      ),
    ],
    example: { load: 'SCCP42.9-4-2SR3-1S', isOwn: true, root: './tftp-root' },
  }),
  'files.load-part-missing': cause({
    ...ofLoads,
    shows: 'Upgrading, and back to the old load',
    fits: (view) => {
      const part = missingFirmware(view, (name) => !isLoads(name));
      const loads = part === undefined ? undefined : lastFile(view.facts, 'served', isLoads);
      if (part === undefined || loads === undefined) return undefined;
      const load = withoutEnding(plainName(loads));
      const parts = view.surroundings.files.partsOf(load);
      const place = parts.findIndex((name) => isSame(name, part)) + 1;
      return place === 0 ? undefined : { part, load, place, of: parts.length, root: view.config.tftp.root };
    },
    excludedBy: (view, { part }) => isThereNow(view, part) || inFolder(view, part) !== undefined,
    counts: (event, { part, load }) =>
      isFileEvent(event) && [part, `${load}.loads`].some((name) => isSame(plainName(event), name)),
    sentence: ({ part, load, place, of }) =>
      `It cannot load ${quoted(load)}: ${quoted(part)}, part ${place} of ${of}, is missing.`,
    remedy: ({ part, root }) => servedFile(`copy ${part} from the same firmware package into ${root}`),
    example: {
      part: 'cvm42sccp.9-4-2ES26.sbn',
      load: 'SCCP42.9-4-2SR3-1S',
      place: 5,
      of: 5,
      root: './tftp-root',
    },
  }),
  'files.load-loop': cause({
    stage: 'files',
    severity: ({ isRegistered }) => (isRegistered ? 'degraded' : 'blocking'),
    confidence: 'likely',
    shows: 'Auth Fail, Verifying; it starts again and again',
    looksFor: 'always',
    evidence: [...FILE_EVENTS, 'device.load'],
    overBoots: true,
    fits: (view) => {
      const { record, history } = view;
      const told = record === undefined ? undefined : toldLoad(view);
      if (record === undefined || told === undefined) return undefined;
      const { load } = told;
      const download = record.loadDownload;
      const isFailed = download?.download === 'failed' && isSame(download.failed ?? load, load);
      const times = countFiles(history, 'served', (name) => isSame(name, `${load}.loads`));
      if (!isFailed && times < 2) return undefined;
      if (lastFile(history, 'missing', isFirmware) !== undefined) return undefined;
      const { running } = loadsOf(record);
      if (running !== undefined && isSame(running, load)) return undefined;
      const reason = isFailed ? download.failureReason : undefined;
      return { load, times, running, reason, isRegistered: record.registration !== undefined };
    },
    counts: (event) => !isFileEvent(event) || isFirmware(plainName(event)),
    sentence: ({ load, times, running, reason }) => {
      const did = times === 0 ? 'could not load' : 'fetched';
      const how = times > 1 ? ` ${times} times` : '';
      const runs = running === undefined ? 'does not start with it' : `still runs ${quoted(running)}`;
      const why =
        reason === undefined ? 'it cannot verify the signature from there' : `it gives the reason ${quoted(reason)}`;
      return `It ${did} ${quoted(load)}${how} and ${runs}: ${why}.`;
    },
    remedy: (_, place) => [
      deviceKeys(place, yaml`load: …   # a stepping stone first: a 79xx below 8.3(3) goes to 8.5(2), and then on`),
      look('an 8941 or 8945 needs its external power supply to load firmware'),
    ],
    example: {
      load: 'SCCP42.9-4-2SR3-1S',
      times: 3,
      running: 'SCCP42.8-2-1S' as string | undefined,
      reason: undefined as string | undefined,
      isRegistered: false as boolean,
    },
  }),
  'files.default-load-missing': cause({
    ...ofLoads,
    shows: 'its lamps cycle after a factory reset',
    fits: (view) => {
      const file = missingFirmware(view, (name) => isFactoryLoads(name));
      return file === undefined ? undefined : { file, root: view.config.tftp.root };
    },
    excludedBy: (view, { file }) =>
      isThereNow(view, file) ||
      inFolder(view, file) !== undefined ||
      lastFile(view.facts, 'served', isPlainConfiguration) !== undefined,
    counts: (event) => isFileEvent(event) && isFactoryLoads(plainName(event)),
    sentence: ({ file }) => `It was reset to its factory state and looks for ${quoted(file)}, which is not there.`,
    remedy: ({ file, root }) =>
      servedFile(`put ${file} and the parts that it lists into ${root}: they are in the firmware package`),
    example: { file: 'term62.default.loads', root: './tftp-root' },
  }),
  'files.wrong-protocol-load': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'Registering',
    fits: (view) => {
      const { configured } = view;
      if (configured === undefined) return undefined;
      const shown = shownBy({ files: itself(view) });
      if (shown?.protocol === undefined) return undefined;
      const isSpoken = configured.model.protocols.includes(shown.protocol);
      return { given: shown.protocol, configured: configured.protocol, by: shown.by.at(-1) ?? '', isSpoken };
    },
    excludedBy: ({ facts }, { by, given, configured }) => {
      if (given === configured) return true;
      // It may be about to change its firmware.
      const firmware = lastFile(facts, 'served', isFirmware);
      const clue = lastFile(facts, 'any', (_, event) => askedName(event) === by);
      return firmware !== undefined && clue !== undefined && firmware.at > clue.at;
    },
    counts: (event, { by }) => isFileEvent(event) && askedName(event) === by,
    sentence: ({ given, configured, by }) =>
      `It runs ${given} firmware, as its request for ${quoted(by)} shows, and it is configured for ${configured}.`,
    remedy: ({ given, configured, isSpoken }, place) => [
      ...(isSpoken ? [deviceKeys(place, yaml`protocol: ${given}`)] : []),
      ...(isSpoken ? or(otherLoad(place, configured)) : [otherLoad(place, configured)]),
    ],
    example: { given: 'SIP', configured: 'SCCP', by: 'English_United_States/mk-sip.jar', isSpoken: true },
  }),
  'files.wrong-model-shown': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'later Error Mismatch',
    evidence: ['device.leased', 'dhcp.received', ...FILE_EVENTS],
    fits: (view) => {
      const { record, configured } = view;
      if (record === undefined || configured?.model.kind !== 'phone') return undefined;
      const shown = shownBy({ files: itself(view), dhcp: record.dhcp });
      if (shown?.model === undefined) return undefined;
      const [by = ''] = shown.by;
      return {
        given: shown.model.name,
        short: shortNameOf(shown.model),
        configured: configured.model.name,
        by,
        isClass: by === record.dhcp?.vendorClass,
      };
    },
    excludedBy: ({ config, configured }, { given }) =>
      config.policy.model === 'any' || configured?.model.name === given,
    counts: (event, { by, isClass }) => (isFileEvent(event) ? askedName(event) === by : isClass),
    sentence: ({ given, configured, by, isClass }) =>
      `It ${isClass ? `calls itself a ${given} in DHCP` : `asks for ${quoted(by)}, as a ${given} does`}; it is configured as a ${configured} and will be refused.`,
    remedy: ({ short }, place) => [
      deviceKeys(place, yaml`model: ${short}`),
      onPhone('then power it off and on'),
      ...or(look('wait until it tries again')),
    ],
    example: {
      given: 'Cisco 7941',
      short: '7941',
      configured: 'Cisco 7962',
      by: 'Cisco Systems, Inc. IP Phone CP-7941G',
      isClass: true,
    },
  }),
});
