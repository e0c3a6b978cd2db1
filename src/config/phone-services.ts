// The services for phones in the configuration: their keys, and the URLs that phones are given for them.

import * as z from 'zod';
import type { PhoneUrls } from '../provisioning/settings.js';
import { NAME_QUERY, PAGE_PATHS } from '../services/settings.js';
import { duration, flag, integer, text } from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';

/** The keys of the `phones` section. */
export const phoneServiceKeys = {
  pages: flag()
    .default(false)
    .describe(
      'Whether labcm serves phones a menu, the directory, call lists and an idle page, on the port of their files. URLs that `urls` leaves empty then lead there; `none` keeps one empty.',
    ),
  authentication: z
    .strictObject({
      user: text(64, 1).describe('The user that `labcm push` names to a phone.'),
      passwordFile: text(4096, 1).describe(
        'A file with the password on its first line: 8 characters at least. Relative to the folder of this file.',
      ),
    })
    .optional()
    .describe('Who may control phones over HTTP. Phones then ask labcm about it. Without it nobody may.'),
  webPort: integer(1, 65_535)
    .default(80)
    .describe(
      'The TCP port of the web servers of phones, which `labcm push` asks. Only simulated phones have another.',
    ),
  idleTimeout: duration('0s', '1d')
    .optional()
    .describe(
      'The time after which an idle phone shows its idle page; 0s: never. Without one: 60s with `pages`, else 0s.',
    ),
} as const;

const NONE = 'none';

/**
 * The URLs for phones: those that the owner wrote, and labcm's own where he wrote none. `base`: `http://address:port` of the
 * pages; `undefined`: they are not served.
 */
export const phoneUrls = (
  written: PhoneUrls,
  {
    pages,
    authenticated,
    base,
  }: { readonly pages: boolean; readonly authenticated: boolean; readonly base?: string | undefined },
): PhoneUrls => {
  const url = (key: keyof PhoneUrls, isServed: boolean, query = NAME_QUERY): string => {
    if (written[key] === NONE) return '';
    const path = key in PAGE_PATHS ? PAGE_PATHS[key as keyof typeof PAGE_PATHS] : undefined;
    const isOwn = written[key] === '' && isServed && base !== undefined && path !== undefined;
    return isOwn ? `${base}${path}${query}` : written[key];
  };
  return {
    // The phone adds its name, the user and the password itself.
    authentication: url('authentication', authenticated, ''),
    directory: url('directory', pages),
    idle: url('idle', pages),
    information: url('information', pages),
    messages: url('messages', false),
    proxyServer: url('proxyServer', false),
    services: url('services', pages),
  };
};

/** Pages stand on the port of the files for phones. */
export const PHONE_SERVICE_CHECKS: readonly Check[] = [
  ({ phones, http }) => {
    if (phones === undefined || http === undefined || http.provisioning.enabled) return [];
    const keys = [
      ...(phones.pages ? ['pages'] : []),
      ...(phones.authentication === undefined ? [] : ['authentication']),
    ];
    return keys.map(
      (key): KeyProblem => [
        ['phones', key],
        'http.provisioning.enabled: false',
        'true: phones are served on the port of their files',
      ],
    );
  },
];
