// What is said of a phone that nobody configured: the device that may be meant, and the lines to paste.

import { parseDeviceName } from '../../../core/identifiers.js';
import { adviceOn, alternatives } from '../../advice.js';
import type { PhoneView } from '../phone-view.js';

/** `near`: the configured devices that may be meant, with commas; empty: none. `yaml`: the device as the configuration would have it. */
export const addDevice = ({
  unknown,
  name,
  surroundings,
}: PhoneView): { readonly near: string; readonly yaml: string } => {
  // What it calls itself would be read as YAML: a name that no device can have is not pasted.
  const written = parseDeviceName(name) === undefined ? '…' : name;
  const fallback = `devices:\n  - name: ${written}\n    model: …\n    lines: ["1000"]`;
  if (unknown === undefined) return { near: '', yaml: fallback };
  const { near, snippet = fallback } = adviceOn(unknown, surroundings.names, []);
  // A phone that did not say which model it is: its owner fills that in.
  return { near: near.join(', '), yaml: snippet.replace(/^( *model:) +#/m, '$1 …   #') };
};

/** The end of a sentence that names them. */
export const meantBy = (listed: string): string => {
  const near = listed === '' ? [] : listed.split(', ');
  if (near.length === 0) return '';
  return `; perhaps ${alternatives(near)} is meant, ${near.length === 1 ? 'which is' : 'all of them are'} configured`;
};
