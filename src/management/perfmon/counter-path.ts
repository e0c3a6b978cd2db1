// The path of a counter: `\\HOST\Object(Instance)\Counter`. Clients split at backslashes and brackets, so no name has any.

import { echoed, SoapFault } from '../soap/fault.js';
import { OBJECTS, type PerfCounter, type PerfObject } from './counters.js';

/** A counter as a client asked for it. */
export interface AskedCounter {
  /** As the client wrote it: it comes back so. */
  readonly path: string;
  readonly host: string;
  readonly object: PerfObject;
  /** Empty: the object is there once. */
  readonly instance: string;
  readonly counter: PerfCounter;
}

const PATH = /^\\\\([^\\()]{1,255})\\([^\\()]{1,128})(?:\(([^\\()]{0,128})\))?\\([^\\()]{1,128})$/;

/** Reads a path. Throws a `SoapFault`. Whether there is such an instance is another question. */
export const readPath = (path: string): AskedCounter => {
  const [, host, objectName = '', instance = '', counterName = ''] = PATH.exec(path) ?? [];
  if (host === undefined) throw new SoapFault('Server', `Counter ${echoed(path)} is no path`);
  const object = objectNamed(objectName);
  const counter = object.counters.find(({ name }) => isSame(name, counterName));
  if (counter === undefined || (object.instances === undefined) !== (instance === ''))
    throw new SoapFault('Server', `Counter ${echoed(path)} is not known`);
  return { path, host, object, instance, counter };
};

/** Writes a path. */
export const writePath = (host: string, { name }: PerfObject, instance: string, counter: PerfCounter): string =>
  `\\\\${host}\\${name}${instance === '' ? '' : `(${instance})`}\\${counter.name}`;

/** The object of a name, in any case. Throws a `SoapFault`. */
export const objectNamed = (written: string): PerfObject => {
  const found = OBJECTS.find(({ name }) => isSame(name, written));
  if (found === undefined) throw new SoapFault('Server', `Object ${echoed(written)} is not known`);
  return found;
};

const isSame = (name: string, written: string): boolean => name.toLowerCase() === written.toLowerCase();
