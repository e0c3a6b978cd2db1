// The DHCP service alone as a process: `dhcp-daemon.ts SETTINGS.json LEASES.jsonl [EVENTS.jsonl|-] [wait]`. Prints `ready`
// with the ports it has, or the reason why it cannot start; SIGTERM ends it in order. With `wait` it says `loaded` and opens
// when a line comes in.

import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { EventBus } from '../../../src/core/event-bus.js';
import type { DeviceEvent } from '../../../src/devices/events.js';
import { DeviceDatabase } from '../../../src/devices/index.js';
import type { DhcpEvent } from '../../../src/dhcp/events.js';
import { DhcpServer } from '../../../src/dhcp/server.js';
import type { DhcpSettings } from '../../../src/dhcp/settings.js';
import { AppendedFile } from '../../../src/net/files/append-only-file.js';
import { nodeInterfaces } from '../../../src/net/sockets/interface-sockets.js';
import { systemClock } from '../../../src/net/system-clock.js';

const [settingsFile = '', leasesFile = '', eventsFile = '-', wait] = process.argv.slice(2);
const bus = new EventBus<DhcpEvent | DeviceEvent>((error) => {
  throw error;
});
if (eventsFile !== '-') bus.subscribe((event) => appendFileSync(eventsFile, `${JSON.stringify(event)}\n`));

const settings = JSON.parse(readFileSync(settingsFile, 'utf8'), (key, value: unknown) =>
  key === 'bytes' && typeof value === 'string' ? Buffer.from(value, 'hex') : value,
) as DhcpSettings;
const server = new DhcpServer({
  settings,
  network: nodeInterfaces(),
  file: new AppendedFile(leasesFile),
  devices: new DeviceDatabase(bus),
  bus,
  clock: systemClock,
});
if (wait !== undefined) {
  process.stdout.write('loaded\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
}
try {
  await server.open();
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
  process.exit(1);
}
process.stdout.write(`ready ${server.servedInterfaces.map(({ port }) => port).join(' ')}\n`);
process.on('SIGTERM', () => {
  void server.close().then(() => process.exit(0));
});
