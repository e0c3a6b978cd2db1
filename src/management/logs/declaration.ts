// LogCollection and CDRonDemand as declared (`docs/protocols/apis.md` §8.2 and §8.3).

import { many, nillable, one, operation, type SoapService, struct, type Written } from '../soap/declaration.js';
import { SERVICEABILITY } from '../soap/namespaces.js';

const names = struct('ArrayOfString', many('item', 'string'));

const criteria = struct(
  'FileSelectionCriteria',
  nillable('ServiceLogs', names),
  nillable('SystemLogs', names),
  nillable('SearchStr', 'string'),
  nillable('Frequency', 'string'),
  nillable('JobType', 'string'),
  nillable('ToDate', 'string'),
  nillable('FromDate', 'string'),
  nillable('TimeZone', 'string'),
  nillable('RelText', 'string'),
  nillable('RelTime', 'long'),
  nillable('Port', 'long'),
  nillable('IPAddress', 'string'),
  nillable('UserName', 'string'),
  nillable('Password', 'string'),
  nillable('ZipInfo', 'boolean'),
  nillable('RemoteFolder', 'string'),
);

const file = struct(
  'file',
  nillable('name', 'string'),
  nillable('absolutepath', 'string'),
  nillable('filesize', 'string'),
  nillable('modifiedDate', 'string'),
);
const serviceLogs = struct(
  'ServiceLogs',
  nillable('name', 'string'),
  nillable('SetOfFiles', struct('SetOfFiles', many('File', file))),
);
const node = struct(
  'Node',
  nillable('name', 'string'),
  nillable('ServiceList', struct('ServiceList', many('ServiceLogs', serviceLogs))),
);

export const LIST_LOGS = operation(
  struct('listNodeServiceLogs', one('ListRequest', 'string')),
  struct(
    'listNodeServiceLogsResponse',
    many(
      'listNodeServiceLogsReturn',
      struct(
        'NodeServiceLogList',
        nillable('name', 'string'),
        nillable('ServiceLog', names),
        nillable('SystemLog', names),
      ),
    ),
  ),
);
export const SELECT_FILES = operation(
  struct('selectLogFiles', one('FileSelectionCriteria', criteria)),
  struct(
    'selectLogFilesResponse',
    one(
      'ResultSet',
      struct('ResultSet', one('SchemaFileSelectionResult', struct('SchemaFileSelectionResult', one('Node', node)))),
    ),
    nillable('ScheduleList', struct('ScheduleList', many('item', 'string'))),
  ),
);
/** The body has the element `FileName` alone: nothing in it names the operation. */
export const GET_FILE = {
  ...operation(
    struct('GetOneFile', one('FileName', 'string')),
    struct('GetOneFileResponse', one('GetOneFileReturn', 'string')),
  ),
  textElement: 'FileName',
};

export const LIST_RECORDS = operation(
  struct('get_file_list', one('in0', 'string'), one('in1', 'string'), one('in2', 'boolean')),
  struct('get_file_listResponse', one('get_file_listReturn', struct('CDRFileNames', many('FileName', 'string')))),
);
export const PUSH_RECORD = operation(
  struct(
    'get_file',
    ...(['in0', 'in1', 'in2', 'in3', 'in4'] as const).map((name) => one(name, 'string')),
    one('in5', 'boolean'),
  ),
  struct('get_fileResponse', one('get_fileReturn', 'boolean')),
);

/** A file in a reply. */
export type ShownFile = Written<typeof file>;

/** LogCollection. */
export const LOG_SERVICE: SoapService = {
  namespace: SERVICEABILITY,
  name: 'LogCollectionPortTypeService',
  port: 'LogCollectionPort',
  portType: 'LogCollectionPortType',
  binding: 'LogCollectionPortSoapBinding',
  path: '/logcollectionservice2/services/LogCollectionPortTypeService',
  operations: [LIST_LOGS, SELECT_FILES, GET_FILE],
};

/** The older service for files alone. */
export const DIME_SERVICE: SoapService = {
  ...LOG_SERVICE,
  name: 'DimeGetFileService',
  port: 'DimeGetFileService',
  portType: 'DimeGetFile',
  binding: 'DimeGetFileServiceSoapBinding',
  path: '/logcollectionservice/services/DimeGetFileService',
  operations: [GET_FILE],
};

/** CDRonDemand. */
export const RECORD_SERVICE: SoapService = {
  namespace: SERVICEABILITY,
  name: 'CDRonDemandService',
  port: 'CDRonDemandPort',
  portType: 'CDRonDemandPortType',
  binding: 'CDRonDemandSoapBinding',
  path: '/CDRonDemandService2/services/CDRonDemandService',
  operations: [LIST_RECORDS, PUSH_RECORD],
};
