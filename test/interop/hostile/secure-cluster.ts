// A cluster in mixed mode under attack: what its configuration adds, and the certificates of two phones that are well.

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wallTime } from '../../../src/core/time.js';
import type { TlsIdentity } from '../../../src/net/ports.js';
import { pemOf } from '../../../src/security/der.js';
import { issueLsc } from '../../../src/security/identity.js';
import { identity } from '../../security/identities.js';

/** The phones that are well and come over TLS. */
export const SECURE_PHONES = { sccp: 'SEP00000000AA11', sip: 'SEP00000000AA12' } as const;

/** Devices that CAPF is asked for: one may take a certificate, one must prove itself first. */
export const ENROLLING = { open: 'SEP00000000AA21', proving: 'SEP00000000AA22' } as const;

/** The CAPF of the cluster. */
export const capf = identity('capf');

/** A key with a certificate of the cluster for a device. */
export const lscOf = (device: string): TlsIdentity => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = issueLsc(capf, {
    device,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    now: wallTime(Date.now()),
    years: 5,
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: pemOf(der) };
};

/** Writes the keys of the CAPF below `folder`; returns the lines of the configuration for it. */
export const securityLines = (folder: string): string => {
  const own = join(folder, 'own');
  mkdirSync(own, { mode: 0o700 });
  const [certificate, key] = [join(own, 'capf.pem'), join(own, 'capf-key.pem')];
  writeFileSync(certificate, capf.certificate);
  writeFileSync(key, capf.key, { mode: 0o600 });
  return `security:
  mode: mixed
  itl: on
  https: 0
  capf: { listen: 127.0.0.1, port: 0 }
  tvs: { listen: 127.0.0.1, port: 0 }
  certificates: { capf: { certificate: ${JSON.stringify(certificate)}, key: ${JSON.stringify(key)} } }
`;
};

/** The devices of such a cluster, as YAML list items. */
export const SECURE_DEVICES = `
  - { name: ${SECURE_PHONES.sccp}, model: 7962, protocol: SCCP, lines: [{ dn: "7011" }], security: { mode: encrypted } }
  - { name: ${SECURE_PHONES.sip}, model: 8851, protocol: SIP, lines: [{ dn: "7012" }], security: { mode: encrypted } }
  - { name: ${ENROLLING.open}, model: 8845, protocol: SIP, lines: [{ dn: "7021" }], security: { mode: encrypted, enrol: null-string } }
  - { name: ${ENROLLING.proving}, model: 8845, protocol: SIP, lines: [{ dn: "7022" }], security: { mode: encrypted, enrol: mic } }
`;

/** The ports of the services with TLS. */
export type SecurePorts = ReturnType<typeof securePorts>;

/** Finds them in what a daemon prints. */
export const securePorts = (portOf: (pattern: RegExp) => number) => ({
  sccp: portOf(/^SCCP +tls .*?:(\d+)/m),
  sip: portOf(/^SIP +tls .*?:(\d+)/m),
  https: portOf(/^HTTPS +tls .*?:(\d+)/m),
  capf: portOf(/^CAPF +tls .*?:(\d+)/m),
  tvs: portOf(/^TVS +tls .*?:(\d+)/m),
});
