// PerfMon as declared (`docs/protocols/apis.md` §7). Lists of a request have elements `Counter`, those of a reply `item`.

import { many, nillable, one, operation, type SoapService, struct, type Written } from '../soap/declaration.js';
import { SERVICEABILITY } from '../soap/namespaces.js';

const named = struct('CounterName', nillable('Name', 'string'));
const wanted = struct('RequestArrayOfCounter', many('Counter', struct('RequestCounter', nillable('Name', 'string'))));

const objectInfo = struct(
  'ObjectInfo',
  nillable('Name', 'string'),
  one('MultiInstance', 'boolean'),
  nillable('ArrayOfCounter', struct('ArrayOfCounter', many('item', named))),
);

const counterInfo = struct(
  'CounterInfo',
  nillable('Name', 'string'),
  one('Value', 'long'),
  one('CStatus', 'unsignedInt'),
);

const session = one('SessionHandle', 'string');

export const OPEN_SESSION = operation(
  struct('perfmonOpenSession'),
  struct('perfmonOpenSessionResponse', one('perfmonOpenSessionReturn', 'string')),
);
export const ADD_COUNTER = operation(
  struct('perfmonAddCounter', session, one('ArrayOfCounter', wanted)),
  struct('perfmonAddCounterResponse'),
);
export const REMOVE_COUNTER = operation(
  struct('perfmonRemoveCounter', session, one('ArrayOfCounter', wanted)),
  struct('perfmonRemoveCounterResponse'),
);
export const COLLECT_SESSION = operation(
  struct('perfmonCollectSessionData', session),
  struct('perfmonCollectSessionDataResponse', many('perfmonCollectSessionDataReturn', counterInfo)),
);
export const CLOSE_SESSION = operation(struct('perfmonCloseSession', session), struct('perfmonCloseSessionResponse'));
export const LIST_COUNTER = operation(
  struct('perfmonListCounter', one('Host', 'string')),
  struct('perfmonListCounterResponse', many('perfmonListCounterReturn', objectInfo)),
);
export const LIST_INSTANCE = operation(
  struct('perfmonListInstance', one('Host', 'string'), one('Object', 'string')),
  struct(
    'perfmonListInstanceResponse',
    many('perfmonListInstanceReturn', struct('InstanceType', nillable('Name', 'string'))),
  ),
);
/** `Counter` is a whole path, as text. */
export const DESCRIBE_COUNTER = operation(
  struct('perfmonQueryCounterDescription', one('Counter', 'string')),
  struct('perfmonQueryCounterDescriptionResponse', nillable('perfmonQueryCounterDescriptionReturn', 'string')),
);
export const COLLECT = operation(
  struct('perfmonCollectCounterData', one('Host', 'string'), one('Object', 'string')),
  struct('perfmonCollectCounterDataResponse', many('perfmonCollectCounterDataReturn', counterInfo)),
);

/** A value in a reply. */
export type CounterInfo = Written<typeof counterInfo>;

/** The service. */
export const PERFMON_SERVICE: SoapService = {
  namespace: SERVICEABILITY,
  name: 'PerfmonService',
  port: 'PerfmonPort',
  portType: 'PerfmonPortType',
  binding: 'PerfmonBinding',
  path: '/perfmonservice2/services/PerfmonService',
  operations: [
    OPEN_SESSION,
    ADD_COUNTER,
    REMOVE_COUNTER,
    COLLECT_SESSION,
    CLOSE_SESSION,
    LIST_INSTANCE,
    DESCRIBE_COUNTER,
    LIST_COUNTER,
    COLLECT,
  ],
};
