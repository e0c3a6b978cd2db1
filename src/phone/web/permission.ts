import type { PhoneBrowser } from './browser.js';

/** Whom a phone asks whether somebody may control it. */
export interface PermissionOptions {
  readonly phone: string;
  readonly browser: PhoneBrowser;
  /** The authentication URL of its file; empty: nobody may control it. */
  readonly authenticationUrl: () => string;
}

/**
 * Asks the authentication URL whether the user of an Authorization header (Basic, RFC 7617) may control the phone
 * (`docs/protocols/phone-services.md` §1). Never rejects.
 */
export const isPermitted = async (
  authorization: string,
  { phone, browser, authenticationUrl }: PermissionOptions,
): Promise<boolean> => {
  const url = authenticationUrl();
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? [];
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  if (url === '' || user === '') return false;
  const query = new URLSearchParams({ UserID: user, Password: rest.join(':'), devicename: phone });
  try {
    // A line end would be one character too many.
    return (await browser.fetch(`${url}${url.includes('?') ? '&' : '?'}${query}`)) === 'AUTHORIZED';
  } catch {
    return false;
  }
};
