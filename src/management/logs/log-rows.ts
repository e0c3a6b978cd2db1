// What LogCollection shows, a row for each kind of file: the service that CUCM names, the folder that a client sees, and where the
// files are below labcm's trace folder. No path of a request is ever one of this machine.

/** A kind of file. */
export interface LogRow {
  /** As `listNodeServiceLogs` names it. */
  readonly service: string;
  /** The folder that clients see. */
  readonly shown: string;
  /** The folder below that of the traces; empty: itself. */
  readonly folder: string;
  readonly pattern: RegExp;
}

const TRACE = '/var/log/active/cm/trace';
/** The call records. */
export const CDR_FOLDER = 'cdr';

export const LOG_ROWS: readonly LogRow[] = [
  { service: 'Cisco CallManager', shown: `${TRACE}/ccm/sdi`, folder: '', pattern: /^ccm(?:\.\d{8})?\.txt$/ },
  {
    service: 'Cisco CallManager',
    shown: `${TRACE}/ccm/sdl`,
    folder: 'cm/trace/ccm/sdl',
    pattern: /^SDL\d{3}_100_\d{6}\.txt$/,
  },
  {
    service: 'Cisco CallManager',
    shown: `${TRACE}/ccm/calllogs`,
    folder: '',
    pattern: /^calllogs_\d{8}\.txt$/,
  },
  { service: 'Cisco Tftp', shown: `${TRACE}/cm/tftp`, folder: '', pattern: /^tftp(?:\.\d{8})?\.txt$/ },
  { service: 'Cisco DHCP Monitor Service', shown: `${TRACE}/dhcp`, folder: '', pattern: /^dhcp(?:\.\d{8})?\.txt$/ },
  {
    service: 'Cisco CDR files on CM publisher processed',
    shown: '/var/log/active/cm/cdr_repository/processed',
    folder: CDR_FOLDER,
    pattern: /^c[dm]r_[A-Za-z0-9.-]+_\d{2,3}_\d{12}_\d+$/,
  },
];

/** Logs of the system, as CUCM calls them: what labcm tells of itself. */
export const SYSTEM_ROW: LogRow = {
  service: 'labcm events',
  shown: '/var/log/active/labcm',
  folder: '',
  pattern: /^events(?:\.\d{8})?\.jsonl$/,
};

const ALL_ROWS: readonly LogRow[] = [...LOG_ROWS, SYSTEM_ROW];

/** The row and the name of a file that a client names by the path that it was shown. `undefined`: there is none. */
export const fileAt = (path: string): { readonly row: LogRow; readonly name: string } | undefined => {
  const end = path.lastIndexOf('/');
  const name = path.slice(end + 1);
  const row = ALL_ROWS.find(({ shown, pattern }) => shown === path.slice(0, end) && pattern.test(name));
  return row === undefined ? undefined : { row, name };
};
