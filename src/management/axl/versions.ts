// The versions of the schema of AXL (`docs/protocols/apis.md` §5.1). What is served here is the same in all of them, so one
// table serves them all, and the reply has the namespace of the request.

import type { XmlTreeNode } from '../../core/xml/tree.js';
import { SoapFault } from '../soap/fault.js';

const BASE = 'http://www.cisco.com/AXL/API/';

/** The oldest first. `1.0` stands for the oldest. */
export const AXL_VERSIONS = [
  '1.0',
  '8.5',
  '9.0',
  '9.1',
  '10.0',
  '10.5',
  '11.0',
  '11.5',
  '12.0',
  '12.5',
  '14.0',
  '15.0',
] as const;

/** A version of the schema. */
export type AxlVersion = (typeof AXL_VERSIONS)[number];

/** The version of the description that is served where none is named. */
export const NEWEST: AxlVersion = '15.0';

/** The namespace of a version. */
export const namespaceOf = (version: AxlVersion): string => BASE + version;

/** `undefined`: it is none that is served. */
export const parseVersion = (text: string): AxlVersion | undefined =>
  AXL_VERSIONS.find((version) => version === text.trim());

const ACTION = /^\s*"?\s*CUCM:DB\s+ver\s*=\s*([\d.]+)/i;

/**
 * The version of a request: that of its namespace, and where it has none, that of its `SOAPAction`. Throws a `SoapFault` that
 * lists what is served.
 */
export const versionOf = ({ name, namespace }: XmlTreeNode, action: string): AxlVersion => {
  const named = namespace === '' ? ACTION.exec(action)?.[1] : namespace.replace(/\/$/, '');
  const version = parseVersion(named?.startsWith(BASE) === true ? named.slice(BASE.length) : (named ?? ''));
  if (version !== undefined && (namespace === '' || namespace.startsWith(BASE))) return version;
  throw new SoapFault(
    'Client',
    `The version of ${name.slice(0, LONGEST_NAME)} is not known: its namespace must be ${BASE} and one of ${AXL_VERSIONS.join(', ')}`,
  );
};

const LONGEST_NAME = 64;
