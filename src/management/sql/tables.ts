// The tables that statements see, with their columns (`docs/protocols/apis.md` §6.3). What labcm has nothing for is there and
// empty, since scripts join it.

/** A column that ends with `#` holds whole numbers, the others hold texts. */
const COLUMNS = {
  applicationuser: 'pkid name',
  applicationuserdevicemap: 'pkid fkapplicationuser fkdevice',
  blfspeeddial: 'pkid fkdevice blfindex# label labelascii blfdestination fknumplan',
  callforwarddynamic: 'pkid fknumplan cfadestination cfavoicemailenabled datetimestamp#',
  callingsearchspace: 'pkid name description clause',
  callmanager: 'pkid name description fkprocessnode',
  callmanagergroup: 'pkid name tftpdefault',
  callmanagergroupmember: 'pkid fkcallmanagergroup fkcallmanager priority#',
  commonphoneconfig: 'pkid name description',
  componentversion: 'pkid softwarecomponent version',
  device:
    'pkid name description tkclass# tkmodel# tkproduct# tkdeviceprotocol# fkdevicepool fkphonetemplate fksecurityprofile fkenduser fkcallingsearchspace fkcommonphoneconfig fklocation specialloadinformation isactive ikdevice_primaryphone versionstamp',
  devicenumplanmap:
    'pkid fkdevice fknumplan numplanindex# label labelascii display displayascii e164mask maxnumcalls# busytrigger#',
  devicepool: 'pkid name fkcallmanagergroup fkregion fklocation',
  enduser:
    'pkid userid firstname middlename lastname displayname mailid telephonenumber department islocaluser status#',
  enduserdevicemap: 'pkid fkenduser fkdevice defaultprofile tkuserassociation#',
  endusernumplanmap: 'pkid fkenduser fknumplan tkdnusage#',
  extensionmobilitydynamic: 'pkid fkdevice fkdevice_currentloginprofile fkenduser loginduration# logintime#',
  huntpilotqueue: 'pkid fknumplan_pilot maxcallersinqueue# maxwaittimeinqueue#',
  location: 'pkid name',
  mgcp: 'pkid fkdevice domainname',
  numplan:
    'pkid dnorpattern description alertingname alertingnameascii fkroutepartition tkpatternusage# fkvoicemessagingprofile fkcallingsearchspace_sharedlineappear',
  phonetemplate: 'pkid name tkmodel# tkdeviceprotocol#',
  processconfig: 'pkid fkprocessnode tkservice# paramname paramvalue',
  processnode: 'pkid name description tknodeusage# systemnode nodeid#',
  processnodeservice: 'pkid fkprocessnode tkservice# enable servername tracelevel#',
  registrationdynamic:
    'pkid fkdevice lastknownipaddress lastknownucm lastseen# lastactive# datetimestamp# tkrisstatus# lastknownconfigversion portorssid tkendpointconnection#',
  remotedestination: 'pkid name destination fkenduser fkdevice_remotedestinationtemplate',
  remotedestinationdynamic: 'pkid fkremotedestination enablesinglenumberreach',
  routepartition: 'pkid name description',
  securityprofile: 'pkid name description tkmodel# tkdeviceprotocol#',
  softkeytemplate: 'pkid name description',
  speeddial: 'pkid fkdevice speeddialindex# label labelascii speeddialnumber',
  syscolumns: 'colname tabid# colno#',
  systables: 'tabname tabid# tabtype',
  typeclass: 'enum# name moniker',
  typedeviceprotocol: 'enum# name moniker',
  typemodel: 'enum# name moniker',
  typepatternusage: 'enum# name moniker',
  typeproduct: 'enum# name moniker tkmodel#',
  typerisstatus: 'enum# name moniker',
  typeservice: 'enum# name moniker',
} as const;

/** The name of a table. */
export type SqlTableName = keyof typeof COLUMNS;

/** A table. */
export interface SqlTable {
  readonly name: SqlTableName;
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'integer' }[];
}

/** A value in a row. */
export type SqlCell = string | number | null;

type ColumnsIn<Text extends string> = Text extends `${infer One} ${infer Rest}` ? One | ColumnsIn<Rest> : Text;
type ColumnNames<T extends SqlTableName> = ColumnsIn<(typeof COLUMNS)[T]>;
/** Columns that are left out are null. */
export type SqlValues<T extends SqlTableName> = {
  readonly [C in ColumnNames<T> as C extends `${infer Name}#` ? Name : C]?: C extends `${string}#`
    ? number
    : string | null;
};

/** Every table. */
export const SQL_TABLES: readonly SqlTable[] = Object.entries(COLUMNS).map(([name, columns]) => ({
  name: name as SqlTableName,
  columns: columns.split(' ').map((column) => {
    const isNumber = column.endsWith('#');
    return { name: isNumber ? column.slice(0, -1) : column, type: isNumber ? 'integer' : 'text' };
  }),
}));

const ORDER = new Map(SQL_TABLES.map(({ name, columns }) => [name, columns.map((column) => column.name)]));

/** The values of a row in the order of its table's columns. */
export const cellsOf = <T extends SqlTableName>(table: T, values: SqlValues<T>): readonly SqlCell[] =>
  (ORDER.get(table) ?? []).map((column) => (values as Readonly<Record<string, SqlCell | undefined>>)[column] ?? null);
