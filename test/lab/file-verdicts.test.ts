// Verdicts at files, of a daemon with sockets: what a client does by TFTP or HTTP is the phone's fact by the name in a
// file, else by the port that it asks from (`docs/protocols/explain.md` §2.3).

import { afterEach, expect, it } from 'vitest';
import { type Lab, type LabConfig, startLab } from '../../src/lab.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { readRequestPacket } from '../../src/phone/boot/tftp-client.js';
import { closeClients, RawClient } from '../tftp/raw-client.js';

const PHONE = 'SEP001122334455';
const LOAD = 'SCCP42.9-4-2SR3-1S';

const CONFIG: LabConfig = {
  devices: [{ name: PHONE, model: 7962, protocol: 'SCCP', lines: ['5002'], load: LOAD }],
  tftp: { timeout: '50ms', maxTimeout: '50ms' },
};

let lab: Lab | undefined;
afterEach(async () => {
  await closeClients();
  await lab?.stop();
});

/** A lab, and a client that asks it for files from one port. */
const start = async (): Promise<{ readonly lab: Lab; readonly asks: (...files: readonly string[]) => void }> => {
  const started = await startLab(CONFIG);
  lab = started;
  const client = await new RawClient().open(nodeDatagrams);
  const to = { address: '127.0.0.1', port: started.port('TFTP') };
  return {
    lab: started,
    asks: (...files) => {
      for (const file of files) client.say(readRequestPacket(file), to);
    },
  };
};

const verdict = async (of: Lab, code: string): Promise<string> => {
  const { sentence } = await of.next('device.verdict', { where: (event) => event.code === code });
  return sentence;
};

it('a load that is not there', async () => {
  const { lab: of, asks } = await start();
  const told = verdict(of, 'files.load-missing');
  asks(`CTL${PHONE}.tlv`, `${LOAD}.loads`);
  expect(await told).toBe(`Its load "${LOAD}" is not among the files, so it keeps what it runs.`);
});

it('a name that leads out of the served folder', async () => {
  const { lab: of, asks } = await start();
  const told = verdict(of, 'files.forbidden');
  asks(`CTL${PHONE}.tlv`, '../../../../etc/passwd');
  expect(await told).toBe('It asked for "../../../../etc/passwd", which leads out of the served folder.');
});

it('blocks that do not arrive', async () => {
  const { lab: of, asks } = await start();
  const told = verdict(of, 'files.blocks-lost');
  asks(`${PHONE}.cnf.xml`);
  expect(await told).toContain("labcm's first block, sent 3 times, never reaches it");
});

it('a phone that nobody configured', async () => {
  const { lab: of } = await start();
  const name = 'SEP001122334456';
  expect((await fetch(of.url(`/${name}.cnf.xml`, 'HTTP'))).status).toBe(404);
  const answer = (await (await fetch(of.url(`/api/devices/${name}/verdict`))).json()) as {
    readonly verdict: { readonly code: string; readonly sentence: string };
  };
  expect(answer.verdict).toMatchObject({
    code: 'files.unknown-device',
    sentence: `"${name}" is not configured, so there is no file for it; perhaps ${PHONE} is meant, which is configured.`,
  });
});
