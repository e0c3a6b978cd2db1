// Keys of phones by model, as steps of a remedy (`docs/protocols/explain.md` §2.3).

import { onPhone, type RemedyStep } from './remedies.js';

interface Keys {
  readonly model: RegExp;
  readonly keys: string;
}

const keysOf = (rows: readonly Keys[], others: string, model: string | undefined): RemedyStep =>
  onPhone(rows.find((row) => model !== undefined && row.model.test(model))?.keys ?? others);

const JAVA = /^Cisco 79[0-7]\d/;
const LATER = /^Cisco (?:78|88|99)\d\d|^Cisco 8961/;
const CAST = /^Cisco 894[15]/;

/** Erases the trust lists of the phone. `model`: its full name. */
export const eraseTrustList = (model: string | undefined): RemedyStep =>
  keysOf(
    [
      {
        model: JAVA,
        keys: 'Settings > Security Configuration, unlock with **#, Trust List > ITL File (and CTL File) > more > Erase',
      },
      { model: CAST, keys: 'Settings > Administrator Settings > Reset Settings > Security Settings' },
      { model: LATER, keys: 'Settings > Admin settings > Reset settings > Security settings' },
    ],
    'erase its trust list: 79xx Settings > Security Configuration, **#, Trust List > Erase; others Admin settings > Reset settings > Security',
    model,
  );

/** Lets the phone take its TFTP server from DHCP. */
export const alternateTftpOff = (model: string | undefined): RemedyStep =>
  keysOf(
    [
      { model: JAVA, keys: 'Settings > Network Configuration, unlock with **#, Alternate TFTP: No, Save' },
      {
        model: LATER,
        keys: 'Settings > Admin settings > Network setup (Ethernet setup > IPv4 setup): Alternate TFTP: Off, Apply',
      },
    ],
    'in its network settings (79xx: Settings > Network Configuration, **#), Alternate TFTP: No',
    model,
  );

/** Everything that the phone knows is forgotten. */
export const factoryReset = (): RemedyStep =>
  onPhone(
    'if that does not help: factory reset, e.g. 79xx: hold # at power-up until the line lamps blink, 123456789*0#',
  );
