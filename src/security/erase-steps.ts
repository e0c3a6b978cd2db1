// How a phone's trust list is erased by hand (`docs/protocols/secure.md` §2.6). The menu is the same for all loads of a model; the keys
// differ between loads, so they are a hint.

/** The steps for some models. */
export interface EraseSteps {
  /** Model numbers, such as `7962`. */
  readonly models: readonly string[];
  /** Where the list stands in the menu of the phone. */
  readonly menu: string;
  /** Keys that usually lead there; absent: unknown. */
  readonly keys?: string;
}

const UNLOCK = '**# unlocks it';

/** One row for each menu. */
export const ERASE_STEPS: readonly EraseSteps[] = [
  {
    models: ['7906', '7911'],
    menu: `Settings → Security Configuration → Trust List → ITL File; ${UNLOCK}; Erase`,
    keys: 'Applications 3 4 5 2, **#, fourth soft key, second soft key (Erase; before **# with some loads)',
  },
  {
    models: ['7941', '7942', '7961', '7962'],
    menu: `Settings → Security Configuration → Trust List → ITL File; ${UNLOCK}; more → Erase`,
    keys: 'Settings 4 5 2 (with some loads 4 5 1 2), **#, fourth soft key (more), second soft key (Erase)',
  },
  {
    models: ['7945', '7965'],
    menu: `Settings → Security Configuration → Trust List → ITL File; ${UNLOCK}; more → Erase`,
    keys: 'Settings 4 5 2, **#, fourth soft key (more), second soft key (Erase)',
  },
  {
    models: ['7970', '7971', '7975'],
    menu: `Settings → Security Configuration → Trust List → ITL File; ${UNLOCK}; Erase`,
    keys: 'Settings 4 5 2, **#, fifth soft key (Erase); for the CTL: Settings 4 5 1, **#, fifth soft key',
  },
  {
    models: ['8941', '8945'],
    menu: 'Administrator Settings → Reset Settings → Security',
    keys: 'Settings 4 4 3, third soft key',
  },
  {
    models: ['8961', '9951', '9971'],
    menu: 'Administrator Settings → Reset Settings → Security Settings',
    keys: 'Applications 4 4 4, third soft key',
  },
  {
    models: ['8811', '8841', '8851', '8861', '8845', '8865'],
    menu: 'Settings → Admin settings → Reset settings → Security settings → Reset',
    keys: 'Settings 5 (with some loads 6) 4 4, third soft key',
  },
  {
    models: ['7811', '7821', '7841', '7861'],
    menu: 'Settings → Admin settings → Reset settings → Security',
    keys: 'Settings 5 4, fourth soft key, second soft key',
  },
  {
    models: ['8831'],
    menu: 'Settings → Admin settings → Reset settings → Security, by soft keys',
    keys: 'third soft key 4 4, fourth soft key, second soft key',
  },
  { models: ['CIPC'], menu: `Settings → Security Configuration → CTL; ${UNLOCK}; Erase` },
];

/** What remains for every model, and what to know before. */
export const LAST_RESORT: readonly string[] = [
  'Wait about two seconds after **#. Afterwards the phone restarts, and takes the next list on faith.',
  'If the menu is locked (settingsAccess 0, or a password in the file that it holds), only the factory reset is left: hold # while it is powered, release it at the first cycle of lights, then 123456789*0#.',
  'Before a factory reset of a 79xx: have its default load in tftp.root, or it stays in its loader.',
  'On 78xx and 88xx "Reset security settings" may delete the certificate (LSC), too.',
];

/** The steps for a model by its number, such as `7962` or `CIPC`. `undefined`: none are known, but for the factory reset. */
export const eraseStepsOf = (model: string): EraseSteps | undefined =>
  ERASE_STEPS.find(({ models }) => models.includes(model.toUpperCase()));
