// The firmware that a simulated phone reports, by model: names of real releases (`provisioning.md` §6). A simulated
// phone has no flash and never fetches the load that its configuration names.

import type { Model, Protocol } from '../devices/index.js';

type Row = readonly [models: RegExp, sccp: string, sip: string];

/** The first row that fits. */
const LOADS: readonly Row[] = [
  [/^7906|^7911/, 'SCCP11.8-5-3S', 'SIP11.9-3-1SR4-1S'],
  [/^7931/, 'SCCP31.8-5-3S', 'SIP31.9-3-1SR4-1S'],
  [/^79[46]1/, 'SCCP41.8-5-3S', 'SIP41.9-3-1SR4-1S'],
  [/^79[46]2/, 'SCCP42.8-5-3S', 'SIP42.9-3-1SR4-1S'],
  [/^79[46]5/, 'SCCP45.8-5-3S', 'SIP45.9-3-1SR4-1S'],
  [/^797[01]/, 'SCCP70.8-5-3S', 'SIP70.9-3-1SR4-1S'],
  [/^7975/, 'SCCP75.8-5-3S', 'SIP75.9-3-1SR4-1S'],
  [/^7940|^7960/, 'P00308000500', 'P0S3-8-12-00'],
  [/^69/, 'SCCP69xx.8-5-3-0', 'SIP69xx.9-4-1-3SR2'],
  [/^7936/, 'cmterm_7936.3-3-21-0', ''],
  [/^78/, '', 'sip78xx.12-1-1-12'],
  [/^884[15]|^8851|^8861|^8865|^8811|^8821/, '', 'sip88xx.12-1-1-12'],
  [/^IP Communicator/, ' 7.0.1.0', 'CIPC-7-0-1-0'],
  [/^/, 'SCCP41.8-5-3S', 'sip88xx.12-1-1-12'],
];

/** The load as the model writes it in its alarms; the soft phone puts a blank before it. Empty: the model has none. */
export const loadOf = (model: Model, protocol: Protocol): string => {
  const name = model.name.replace(/^Cisco /, '');
  const row = LOADS.find(([models]) => models.test(name));
  return (protocol === 'SCCP' ? row?.[1] : row?.[2]) ?? '';
};
