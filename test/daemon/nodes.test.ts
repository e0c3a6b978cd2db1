// What a whole daemon says of its nodes, pools, files and messages, as its API gives it.

import { afterEach, expect, it } from 'vitest';
import type { HistoryJson } from '../../src/http/api/history-shapes.js';
import type { NodesJson, PoolsJson } from '../../src/http/api/node-shapes.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { eventually, SERVICES, TestDaemon } from '../support/daemon.js';
import { SccpPhone } from '../support/sccp-phone.js';

let lab: TestDaemon;
const phones: SccpPhone[] = [];
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.socket.destroy();
  await lab.remove();
});

const connect = async (): Promise<SccpPhone> => {
  const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
  phones.push(phone);
  return phone;
};
const read = async <T>(path: string): Promise<T> => (await (await fetch(lab.url(path))).json()) as T;

it('tells phones that stand by from those that are registered', async () => {
  lab = new TestDaemon();
  lab.configure(
    undefined,
    SERVICES.replace(
      /nodes: .*/,
      'nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.2 }]\nself: CM1',
    ),
  );
  await lab.start();
  await (await connect()).comeUp('ipctest2');
  const [standby, other] = [await connect(), await connect()];
  for (let count = 0; count < 2; count += 1) standby.write(encode('KeepAliveReqMessage', {}, 0));
  // A phone may send one before it registers.
  other.write(encode('KeepAliveReqMessage', {}, 0));
  await eventually(async () => {
    const { here, nodes } = await read<NodesJson>('/api/nodes');
    expect(here).toMatchObject({
      registered: { SCCP: 1, SIP: 0 },
      connections: { SCCP: 3, SIP: 0 },
      standbyConnections: 1,
    });
    expect(nodes.map(({ name, isSelf, sccpPort }) => [name, isSelf, sccpPort])).toEqual([
      ['CM1', true, lab.endpoint('SCCP').port],
      ['CM2', false, 2000],
    ]);
  });
});

it('counts messages and keepalives', async () => {
  lab = new TestDaemon();
  lab.configure();
  await lab.start();
  const phone = await connect();
  await phone.comeUp('ipctest2');
  for (let count = 0; count < 3; count += 1) phone.write(encode('KeepAliveReqMessage', {}, 0));
  await eventually(async () => {
    const text = await (await fetch(lab.url('/metrics'))).text();
    expect(text).toContain('labcm_keepalives_total{protocol="SCCP"} 3\n');
    expect(text).toContain('labcm_keepalives_total{protocol="SIP"} 0\n');
    const [, messages] = /labcm_messages_total\{protocol="SCCP"\} (\d+)/.exec(text) ?? [];
    // Register, capabilities, and the keepalives.
    expect(Number(messages)).toBe(5);
    expect(text).toContain('labcm_messages_total{protocol="SIP"} 0\n');
  });
  expect(await read<PoolsJson>('/api/pools')).toEqual({ pools: [] });
  const { series, samples } = await read<HistoryJson>('/api/history');
  expect(samples[0]).toHaveLength(series.length + 1);
});
