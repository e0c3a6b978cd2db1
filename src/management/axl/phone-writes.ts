// Adds, changes and removes phones, in the one layer of devices that are changed while the daemon runs
// (`docs/protocols/apis.md` §5.6).

import { resolveXmlReferences } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { type ConfiguredDevice, findModel } from '../../devices/index.js';
import type { DeviceWrite, WriteResult } from '../../http/api/write-ports.js';
import { saysSomething, textIn } from './elements.js';
import { notValid, refusal } from './fault.js';
import { keysOfNumber } from './line-object.js';
import { PARTITION, partitionOf } from './numbers.js';
import { type AxlCall, type AxlOperation, findObject, givenObject, returnUuid } from './operation.js';
import { type AxlPhone, MEMORY_KEY, type PhoneMemory } from './phone.js';
import { PHONE_FIELDS } from './phone-fields.js';
import { PHONE } from './phone-object.js';
import { askForCertificate, certificateWish, settleProfile } from './phone-security.js';
import { PhoneDraft, takeAddedLines, takeRemovedLines } from './phone-takes.js';
import { usualText } from './phone-usual.js';
import type { AxlView, KeptChange } from './sources.js';
import { askerOf, checkRemembered, faultOf, faultsOf, writeKept } from './writing.js';

const TAKE = new Map([
  ...PHONE_FIELDS.map(({ name, take }) => [name, take] as const),
  ['addLines', takeAddedLines] as const,
  ['removeLines', takeRemovedLines] as const,
]);

/** CUCM wants more of a new phone; these decide what it is. */
const NEEDED = ['class', 'protocol', 'devicePoolName'];
/** A change of the phone by somebody else while ours was made: it is made anew so often. */
const ATTEMPTS = 3;

const NO_MEMORY: PhoneMemory = { elements: {}, lines: {} };

/** Reads the elements of a phone. */
const draftOf = (
  elements: readonly XmlTreeNode[],
  view: AxlView,
  { configured, memory }: { readonly configured?: ConfiguredDevice; readonly memory: PhoneMemory },
): PhoneDraft => {
  const draft = new PhoneDraft(configured, memory, (dn) => keysOfNumber(view, dn));
  for (const element of elements) TAKE.get(element.name)?.(draft, element);
  settleProfile(draft);
  return draft;
};

/** What is remembered of the phone from now on, as the layer keeps it. Throws an `AxlFault` if it is too much. */
const extraOf = (draft: PhoneDraft, view: AxlView, before: Readonly<Record<string, unknown>> = {}) => {
  const model = typeof draft.patch.model === 'string' ? findModel(draft.patch.model) : draft.present?.model;
  const protocol =
    draft.patch.protocol === 'SIP' || draft.patch.protocol === 'SCCP' ? draft.patch.protocol : draft.present?.protocol;
  const memory = draft.memory((name, content) => {
    if (model === undefined || protocol === undefined) return false;
    return usualText(name, { model, protocol }, view) === resolveXmlReferences(content);
  });
  checkRemembered(memory);
  const { [MEMORY_KEY]: _, ...others } = before;
  const isNothing = Object.keys(memory.elements).length + Object.keys(memory.lines).length === 0;
  return isNothing ? others : { ...others, [MEMORY_KEY]: memory };
};

/** What must be kept of the numbers of a phone so that they have the partitions that it names. */
const partitionChanges = ({ given, faults }: PhoneDraft, view: AxlView): readonly KeptChange[] =>
  given.flatMap(({ dn, partition }): KeptChange[] => {
    if (partition === '') return [];
    const { kept } = view.sources;
    const wanted = kept.byName('routePartition', partition);
    const before = partitionOf(view, dn);
    if (wanted === undefined)
      faults.push(`routePartitionName: there is no route partition ${JSON.stringify(partition)}`);
    else if (before === undefined) {
      const row = kept.byName('line', dn) ?? { uuid: view.rowUuid('line', dn), values: {} };
      const values = { ...row.values, [PARTITION]: wanted.uuid };
      return [{ put: { kind: 'line', name: dn, uuid: row.uuid, values } }];
    } else if (before.uuid !== wanted.uuid)
      faults.push(
        `routePartitionName: ${dn} is in the route partition ${JSON.stringify(before.name)}: labcm has one numbering plan`,
      );
    return [];
  });

/** Writes a phone: checked as a whole first, so that what is kept beside it is never written for nothing. */
const write = async (call: AxlCall, draft: PhoneDraft, device: DeviceWrite, name: string): Promise<WriteResult> => {
  const { view } = call;
  const rows = partitionChanges(draft, view);
  const certificate = certificateWish(draft, view.sources);
  const checked = await view.sources.layer.write({ ...device, check: true }, askerOf(call));
  if (!checked.done && checked.code !== 'faults') {
    if (draft.faults.length > 0 && checked.code !== 'changed') throw notValid(draft.faults);
    return checked;
  }
  const faults = [...draft.faults, ...faultsOf(checked)];
  if (faults.length > 0) throw notValid(faults);
  await writeKept(call, rows);
  const result = await view.sources.layer.write(device, askerOf(call));
  if (!result.done && result.code !== 'changed') throw faultOf(result, PHONE.title, name);
  if (result.done) askForCertificate(certificate, name, view);
  return result;
};

const add: AxlOperation = {
  name: 'addPhone',
  effect: 'writes',
  request: { kind: 'objects', object: PHONE, isMany: false },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { view } = call;
    const given = givenObject(PHONE, call);
    const draft = draftOf(given.children.filter(saysSomething), view, { memory: NO_MEMORY });
    for (const name of NEEDED) if (textIn(given, name) === '') draft.faults.push(`${name} is needed`);
    const kind = textIn(given, 'class');
    if (kind !== '' && kind !== 'Phone') draft.faults.push(`class: found ${JSON.stringify(kind)}, wanted "Phone"`);
    const name = textIn(given, 'name').toUpperCase();
    const device = Object.entries({ ...draft.patch, name }).filter(([, value]) => value !== null && value !== '');
    const extra = extraOf(draft, view);
    const result = await write(
      call,
      draft,
      { op: 'add', devices: [Object.fromEntries(device)], isList: false, existing: 'refuse', extra },
      name,
    );
    if (!result.done) throw faultOf(result, PHONE.title, name);
    returnUuid(call, view.sources.layer.uuidOf(name));
    return { found: 0, wrote: `phone ${name}` };
  },
};

/** One attempt to change a phone. `undefined`: somebody changed it meanwhile. */
const change = async (call: AxlCall, { record, memory, uuid }: AxlPhone): Promise<string | undefined> => {
  const { request, view } = call;
  const { configured } = record;
  const elements = request.children.filter(({ name }) => name !== 'name' && name !== 'uuid');
  const draft = draftOf(elements, view, { configured, memory });
  const extra = extraOf(draft, view, view.sources.layer.extraOf(configured.name));
  const to = textIn(request, 'newName').toUpperCase();
  const isRenamed = to !== '' && to !== configured.name.toUpperCase();
  const about = { name: configured.name, patch: draft.patch, extra } as const;
  const result = await write(
    call,
    draft,
    {
      ...(isRenamed ? { op: 'rename', to, ...about } : { op: 'change', ...about }),
      onlyIf: (present) => present === configured,
    },
    isRenamed ? to : configured.name,
  );
  if (!result.done && result.code !== 'changed') throw faultOf(result, PHONE.title, isRenamed ? to : configured.name);
  if (!result.done) return undefined;
  returnUuid(call, uuid);
  return `phone ${isRenamed ? `${configured.name}, now ${to}` : configured.name}`;
};

const update: AxlOperation = {
  name: 'updatePhone',
  effect: 'writes',
  request: { kind: 'key', keys: PHONE.keys, fields: PHONE, also: ['newName'] },
  returns: { kind: 'uuid' },
  run: async (call) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const wrote = await change(call, await findObject(PHONE, call));
      if (wrote !== undefined) return { found: 0, wrote };
    }
    throw refusal('the phone was changed by somebody else meanwhile');
  },
};

const remove: AxlOperation = {
  name: 'removePhone',
  effect: 'writes',
  request: { kind: 'key', keys: PHONE.keys },
  returns: { kind: 'uuid' },
  run: async (call) => {
    const { record, uuid } = await findObject(PHONE, call);
    const { name } = record.configured;
    const result = await call.view.sources.layer.write({ op: 'remove', name }, askerOf(call));
    if (!result.done) throw faultOf(result, PHONE.title, name);
    returnUuid(call, uuid);
    return { found: 0, wrote: `phone ${name}` };
  },
};

/** The operations that write phones. */
export const PHONE_WRITES: readonly AxlOperation[] = [add, update, remove];
