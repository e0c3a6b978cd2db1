// Packets of real phones, answered by the service over the file catalogue with the two phones of the story.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TftpEvent } from '../../src/tftp/events.js';
import { TftpServer } from '../../src/tftp/server.js';
import { DEFAULT_TFTP } from '../../src/tftp/settings.js';
import { catalogueHarness } from '../provisioning/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { capturedHex, capturedNames, describeCaptured } from '../support/fixtures.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { seededRandom } from '../support/random.js';
import { closeClients, RawClient } from './raw-client.js';

const FILES = { 'English_United_States/ipc-sip.jar': 'jar', 'Communicator/LdapDirectories.xml': 'ldap' };

/** What the first answer is, and the trace's facts about the request. */
const ANSWERS: Readonly<Record<string, { readonly told: RegExp; readonly facts: readonly string[] }>> = {
  't01-rrq-ctl-plain': { told: /^ERROR 1$/, facts: ['tftp.request', 'tftp.refused'] },
  't02-rrq-sep-plain': { told: /^DATA 1$/, facts: ['tftp.request'] },
  't03-rrq-jar-plain': { told: /^DATA 1$/, facts: ['tftp.request'] },
  't04-rrq-options': { told: /^OACK blksize=1428 tsize=\d+ timeout=5$/, facts: ['tftp.request'] },
  't05-error-1': { told: /^$/, facts: ['tftp.malformed'] },
  't06-rrq-leading-slash': { told: /^ERROR 1$/, facts: ['tftp.request', 'tftp.refused'] },
  't07-rrq-backslash': { told: /^DATA 1$/, facts: ['tftp.request'] },
  't08-rrq-traversal': { told: /^ERROR 1$/, facts: ['tftp.request', 'tftp.refused'] },
  't09-rrq-no-mode': { told: /^ERROR 4$/, facts: ['tftp.malformed'] },
  't10-wrq': { told: /^ERROR 2$/, facts: ['tftp.request', 'tftp.refused'] },
  'u03-rrq-blksize-too-small': { told: /^DATA 1$/, facts: ['tftp.request'] },
  'u08-rrq-drive': { told: /^ERROR 1$/, facts: ['tftp.request', 'tftp.refused'] },
  'u09-rrq-unknown-option': { told: /^OACK TSIZE=\d+$/, facts: ['tftp.request'] },
  'u10-rrq-mail-mode': { told: /^ERROR 4$/, facts: ['tftp.request', 'tftp.refused'] },
};

describeCaptured('packets of real phones', () => {
  let server: TftpServer;
  let client: RawClient;
  let network: MemoryDatagrams;
  let house: Awaited<ReturnType<typeof catalogueHarness>>;
  const probe = new EventRecorder<TftpEvent>();

  beforeEach(async () => {
    probe.clear();
    network = new MemoryDatagrams();
    house = await catalogueHarness({ files: FILES });
    server = new TftpServer(
      { ...DEFAULT_TFTP, address: '127.0.0.1', port: 69 },
      { network, clock: new ManualClock(), random: seededRandom(3), source: house.catalogue, bus: probe.bus },
    );
    await server.open();
    client = await new RawClient().open(network, '10.10.210.200', 3300);
  });
  afterEach(async () => {
    await server.close();
    await closeClients();
  });

  const say = async (stem: string): Promise<void> => {
    client.say(capturedHex(`provisioning/tftp/${stem}.hex`), { address: '127.0.0.1', port: 69 });
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (ANSWERS[stem]?.told.test('') === true) return; // silence is the answer
    await vi.waitFor(() => expect(client.received).not.toEqual([])); // a file is read from a disk, which takes its time
  };

  it.each(capturedNames('provisioning/tftp').filter((name) => name.endsWith('.hex')))('%s', async (name) => {
    const stem = name.replace('.hex', '');
    const answer = ANSWERS[stem];
    if (answer === undefined) throw new Error(`nothing is expected of ${stem}`);
    await say(stem);
    expect(client.summary.join()).toMatch(answer.told);
    expect(probe.types()).toEqual(answer.facts);
    for (const { from } of client.received) expect(from.port).not.toBe(69);
  });

  it('a plain request has DATA 1 of 512 octets, whole: the device’s own file', async () => {
    await say('t02-rrq-sep-plain');
    expect(client.last.bytes).toHaveLength(516);
    for (let block = 1; client.last.bytes.length === 516; block += 1) client.acknowledge(block);
    client.acknowledge(client.received.length);
    expect(client.octets.equals((await house.ask('SEP005056A1033D.cnf.xml')) ?? Buffer.alloc(0))).toBe(true);
    expect(probe.of('tftp.request')).toMatchObject([{ octets: 32, mode: 'octet', serving: 0 }]);
    expect(probe.of('tftp.completed')).toMatchObject([{ device: 'SEP005056A1033D', resent: 0 }]);
  });

  it('options are acknowledged with the exact size, then block 0 is waited for', async () => {
    await say('t04-rrq-options');
    const size = (await house.ask('SEP005056A1033D.cnf.xml'))?.length;
    expect(client.summary).toEqual([`OACK blksize=1428 tsize=${size} timeout=5`]);
    client.acknowledge(0);
    expect(client.summary[1]).toBe('DATA 1');
    expect(client.last.bytes).toHaveLength(4 + 1428);
  });

  it('a refused trust list is told by the name that was looked for, and as harmless', async () => {
    await say('t01-rrq-ctl-plain');
    expect(probe.of('tftp.refused')).toMatchObject([{ file: 'CTLFile.tlv', code: 1, harmless: true }]);
  });
});
