// Adds, changes and removes lines. What belongs to a number of a phone, such as where it forwards, is written to the layer of
// devices; the rest, and numbers that no phone has, is kept besides (`docs/protocols/apis.md` §5.6).

import { parseDirectoryNumber } from '../../core/identifiers.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { child, saysSomething, textIn, textOf } from './elements.js';
import { duplicate, notFound, notValid } from './fault.js';
import { keptValues, LINE, type NumberDraft } from './line-object.js';
import { type AxlNumber, numberOf, PARTITION, patternOf } from './numbers.js';
import { type AxlCall, type AxlOperation, findObject, givenObject, returnUuid } from './operation.js';
import { type AxlView, type KeptRow, unusedUuid } from './sources.js';
import { askerOf, checkRemembered, faultOf, faultsOf, writeKept } from './writing.js';

const TAKE = new Map(LINE.fields.map(({ name, take }) => [name, take]));

const draftOf = (elements: readonly XmlTreeNode[], row: KeptRow | undefined): NumberDraft => {
  const draft: NumberDraft = { values: new Map(Object.entries(row?.values ?? {})), forward: {}, faults: [] };
  for (const element of elements) TAKE.get(element.name)?.(draft, element);
  return draft;
};

/** Puts the number into the partition that the request names. `undefined`: it names none. */
const takePartition = (
  { values, faults }: NumberDraft,
  { sources: { kept } }: AxlView,
  element?: XmlTreeNode,
): void => {
  if (element === undefined) return;
  const name = textOf(element);
  const partition = name === '' ? undefined : kept.byName('routePartition', name);
  if (partition !== undefined) values.set(PARTITION, partition.uuid);
  else if (name === '') values.delete(PARTITION);
  else faults.push(`${element.name}: there is no route partition ${JSON.stringify(name)}`);
};

const checkPattern = (pattern: string, element: string, faults: string[]): void => {
  if (parseDirectoryNumber(pattern) === undefined)
    faults.push(`${element}: found ${JSON.stringify(pattern)}, wanted a directory number such as 5001`);
};

const add: AxlOperation = {
  name: 'addLine',
  effect: 'writes',
  request: { kind: 'objects', object: LINE, isMany: false },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { view } = call;
    const given = givenObject(LINE, call);
    const pattern = patternOf(textIn(given, 'pattern'));
    const draft = draftOf(given.children.filter(saysSomething), undefined);
    checkPattern(pattern, 'pattern', draft.faults);
    const usage = textIn(given, 'usage');
    if (usage !== '' && usage !== 'Device') draft.faults.push(`usage: found ${JSON.stringify(usage)}, wanted "Device"`);
    takePartition(draft, view, child(given, 'routePartitionName'));
    if (draft.faults.length > 0) throw notValid(draft.faults);
    if (numberOf(view, pattern) !== undefined) throw duplicate(`the line ${pattern}`);
    const values = keptValues(draft, false);
    checkRemembered(values);
    const uuid = unusedUuid(view, 'line', pattern);
    await writeKept(call, [{ put: { kind: 'line', name: pattern, uuid, values } }]);
    returnUuid(call, uuid);
    return { found: 0, wrote: `line ${pattern}` };
  },
};

const KEYS: ReadonlySet<string> = new Set(['uuid', ...LINE.keys, 'newPattern', 'newRoutePartitionName']);

/** Writes to the phones of a number; without any there is nothing to write. Rejects with an `AxlFault`. */
const writePhones = async (
  call: AxlCall,
  { pattern, devices }: AxlNumber,
  { forward, to }: { readonly forward?: NumberDraft['forward']; readonly to?: string | undefined },
  check: boolean,
): Promise<readonly string[]> => {
  if (devices.length === 0) return [];
  const { layer } = call.view.sources;
  const write =
    forward === undefined
      ? ({ op: 'renumber', dn: pattern, to } as const)
      : ({ op: 'forward', dn: pattern, forward } as const);
  const result = await layer.write({ ...write, check }, askerOf(call));
  if (result.done) return [];
  if (result.code === 'faults') return faultsOf(result);
  throw faultOf(result, LINE.title, pattern);
};

const update: AxlOperation = {
  name: 'updateLine',
  effect: 'writes',
  request: { kind: 'key', keys: LINE.keys, fields: LINE, also: ['newPattern', 'newRoutePartitionName'] },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { request, view } = call;
    const number = await findObject(LINE, call);
    const { pattern, row, uuid, devices } = number;
    const draft = draftOf(
      request.children.filter(({ name }) => !KEYS.has(name)),
      row,
    );
    takePartition(draft, view, child(request, 'newRoutePartitionName'));
    const to = patternOf(textIn(request, 'newPattern')) || pattern;
    checkPattern(to, 'newPattern', draft.faults);
    if (to !== pattern && numberOf(view, to) !== undefined) throw duplicate(`the line ${to}`);
    const hasForward = Object.keys(draft.forward).length > 0;
    if (hasForward) draft.faults.push(...(await writePhones(call, number, { forward: draft.forward }, true)));
    if (to !== pattern) draft.faults.push(...(await writePhones(call, number, { to }, true)));
    if (draft.faults.length > 0) throw notValid(draft.faults);
    const values = keptValues(draft, devices.length > 0);
    checkRemembered(values);
    const isKept = row !== undefined || to !== pattern || Object.keys(values).length > 0;
    await writeKept(call, isKept ? [{ put: { kind: 'line', name: to, uuid, values } }] : []);
    if (hasForward) await writePhones(call, number, { forward: draft.forward }, false);
    if (to !== pattern) await writePhones(call, number, { to }, false);
    returnUuid(call, uuid);
    return { found: 0, wrote: `line ${to === pattern ? pattern : `${pattern}, now ${to}`}` };
  },
};

const remove: AxlOperation = {
  name: 'removeLine',
  effect: 'writes',
  request: { kind: 'key', keys: LINE.keys },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const number = await findObject(LINE, call);
    const { pattern, row, uuid } = number;
    if (numberOf(call.view, pattern) === undefined) throw notFound(LINE.title);
    await writePhones(call, number, {}, false);
    await writeKept(call, row === undefined ? [] : [{ drop: row }]);
    returnUuid(call, uuid);
    return { found: 0, wrote: `line ${pattern}` };
  },
};

/** The operations that write lines. */
export const LINE_WRITES: readonly AxlOperation[] = [add, update, remove];
