// Each example does what its README.md says: its lines are run as they stand there. Those that take many processes are run by
// test/interop/examples.test.ts; here their configurations are checked.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { labcm } from '../cli/harness.js';
import { CopiedExample } from './copied-example.js';

const copies: CopiedExample[] = [];
const copyOf = (name: string): CopiedExample => {
  const copy = new CopiedExample(name);
  copies.push(copy);
  return copy;
};
afterEach(() => {
  for (const copy of copies.splice(0)) copy.remove();
});

/** All of 127.0.0.0/8 is loopback there alone. */
const HAS_LOOPBACK_NETWORK = process.platform === 'linux';

/** A workflow as far as it is read here. */
interface Workflow {
  readonly jobs: { readonly phones: { readonly steps: readonly WorkflowStep[] } };
}
interface WorkflowStep {
  readonly name?: string;
  readonly run?: string;
}

describe('the list of examples', () => {
  it('names every folder, and each has a README.md', () => {
    const folders = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const listed = [...readFileSync('examples/README.md', 'utf8').matchAll(/^\| \[([\w-]+)\]\(\1\) \|/gm)];
    expect(listed.map(([, name]) => name).sort()).toEqual(folders.map(({ name }) => name).sort());
    for (const { name } of folders) expect(readdirSync(`examples/${name}`)).toContain('README.md');
  });
});

describe('a lab inside a test', () => {
  it('of vitest', async () => {
    const example = copyOf('vitest');
    example.installLibrary();
    const { code, said } = await example.script(
      example.shown().replace('npx vitest', 'node node_modules/vitest/vitest.mjs'),
    );
    expect(code, said).toBe(0);
    expect(said).toContain('2 passed');
  });

  it('of node:test', async () => {
    const example = copyOf('node-test');
    example.installLibrary();
    const { code, said } = await example.script(`${example.shown().trim()} --test-reporter=tap`);
    expect(code, said).toBe(0);
    expect(said).toMatch(/^# pass 1$/m);
    expect(said).toMatch(/^# fail 0$/m);
  });
});

describe('the configuration of an example', () => {
  it.each(['two-nodes/cm1.yaml', 'two-nodes/cm2.yaml', 'mixed-mode/labcm.yaml', 'tapes/labcm.yaml'])(
    'has no mistake: %s',
    async (file) => {
      const { code, out } = await labcm(['check', '-c', `examples/${file}`]);
      expect([code, out]).toEqual([0, '']);
    },
  );
});

describe('two nodes', () => {
  it('differ in their names, addresses and directories alone', () => {
    const [first = '', second = ''] = ['cm1', 'cm2'].map((name) =>
      readFileSync(`examples/two-nodes/${name}.yaml`, 'utf8'),
    );
    const rows = second.split('\n');
    const different = first.split('\n').filter((row, index) => row !== rows[index]);
    expect(different.map((row) => row.split(':')[0])).toEqual([
      expect.stringContaining('#'),
      'self',
      'tftp',
      'http',
      'sccp',
      'sip',
      'state',
      'trace',
    ]);
  });
});

describe('behind another DHCP server', () => {
  it('prints what each kind of server must be told', async () => {
    const example = copyOf('other-dhcp');
    const { code, said } = await example.script(example.shown());
    expect(code, said).toBe(0);
    expect(example.read('phones.conf')).toContain('150,10.10.210.10');
    expect(example.read('dhcpd.conf')).toMatch(/option tftp-servers 10\.10\.210\.10;/);
    expect(JSON.stringify(parse(example.read('kea-dhcp4.conf').replace(/^\s*\/\/.*$/gm, '')))).toContain(
      '10.10.210.10',
    );
  });

  it('has no mistake in its configuration, on the machine of that address', async () => {
    const { code, out } = await labcm(['check', '-c', 'examples/other-dhcp/labcm.yaml']);
    expect([code, out]).toEqual([0, '']);
  });
});

describe.skipIf(!HAS_LOOPBACK_NETWORK)('the workflow', () => {
  const { steps } = (parse(readFileSync('examples/github/labcm.yml', 'utf8')) as Workflow).jobs.phones;
  const [install, ...later] = steps.flatMap(({ run }) => run ?? []);

  it('installs the packed package, which the tests of the package do, too', () => {
    expect(install).toBe('npm install --global ./labcm.tgz');
  });

  const [startLab = '', bootPhone = '', compare = '', ...others] = later;
  let example: CopiedExample;
  beforeAll(async () => {
    example = new CopiedExample('github');
    for (const run of [startLab, bootPhone]) {
      const { code, said } = await example.script(run);
      expect(code, `${run}${said}`).toBe(0);
    }
  });
  afterAll(() => example.remove());

  it('starts, boots a phone, and compares; the steps share a machine as they do there', async () => {
    for (const run of [compare, ...others]) {
      const { code, said } = await example.script(run);
      expect(code, `${run}${said}`).toBe(0);
    }
    expect(example.read('results.xml')).toMatch(/<testsuites?[^>]* failures="0"/);
    expect(example.read('phone.log')).toContain('Registered with CM1');
  });

  it('fails for a phone that is not as expected', async () => {
    const { code, said } = await example.script(
      `sed -i s/5002/5003/ expectations.yaml; ${compare.replace('--within 30s ', '')}`,
    );
    expect(code, said).toBe(1);
    expect(example.read('results.xml')).toContain('5003');
  });
});
