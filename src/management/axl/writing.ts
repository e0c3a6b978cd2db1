// What writes have in common: how the layer of devices answers, in the words of AXL.

import type { WriteAsker, WriteResult } from '../../http/api/write-ports.js';
import { AxlFault, duplicate, notFound, notValid, refusal } from './fault.js';
import type { AxlCall } from './operation.js';
import type { KeptChange } from './sources.js';

/** Who asked. */
export const askerOf = ({ address }: AxlCall): WriteAsker => ({ by: 'axl', address, token: false });

/** The elements of AXL for keys of the configuration. */
const ELEMENTS: Readonly<Record<string, string>> = {
  model: 'product',
  group: 'devicePoolName',
  load: 'loadInformation',
  speedDials: 'speeddials',
  serviceUrls: 'services',
  modules: 'addOnModules',
  ownerUserId: 'ownerUserName',
  security: 'securityProfileName',
};

/** The elements of a line for its keys. */
const LINE_ELEMENTS: Readonly<Record<string, string>> = {
  dn: 'dirn/pattern',
  displayName: 'display',
  externalMask: 'e164Mask',
  maxCalls: 'maxNumCalls',
  logMissed: 'missedCallLogging',
};

/** `lines.0.dn` is `lines/line 1/dirn/pattern`. */
const elementOf = (key: string): string => {
  const [first = '', index, within, ...rest] = key.split('.');
  if (first !== 'lines' || index === undefined) return [ELEMENTS[first] ?? first, ...key.split('.').slice(1)].join('/');
  const inner = within === undefined ? [] : [LINE_ELEMENTS[within] ?? within, ...rest];
  return ['lines', `line ${Number(index) + 1}`, ...inner].join('/');
};

/** The faults that the layer found, a text for each. */
export const faultsOf = (result: WriteResult): readonly string[] =>
  result.done
    ? []
    : result.faults.map(({ key, found, wanted }) => `${elementOf(key)}: found ${found}, wanted ${wanted}`);

/** The fault of a write that was not done. `name`: of the object. */
export const faultOf = (result: Extract<WriteResult, { done: false }>, title: string, name: string): AxlFault => {
  switch (result.code) {
    case 'unknown-device':
    case 'unknown-line':
      return notFound(title);
    case 'exists':
      return duplicate(name);
    case 'faults':
      return notValid(faultsOf(result));
    default:
      return refusal(result.message);
  }
};

/** Keeps what is no device. Rejects with an `AxlFault`; then nothing has changed. */
export const writeKept = async (
  { view: { sources }, index }: AxlCall,
  changes: readonly KeptChange[],
): Promise<void> => {
  if (changes.length === 0) return;
  const more = changes.filter((change) => 'put' in change && sources.kept.byUuid(change.put.uuid) === undefined).length;
  if (more > 0 && sources.kept.size + more > MOST_KEPT)
    throw refusal(`AXL keeps at most ${MOST_KEPT} lines and route partitions`);
  try {
    await sources.kept.write(changes);
  } catch (error) {
    throw refusal(`nothing has changed: ${(error as Error).message}`);
  }
  index.forget();
};

/** Lines and route partitions that AXL keeps in all. */
export const MOST_KEPT = 50_000;
/** Octets of what AXL remembers of one object. */
export const MOST_REMEMBERED = 8_192;

/** Throws an `AxlFault` where more is to be remembered than may be. */
export const checkRemembered = (memory: unknown): void => {
  if (Buffer.byteLength(JSON.stringify(memory)) > MOST_REMEMBERED)
    throw new AxlFault(TOO_MUCH, `At most ${MOST_REMEMBERED} octets are remembered of what labcm has no use for`);
};

const TOO_MUCH = 5003;
