// The services that ControlCenter lists, a row each: CUCM's name, its group, and the part of labcm that does its work.

/** A part of labcm. */
export type LabcmPart = 'callManager' | 'tftp' | 'dhcp' | 'management' | 'traceLogs' | 'callRecords';

/** A service of CUCM. */
export interface ServiceRow {
  readonly name: string;
  readonly group: string;
  /** Absent: labcm has none, so it is not activated. */
  readonly part?: LabcmPart;
}

const CM = 'CM Services';
const DATABASE = 'Database and Admin Services';
const PERFORMANCE = 'Performance and Monitoring Services';

/** Every service. */
export const SERVICE_ROWS: readonly ServiceRow[] = [
  { name: 'Cisco CallManager', group: CM, part: 'callManager' },
  { name: 'Cisco Tftp', group: CM, part: 'tftp' },
  { name: 'Cisco DHCP Monitor Service', group: CM, part: 'dhcp' },
  { name: 'Cisco AXL Web Service', group: DATABASE, part: 'management' },
  { name: 'Cisco RIS Data Collector', group: PERFORMANCE, part: 'management' },
  { name: 'Cisco AMC Service', group: PERFORMANCE, part: 'management' },
  { name: 'Cisco Trace Collection Service', group: PERFORMANCE, part: 'traceLogs' },
  { name: 'Cisco CDR Repository Manager', group: 'CDR Services', part: 'callRecords' },
  { name: 'Cisco CTIManager', group: CM },
  { name: 'Cisco Extension Mobility', group: CM },
  { name: 'Cisco IP Voice Media Streaming App', group: CM },
  { name: 'Cisco Dialed Number Analyzer', group: CM },
  { name: 'Cisco Bulk Provisioning Service', group: DATABASE },
  { name: 'Cisco DirSync', group: 'Directory Services' },
];
