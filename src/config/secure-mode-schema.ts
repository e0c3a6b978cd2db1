// The keys of `security` that say who may register in mixed mode, and of CAPF and TVS (`docs/protocols/secure.md` §9, §13.1).

import * as z from 'zod';
import { type CapfSettings, DEFAULT_CAPF } from '../capf/settings.js';
import type { DeviceName } from '../core/identifiers.js';
import type { CertificateOrigin } from '../core/tls-peer.js';
import {
  ALL_ORIGINS,
  type ClusterSecurityMode,
  type ConfiguredDevice,
  NONSECURE,
  type SecurityPolicy,
} from '../devices/index.js';
import { DEFAULT_TVS, type TvsSettings } from '../tvs/settings.js';
import { flag, integer, listOf, oneOf, port, portOrOff, text } from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';
import type { Sections } from './schema.js';
import { listen } from './shared-keys.js';

/** The ports of TLS where mixed mode opens them by itself. */
export const SECURE_PORTS = { sccp: 2443, sip: 5061 } as const;

/** How many handshakes an address may begin that end without a certificate that is trusted. */
const UNPROVEN = { perSecond: 20, burst: 200 };

const path = () => text(4096, 1);

/** The functions of a trust list that TVS vouches for, by the names that people write. */
const ROLES = {
  'list-signer': 0,
  'call-manager': 1,
  'call-manager-tftp': 2,
  tftp: 3,
  capf: 4,
  'app-server': 7,
  tvs: 21,
} as const;

/** The keys, beside those of trust lists. */
export const secureModeKeys = {
  mode: oneOf('nonsecure', 'mixed')
    .default('nonsecure')
    .describe(
      'CUCM’s cluster security mode. `mixed`: devices with a security profile register over TLS with a certificate of their own. It needs `itl: on`, and opens SCCP on 2443 and SIP on 5061 unless `sccp.tls` and `sip.tls` say otherwise.',
    ),
  accept: listOf(oneOf('lsc', 'mic'), 2)
    .default([...ALL_ORIGINS])
    .describe(
      'Which certificates of phones count in mixed mode. `lsc`: those that this cluster issued. `mic`: those of factories whose issuers stand in `phoneIssuers`.',
    ),
  phoneIssuers: z
    .array(path())
    .max(64)
    .default([])
    .describe(
      'PEM files with certificates of issuers whose phones are trusted in mixed mode: of manufacturers, and of other CAPFs. labcm has none of its own.',
    ),
  unknownIssuer: oneOf('refuse', 'alert')
    .default('refuse')
    .describe(
      'What becomes of a phone in mixed mode whose certificate is not trusted. `refuse`: its registration is refused, with the reason. `alert`: its handshake ends with a TLS alert, as with CUCM; then nobody can say which phone it was, and TLS 1.2 is the newest version that is spoken.',
    ),
  tlsOnPlainDevice: oneOf('refuse', 'accept')
    .default(NONSECURE.tlsOnPlainDevice)
    .describe('What becomes of a device without a security profile that comes over TLS in mixed mode.'),
  https: portOrOff()
    .optional()
    .describe(
      'The port, usually 6971, from which 78xx and 88xx phones may get their configuration over HTTPS. Off by default. **Phones that took a list with it try HTTPS first from then on**, so do not switch it off again.',
    ),
  unproven: z
    .strictObject({
      perSecond: integer(1, 10_000)
        .default(UNPROVEN.perSecond)
        .describe(
          'The number of TLS handshakes in one second that one address may begin with each service and prove nothing.',
        ),
      burst: integer(1, 100_000)
        .default(UNPROVEN.burst)
        .describe('The number that it may begin at once after a quiet time.'),
    })
    .prefault({})
    .describe(
      'Limits on the TLS handshakes of clients that prove nothing, of every service with TLS. A client proves itself by a certificate that is trusted (SCCP and SIP in mixed mode), by the right password (the management interface), or by an operation that is done (CAPF). One handshake more is reset before it costs anything; a connection on which nothing comes takes none. Raise it where many phones behind one address come over TLS without a certificate.',
    ),
  capf: z
    .strictObject({
      enabled: flag()
        .default(DEFAULT_CAPF.enabled)
        .describe('Whether phones can get certificates where there are trust lists.'),
      listen: listen(DEFAULT_CAPF.address),
      port: port().default(DEFAULT_CAPF.port).describe('The TCP port.'),
      keySize: integer(512, 4096)
        .default(DEFAULT_CAPF.keySize)
        .describe('The size of the RSA keys that phones make. Old phones make 2048 bits at most.'),
      validity: integer(1, 20)
        .default(DEFAULT_CAPF.validity)
        .describe('The years for which a certificate of a phone is in force.'),
    })
    .prefault({})
    .describe('The certificate authority proxy function, which gives phones certificates of this cluster.'),
  tvs: z
    .strictObject({
      enabled: flag()
        .default(DEFAULT_TVS.enabled)
        .describe('Whether phones can ask about certificates where there are trust lists.'),
      listen: listen(DEFAULT_TVS.address),
      port: port().default(DEFAULT_TVS.port).describe('The TCP port.'),
      trust: z
        .array(
          z.strictObject({
            certificate: path().describe('A PEM file.'),
            roles: listOf(oneOf(...(Object.keys(ROLES) as (keyof typeof ROLES)[])), 7).describe(
              'What it may do. `list-signer` of another cluster’s list signer lets phones move there.',
            ),
          }),
        )
        .max(256)
        .default([])
        .describe('Certificates that labcm vouches for besides those of this cluster.'),
    })
    .prefault({})
    .describe('The trust verification service, which phones ask about certificates that their list does not hold.'),
};

/** Who may register in mixed mode, and the services that phones enrol and verify with. Paths are absolute. */
export interface SecureModeSettings {
  readonly mode: ClusterSecurityMode;
  /** PEM files. */
  readonly phoneIssuers: readonly string[];
  readonly cutsOffUntrusted: boolean;
  readonly unproven: { readonly perSecond: number; readonly burst: number };
  /** The port of configuration over HTTPS. `undefined`: off, and lists do not name it. */
  readonly https: number | undefined;
  /** `undefined`: off. */
  readonly capf: CapfSettings | undefined;
  readonly tvs: TvsSettings | undefined;
}

/** The settings of mixed mode. CAPF and TVS need the keys of trust lists. */
export const secureModeSettings = (
  { security }: Pick<Sections, 'security'>,
  resolved: (written: string) => string,
): SecureModeSettings => {
  const { mode, phoneIssuers, unknownIssuer, unproven, capf, tvs, itl, https } = security;
  const { listen: capfAddress, ...capfRest } = capf;
  const hasKeys = itl !== 'off';
  return {
    mode,
    phoneIssuers: phoneIssuers.map(resolved),
    cutsOffUntrusted: unknownIssuer === 'alert',
    unproven,
    https: hasKeys ? https : undefined,
    capf: hasKeys && capf.enabled ? { ...capfRest, address: capfAddress, limits: DEFAULT_CAPF.limits } : undefined,
    tvs:
      hasKeys && tvs.enabled
        ? {
            ...{ enabled: true, address: tvs.listen, port: tvs.port, limits: DEFAULT_TVS.limits },
            trust: tvs.trust.map(({ certificate, roles }) => ({
              certificate: resolved(certificate),
              roles: roles.map((role) => ROLES[role]),
            })),
          }
        : undefined,
  };
};

/** What the database asks of secure registrations. */
export const securityPolicy = ({ security }: Pick<Sections, 'security'>): SecurityPolicy => ({
  cluster: security.mode,
  accept: security.accept as readonly CertificateOrigin[],
  tlsOnPlainDevice: security.tlsOnPlainDevice,
});

/** Where phones find the services, as their files say it. A type that `provisioning/` takes. */
export interface ConfiguredFileSecurity {
  readonly cluster: ClusterSecurityMode;
  readonly capf: { readonly address: string; readonly port: number } | undefined;
  readonly tvsPort: number | undefined;
}

/** What files for phones say of security. `undefined`: nothing, since there are no trust lists. */
export const fileSecurity = (
  { security: { itl, mode, capf, tvs } }: Pick<Sections, 'security'>,
  address: string,
): ConfiguredFileSecurity | undefined =>
  itl === 'off'
    ? undefined
    : {
        cluster: mode,
        capf: capf.enabled ? { address, port: capf.port } : undefined,
        tvsPort: tvs.enabled ? tvs.port : undefined,
      };

/** The same, where the ports of 0 have got their numbers. */
export const withSecurePorts = (
  security: ConfiguredFileSecurity | undefined,
  bound: { readonly capf: number; readonly tvs: number },
): ConfiguredFileSecurity | undefined =>
  security && {
    ...security,
    capf: security.capf && { ...security.capf, port: security.capf.port || bound.capf },
    tvsPort: security.tvsPort === undefined ? undefined : security.tvsPort || bound.tvs,
  };

/** The same, with CAPF at another address. */
export const atAddress = (
  security: ConfiguredFileSecurity | undefined,
  address: string,
): ConfiguredFileSecurity | undefined =>
  security && { ...security, capf: security.capf && { ...security.capf, address } };

/** The port of TLS: as written, else the usual one in mixed mode. `undefined`: off. */
export const tlsPortOf = (
  name: keyof typeof SECURE_PORTS,
  section: { readonly tls?: number | undefined },
  security: { readonly mode: ClusterSecurityMode } | undefined,
): number | undefined =>
  security?.mode === 'mixed' && !Object.hasOwn(section, 'tls') ? SECURE_PORTS[name] : section.tls;

/** Rules over mixed mode. */
export const SECURE_MODE_CHECKS: readonly Check[] = [
  ({ security }) =>
    security?.https === undefined || security.itl !== 'off'
      ? []
      : [
          [
            ['security', 'https'],
            'a port without trust lists',
            'security.itl on: phones know the certificate by their list',
          ],
        ],
  ({ security }) =>
    security?.certificates['callmanager-ec'] === undefined || security.https !== undefined
      ? []
      : [
          [
            ['security', 'certificates', 'callmanager-ec'],
            'a certificate for HTTPS, which is off',
            'security.https beside it',
          ],
        ],
  ({ security }) =>
    security?.mode === 'mixed' && security.itl !== 'on'
      ? [
          [
            ['security', 'itl'],
            `${security.itl} with security.mode mixed`,
            'on: without a trust list no phone comes over TLS with a certificate of this cluster',
          ],
        ]
      : [],
  ({ security, sccp, sip }) => {
    if (security?.mode !== 'mixed') return [];
    return (['sccp', 'sip'] as const).flatMap((name): KeyProblem[] =>
      ({ sccp, sip })[name]?.certificate === undefined
        ? []
        : [
            [
              [name, 'certificate'],
              'a certificate of its own in mixed mode',
              'security.certificates.callmanager: phones compare it with their list',
            ],
          ],
    );
  },
];

/** What the profiles of devices mean in this cluster. Each with the device that it is about. */
export const profileWarnings = (
  security: Pick<SecureModeSettings, 'mode'>,
  devices: readonly ConfiguredDevice[],
): readonly (readonly [DeviceName, KeyProblem])[] =>
  devices.flatMap((device): (readonly [DeviceName, KeyProblem])[] => {
    const { name, security: profile, requireTls } = device;
    if (security.mode === 'mixed')
      return requireTls
        ? [[name, [['requireTls'], 'true in mixed mode', 'security: { mode: encrypted }, which it stands for']]]
        : [];
    return profile.mode === 'none' || requireTls
      ? []
      : [
          [
            name,
            [
              ['security', 'mode'],
              `${profile.mode}, which is not in force: its phone registers as any other`,
              'security.mode mixed of the cluster beside it',
            ],
          ],
        ];
  });

/** What the keys of the section mean together. */
export const secureModeWarnings = ({ security }: Pick<Sections, 'security'>): readonly KeyProblem[] => {
  const { mode, capf, phoneIssuers, accept } = security;
  const given = accept.includes('lsc') && capf.enabled;
  const brought = accept.includes('mic') && phoneIssuers.length > 0;
  return mode !== 'mixed' || given || brought
    ? []
    : [
        [
          ['security', 'accept'],
          'no certificate that a phone could have: no device with a security profile can register',
          'capf on with lsc among them, or phoneIssuers with mic',
        ],
      ];
};
