// `npm run check`: types, format and lint, type names, import boundaries. Says what it looked at, so that a checker which saw
// nothing cannot pass.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import boundaries from './boundaries.cjs';

const say = (text) => process.stdout.write(`${text}\n`);
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;

const boundariesHold = async () => {
  const { output } = await cruise(
    ['src'],
    { ...boundaries.options, ruleSet: { forbidden: boundaries.forbidden }, validate: true },
    undefined,
    { tsConfig: extractTSConfig('tsconfig.json') },
  );
  const { violations, totalCruised, totalDependenciesCruised } = output.summary;
  for (const { rule, from, to } of violations) say(`  ${rule.name}: ${from} → ${to}`);
  const unused = unusedGrants(output.modules);
  for (const grant of unused) say(`  nothing uses the grant ${grant}`);
  say(`  ${totalCruised} modules, ${totalDependenciesCruised} imports, ${violations.length} violations`);
  return violations.length === 0 && unused.length === 0 && totalCruised > 0 && totalDependenciesCruised > 0;
};

const unusedGrants = (modules) => {
  const arrows = modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [source, resolved]));
  return boundaries.grants
    .filter(({ from, to }) => {
      const [left, right] = [new RegExp(from), new RegExp(to)];
      return !arrows.some(([source, resolved]) => left.test(source) && right.test(resolved));
    })
    .map(({ grant }) => grant);
};

/** One word, one thing: a type name that two files export means two things. */
const typeNamesDiffer = () => {
  const filesOf = new Map();
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name)))
    for (const [, name] of readFileSync(`src/${file}`, 'utf8').matchAll(EXPORTED_TYPE))
      filesOf.set(name, [...(filesOf.get(name) ?? []), file]);
  const twice = [...filesOf].filter(([, files]) => files.length > 1);
  for (const [name, files] of twice) say(`  ${name} is exported by ${files.join(' and ')}`);
  say(`  ${filesOf.size} type names`);
  return twice.length === 0 && filesOf.size > 0;
};

const EXPORTED_TYPE = /^export (?:abstract )?(?:class|interface|type) (\w+)/gm;

const STEPS = [
  ['types of the program', () => node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')],
  ['types of the page', () => node('node_modules/typescript/bin/tsc', '-p', 'src/web/tsconfig.json')],
  ['types of the tests', () => node('node_modules/typescript/bin/tsc', '-p', 'test/tsconfig.json')],
  [
    'format and lint',
    () =>
      node(
        'node_modules/@biomejs/biome/bin/biome',
        'ci',
        '--config-path=test/lint.json',
        '--error-on-warnings',
        'src',
        'test',
        '.ci',
      ),
  ],
  ['type names', typeNamesDiffer],
  ['import boundaries', boundariesHold],
];

let failed = 0;
for (const [name, step] of STEPS) {
  say(`${name} …`);
  const holds = await step();
  say(`${name}: ${holds ? 'good' : 'FAILED'}`);
  if (!holds) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
