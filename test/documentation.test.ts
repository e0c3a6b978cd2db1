import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/daemon/read-config.js';
import { COMMON_ERRORS, ERRORS } from '../src/http/api/errors.js';
import { ROUTES } from '../src/http/api/routes.js';
import { start } from './cli/harness.js';
import { faultsIn, load } from './config/harness.js';
import { apiOperations } from './docs/api-pages.js';
import { eventTypes } from './docs/event-types.js';
import { PRINTED_SECTIONS, sectionOf } from './printed-sections.js';

const EXAMPLES = readdirSync('config').filter((file) => file.endsWith('.yaml'));
const GUIDES = [
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const EXAMPLE_PAGES = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('README.md'))
  .map((file) => `examples/${file}`);
/** The YAML of these is what `labcm assert` and `labcm drill` read. */
const CONFIGURED = GUIDES.filter((page) => page !== 'docs/assert.md' && page !== 'docs/drills.md');
const PAGES = [
  'README.md',
  'src/README.md',
  'tftp-root/README.md',
  ...GUIDES,
  ...EXAMPLE_PAGES,
  ...EXAMPLES.map((file) => `config/${file}`),
];

/** Lines of the trace, which are nothing to type. */
const EXAMPLES_OF_LINES = /<!-- events -->[\s\S]*<!-- \/events -->/;

/** What a page shows as something to type or to find: its code spans and blocks, or an example's comments. */
const codeOf = (page: string): readonly string[] => {
  const text = readFileSync(page, 'utf8').replace(EXAMPLES_OF_LINES, '');
  return page.endsWith('.md')
    ? [...text.matchAll(/```[a-z]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(([, block, span]) => block ?? span ?? '')
    : [...text.matchAll(/#(.*)/g)].map(([, comment = '']) => comment);
};

interface Invocation {
  readonly page: string;
  readonly command: string;
  readonly words: readonly string[];
}

/** `labcm reset|restart DEVICE` is two. */
const INVOCATIONS: readonly Invocation[] = PAGES.flatMap((page) =>
  codeOf(page).flatMap((code) =>
    [...code.matchAll(/(?:^|\s)labcm ([a-z|]+)((?: [^\s|;]+)*)/g)].flatMap(([, commands = '', rest = '']) =>
      commands.split('|').map((command) => ({ page, command, words: rest.trim().split(' ') })),
    ),
  ),
);

const filesUnder = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

/** The numbered sections of each page of `docs/protocols`. */
const SECTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  readdirSync('docs/protocols').map((page) => [
    page,
    new Set(
      [...readFileSync(join('docs/protocols', page), 'utf8').matchAll(/^#{2,5} (\d+(?:\.\d+)*)\.?\s/gm)].map(
        ([, section = '']) => section,
      ),
    ),
  ]),
);

interface Citation {
  readonly file: string;
  readonly page: string;
  readonly section: string;
}

/** Every section of a page that code, tests and documents cite. */
const CITATIONS: readonly Citation[] = [
  ...filesUnder('src', '.ts'),
  ...filesUnder('test', '.ts'),
  ...PAGES,
  ...filesUnder('docs', '.md'),
].flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\b([a-z-]+\.md)`? §§?(\d+(?:\.\d+)*)/g)].map(
    ([, page = '', section = '']) => ({ file, page, section }),
  ),
);

const said = async (...words: readonly string[]): Promise<string> => {
  const { ended, out } = start(words);
  expect(await ended).toBe(0);
  return out();
};

/** The files of passwords that the pages mention. */
const SECRETS = { 'phones.password': 'a good password', 'management.password': 'a good password' };

describe('the documentation says what the code says', () => {
  it.each(PRINTED_SECTIONS)('of $file: $name, which `npm run docs` prints', (section) => {
    expect(sectionOf(section)).toBe(section.print());
  });

  it('of events: each type has a heading, and each is explained', () => {
    const types = eventTypes();
    const headings = [...readFileSync('docs/events.md', 'utf8').matchAll(/^#### (.+)$/gm)].map(([, type]) => type);
    expect(headings.toSorted()).toEqual(types.map(({ type }) => type).sort());
    expect(types.filter(({ meaning }) => meaning === '').map(({ type }) => type)).toEqual([]);
  });

  it('of troubles: labcm says each of the sentences that the page shows', () => {
    const source = filesUnder('src', '.ts')
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const said = [...readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^\| ([^|]+) \|/gm)]
      .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, sentence = '']) => sentence))
      .filter((sentence) => sentence.includes(' '));
    expect(said.length).toBeGreaterThan(40);
    const parts = said.flatMap((sentence) =>
      sentence.split('…').map((part) => part.replace(/^waits for|[;:,(]+$/g, '').trim()),
    );
    expect(parts.filter((part) => part.length > 2 && !source.includes(part))).toEqual([]);
  });

  it('of the protocols: each section that the code cites is there', () => {
    const missing = CITATIONS.filter(({ page, section }) => !SECTIONS.get(page)?.has(section));
    expect(CITATIONS.length).toBeGreaterThan(150);
    expect(missing).toEqual([]);
  });

  it('of the commands: each that it shows is there, with the options that it shows', async () => {
    expect(INVOCATIONS.map(({ command }) => command)).toEqual(expect.arrayContaining(['run', 'check', 'restart']));
    const all = await said('--help');
    // What a command says is the same each time.
    const helps = new Map<string, string>();
    for (const { page, command, words } of INVOCATIONS) {
      expect(all, `${page}: labcm ${command}`).toMatch(new RegExp(`^ +labcm ${command}\\b`, 'm'));
      const help = helps.get(command) ?? (await said(command, '--help'));
      helps.set(command, help);
      for (const option of words.filter((word) => word.startsWith('-')))
        expect(help, `${page}: labcm ${command} ${option}`).toContain(option);
    }
  });

  it('of npm: each script that it names is there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = PAGES.flatMap(codeOf).flatMap((code) =>
      [...code.matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)].map(([, run, own]) => run ?? own ?? ''),
    );
    expect(named).toEqual(expect.arrayContaining(['start', 'test', 'check', 'bench']));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });

  it('of the API: each path that it names has a route', () => {
    const named = codeOf('README.md').flatMap((code) => code.match(/\/(?:healthz|metrics|api\/[^\s`]+)/g) ?? []);
    expect(named.length).toBeGreaterThan(4);
    const paths = ROUTES.map(({ path }) => path.replace(':name', '{name}'));
    expect(paths).toEqual(expect.arrayContaining(named));
  });

  it('of the API: its page has each route once and no other, each shape is one, and each error is answered', () => {
    const page = readFileSync('docs/api.md', 'utf8');
    const headings = [...page.matchAll(/^### ([A-Z]+ \/.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(apiOperations().map(({ heading }) => heading));
    expect(headings.length).toBe(ROUTES.length);
    expect(new Set(headings).size).toBe(headings.length);
    const shapes = new Set([...page.matchAll(/^#{2,4} (\w+)$/gm)].map(([, name = '']) => name.toLowerCase()));
    const linked = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, name = '']) => name);
    expect(linked.length).toBeGreaterThan(40);
    expect(linked.filter((name) => !shapes.has(name))).toEqual([]);
    const answered = new Set([...ROUTES.flatMap(({ errors }) => errors), ...COMMON_ERRORS]);
    expect(Object.keys(ERRORS).filter((code) => !answered.has(code as keyof typeof ERRORS))).toEqual([]);
  });

  it.each([...GUIDES, ...EXAMPLE_PAGES])('of pages: each that %s links to is there', (page) => {
    const linked = [...readFileSync(page, 'utf8').matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path = '']) => path);
    expect(linked.filter((path) => !existsSync(join(dirname(page), path)))).toEqual([]);
  });

  it('of files: each that it names is there', () => {
    const text = readFileSync('README.md', 'utf8');
    const linked = [...text.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, path = '']) => path);
    const spoken = ['README.md', ...GUIDES]
      .flatMap(codeOf)
      .flatMap((code) => code.match(/(?:^|\s)(?:src|test|config|docs|examples|tftp-root|\.ci)\/[\w./-]*/g) ?? []);
    const named = [...linked, ...spoken.map((path) => path.trim())];
    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('of packages: those that are used are depended on, the others are not', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const rows = [...readFileSync('README.md', 'utf8').matchAll(/^\| `([\w.-]+)` \| (yes|no|in the tests)/gm)];
    expect(rows.map(([, name]) => name)).toEqual(
      expect.arrayContaining(['dhcp-server', 'dhcp', 'tftp', 'sip.js', 'xmlbuilder2', 'winston', 'yargs']),
    );
    for (const [, name = '', use] of rows) {
      expect(name in dependencies, name).toBe(use === 'yes');
      expect(name in devDependencies, name).toBe(use === 'in the tests');
    }
  });

  it.each(EXAMPLES)('of configurations: config/%s loads', async (file) => {
    expect((await readConfig(`config/${file}`)).devices.length).toBeGreaterThan(1);
  });

  it.each(CONFIGURED)('of configurations: what %s shows has no faults', async (page) => {
    const shown = [...readFileSync(page, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml);
    for (const yaml of shown) expect(await faultsIn(yaml, SECRETS), yaml).toEqual([]);
  });

  it('of configurations: the README’s own loads', async () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const { devices } = await load(yaml.replace(/^ {3}/gm, ''));
    expect(devices.map(({ name }) => name)).toEqual(['SEP001122334455']);
  });
});
