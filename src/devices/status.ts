// The status of a device in one line, from what the API shows. Used in the text of every check that failed.

/** The part of `GET /api/devices/{name}` that the line is made of. */
export interface DeviceStatus {
  readonly status: string;
  readonly state?: string;
  readonly reason: { readonly number: number; readonly name: string; readonly text: string } | null;
  /** One sentence; also if there is no reason yet. */
  readonly whyNot?: string | null | undefined;
  readonly address: string | null;
  readonly files: readonly { readonly file: string; readonly transport: string; readonly outcome: string }[];
}

/** `Rejected (32 DeviceTypeMismatch: …); its last file: SEP….cnf.xml by TFTP, served`. */
export const describeStatus = (device: DeviceStatus): string => {
  if (device.status === 'Registered') return statusOf(device);
  const { reason, whyNot } = device;
  const awaited = reason === null && whyNot !== null ? whyNot : undefined;
  return [statusOf(device), awaited, lastFile(device)].filter((part) => part !== undefined).join('; ');
};

/** `Rejected (32 DeviceTypeMismatch: the device is configured as another model)`. */
export const statusOf = ({ status, state, reason }: Omit<DeviceStatus, 'files' | 'address' | 'whyNot'>): string => {
  if (status === 'Registered') return status;
  if (state === 'registering') return `${status} (it is registering)`;
  return reason === null ? status : `${status} (${reason.number} ${reason.name}: ${reason.text})`;
};

const lastFile = ({ files, address }: DeviceStatus): string | undefined => {
  const last = files.at(-1);
  if (last !== undefined) return `its last file: ${last.file} by ${last.transport}, ${last.outcome}`;
  return address === null ? undefined : `it asked for no file from ${address}`;
};
