// What is said of a phone that nobody configured: the device that may be meant, and the lines to paste.

import { parseDeviceName } from '../../../core/identifiers.js';
import { adviceOn } from '../../advice.js';
import type { PhoneView } from '../phone-view.js';

/** `nearest`: the configured device that may be meant. `yaml`: the device as the configuration would have it. */
export const addDevice = ({
  unknown,
  name,
  surroundings,
}: PhoneView): { readonly nearest: string | undefined; readonly yaml: string } => {
  // What it calls itself would be read as YAML: a name that no device can have is not pasted.
  const written = parseDeviceName(name) === undefined ? '…' : name;
  const fallback = `devices:\n  - name: ${written}\n    model: …\n    lines: ["1000"]`;
  if (unknown === undefined) return { nearest: undefined, yaml: fallback };
  const { nearest, snippet = fallback } = adviceOn(unknown, surroundings.names, []);
  // A phone that did not say which model it is: its owner fills that in.
  return { nearest, yaml: snippet.replace(/^( *model:) +#/m, '$1 …   #') };
};
