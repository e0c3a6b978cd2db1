// The sections of the documents that are printed from the code, between `<!-- name -->` and `<!-- /name -->`. `npm run docs`
// writes them; a test compares them with what stands there.

import { readFileSync } from 'node:fs';
import { REGISTRATION, type RegistrationSignal, type RegistrationState } from '../src/devices/registration.js';
import { DOCTOR_TABLE } from '../src/doctor/table.js';
import { fieldRows } from '../src/sccp/codec/field-table.js';
import type { MessageSpec } from '../src/sccp/codec/message.js';
import { MESSAGES } from '../src/sccp/messages/catalogue.js';
import { apiErrorExample, apiErrors, apiRoutes, apiShapes } from './docs/api-pages.js';
import { causePages, harmlessPage } from './docs/cause-pages.js';
import { configurationKeys, dhcpOptions } from './docs/configuration-keys.js';
import { drillExpectations, drillKeys, drillSteps } from './docs/drill-pages.js';
import * as eventPages from './docs/event-pages.js';
import { faultTable } from './docs/fault-pages.js';
import { hotPaths } from './docs/hot-paths.js';
import { markdownTable } from './docs/markdown.js';
import { sdlLines } from './docs/sdl-page.js';

export interface PrintedSection {
  readonly file: string;
  readonly name: string;
  readonly print: () => string;
}

const SIGNALS: readonly RegistrationSignal[] = ['register', 'some-lines', 'all-lines', 'refuse', 'end'];

const machine = (): string =>
  [
    `| state | ${SIGNALS.join(' | ')} |`,
    `|---|${SIGNALS.map(() => '---|').join('')}`,
    ...(Object.keys(REGISTRATION) as RegistrationState[]).map(
      (state) => `| **${state}** | ${SIGNALS.map((signal) => REGISTRATION[state][signal]?.[0] ?? '').join(' | ')} |`,
    ),
  ].join('\n');

const idOf = ({ id }: MessageSpec): string => `0x${id.toString(16).toUpperCase().padStart(4, '0')}`;

const messages = (): string =>
  markdownTable(
    ['id', 'name', 'also', 'direction', 'phase', 'answer', 'layouts'],
    MESSAGES.map((spec) => [
      idOf(spec),
      spec.name,
      (spec.aliases ?? []).join(', ') || '-',
      spec.direction,
      spec.phase,
      spec.answer ?? '-',
      spec.layouts.every(({ verified }) => verified) ? 'captured' : 'unverified',
    ]),
  );

/** The messages whose layouts section 5 draws, with what their fields mean. */
const drawn = (): ReadonlySet<string> =>
  new Set(
    [...readFileSync('docs/protocols/sccp.md', 'utf8').matchAll(/^#{4} (0x[0-9A-F]{4})\b/gm)].map(([, id = '']) => id),
  );

const layouts = (): string => {
  const elsewhere = drawn();
  return MESSAGES.filter((spec) => !elsewhere.has(idOf(spec)))
    .map((spec) => {
      const bodies = spec.layouts.map(({ from, to, form, verified, parts }) => {
        const versions = form ?? (from === to ? `v${from}` : `v${from}-${to}`);
        const fields = fieldRows(parts).map(({ name, offset, size }) => `${offset}:${size ?? '*'} ${name}`);
        return `  - ${versions}, ${verified ? 'captured' : 'unverified'}: ${fields.join(', ') || 'no fields'}`;
      });
      return [`- **${idOf(spec)} ${spec.name}**`, ...bodies].join('\n');
    })
    .join('\n');
};

const doctorChecks = (): string =>
  markdownTable(
    ['group', 'check', 'looks at', 'finds: what helps'],
    DOCTOR_TABLE.map(({ group, name, looksAt, finds, asksDaemon }) => [
      group,
      `\`${name}\``,
      `${looksAt}${asksDaemon === true ? ' (asks the daemon)' : ''}`,
      Object.entries(finds)
        .map(([code, fix]) => (code.startsWith('(') ? `${code}: ${fix}` : `\`${code}\`: ${fix}`))
        .join('<br>'),
    ]),
  );

export const PRINTED_SECTIONS: readonly PrintedSection[] = [
  { file: 'src/README.md', name: 'machine', print: machine },
  { file: 'docs/performance.md', name: 'hot-paths', print: hotPaths },
  { file: 'docs/api.md', name: 'api-errors', print: apiErrors },
  { file: 'docs/api.md', name: 'api-routes', print: apiRoutes },
  { file: 'docs/api.md', name: 'api-error', print: apiErrorExample },
  { file: 'docs/api.md', name: 'api-shapes', print: apiShapes },
  { file: 'docs/causes.md', name: 'causes', print: causePages },
  { file: 'docs/causes.md', name: 'harmless', print: harmlessPage },
  { file: 'docs/configuration.md', name: 'keys', print: configurationKeys },
  { file: 'docs/configuration.md', name: 'dhcp-options', print: dhcpOptions },
  { file: 'docs/operations.md', name: 'sdl-lines', print: sdlLines },
  { file: 'docs/doctor.md', name: 'checks', print: doctorChecks },
  { file: 'docs/faults.md', name: 'faults', print: faultTable },
  { file: 'docs/drills.md', name: 'drill-keys', print: drillKeys },
  { file: 'docs/drills.md', name: 'drill-steps', print: drillSteps },
  { file: 'docs/drills.md', name: 'drill-expectations', print: drillExpectations },
  { file: 'docs/events.md', name: 'events', print: eventPages.events },
  { file: 'docs/events.md', name: 'refusals', print: eventPages.refusals },
  { file: 'docs/events.md', name: 'endings', print: eventPages.endings },
  { file: 'docs/events.md', name: 'dhcp-reasons', print: eventPages.dhcpReasons },
  { file: 'docs/events.md', name: 'dhcp-malformed', print: eventPages.dhcpMalformed },
  { file: 'docs/events.md', name: 'tftp-failures', print: eventPages.tftpFailures },
  { file: 'docs/events.md', name: 'sccp-link-ends', print: eventPages.sccpLinkEnds },
  { file: 'docs/events.md', name: 'sccp-ignored', print: eventPages.sccpIgnored },
  { file: 'docs/events.md', name: 'sip-link-ends', print: eventPages.sipLinkEnds },
  { file: 'docs/events.md', name: 'sip-limits', print: eventPages.sipLimits },
  { file: 'docs/events.md', name: 'call-causes', print: eventPages.callCauses },
  { file: 'docs/events.md', name: 'credentials', print: eventPages.credentials },
  { file: 'docs/protocols/sccp.md', name: 'messages', print: messages },
  { file: 'docs/protocols/sccp.md', name: 'layouts', print: layouts },
];

const between = (name: string): RegExp => new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);

/** What stands in the document now; `undefined`: it has no such section. */
export const sectionOf = ({ file, name }: PrintedSection): string | undefined =>
  between(name).exec(readFileSync(file, 'utf8'))?.[2]?.trim();

/** The document with the section as the code has it. */
export const withSection = ({ file, name, print }: PrintedSection): string =>
  readFileSync(file, 'utf8').replace(
    between(name),
    (_, begin: string, __, end: string) => `${begin}\n${print()}\n\n${end}`,
  );
