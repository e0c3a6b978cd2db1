// A file catalogue with its own database, served folder and event bus, and helpers that read its files.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SaxesParser } from 'saxes';
import { onTestFinished } from 'vitest';
import type { FileAnswer, FileContent } from '../../src/core/files.js';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { MODELS } from '../../src/devices/models.js';
import { type CatalogueDevices, FileCatalogue } from '../../src/provisioning/catalogue.js';
import type { ProvisioningEvent } from '../../src/provisioning/events.js';
import { ServedDirectory } from '../../src/provisioning/served-directory.js';
import type { CallManagerMember, ProvisioningSettings } from '../../src/provisioning/settings.js';
import { seedDevices } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

export const CONTEXT = { connection: 0x9460200, sequence: 168, address: '10.10.210.200', port: 3309 };

const node = (name: string, address: string): CallManagerMember => ({
  name,
  address,
  description: `${name} of the lab`,
  sccpPort: 2000,
  sipPort: 5060,
  sipTlsPort: 5061,
});

export const settings = (changes: Partial<ProvisioningSettings> = {}): ProvisioningSettings => ({
  cluster: 'StandAloneCluster',
  groups: new Map([
    ['Default', { name: 'Default', members: [node('CM1', '10.10.210.10'), node('CM2', '10.10.210.11')] }],
    ['Branch', { name: 'Branch', members: [node('CM2', '10.10.210.11')] }],
  ]),
  defaultGroup: 'Default',
  dateTime: {
    name: 'CMLocal',
    template: 'D.M.Y',
    timeZone: 'W. Europe Standard/Daylight Time',
    olsonTimeZone: 'Europe/Berlin',
    ntp: ['10.10.210.10'],
  },
  locale: {
    user: 'English_United_States',
    langCode: 'en_US',
    charset: 'utf-8',
    network: 'United_States',
    version: '11.0.0.0(1)',
  },
  idleTimeoutSeconds: 0,
  servesUrls: false,
  urls: {
    authentication: 'http://10.10.210.10:8080/ccmcip/authenticate.jsp',
    directory: 'http://10.10.210.10:8080/ccmcip/xmldirectory.jsp',
    idle: '',
    information: '',
    messages: '',
    proxyServer: 'proxy:8080',
    services: 'http://10.10.210.10:8080/ccmcip/getservicesmenu.jsp?name=#DEVICENAME#&x=1',
  },
  srst: { enabled: false, addresses: [], sccpPort: 2000, sipPort: 5060 },
  connectionMonitorSeconds: 120,
  loads: new Map([[404, 'SCCP42.9-4-2SR3-1S']]),
  vendorConfig: { pcPort: '0', webAccess: '0' },
  voicemail: '',
  commonConfig: { sshAccess: '1' },
  enterpriseConfig: { webProtocol: '0' },
  phoneServices: [],
  organizationDomain: 'lab.example',
  rtpPorts: { first: 16_384, last: 32_766 },
  sshUser: '',
  sshPassword: '',
  phonePassword: '',
  excludeDigestCredentials: false,
  cacheOctets: 1_048_576,
  ...changes,
});

/** A database of plain values. Devices are told apart as the real one does: by name in any case. */
export class PlainDevices implements CatalogueDevices {
  readonly #byName = new Map<string, { configured: ConfiguredDevice }>();
  requested = 0;

  constructor(devices: Iterable<ConfiguredDevice>) {
    for (const device of devices) this.put(device);
  }

  put(configured: ConfiguredDevice): void {
    this.#byName.set(configured.name.toUpperCase(), { configured });
  }

  remove(name: string): void {
    this.#byName.delete(name.toUpperCase());
  }

  byName(name: string) {
    this.requested += 1;
    return this.#byName.get(name.toUpperCase());
  }

  byDirectoryNumber(dn: DirectoryNumber) {
    return [...this.#byName.values()].filter(({ configured }) => configured.lines.some((line) => line.dn === dn));
  }
}

/** A directory that is gone when the test is. */
export const directory = (files: Readonly<Record<string, string | Buffer>> = {}): string => {
  const root = mkdtempSync(join(tmpdir(), 'labcm-root-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) put(root, path, content);
  return root;
};

export const put = (root: string, path: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};

export const catalogueHarness = async ({
  devices = seedDevices(),
  files = {},
  root = directory(files),
  changes = {},
}: {
  readonly devices?: readonly ConfiguredDevice[];
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly root?: string;
  readonly changes?: Partial<ProvisioningSettings>;
} = {}) => {
  const clock = new ManualClock();
  const probe = new EventRecorder<ProvisioningEvent>();
  const known = new PlainDevices(devices);
  const served = new ServedDirectory(root, clock, 8_388_608);
  await served.refresh();
  const catalogue = new FileCatalogue({
    devices: known,
    settings: settings(changes),
    models: MODELS,
    root: served,
    bus: probe.bus,
    clock,
  });
  return { catalogue, clock, probe, devices: known, root, served, ask: asking(catalogue) };
};

/** The octets of a file by its name; `undefined`: there is none. */
const asking =
  (catalogue: FileCatalogue) =>
  async (name: string): Promise<Buffer | undefined> => {
    const answer = await catalogue.open(name, CONTEXT);
    return answer.found ? everything(answer.content) : undefined;
  };

export const everything = async (content: FileContent, step = content.size): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.size; at += step) chunks.push(await content.read(at, step));
  content.close();
  return Buffer.concat(chunks);
};

export const missed = (answer: FileAnswer) => {
  if (answer.found) throw new Error('the file is there');
  return answer;
};

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** A document as a strict parser reads it, without namespaces. */
export const parse = (document: Buffer | string | undefined): Element => {
  if (document === undefined) throw new Error('no document');
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes: { ...attributes }, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.write(document.toString()).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('no root element');
  return root;
};

/** The first element at a path, e.g. `devicePool/callManagerGroup/name`. */
export const at = (root: Element, path: string): Element => {
  let element: Element | undefined = root;
  for (const name of path.split('/')) element = element?.children.find((child) => child.name === name);
  if (element === undefined) throw new Error(`no ${path}`);
  return element;
};

/** Paths of all elements in document order, each once. */
export const outline = (root: Element, above = ''): string[] => [
  ...new Set(root.children.flatMap((child) => [`${above}${child.name}`, ...outline(child, `${above}${child.name}/`)])),
];
