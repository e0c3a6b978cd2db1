// The SQL engine over the phones of `harness.ts`, which needs no listener.

import { EventBus } from '../../src/core/event-bus.js';
import { nameUuid } from '../../src/core/uuid.js';
import { type ConfiguredDevice, DeviceDatabase, type Protocol } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { ChangeCount } from '../../src/management/change-count.js';
import type { EndUser } from '../../src/management/end-user.js';
import type { SqlResult } from '../../src/management/sql/engine.js';
import type { SqlKeptRow, SqlTrouble } from '../../src/management/sql/sources.js';
import { type SqlEngineParts, ThreadSqlEngine } from '../../src/management/sql/sql-engine.js';
import { startSqlWorker } from '../../src/management/sql/worker-thread.js';
import { anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { PHONES, SEEN_AT } from './harness.js';

export const deviceUuid = (name: string): string => nameUuid('Lab', 'phone', name);

export class SqlHarness {
  readonly clock = new ManualClock(SEEN_AT);
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly database = new DeviceDatabase(this.bus);
  readonly troubles: SqlTrouble[] = [];
  readonly engine: ThreadSqlEngine;
  /** The end users of the configuration. */
  readonly users: EndUser[] = [];
  readonly kept: Record<'line' | 'routePartition', SqlKeptRow[]> = { line: [], routePartition: [] };
  pauses = 0;

  constructor(
    devices: readonly ConfiguredDevice[] = PHONES,
    startWorker: SqlEngineParts['startWorker'] = startSqlWorker,
  ) {
    this.database.configure(devices, this.clock.now());
    const changes = new ChangeCount(this.bus);
    this.engine = new ThreadSqlEngine({
      sources: {
        ...{ clock: this.clock, devices: this.database, deviceUuid, user: 'labadmin', users: this.users },
        kept: { rows: (kind) => this.kept[kind] },
        cluster: () => ({
          name: 'Lab',
          nodes: [
            { name: 'CM1', address: '10.0.0.1', description: 'the first' },
            { name: 'CM2', address: '10.0.0.2', description: '' },
          ],
          groups: [{ name: 'Default', members: ['CM1', 'CM2'] }],
          defaultGroup: 'Default',
        }),
        self: () => ({ name: 'CM1' }),
        pause: () => {
          this.pauses += 1;
          return new Promise((done) => setImmediate(done));
        },
      },
      changes: () => changes.value,
      startWorker,
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
  }

  /** A registered phone, one of SIP with some lines, and one that fell silent. */
  seenPhones(): this {
    this.register('SEP000000000001', '127.0.1.11', 1);
    this.register('SEP000000000003', '127.0.1.13', 3);
    const registration = this.database.byName('SEP000000000003')?.registration;
    if (registration !== undefined) this.database.end(registration, 'silence', this.clock.now());
    return this;
  }

  register(name: string, address: string, link: number): void {
    const device = this.database.byName(name)?.configured;
    if (device === undefined) throw new Error(`no device ${name}`);
    const { protocol, model, lines } = device;
    const attempt = anAttempt(name, protocol as Protocol, { address, typeId: model.id, link });
    const result = this.database.register(attempt, this.clock.now());
    if (!result.accepted) throw new Error(result.reason);
    if (protocol === 'SCCP') this.database.reportCapabilities(result.registration, [], this.clock.now());
    else
      this.database.bindLines(
        result.registration,
        lines.map(({ dn }) => dn),
        this.clock.now(),
      );
  }

  /** The rows as objects. Throws what the fault says. */
  async rows(statement: string): Promise<Record<string, string | null>[]> {
    const result = await this.engine.query(statement);
    if ('fault' in result) throw new Error(`${result.fault.code} ${result.fault.message}`);
    return result.rows.map((row) => Object.fromEntries(row));
  }

  query(statement: string): Promise<SqlResult> {
    return this.engine.query(statement);
  }

  close(): void {
    this.engine.close();
  }
}
