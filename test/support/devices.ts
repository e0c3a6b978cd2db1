// Devices for tests: a configured device with everything filled in, and the two of the seed.

import { type DeviceName, type DirectoryNumber, macOfName, parseMacAddress } from '../../src/core/identifiers.js';
import type { TlsPeer } from '../../src/core/tls-peer.js';
import type { ConfiguredDevice, Line, Protocol } from '../../src/devices/device.js';
import { NO_SECURITY } from '../../src/devices/device-security.js';
import { NO_FORWARD } from '../../src/devices/line-forward.js';
import { findModel } from '../../src/devices/models.js';
import type { RegistrationRequest } from '../../src/devices/record.js';

export const aLine = (dn: string, label = dn): Line => ({
  dn: dn as DirectoryNumber,
  label,
  displayName: label,
  externalMask: '',
  voicemail: '',
  maxCalls: 4,
  busyTrigger: 2,
  logMissed: true,
  forward: NO_FORWARD,
  pickupGroup: '',
});

const modelNamed = (name: string) => {
  const model = findModel(name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
};

export interface DeviceChanges extends Partial<Omit<ConfiguredDevice, 'name' | 'model' | 'lines'>> {
  readonly model?: string;
  /** Directory numbers. */
  readonly lines?: readonly string[];
}

export const aDevice = (
  name: string,
  { model = 'CIPC', lines = ['5002'], ...rest }: DeviceChanges = {},
): ConfiguredDevice => ({
  name: name as DeviceName,
  mac: macOfName(name),
  model: modelNamed(model),
  protocol: 'SCCP',
  group: 'Default',
  description: '',
  lines: lines.map((dn) => aLine(dn)),
  speedDials: [],
  serviceUrls: [],
  digest: undefined,
  load: undefined,
  phoneLabel: '',
  ownerUserId: '',
  vendorConfig: {},
  softKeyFile: '',
  dialTemplate: '',
  featurePolicyFile: '',
  modules: [],
  maxProtocolVersion: undefined,
  suspended: false,
  requireTls: false,
  security: NO_SECURITY,
  doNotDisturb: undefined,
  ...rest,
});

/** The seed's two phones: one computer, once as SCCP and once as SIP. */
export const seedDevices = (): ConfiguredDevice[] => [
  aDevice('ipctest2', { mac: parseMacAddress('005056A1033D'), lines: ['5002'] }),
  aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] }),
];

export const anAttempt = (
  name: string,
  protocol: Protocol = 'SCCP',
  rest: Partial<RegistrationRequest> = {},
): RegistrationRequest => ({
  name,
  protocol,
  transport: 'tcp',
  address: '10.10.210.200',
  port: 3300,
  link: 385,
  typeId: 30016,
  mac: undefined,
  protocolVersion: protocol === 'SCCP' ? 15 : undefined,
  load: '',
  dn: undefined,
  peer: undefined,
  ...rest,
});

/** A TLS peer: a phone with a good LSC and an encrypting cipher, unless the test says otherwise. */
export const aPeer = (rest: Partial<TlsPeer> = {}): TlsPeer => ({
  names: [],
  verdict: 'trusted',
  origin: 'lsc',
  issuer: 'CAPF-a7fb32bf',
  fingerprint: '',
  cipher: 'AES128-SHA',
  version: 'TLSv1',
  ...rest,
});
