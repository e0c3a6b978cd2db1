// Families of models: models that boot, ask for their files and try again in the same way (`docs/protocols/explain.md`
// §1.6). Every table by family asks here.

/**
 * `79xx`: those that run Java. `7940`: those from before. `78xx`: also 88xx, 89xx, 99xx and DX. `cipc`: the soft phone of
 * a PC. `room`: TelePresence. `sip`: SIP phones of other makers, and programs. `other`: any other device.
 */
export const PHONE_FAMILIES = ['79xx', '7940', '69xx', '78xx', 'cipc', 'room', 'sip', 'other'] as const;
/** A family of models. */
export type PhoneFamily = (typeof PHONE_FAMILIES)[number];

/** By the names of the models; the first one that fits. */
const FAMILIES: readonly (readonly [names: RegExp, family: PhoneFamily])[] = [
  [/^Cisco (?:79(?:02|05|10|12|20|35|36|40|60)|(?:12|30)(?:S|SP|SP\+|VIP))$/, '7940'],
  [/^Cisco 79\d\d/, '79xx'],
  [/^Cisco 69\d\d/, '69xx'],
  [/^Cisco (?:(?:78|88|89|99)\d\d|DX)/, '78xx'],
  [/^Cisco IP Communicator$/, 'cipc'],
  [/^Cisco TelePresence$/, 'room'],
  [/^Third-party|^Cisco Unified /, 'sip'],
];

/** The family of a model, by its full name. */
export const familyOf = (name: string): PhoneFamily => FAMILIES.find(([names]) => names.test(name))?.[1] ?? 'other';
