// What the services for phones are made from: the configuration as the services need it. `config/` fills it.

/** Who may control a phone over HTTP: the phone asks labcm whether a user and a password are these. */
export interface PhoneCredentials {
  readonly user: string;
  readonly password: string;
}

/** The settings of the services for phones. */
export interface PhoneServiceSettings {
  /** Whether labcm serves menus, directory and call lists. */
  readonly pages: boolean;
  /** `undefined`: nobody may control a phone. */
  readonly authentication: PhoneCredentials | undefined;
  /** Entries of the menu, after labcm's own. */
  readonly entries: readonly { readonly name: string; readonly url: string }[];
  /** IANA, for the times that pages show. */
  readonly timeZone: string;
  /** The name of the cluster, below the idle page. */
  readonly cluster: string;
}

/** The paths of the pages, on the port of the files for phones. */
export const PAGE_PATHS = {
  authentication: '/phone/authenticate',
  directory: '/phone/directory',
  search: '/phone/directory/search',
  list: '/phone/directory/list',
  services: '/phone/services',
  missed: '/phone/calls/missed',
  placed: '/phone/calls/placed',
  received: '/phone/calls/received',
  idle: '/phone/idle',
  information: '/phone/help',
} as const;

/** What a page is called in events. */
export type PageName = keyof typeof PAGE_PATHS;

/** The query by which a phone says who it is. Phones put their own name in the place of the mark. */
export const NAME_QUERY = '?name=#DEVICENAME#';
