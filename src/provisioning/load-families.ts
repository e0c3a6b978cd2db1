// Which models a firmware load is for, by Cisco's names of loads (`provisioning.md` §6).

/** The start of a load's name, and the models that run it by the start of theirs without `Cisco `. */
const FAMILIES: readonly (readonly [load: RegExp, models: RegExp])[] = [
  [/^(?:SCCP|SIP)11\./i, /^79(?:06|11)/],
  [/^(?:SCCP|SIP)31\./i, /^7931/],
  [/^(?:SCCP|SIP)41\./i, /^79(?:41|61)/],
  [/^(?:SCCP|SIP)42\./i, /^79(?:42|62)/],
  [/^(?:SCCP|SIP)45\./i, /^79(?:45|65)/],
  [/^(?:SCCP|SIP)70\./i, /^797[01]/],
  [/^(?:SCCP|SIP)75\./i, /^7975/],
  [/^P00[3]|^P0S3/i, /^79(?:40|60)/],
  [/^SCCP69xx\./i, /^69/],
  [/^sip78xx\./i, /^78/],
  [/^sip88xx\./i, /^88/],
  [/^sip8845_65\./i, /^88[46]5/],
  [/^sip99(?:51|71)\./i, /^99/],
  [/^CP7921G-/i, /^7921/],
  [/^CP7925G-/i, /^792[56]/],
  [/^CP7912/i, /^7912/],
  [/^CIPC-/i, /^(?:IP Communicator|CIPC)/],
];

/** Whether a load is one of another family than the model; `false` where the name of the load says nothing. */
export const isOfOtherFamily = (load: string, modelName: string): boolean => {
  const [, models] = FAMILIES.find(([named]) => named.test(load)) ?? [];
  return models !== undefined && !models.test(modelName.replace(/^Cisco /, ''));
};
