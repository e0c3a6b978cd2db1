import { DeviceRows } from './device-rows.js';
import { addFixedRows } from './fixed-rows.js';
import { RowGatherer } from './row-gatherer.js';
import type { SqlSources } from './sources.js';
import type { SqlBatch } from './worker-messages.js';

/** Devices in a batch: some milliseconds with their rows. */
const SLICE = 200;

/** The rows of every table, in batches with turns of the event loop between them. */
export async function* snapshot(sources: SqlSources): AsyncGenerator<SqlBatch> {
  const rows = new RowGatherer();
  const made = new DeviceRows(sources, rows);
  addFixedRows(rows, made, sources);
  made.addUsers();
  let count = 0;
  for (const record of sources.devices.devices()) {
    made.add(record);
    count += 1;
    if (count % SLICE !== 0) continue;
    yield rows.take();
    await sources.pause();
  }
  made.addKept();
  yield rows.take();
}
