// Where the quick start writes to: into a checkout as its file says, never into an installed package.

import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { placesOf } from '../../src/cli/configuration.js';

const INSTALLED = '/usr/lib/node_modules/labcm/config/quickstart.yaml';
const at = (environment: Record<string, string>, file = INSTALLED, quickStart = INSTALLED) =>
  placesOf({ variables: environment }, file, quickStart);

describe('the quick start of an installed package', () => {
  it.each([
    ['$XDG_STATE_HOME', { XDG_STATE_HOME: '/var/me' }, '/var/me'],
    ['~/.local/state', {}, `${homedir()}/.local/state`],
    ['~/.local/state where the variable is relative', { XDG_STATE_HOME: 'me' }, `${homedir()}/.local/state`],
  ])('writes to %s', (_where, environment, base) => {
    expect(at(environment)).toEqual([`state.directory="${base}/labcm/state"`, `trace.directory="${base}/labcm/logs"`]);
  });

  it('is the only one that is moved: a checkout’s, and any other file, says for itself', () => {
    const checkout = '/home/me/labcm/config/quickstart.yaml';
    expect(at({}, checkout, checkout)).toEqual([]);
    expect(at({}, '/home/me/node_modules/mine/lab.yaml')).toEqual([]);
  });
});
