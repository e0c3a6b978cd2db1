// Causes at the files of a phone: which it asks for, and whether it believes them (`docs/protocols/explain.md` §2.3).

import { type Instant, seconds } from '../../../core/time.js';
import { cause, causes } from '../cause.js';
import { isAtDhcp } from '../dhcp-story.js';
import {
  allFiles,
  asksHttpFirst,
  configurationKind,
  countFiles,
  FILE_EVENTS,
  type FileEvent,
  isDefaultFile,
  isFileEvent,
  isPlainConfiguration,
  isReadableConfiguration,
  isTrustList,
  lastFile,
  outcomeOf,
  plainName,
} from '../file-events.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import { alternateTftpOff, eraseTrustList, factoryReset } from '../phone-keys.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, onPhone, or, servedFile, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { subnetOf, withKeys } from '../subnets.js';
import { dataSubnetOf } from './dhcp-network.js';
import { addDevice, meantBy } from './unknown-device.js';

/** Whether nothing later than files was heard of it in this boot. */
const isAtFiles = (view: PhoneView): boolean => view.boot.furthest === 'files' || isAtDhcp(view);

const modelOf = ({ configured }: PhoneView): string | undefined => configured?.model.name;

const asksFor =
  (kind: 'plain' | 'signed' | 'encrypted') =>
  (name: string): boolean =>
    configurationKind(name) === kind;

const isConfiguration = (name: string): boolean => configurationKind(name) !== undefined;

/** Since when labcm has given it an address in this boot. */
const leasedAt = ({ facts }: PhoneView): Instant | undefined =>
  (facts.last('device.leased') ?? facts.last('dhcp.received', ({ decision }) => decision === 'ACK'))?.at;

/** Whether DHCP of labcm sends the phone to labcm for its files. */
export const isSentHere = (view: PhoneView): boolean => {
  const address = view.record?.lease?.address;
  if (address === undefined || leasedAt(view) === undefined) return false;
  const servers = subnetOf(view.config, address)?.option150 ?? [];
  return servers.length === 0 || servers.some((server) => view.surroundings.localAddresses().includes(server));
};

/** Whether it asked for a file in this boot. */
const hasAsked = ({ facts }: PhoneView): boolean => lastFile(facts, 'any', () => true) !== undefined;

/** Loads from 9.0 on ask for an ITL, and older ones do not (`docs/protocols/provisioning.md` §3.1). */
const shows9 = (view: PhoneView): boolean =>
  allFiles(view.facts).some(
    (event) => /(?:^|[/_])ITL/i.test(plainName(event)) || /\.(?:9|1\d)-\d+/.test(plainName(event)),
  );

/** What it said of the trust list that it holds: whose it is. */
const signerOf = ({ facts }: PhoneView): string | undefined => {
  const values = facts.last('sip.alarm', ({ alarm }) => alarm === 'DeviceTLInfo')?.values ?? {};
  return Object.entries(values).find(([name, value]) => /signer|issuer|tftp/i.test(name) && value !== '')?.[1];
};

/** The last request for a trust list, if the phone asked for nothing after its lists. */
const stoppedAtLists = (view: PhoneView): boolean => {
  const files = allFiles(view.facts);
  return files.length > 0 && files.every((event) => isTrustList(plainName(event)));
};

/** The lines of a device, with a mark where its owner has to fill in the model. */
const toFillIn = (lines: string): string => lines.replace(/model: +#/, 'model: …  #');

const NAME_OF_NODE = /<processNodeName>\s*([^<\s]+)\s*<\/processNodeName>/i;
const ADDRESS = /^[\d.]+$|:/;
/** Option 6 (RFC 2132 §3.8). */
const DNS = 6;

/** A phone that rejects its file reads it again after 15 to 45 s (`docs/protocols/provisioning.md` §3.4). */
const READ_AGAIN_WITHIN = seconds(45);

/** How often it got its file and came no further: in this boot, or in boots that follow each other so soon. */
const timesServed = ({ facts, history }: PhoneView): number => {
  const isOwn = (event: FileEvent): boolean =>
    outcomeOf(event) === 'served' && isReadableConfiguration(plainName(event));
  const again = history.recurring('tftp.completed', isOwn) ?? history.recurring('http.file', isOwn);
  const first = allFiles(history).find(isOwn)?.at;
  const later = (event: { readonly at: Instant }): boolean => first !== undefined && event.at > first;
  const came = history.has('device.registering', later) || history.has('device.rejected', later);
  const isSoon = again !== undefined && again.every <= READ_AGAIN_WITHIN;
  return countFiles(isSoon && !came ? history : facts, 'served', isReadableConfiguration);
};

/** So often is the file read by a phone that does nothing with it. */
const READ_IN_VAIN = 3;

const blocking = { stage: 'files', severity: 'blocking', evidence: FILE_EVENTS } as const;

export const fileCauses = causes({
  'files.never-asks': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'TFTP timeout; it keeps its old configuration',
    evidence: ['device.leased', 'dhcp.received'],
    fits: (view) => {
      const waits = view.awaited === 'first-file' && view.isOverdue && isAtDhcp(view);
      return (waits || hasAsked(view)) && isSentHere(view)
        ? { address: view.record?.lease?.address ?? '', model: modelOf(view) }
        : undefined;
    },
    // A phone of the wrong network is told so.
    excludedBy: (view) => hasAsked(view) || view.facts.has('net.knock') || dataSubnetOf(view) !== undefined,
    sentence: ({ address }) =>
      `It has ${address} and asks labcm for no file: an Alternate TFTP server set on the phone beats DHCP, or UDP 69 is blocked on the way.`,
    remedy: ({ model }) => [
      alternateTftpOff(model),
      command(shell`nft add rule inet filter input udp dport 69 accept   # if this host has such a firewall`),
      network('let UDP from the phones to port 69 of this host pass'),
    ],
    example: { address: '10.2.0.14', model: 'Cisco 7962' as string | undefined },
  }),
  'files.unknown-device': cause({
    ...blocking,
    confidence: 'certain',
    shows: 'File not found, Unprovisioned',
    fits: (view) => {
      const { unknown, facts, config, name } = view;
      if (unknown === undefined || config.policy.autoRegistration !== undefined) return undefined;
      if (lastFile(facts, 'missing', isConfiguration) === undefined) return undefined;
      const { near, yaml: lines } = addDevice(view);
      return { name: unknown.name ?? name, near, yaml: toFillIn(lines) };
    },
    counts: (event) => isFileEvent(event) && isConfiguration(plainName(event)),
    sentence: ({ name, near }) => `${quoted(name)} is not configured, so there is no file for it${meantBy(near)}.`,
    remedy: ({ yaml: lines }, place) => [
      setting(place, writtenYaml(lines)),
      ...or(setting(place, yaml`autoRegistration: { enabled: true, range: 1000-1999 }`)),
    ],
    example: {
      name: 'SEP001122334455',
      near: '',
      yaml: 'devices:\n  - name: SEP001122334455\n    model: 7962\n    lines: ["1000"]',
    },
  }),
  'files.default-ignored': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'Registering, with its old call manager',
    fits: (view) => {
      const { unknown, facts, name } = view;
      if (unknown === undefined || !view.isOverdue || !isAtFiles(view) || !shows9(view)) return undefined;
      if (lastFile(facts, 'missing', isConfiguration) === undefined) return undefined;
      if (lastFile(facts, 'served', isDefaultFile) === undefined) return undefined;
      return { name: unknown.name ?? name, yaml: toFillIn(addDevice(view).yaml) };
    },
    sentence: () =>
      'It was given the default file, of which loads from 9.0 on use next to nothing, so it does not know where to register.',
    remedy: ({ yaml: lines }, place) => [setting(place, writtenYaml(lines))],
    example: {
      name: 'SEP001122334455',
      yaml: 'devices:\n  - name: SEP001122334455\n    model: 7962\n    lines: ["1000"]',
    },
  }),
  'files.foreign-trust-list': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'Trust List update failed; it keeps its old settings',
    evidence: [...FILE_EVENTS, 'sip.alarm'],
    fits: (view) => {
      if (!view.isOverdue || !isAtFiles(view)) return undefined;
      const { facts } = view;
      const model = modelOf(view);
      const signed = lastFile(facts, 'any', (name) => asksFor('signed')(name) || asksFor('encrypted')(name));
      const served = lastFile(facts, 'served', isPlainConfiguration);
      const isSignedFirst = signed !== undefined && served !== undefined && served.at >= signed.at;
      const signer = signerOf(view);
      if (isSignedFirst || (signer !== undefined && served !== undefined)) return { how: 'signed', signer, model };
      // A phone that waits for HTTP has not got so far.
      const waitsForHttp = asksHttpFirst(view) && !facts.has('http.file');
      return stoppedAtLists(view) && !waitsForHttp ? { how: 'lists', signer, model } : undefined;
    },
    sentence: ({ how, signer }) => {
      if (signer !== undefined) return `It trusts the cluster of ${quoted(signer)} and believes no file of labcm.`;
      return how === 'signed'
        ? 'It asks for a signed file first, so it has the trust list of another cluster, and it believes no file of labcm.'
        : 'It asked for its trust lists and then for nothing, most likely because it has the list of another cluster and believes no file of labcm.';
    },
    remedy: ({ model }) => [
      eraseTrustList(model),
      onPhone('power it off and on, so that it reads its file again'),
      factoryReset(),
    ],
    example: { how: 'signed', signer: undefined as string | undefined, model: 'Cisco 7962' as string | undefined },
  }),
  'files.signed-expected': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'File auth error',
    overBoots: true,
    fits: (view) => {
      const { facts, history } = view;
      if (!isAtFiles(view) || lastFile(facts, 'missing', asksFor('signed')) === undefined) return undefined;
      const times = countFiles(history, 'missing', asksFor('signed'));
      return times < 2 ? undefined : { times, model: modelOf(view) };
    },
    // A signed default file shows that labcm has such a key.
    excludedBy: ({ facts }) =>
      lastFile(facts, 'any', isPlainConfiguration) !== undefined ||
      lastFile(facts, 'served', isDefaultFile) !== undefined,
    counts: (event) => isFileEvent(event) && asksFor('signed')(plainName(event)),
    sentence: ({ times }) =>
      `It asked ${times} times for a signed file and for no other: its trust list has a TFTP entry, and labcm has no key of that list.`,
    remedy: ({ model }) => [
      eraseTrustList(model),
      ...or(
        ...servedFile(
          "put the old cluster's signed file into the folder of `tftp.root`, where the phone finds it by its name",
        ),
      ),
    ],
    example: { times: 2, model: 'Cisco 7962' as string | undefined },
  }),
  'files.encrypted-expected': cause({
    ...blocking,
    confidence: 'certain',
    shows: 'File auth error',
    overBoots: true,
    fits: (view) => {
      const { facts, history } = view;
      if (!isAtFiles(view) || lastFile(facts, 'missing', asksFor('encrypted')) === undefined) return undefined;
      // Some ask for it once, and take the plain one.
      const isKept = view.isOverdue || countFiles(history, 'missing', asksFor('encrypted')) > 1;
      return isKept ? { model: modelOf(view) } : undefined;
    },
    excludedBy: ({ facts }) =>
      lastFile(facts, 'served', isPlainConfiguration) !== undefined || facts.has('file.withheld'),
    counts: (event) => isFileEvent(event) && asksFor('encrypted')(plainName(event)),
    sentence: () => 'It wants its configuration encrypted, as its last cluster did, and labcm has no key of it.',
    remedy: ({ model }) => [eraseTrustList(model), factoryReset()],
    example: { model: 'Cisco 7962' as string | undefined },
  }),
  'files.legacy-sip-names': cause({
    ...blocking,
    confidence: 'certain',
    shows: 'Phone unprovisioned',
    fits: (view) => {
      const missing = isAtFiles(view) ? lastFile(view.facts, 'missing', isLegacySip) : undefined;
      if (missing === undefined) return undefined;
      const mac = view.configured?.mac ?? view.unknown?.mac ?? '…';
      return { file: plainName(missing), own: `SIP${mac}.cnf`, root: view.config.tftp.root };
    },
    excludedBy: ({ facts, surroundings: { files } }, { own, file }) =>
      files.locate(file) !== undefined || lastFile(facts, 'served', (name) => name.toUpperCase() === own) !== undefined,
    counts: (event) => isFileEvent(event) && (isLegacySip(plainName(event)) || /^OS79XX/i.test(plainName(event))),
    sentence: ({ file, own }) =>
      `It runs a SIP load of the 7940 and 7960, which reads \`SIPDefault.cnf\` and \`${own}\`, and there is no ${file}.`,
    remedy: ({ own, root }) => [
      look(`put SIPDefault.cnf and ${own} into ${root}`),
      ...or(look('give it an SCCP load (P0030…): its device as `protocol: SCCP` with that `load`')),
    ],
    example: { file: 'SIPDefault.cnf', own: 'SIP001122334455.cnf', root: './tftp-root' },
  }),
  'files.config-not-believed': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'Error verifying config; it has its old lines',
    overBoots: true,
    fits: (view) => {
      if (!isAtFiles(view) || lastFile(view.facts, 'served', isReadableConfiguration) === undefined) return undefined;
      const times = timesServed(view);
      if (times < READ_IN_VAIN) return undefined;
      return { times, isOwn: view.unknown !== undefined, model: modelOf(view), file: view.config.file };
    },
    excludedBy: ({ facts }) => facts.has('file.withheld'),
    counts: (event) => isFileEvent(event) && isReadableConfiguration(plainName(event)),
    sentence: ({ times }) =>
      `It read its file ${times} times and did nothing with it: it cannot use what stands there, or does not trust it.`,
    remedy: ({ isOwn, model, file }) => [
      ...(isOwn ? [command(shell`labcm check -c ${file}   # its file in tftp.root is yours`)] : []),
      eraseTrustList(model),
      factoryReset(),
    ],
    example: { times: 3, isOwn: false, model: 'Cisco 7962' as string | undefined, file: 'lab.yaml' },
  }),
  'files.node-by-name': cause({
    ...blocking,
    confidence: 'likely',
    shows: 'Host not found',
    fits: (view) => {
      if (!view.isOverdue || !isAtFiles(view) || view.unknown === undefined) return undefined;
      const served = lastFile(view.facts, 'served', isPlainConfiguration);
      if (served === undefined) return undefined;
      const subnet = subnetOf(view.config, view.unknown.address ?? '');
      if (subnet === undefined || subnet.dns.length > 0 || subnet.options.some(({ code }) => code === DNS))
        return undefined;
      // The files that labcm makes have addresses.
      const node = NAME_OF_NODE.exec(view.surroundings.files.textOf(plainName(served)) ?? '')?.[1];
      if (node === undefined || ADDRESS.test(node)) return undefined;
      const address = view.surroundings.localAddresses()[0] ?? view.config.self.address;
      return { node, file: plainName(served), address, yaml: withKeys(subnet, { dns: '[…]' }) };
    },
    sentence: ({ node }) => `Its file names the call manager ${quoted(node)}, and its lease has no DNS server.`,
    remedy: ({ file, address, yaml: subnet }, place) => [
      look(`write <processNodeName>${address}</processNodeName> in ${file}`),
      setting(place, writtenYaml(subnet)),
    ],
    example: {
      node: 'cm1.lab',
      file: 'SEP001122334455.cnf.xml',
      address: '10.2.0.1',
      yaml: 'dhcp:\n  subnets:\n    - subnet: 10.2.0.0/24\n      dns: […]',
    },
  }),
  'files.stale': cause({
    stage: 'files',
    severity: 'degraded',
    confidence: 'certain',
    shows: 'its old label or number',
    looksFor: 'always',
    evidence: ['device.changed', 'device.registered', ...FILE_EVENTS],
    overBoots: true,
    fits: (view) => {
      const { record, history, surroundings } = view;
      const given = record?.given;
      if (record === undefined || given === undefined || !view.isRegistered) return undefined;
      // The present file is made only where it may be another one.
      const reloaded = surroundings.daemonEvent('daemon.reloaded');
      const settings = reloaded !== undefined && reloaded.at > given.at ? reloaded.settings : [];
      const isChanged = history.has('device.changed', ({ at }) => at > given.at);
      if (!isChanged && settings.length === 0) return undefined;
      const present = surroundings.files.stampOf(record.configured);
      if (present === undefined || present === given.stamp) return undefined;
      return { name: record.configured.name, changed: isChanged ? 'its configuration' : settings.join(', ') };
    },
    since: ({ record, history, surroundings }) =>
      history.all(({ type, at }) => type === 'device.changed' && at > (record?.given?.at ?? at))[0]?.at ??
      surroundings.daemonEvent('daemon.reloaded')?.at,
    counts: (event) => !isFileEvent(event) || isPlainConfiguration(plainName(event)),
    sentence: ({ changed }) => `It still works by the file that it fetched before ${changed} changed.`,
    remedy: ({ name }) => [
      command(shell`labcm apply ${name}`),
      command(shell`labcm restart ${name}   # if it does not take that`),
    ],
    example: { name: 'SEP001122334455' as string, changed: 'its configuration' },
  }),
});

/** What a SIP load of the 7940 and 7960 reads. */
function isLegacySip(name: string): boolean {
  return /^(?:SIPDefault|SIP[0-9A-F]{12})\.cnf$/i.test(name);
}
