// The tables of `docs/drills.md`: the keys of a drill's file, its steps and what it can expect.

import * as z from 'zod';
import type { Form } from '../../src/config/forms.js';
import { jsonSchemaOf } from '../../src/config/json-schema.js';
import { EXPECTATIONS } from '../../src/drill/expectations.js';
import { drillSchema } from '../../src/drill/schema.js';
import { DRILL_STEPS, STEP_NAMES } from '../../src/drill/steps.js';
import { keyTable } from './configuration-keys.js';
import { markdownTable } from './markdown.js';

const NEEDS = {
  'started-nodes': 'Only nodes that the drill started.',
  'simulated-phones': 'Only simulated phones.',
} as const;

export const drillKeys = (): string => {
  const properties = jsonSchemaOf(drillSchema(z.unknown())).properties ?? {};
  return ['nodes', 'phones', 'ports']
    .map((key) => `### ${key}\n\n${keyTable(key, properties[key] as Form)}`)
    .join('\n\n');
};

export const drillSteps = (): string =>
  markdownTable(
    ['step', 'does', 'example'],
    STEP_NAMES.map((name) => {
      const { about, example, needs } = DRILL_STEPS[name] as {
        readonly about: string;
        readonly example: string;
        readonly needs?: keyof typeof NEEDS;
      };
      return [
        `\`${name}\``,
        [about, ...(needs === undefined ? [] : [NEEDS[needs]])].join(' '),
        `\`{ at: 10s, ${example} }\``,
      ];
    }),
  );

export const drillExpectations = (): string =>
  markdownTable(
    ['key', 'expects'],
    Object.entries(EXPECTATIONS).map(([key, { about }]) => [`\`${key}\``, about]),
  );
