// Route partitions: a stored list of names without effect, since labcm has one numbering plan. Provisioning tools make them
// first, and name them in every line (`docs/protocols/apis.md` §5.4).

import type { XmlTreeNode } from '../../core/xml/tree.js';
import { contentOf, isNested, saysSomething, textIn } from './elements.js';
import { duplicate, notValid, refusal } from './fault.js';
import { type AxlField, constant, text } from './fields.js';
import { PARTITION } from './numbers.js';
import {
  type AxlObject,
  type AxlOperation,
  findObject,
  getting,
  givenObject,
  listing,
  returnUuid,
} from './operation.js';
import { type AxlView, type KeptRow, unusedUuid } from './sources.js';
import { checkRemembered, writeKept } from './writing.js';

type Values = Map<string, string>;

const kept = (name: string): AxlField<KeptRow, Values> => ({
  ...{ kind: 'verbatim', name, isNested: isNested(name), isListed: true },
  take: (values, element) => {
    if (saysSomething(element)) values.set(name, contentOf(element));
    else values.delete(name);
  },
  read: ({ values }) => values[name],
});

const PARTITION_OBJECT: AxlObject<KeptRow, Values> = {
  element: 'routePartition',
  title: 'RoutePartition',
  fields: [
    text('name', ({ name }) => name),
    kept('description'),
    kept('timeScheduleIdName'),
    kept('useOriginatingDeviceTimeZone'),
    kept('timeZone'),
    constant('partitionUsage', 'General'),
  ],
  keys: ['name'],
  uuidOf: ({ uuid }) => uuid,
  all: async ({ view: { sources } }) =>
    [...sources.kept.rows('routePartition')].sort((one, other) => (one.name < other.name ? -1 : 1)),
  byKey: ({ view: { sources } }, name) => sources.kept.byName('routePartition', name),
  byUuid: async ({ view: { sources } }, uuid) => {
    const row = sources.kept.byUuid(uuid);
    return row?.kind === 'routePartition' ? row : undefined;
  },
};

const LONGEST_NAME = 50;

/** Throws an `AxlFault` for a name that no partition can have. */
const checkName = (view: AxlView, name: string): void => {
  if (name === '' || name.length > LONGEST_NAME) throw notValid([`name: wanted are 1 to ${LONGEST_NAME} characters`]);
  if (view.sources.kept.byName('routePartition', name) !== undefined) throw duplicate(`the route partition ${name}`);
};

const valuesOf = (elements: readonly XmlTreeNode[], before: KeptRow['values']): KeptRow['values'] => {
  const values: Values = new Map(Object.entries(before));
  for (const element of elements)
    PARTITION_OBJECT.fields.find(({ name }) => name === element.name)?.take?.(values, element);
  checkRemembered(Object.fromEntries(values));
  return Object.fromEntries(values);
};

const add: AxlOperation = {
  name: 'addRoutePartition',
  effect: 'writes',
  request: { kind: 'objects', object: PARTITION_OBJECT, isMany: false },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const given = givenObject(PARTITION_OBJECT, call);
    const name = textIn(given, 'name');
    checkName(call.view, name);
    const uuid = unusedUuid(call.view, 'routePartition', name);
    const values = valuesOf(given.children.filter(saysSomething), {});
    await writeKept(call, [{ put: { kind: 'routePartition', name, uuid, values } }]);
    returnUuid(call, uuid);
    return { found: 0, wrote: `route partition ${name}` };
  },
};

const update: AxlOperation = {
  name: 'updateRoutePartition',
  effect: 'writes',
  request: { kind: 'key', keys: PARTITION_OBJECT.keys, fields: PARTITION_OBJECT, also: ['newName'] },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { request, view } = call;
    const row = await findObject(PARTITION_OBJECT, call);
    const name = textIn(request, 'newName') || row.name;
    if (name !== row.name) checkName(view, name);
    await writeKept(call, [{ put: { ...row, name, values: valuesOf(request.children, row.values) } }]);
    returnUuid(call, row.uuid);
    return { found: 0, wrote: `route partition ${name === row.name ? name : `${row.name}, now ${name}`}` };
  },
};

const remove: AxlOperation = {
  name: 'removeRoutePartition',
  effect: 'writes',
  request: { kind: 'key', keys: PARTITION_OBJECT.keys },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { kept } = call.view.sources;
    const row = await findObject(PARTITION_OBJECT, call);
    const lines = [...kept.rows('line')].filter(({ values }) => values[PARTITION] === row.uuid);
    if (lines.length > 0)
      throw refusal(`the route partition ${row.name} has ${lines.length} lines, the first is ${lines[0]?.name}`);
    await writeKept(call, [{ drop: row }]);
    returnUuid(call, row.uuid);
    return { found: 0, wrote: `route partition ${row.name}` };
  },
};

/** The operations of route partitions. */
export const PARTITION_OPERATIONS: readonly AxlOperation[] = [
  listing(PARTITION_OBJECT),
  getting(PARTITION_OBJECT),
  add,
  update,
  remove,
];
