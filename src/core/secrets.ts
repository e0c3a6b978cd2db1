// What may not be shown: which names stand for secrets, and texts without the secrets in them. Whatever shows a setting, a URL or
// the octets of a request uses this.

/** Parts of names, of whatever case: `sshPassword`, `wlanPassphrase`, `accessToken`. */
export const SECRET_WORDS = 'passw(?:or)?d|passphrase|passcode|secret|token|psk';

const SECRET_NAME = new RegExp(`${SECRET_WORDS}|^(?:key|pin|pwd)$|(?:private|shared|encryption|wep|wpa)_?key$`, 'i');
/** `passwordFile` names a file, and what is wrong with that is told with its name. */
const NAME_OF_FILE = /file$/i;

/** What stands for a secret. It does not tell how long that is. */
export const MASKED = 'xxx';

/** Whether the value of a setting, an element or a parameter of this name is a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !NAME_OF_FILE.test(name);

/** The password of a URL (RFC 3986 §3.2.1): `http://user:password@host`. It may have an `@` of its own. */
const USER_INFO = /(:\/\/[^\s/?#"'<>@:]{0,255}:)[^\s/?#"'<>]{1,255}(?=@)/g;
const PARAMETER = /([?&;])([^\s=&;#?"'<>]{1,64})=([^\s&;#"'<>]+)/g;

/** A text without the passwords of URLs, and without the parameters of a query that are secrets. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(USER_INFO, `$1${MASKED}`)
    .replace(PARAMETER, (whole, sign: string, name: string) =>
      isSecretName(name) ? `${sign}${name}=${MASKED}` : whole,
    );

/** The value of a setting as it may be shown. An empty one is no secret. */
export const shownSetting = (name: string, value: string): string =>
  value !== '' && isSecretName(name) ? MASKED : withoutSecrets(value);

/** Up to the version of the protocol: what is not well-formed may have blanks and `&` in it. */
const RAW_PARAMETER = new RegExp(
  `((?:${SECRET_WORDS}|[?&;](?:key|pin|pwd))[\\w.-]{0,32}=)[^\\r\\n]+?(?= HTTP/|[\\r\\n]|$)`,
  'gi',
);
const CREDENTIALS = /((?:^|\n)(?:(?:proxy-)?authorization|(?:set-)?cookie)[ \t]*:[ \t]*)[^\r\n]+/gi;

/** The octets of an HTTP request, as Latin-1, that nobody could read: without its passwords and credentials. */
export const requestWithoutSecrets = (text: string): string =>
  text.replace(CREDENTIALS, `$1${MASKED}`).replace(RAW_PARAMETER, `$1${MASKED}`).replace(USER_INFO, `$1${MASKED}`);
