// The address of each view, behind `#`: so a link to a view works without anything on the server.

const VIEWS = [
  'fleet',
  'device',
  'faults',
  'charts',
  'strangers',
  'leases',
  'files',
  'nodes',
  'injected',
  'log',
] as const;

/** A view of the page. */
export type View = (typeof VIEWS)[number];

/** Where the page is. */
export interface Place {
  readonly view: View;
  /** The name of the device of the view `device`. */
  readonly name: string;
  readonly filter: string;
  /** As `-column` or `column`. */
  readonly sort: string;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Reads `#/device/NAME` or `#/fleet?filter=7962&sort=-since`. What it does not know is the fleet. */
export const readPlace = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [view = '', name = ''] = path.split('/', 2);
  const keys = new URLSearchParams(query);
  return {
    view: VIEWS.find((one) => one === view) ?? 'fleet',
    name: decoded(name),
    filter: keys.get('filter') ?? '',
    sort: keys.get('sort') ?? '',
  };
};

/** The address of a place. */
export const writePlace = ({
  view,
  name = '',
  filter = '',
  sort = '',
}: Partial<Place> & { readonly view: View }): string => {
  const keys = new URLSearchParams();
  if (filter !== '') keys.set('filter', filter);
  if (sort !== '') keys.set('sort', sort);
  const query = keys.toString();
  return `#/${view}${name === '' ? '' : `/${encodeURIComponent(name)}`}${query === '' ? '' : `?${query}`}`;
};
