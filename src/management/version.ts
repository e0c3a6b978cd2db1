/** The version of CUCM that labcm says it is. Tools split it at the dots, and some at the parenthesis. */
export const CUCM_VERSION = '14.0.1.10000(20)';
