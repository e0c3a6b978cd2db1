import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REGISTRATION, type RegistrationState, type Signal } from '../src/devices/registration.js';

const SIGNALS: Signal[] = ['register', 'some-lines', 'all-lines', 'heard', 'refuse', 'end'];

const machineTable = (): string =>
  [
    `| state | ${SIGNALS.join(' | ')} |`,
    `|---|${SIGNALS.map(() => '---|').join('')}`,
    ...(Object.keys(REGISTRATION) as RegistrationState[]).map(
      (state) => `| **${state}** | ${SIGNALS.map((signal) => REGISTRATION[state][signal]?.[0] ?? '').join(' | ')} |`,
    ),
  ].join('\n');

const section = (file: string, name: string): string =>
  new RegExp(`<!-- ${name} -->\\n\\n?([\\s\\S]*?)\\n?<!-- /${name} -->`)
    .exec(readFileSync(file, 'utf8'))?.[1]
    ?.trim() ?? '';

describe('the documentation says what the code says', () => {
  it('of the registration machine', () => {
    expect(section('src/README.md', 'machine')).toBe(machineTable());
  });
});
