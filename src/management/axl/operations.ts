// Every operation of AXL, each a row. Names that clients know and no row has are refused with a word of what is offered.

import { CLUSTER_READS } from './cluster-objects.js';
import { LINE } from './line-object.js';
import { LINE_WRITES } from './line-writes.js';
import { type AxlOperation, getting, listing } from './operation.js';
import { OTHER_OPERATIONS, REFUSED } from './other-operations.js';
import { PARTITION_OPERATIONS } from './partitions.js';
import { PHONE_COMMANDS } from './phone-commands.js';
import { PHONE } from './phone-object.js';
import { PHONE_WRITES } from './phone-writes.js';
import { REGISTRATION_READS } from './registration-object.js';
import { USER_READS } from './user-objects.js';

/** What is offered. */
export const AXL_OPERATIONS: readonly AxlOperation[] = [
  ...OTHER_OPERATIONS,
  listing(PHONE),
  getting(PHONE),
  ...PHONE_WRITES,
  ...PHONE_COMMANDS,
  listing(LINE),
  getting(LINE),
  ...LINE_WRITES,
  ...PARTITION_OPERATIONS,
  ...CLUSTER_READS,
  ...USER_READS,
  ...REGISTRATION_READS,
];

/** By name, without case: clients spell some of them otherwise. */
const BY_NAME: ReadonlyMap<string, AxlOperation> = new Map(
  [...AXL_OPERATIONS, ...REFUSED].map((operation) => [operation.name.toLowerCase(), operation]),
);

/** `undefined`: there is no such operation. */
export const findOperation = (name: string): AxlOperation | undefined => BY_NAME.get(name.toLowerCase());
