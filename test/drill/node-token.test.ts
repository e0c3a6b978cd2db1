// Which token a node of a drill is sent.

import { expect, it } from 'vitest';
import { tokenFor } from '../../src/drill/node-token.js';

const VARIABLES = { LABCM_API_TOKEN: 'default', LABCM_LAB: 'lab', HOME: '/root' };

it.each([
  [{ api: 'http://10.0.0.1:8088', token: '$LABCM_LAB' }, 'lab'],
  [{ api: 'http://10.0.0.1:8088', token: 'written' }, 'written'],
  [{ api: 'http://10.0.0.1:8088', token: '$HOME' }, '$HOME'],
  [{ api: 'http://10.0.0.1:8088' }, undefined],
  [{ api: 'http://127.0.0.1.example.com:8088' }, undefined],
  [{ api: 'http://lab.example.com' }, undefined],
  [{ api: 'http://127.0.0.1:8088' }, 'default'],
  [{ api: 'http://127.1.2.3:8088' }, 'default'],
  [{ api: 'http://localhost:8088' }, 'default'],
  [{ api: 'http://[::1]:8088' }, 'default'],
  [{}, 'default'],
])('%j', (node, token) => {
  expect(tokenFor({ api: undefined, token: undefined, ...node }, VARIABLES)).toBe(token);
});
