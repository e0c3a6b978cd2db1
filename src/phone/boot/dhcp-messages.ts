// The vendor class of each model in DHCP, as captured (`provisioning.md` §2.2).

import type { Model } from '../../devices/index.js';

/**
 * Option 60 of a model, such as `Cisco Systems, Inc. IP Phone CP-7960G`, with a NUL at the end if the captures have
 * one.
 */
export const vendorClassOf = (model: Model): string => {
  const bare = model.name.replace(/^Cisco /, '');
  if (/^7905|^7912/.test(bare)) return `Cisco Systems, Inc. IP Phone ${bare}`;
  if (/^792/.test(bare)) return `Cisco Systems Inc. Wireless Phone ${bare}`;
  if (/^69[01]1/.test(bare)) return 'Cisco Systems, Inc.';
  if (/^79/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare.endsWith('-GE') ? bare : `${bare}G`}\0`;
  if (/^(89|99)/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare}\0`;
  if (/^(78|88|69)/.test(bare)) return `Cisco Systems, Inc. IP Phone CP-${bare}`;
  // A soft phone gets its address from its computer, with the computer's class. In a lab it asks by itself, as a 7960.
  return 'Cisco Systems, Inc. IP Phone CP-7960G\0';
};
