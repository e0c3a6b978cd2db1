// Security profiles of phones, by the names that CUCM gives its own (`docs/protocols/apis.md` §5.5). labcm has one for each way in which a
// phone of a kind can be secured; which one a device has follows from its configuration.

import { type DeviceSecurityMode, type Model, modelSpeaksTls, type Protocol } from '../devices/index.js';
import { opensEncrypted } from '../security/list-models.js';

/** How a phone is secured. */
export interface ProfileValues {
  readonly mode: DeviceSecurityMode;
  /** Whether its configuration is encrypted. Absent: as the configuration says of its model. */
  readonly encryptedConfig?: boolean;
}

/** Whose profile it is. */
export interface ProfileKind {
  readonly model: Model;
  readonly protocol: Protocol;
}

const MODE_NAMES: Readonly<Record<DeviceSecurityMode, string>> = {
  none: 'Non-Secure',
  authenticated: 'Authenticated',
  encrypted: 'Encrypted',
};

const MODES = Object.keys(MODE_NAMES) as DeviceSecurityMode[];

/** The name of the profile of a device; without `security`: of one without any. */
export const securityProfileName = ({
  model,
  protocol,
  security = { mode: 'none' },
}: ProfileKind & { readonly security?: ProfileValues }): string => {
  const encrypted = security.encryptedConfig === true ? ' with Encrypted Configuration' : '';
  return `${model.name} - Standard ${protocol} ${MODE_NAMES[security.mode]} Profile${encrypted}`;
};

/** Every profile that phones of a kind can have. */
export const profilesOf = ({ model }: ProfileKind): readonly ProfileValues[] => {
  const modes = modelSpeaksTls(model) ? MODES : MODES.slice(0, 1);
  return modes.flatMap((mode): readonly ProfileValues[] =>
    opensEncrypted(model.name) ? [{ mode }, { mode, encryptedConfig: true }] : [{ mode }],
  );
};

/** The profile of a name, in any case. `undefined`: no phone of this kind has one of that name. */
export const profileNamed = (name: string, kind: ProfileKind): ProfileValues | undefined => {
  const wanted = name.trim().toLowerCase();
  return profilesOf(kind).find((security) => securityProfileName({ ...kind, security }).toLowerCase() === wanted);
};
