// An interface that goes and comes back, as a machine's owner makes it: deleted and added, without its address, down and
// up. Whoever asks on it afterwards is served.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { DhcpEvent } from '../../src/dhcp/events.js';
import { aPool, aSubnet, REFERENCE } from '../dhcp/harness.js';
import { DhcpProcess } from './support/dhcp-process.js';
import { Namespaces } from './support/namespaces.js';

const spaces = new Namespaces();
const folder = mkdtempSync(join(tmpdir(), 'labcm-interface-'));
const server = spaces.make('is');
const phone = spaces.make('ip');
const ADDRESS = '10.91.0.1/24';
const subnet = aSubnet('10.91.0.0', 24, { ...aPool('10.91.0.100', '10.91.0.199'), option150: [] });
const settings = { ...REFERENCE, interfaces: ['eth9'], answer: 'all' as const, subnets: [subnet] };
const daemon = new DhcpProcess({ folder, settings, namespace: server, events: true });

afterAll(async () => {
  await daemon.kill('SIGKILL');
  await spaces.close();
  rmSync(folder, { recursive: true });
});

const plug = (): void =>
  spaces.wire({ namespace: server, interface: 'eth9', address: ADDRESS }, { namespace: phone, interface: 'eth0' });

/** What was told of the interface so far. */
const told = (): string[] => {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as DhcpEvent).type)
    .filter((type) => type.startsWith('dhcp.interface-'));
};

const untilTold = async (count: number): Promise<void> => {
  for (let waited = 0; told().length < count; waited += 100) {
    if (waited > 20_000) throw new Error(`told ${told().join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** The answer to a client of others, once. */
const asks = async (): Promise<string> => {
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\n[ "$1" = bound ] && echo "has $ip"\nexit 0\n', { mode: 0o755 });
  spaces.ip(phone, 'link', 'set', 'eth0', 'up');
  const { output } = await spaces.run(phone, 'udhcpc', '-n', '-q', '-t', '5', '-T', '1', '-i', 'eth0', '-s', script);
  return /has (10\.91\.0\.)/.exec(output)?.[1] ?? output;
};

it('is served again, and told of, whichever way it went', async () => {
  plug();
  await daemon.ready();
  expect(await asks()).toBe('10.91.0.');

  spaces.ip(server, 'link', 'del', 'eth9');
  await untilTold(1);
  plug();
  await untilTold(2);
  expect(await asks()).toBe('10.91.0.');

  // Too fast to be missed by anybody who looks now and then.
  spaces.ip(server, 'link', 'del', 'eth9');
  plug();
  await untilTold(3);
  expect(await asks()).toBe('10.91.0.');

  spaces.ip(server, 'addr', 'del', ADDRESS, 'dev', 'eth9');
  await untilTold(4);
  spaces.ip(server, 'addr', 'add', ADDRESS, 'dev', 'eth9');
  await untilTold(5);
  expect(await asks()).toBe('10.91.0.');

  spaces.ip(server, 'link', 'set', 'eth9', 'down');
  await untilTold(6);
  spaces.ip(server, 'link', 'set', 'eth9', 'up');
  await untilTold(7);
  expect(await asks()).toBe('10.91.0.');

  const [lost, served] = ['dhcp.interface-lost', 'dhcp.interface-served'];
  expect(told()).toEqual([lost, served, served, lost, served, lost, served]);
});
