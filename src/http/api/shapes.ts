// Every shape of the API by its name, and the types of all of them. `/api/openapi.json` has the same names.

import * as z from 'zod';
import * as calls from './call-shapes.js';
import * as capf from './capf-shapes.js';
import * as commands from './command-shapes.js';
import * as common from './common-shapes.js';
import * as daemon from './daemon-shapes.js';
import * as devices from './device-shapes.js';
import * as deviceViews from './device-view-shapes.js';
import * as drills from './drill-shapes.js';
import * as facts from './fact-shapes.js';
import * as faults from './fault-shapes.js';
import * as features from './feature-shapes.js';
import * as fileLists from './file-list-shapes.js';
import * as fleet from './fleet-shapes.js';
import * as histories from './history-shapes.js';
import * as messages from './message-shapes.js';
import * as nodes from './node-shapes.js';
import * as pushes from './push-shapes.js';
import { IsoTime } from './shape.js';
import * as timelines from './timeline-shapes.js';
import * as trunks from './trunk-shapes.js';
import * as unknown from './unknown-shapes.js';
import * as verdicts from './verdict-shapes.js';

export type * from './call-shapes.js';
export type * from './capf-shapes.js';
export type * from './command-shapes.js';
export type * from './common-shapes.js';
export type * from './daemon-shapes.js';
export type * from './device-shapes.js';
export type * from './device-view-shapes.js';
export type * from './drill-shapes.js';
export type * from './fact-shapes.js';
export type * from './fault-shapes.js';
export type * from './feature-shapes.js';
export type * from './file-list-shapes.js';
export type * from './fleet-shapes.js';
export type * from './history-shapes.js';
export type * from './message-shapes.js';
export type * from './node-shapes.js';
export type * from './push-shapes.js';
export type { IsoTime, Json } from './shape.js';
export type * from './timeline-shapes.js';
export type * from './trunk-shapes.js';
export type * from './unknown-shapes.js';
export type * from './verdict-shapes.js';

const MODULES = {
  IsoTime,
  ...calls,
  ...capf,
  ...commands,
  ...common,
  ...daemon,
  ...devices,
  ...deviceViews,
  ...drills,
  ...facts,
  ...faults,
  ...features,
  ...fileLists,
  ...fleet,
  ...histories,
  ...messages,
  ...nodes,
  ...pushes,
  ...timelines,
  ...trunks,
  ...unknown,
  ...verdicts,
};

/** The name of a shape. */
export type ShapeName = {
  [K in keyof typeof MODULES]: (typeof MODULES)[K] extends z.ZodType ? K : never;
}[keyof typeof MODULES];

/** Every shape by its name: what the files above export and what is a schema. */
export const SHAPES = Object.fromEntries(
  Object.entries(MODULES).filter(([, value]) => value instanceof z.ZodType),
) as unknown as { readonly [K in ShapeName]: (typeof MODULES)[K] };
