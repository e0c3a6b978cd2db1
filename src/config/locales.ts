// The user locales of Cisco's locale installers: the name of the folder, and the language code that phones need with it
// (`provisioning.md` §4.2 userLocale).

/** The language code where the locale is unknown. */
export const ENGLISH = 'en_US';

const CODES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Arabic_Algeria: 'ar_DZ',
    Arabic_Bahrain: 'ar_BH',
    Arabic_Egypt: 'ar_EG',
    Arabic_Iraq: 'ar_IQ',
    Arabic_Jordan: 'ar_JO',
    Arabic_Kuwait: 'ar_KW',
    Arabic_Lebanon: 'ar_LB',
    Arabic_Morocco: 'ar_MA',
    Arabic_Oman: 'ar_OM',
    Arabic_Qatar: 'ar_QA',
    Arabic_Saudi_Arabia: 'ar_SA',
    Arabic_Tunisia: 'ar_TN',
    Arabic_United_Arab_Emirates: 'ar_AE',
    Arabic_Yemen: 'ar_YE',
    Bulgarian_Bulgaria: 'bg_BG',
    Catalan_Spain: 'ca_ES',
    Chinese_China: 'zh_CN',
    Chinese_Hong_Kong: 'zh_HK',
    Chinese_Taiwan: 'zh_TW',
    Croatian_Croatia: 'hr_HR',
    Czech_Czech_Republic: 'cs_CZ',
    Danish_Denmark: 'da_DK',
    Dutch_Belgium: 'nl_BE',
    Dutch_Netherlands: 'nl_NL',
    English_United_Kingdom: 'en_GB',
    English_United_States: ENGLISH,
    Estonian_Estonia: 'et_EE',
    Finnish_Finland: 'fi_FI',
    French_Canada: 'fr_CA',
    French_France: 'fr_FR',
    German_Austria: 'de_AT',
    German_Germany: 'de_DE',
    German_Switzerland: 'de_CH',
    Greek_Greece: 'el_GR',
    Hebrew_Israel: 'he_IL',
    Hungarian_Hungary: 'hu_HU',
    Italian_Italy: 'it_IT',
    Japanese_Japan: 'ja_JP',
    Korean_Korea_Republic: 'ko_KR',
    Latvian_Latvia: 'lv_LV',
    Lithuanian_Lithuania: 'lt_LT',
    Norwegian_Norway: 'no_NO',
    Polish_Poland: 'pl_PL',
    Portuguese_Brazil: 'pt_BR',
    Portuguese_Portugal: 'pt_PT',
    Romanian_Romania: 'ro_RO',
    Russian_Russian_Federation: 'ru_RU',
    Serbian_Republic_of_Montenegro: 'sr_ME',
    Serbian_Republic_of_Serbia: 'sr_RS',
    Slovak_Slovakia: 'sk_SK',
    Slovenian_Slovenia: 'sl_SI',
    Spanish_Colombia: 'es_CO',
    Spanish_Spain: 'es_ES',
    Swedish_Sweden: 'sv_SE',
    Thai_Thailand: 'th_TH',
    Turkish_Turkey: 'tr_TR',
    Ukrainian_Ukraine: 'uk_UA',
  }),
);

/** The names of all known user locales. */
export const LOCALE_NAMES: readonly string[] = [...CODES.keys()];

/** The language code of a user locale; `undefined`: it is not one of Cisco's. */
export const langCodeOf = (userLocale: string): string | undefined => CODES.get(userLocale);

/** Languages that can be written in Latin-1. */
const WESTERN = new Set(['ca', 'da', 'de', 'en', 'es', 'et', 'fi', 'fr', 'it', 'nl', 'no', 'pt', 'sv']);

/** Whether Latin-1 has all letters of this language. */
export const isWestern = (langCode: string): boolean => WESTERN.has(langCode.split(/[_-]/, 1)[0] ?? '');
