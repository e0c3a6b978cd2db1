import type { CallManagerAddress } from '../boot/device-file.js';
import { fetchFiles } from '../boot/file-download.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhonePlan } from '../phone.js';
import { ownLines } from '../sip/own-lines.js';
import type { SipLine } from '../sip/requests.js';

/** The call manager and the line of a phone that misbehaves. */
export interface FaultTarget {
  readonly node: CallManagerAddress;
  readonly line: SipLine;
}

/** Reads them in the phone's own configuration, as every other phone does. `undefined`: the server has none for it. */
export const targetInFile = async (
  environment: PhoneEnvironment,
  plan: PhonePlan,
): Promise<FaultTarget | undefined> => {
  const { identity, files } = plan;
  const file = await fetchFiles(environment, {
    identity,
    plan: { ...files, only: 'configuration' },
    before: undefined,
    publish: () => {},
  });
  const node = file?.nodes[0];
  return file === undefined || node === undefined ? undefined : { node, line: ownLines(plan, file.lines)[0] };
};
