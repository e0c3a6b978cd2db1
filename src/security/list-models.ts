// Which models hold which lists (`docs/protocols/secure.md` §6).

/** 7906 to 7975 with loads from 9 on, 69xx but the two smallest, 89xx, 99xx, 78xx and 88xx. */
const ITL_MODELS =
  /^Cisco (?:79(?:06|11|2[156]|31|41|42|45|61|62|65|70|71|75)|69(?!01|11)\d\d|89\d\d|99\d\d|78\d\d|88\d\d)/;

/** Whether a model asks for an identity trust list. `model`: its full name. */
export const holdsItl = (model: string): boolean => ITL_MODELS.test(model);

/** Whether a model opens a configuration that is encrypted with the key of its certificate. The others want a key that is typed in, or none. */
export const opensEncrypted = (model: string): boolean =>
  holdsItl(model) || /^Cisco 69\d\d|^Cisco Unified Client Services/.test(model);
