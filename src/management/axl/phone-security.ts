// How a phone is secured, in AXL: the name of its security profile, and the operation of CAPF that waits for it
// (`docs/protocols/apis.md` §5.5, `docs/protocols/secure.md` §5.2).

import { dateOf, parseWallTime } from '../../core/time.js';
import { escapeXml, resolveXmlReferences } from '../../core/xml/entities.js';
import { type ConfiguredDevice, findModel } from '../../devices/index.js';
import { type ProfileKind, profileNamed } from '../security-profiles.js';
import { countOf, textOf } from './elements.js';
import { notValid, refusal } from './fault.js';
import { type AxlField, text, type VerbatimField } from './fields.js';
import type { AxlPhone } from './phone.js';
import type { PhoneDraft } from './phone-takes.js';
import type { AxlCertificateOperation, AxlSources, AxlView } from './sources.js';

const NO_OPERATION = 'No Pending Operation';

const OPERATIONS = { install: 'Install/Upgrade', delete: 'Delete', fetch: 'Troubleshoot' } as const;

const AUTHENTICATIONS = {
  string: 'By Authentication String',
  null: 'By Null String',
  lsc: 'By Existing Certificate (precedence to LSC)',
  mic: 'By Existing Certificate (precedence to MIC)',
} as const;

const RSA = 'RSA Only';
const EC = 'EC Only';
const DIGITS = /^\d{4,10}$/;
const DAY_MS = 86_400_000;
const MOST_DAYS = 365;

const CURVES = { '256': 'P-256', '384': 'P-384', '521': 'P-521' } as const;

/** The key of a table whose value is this text, in any case. */
const keyOf = <K extends string>(table: Readonly<Record<K, string>>, wanted: string): K | undefined =>
  (Object.keys(table) as K[]).find((key) => table[key].toLowerCase() === wanted.trim().toLowerCase());

/** `YYYY:MM:DD:HH`, in universal time. */
const finishText = ({ until }: AxlCertificateOperation): string =>
  dateOf(until).toISOString().slice(0, 'YYYY-MM-DDTHH'.length).replace(/[-T]/g, ':');

const FINISH = /^(\d{4}):(\d\d):(\d\d):(\d\d)$/;

const waiting = ({ record }: AxlPhone, { sources }: AxlView): AxlCertificateOperation | undefined =>
  sources.certificates?.operationOf(record.configured.name);

/** An element that is remembered; while an operation waits, what that says. */
const ofOperation =
  (kept: (name: string) => VerbatimField<AxlPhone, PhoneDraft>) =>
  (name: string, shown: (operation: AxlCertificateOperation) => string): AxlField<AxlPhone, PhoneDraft> => {
    const field = kept(name);
    return {
      ...field,
      read: (phone, view) => {
        const operation = waiting(phone, view);
        return operation === undefined ? field.read(phone, view) : escapeXml(shown(operation));
      },
    };
  };

const sizeOf = ({ key }: AxlCertificateOperation): string => (typeof key === 'number' ? String(key) : '');
const curveOf = ({ key }: AxlCertificateOperation): string => (typeof key === 'number' ? '' : key.slice('P-'.length));

/** The elements of CAPF, in the order of the schema. `kept`: declares an element that is remembered. */
export const certificateFields = (
  kept: (name: string) => VerbatimField<AxlPhone, PhoneDraft>,
): readonly AxlField<AxlPhone, PhoneDraft>[] => {
  const shown = ofOperation(kept);
  return [
    text(
      'certificateOperation',
      (phone, view) => {
        const operation = waiting(phone, view);
        return operation === undefined ? NO_OPERATION : OPERATIONS[operation.operation];
      },
      {
        take: (draft, element) => {
          draft.operation = textOf(element) || undefined;
        },
      },
    ),
    shown('authenticationMode', ({ authentication }) => AUTHENTICATIONS[authentication]),
    shown('keySize', sizeOf),
    shown('keyOrder', ({ key }) => (typeof key === 'number' ? RSA : EC)),
    shown('ecKeySize', curveOf),
    // Never shown: it is a secret.
    text('authenticationString', () => undefined, {
      take: (draft, element) => {
        draft.string = textOf(element) || undefined;
      },
    }),
    text('certificateStatus', (phone, { sources }) => {
      const { certificates } = sources;
      if (certificates === undefined) return undefined;
      const { name } = phone.record.configured;
      if (certificates.operationOf(name) !== undefined) return 'Operation Pending';
      return certificates.isKnown(name) ? 'Upgrade Success' : 'None';
    }),
    shown('upgradeFinishTime', finishText),
  ];
};

/** What of a phone decides which profiles it can have. */
const kindOf = ({ patch, present }: PhoneDraft): ProfileKind | undefined => {
  const model = typeof patch.model === 'string' ? findModel(patch.model) : present?.model;
  const protocol = patch.protocol === 'SIP' || patch.protocol === 'SCCP' ? patch.protocol : present?.protocol;
  return model === undefined || protocol === undefined ? undefined : { model, protocol };
};

/** Secures the phone as the profile that the request names; a name that labcm does not know is remembered. */
export const settleProfile = (draft: PhoneDraft): void => {
  const kind = kindOf(draft);
  const profile = kind === undefined ? undefined : profileNamed(draft.profile ?? '', kind);
  if (profile === undefined) return;
  draft.forget('securityProfileName');
  const before: Partial<ConfiguredDevice['security']> = draft.present?.security ?? { mode: 'none' };
  const isEncrypted = profile.encryptedConfig === true;
  if (before.mode === profile.mode && (before.encryptedConfig === true) === isEncrypted) return;
  draft.patch.security = {
    mode: profile.mode,
    ...(isEncrypted ? { encryptedConfig: true } : draft.present === undefined ? {} : { encryptedConfig: null }),
  };
};

/** What is to be done with the certificate of a phone. */
export type CertificateWish =
  | { readonly kind: 'nothing' | 'cancel' }
  | {
      readonly kind: 'arm';
      readonly operation: Omit<AxlCertificateOperation, 'until'> & {
        readonly string: string | undefined;
        readonly days: number | undefined;
      };
    };

/** Reads what the request wants of CAPF. What is wrong with it is added to the faults of the draft. */
export const certificateWish = (draft: PhoneDraft, sources: AxlSources): CertificateWish => {
  const { operation: wanted } = draft;
  if (wanted === undefined) return { kind: 'nothing' };
  if (wanted.toLowerCase() === NO_OPERATION.toLowerCase()) return { kind: 'cancel' };
  const operation = keyOf(OPERATIONS, wanted);
  const fault = (element: string, found: string, wish: string): CertificateWish => {
    draft.faults.push(`${element}: found ${JSON.stringify(found)}, wanted ${wish}`);
    return { kind: 'nothing' };
  };
  if (operation === undefined)
    return fault('certificateOperation', wanted, [NO_OPERATION, ...Object.values(OPERATIONS)].join(', '));
  if (sources.certificates === undefined)
    return fault('certificateOperation', wanted, `${NO_OPERATION}: CAPF is off, it needs security.itl: on`);
  const keptText = (name: string): string => resolveXmlReferences(draft.kept(name) ?? '');
  const mode = keptText('authenticationMode');
  const authentication = mode === '' ? 'null' : keyOf(AUTHENTICATIONS, mode);
  if (authentication === undefined)
    return fault('authenticationMode', mode, `one of ${Object.values(AUTHENTICATIONS).join(', ')}`);
  const { string } = draft;
  if (authentication === 'string' && (string === undefined || !DIGITS.test(string)))
    return fault('authenticationString', string === undefined ? '' : '…', '4 to 10 digits');
  const key = keyIn(keptText);
  if (key === undefined) return fault('keySize', keptText('keySize'), '512 to 4096');
  if (typeof key === 'string' && operation === 'install' && isToBeEncrypted(draft, sources)) return fault(...ELLIPTIC);
  const finish = keptText('upgradeFinishTime');
  const days = finish === '' ? undefined : daysUntil(finish, sources);
  if (days === 'bad') return fault('upgradeFinishTime', finish, 'YYYY:MM:DD:HH, within a year');
  const typed = authentication === 'string' ? string : undefined;
  return { kind: 'arm', operation: { operation, authentication, key, days, string: typed } };
};

const ELLIPTIC = [
  'keyOrder',
  EC,
  `${RSA}: the configuration of the phone is encrypted, which takes an RSA key`,
] as const;

/** Whether the configuration of the phone is encrypted, or will be by this request. */
const isToBeEncrypted = ({ patch, present }: PhoneDraft, { certificates }: AxlSources): boolean => {
  const { encryptedConfig } = (patch.security ?? {}) as { readonly encryptedConfig?: boolean | null };
  if (encryptedConfig !== undefined && encryptedConfig !== null) return encryptedConfig;
  return present !== undefined && encryptedConfig === undefined && certificates?.isEncrypted(present.name) === true;
};

const keyIn = (keptText: (name: string) => string): AxlCertificateOperation['key'] | undefined => {
  const curve = keptText('ecKeySize');
  if (keptText('keyOrder').toLowerCase() === EC.toLowerCase() && Object.hasOwn(CURVES, curve))
    return CURVES[curve as keyof typeof CURVES];
  const size = keptText('keySize');
  const bits = size === '' ? 2048 : (countOf(size) ?? 0);
  return bits >= 512 && bits <= 4096 ? bits : undefined;
};

const daysUntil = (finish: string, { clock }: AxlSources): number | 'bad' => {
  const [, year = '', month = '', day = '', hour = ''] = FINISH.exec(finish) ?? [];
  const at = parseWallTime(`${year}-${month}-${day}T${hour}:00:00Z`);
  const days = at === undefined ? 0 : Math.ceil((at - clock.wallTime(clock.now())) / DAY_MS);
  return days >= 1 && days <= MOST_DAYS ? days : 'bad';
};

/** Arms or cancels what was asked for, after the phone was written; the phone is reset, so that it goes to CAPF. Throws an `AxlFault`. */
export const askForCertificate = (wish: CertificateWish, name: string, { sources }: AxlView): void => {
  const { certificates, devices } = sources;
  const device = devices.byName(name)?.configured.name;
  if (certificates === undefined || device === undefined) return;
  if (wish.kind === 'cancel') {
    if (certificates.cancel(device) === 'not-written') throw refusal('the disk did not take the change');
    return;
  }
  if (wish.kind !== 'arm') return;
  const outcome = certificates.arm({ ...wish.operation, device });
  if (outcome === 'not-written') throw refusal('the disk did not take the operation of CAPF');
  if (outcome === 'elliptic-key') throw notValid([`${ELLIPTIC[0]}: wanted ${ELLIPTIC[2]}`]);
  sources.command(device, 'reset');
};
