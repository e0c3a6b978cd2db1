// Phones that are not answered on purpose, over real sockets: what they wait for, and that the trace, the timeline, the verdict and the
// capture tell it as labcm's own doing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Lab, type LabConfig, type LabFaultRule, startLab } from '../../src/lab.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/net/files/temporary-folder.js';
import { packetsWithComments } from '../support/pcapng-comments.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';
const HALL = 'SEP001122334457';

const PHONES: LabConfig = {
  devices: [
    { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: WALL, model: '8851', lines: ['5005'] },
    { name: HALL, model: '7960', protocol: 'SIP', lines: ['5006'] },
  ],
  capture: { devices: 'all' },
};

let lab: Lab;
let folder: TemporaryFolder;

afterEach(async () => {
  await lab.stop();
  await folder.remove();
});

const start = async (configuration: LabConfig = PHONES): Promise<void> => {
  folder = temporaryFolder('labcm-told');
  lab = await startLab(configuration, { directory: folder.path });
};

interface Step {
  readonly type: string;
  readonly step: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly times?: number;
}

/** What the timeline of a phone says that was injected. */
const injectedSteps = async (phone: string): Promise<readonly Step[]> => {
  const answer = await fetch(lab.url(`/api/devices/${phone}/timeline`));
  return ((await answer.json()) as { readonly steps: readonly Step[] }).steps.filter(
    ({ type }) => type === 'fault.injected',
  );
};

/** The packets of a phone that have a comment about an injected fault: the comment, and the octets of the frame as text. */
const injectedPackets = async (phone: string) => {
  const file = Buffer.from(await (await fetch(lab.url(`/api/devices/${phone}/pcap`))).arrayBuffer());
  return packetsWithComments(file).flatMap(({ frame, comments }) =>
    comments
      .filter((text) => text.includes('labcm itself did this'))
      .map((comment) => ({ comment, text: frame.toString('latin1') })),
  );
};

/** The lines of the trace about injected faults. Stops the lab: the trace is written in batches. */
const tracedFaults = async (): Promise<readonly string[]> => {
  await lab.stop();
  const trace = readFileSync(join(folder.path, 'logs', 'ccm.txt'), 'utf8');
  return trace.split('\n').filter((line) => line.includes('Injected fault'));
};

interface Unanswered {
  readonly phone: string;
  readonly rule: LabFaultRule & { readonly message: string };
  /** How often the fault is met at least: over UDP phones ask again. */
  readonly injections: number;
  /** Whether labcm hears the registration. */
  readonly isHeard: boolean;
  readonly waitsFor: string;
  /** What the packet holds that the capture says it of. Over TCP it may be any part of a message. */
  readonly packet: string;
}

const UNANSWERED: readonly Unanswered[] = [
  {
    phone: DESK,
    rule: { where: 'sccp', fault: 'drop', message: 'RegisterAckMessage' },
    ...{ injections: 1, isHeard: true, waitsFor: 'RegisterAck', packet: DESK },
  },
  {
    phone: DESK,
    rule: { where: 'sccp', fault: 'silence', message: 'RegisterReqMessage' },
    ...{ injections: 2, isHeard: false, waitsFor: 'RegisterAck', packet: DESK },
  },
  ...(['drop', 'silence'] as const).flatMap((fault): Unanswered[] => [
    {
      phone: WALL,
      rule: { where: 'sip', fault, message: 'REGISTER', direction: 'both' },
      ...{ injections: 1, isHeard: false, waitsFor: '200 OK', packet: '' },
    },
    {
      phone: HALL,
      rule: { where: 'sip', fault, message: 'REGISTER', direction: 'both' },
      ...{ injections: 3, isHeard: false, waitsFor: '200 OK', packet: 'REGISTER sip:' },
    },
  ]),
  {
    phone: WALL,
    rule: { where: 'sip', fault: 'drop', message: 'REGISTER 200' },
    ...{ injections: 1, isHeard: true, waitsFor: '200 OK', packet: '' },
  },
  {
    phone: HALL,
    rule: { where: 'sip', fault: 'drop', message: 'REGISTER 200' },
    ...{ injections: 2, isHeard: true, waitsFor: '200 OK', packet: 'REGISTER' },
  },
];

describe('a phone that is not answered', () => {
  it.each(
    UNANSWERED.map(
      (one) => [`${one.rule.where} ${one.rule.fault} of ${one.rule.message} of ${one.phone}`, one] as const,
    ),
  )('%s waits, and is not blamed', async (_, { phone: name, rule, injections, isHeard, waitsFor, packet }) => {
    await start();
    const seen = new Set<string>();
    for (const type of ['phone.accepted', 'phone.registered', 'device.registering'] as const)
      lab.on(type, () => seen.add(type));
    const fault = lab.fault({ id: 'mine', ...rule, device: name });
    const verdict = lab.next('device.verdict', {
      within: '20s',
      where: ({ device, code }) => device === name && code === 'ops.injected-fault',
    });
    let made = 0;
    const enough = lab.next('fault.injected', {
      within: '20s',
      where: () => {
        made += 1;
        return made >= injections;
      },
    });
    const phone = lab.phone({ name });
    expect(await enough).toMatchObject({ rule: 'mine', where: rule.where, fault: rule.fault, device: name });

    expect(phone.state).toBe('registering');
    expect(phone.waitingFor).toContain(waitsFor);
    expect([...seen]).toEqual(isHeard ? ['device.registering'] : []);
    expect(fault.injected).toBeGreaterThanOrEqual(injections);

    const told = `${rule.where} ${rule.fault} of ${rule.message}`;
    expect(await verdict).toMatchObject({
      sentence: expect.stringContaining(
        `labcm itself does this to it on purpose, by rule mine: ${rule.where} ${rule.fault} of `,
      ),
    });
    expect(await injectedSteps(name)).toContainEqual(
      expect.objectContaining({
        step: 'injected',
        text: expect.stringContaining(`labcm itself did this, by rule mine: ${told}`),
        facts: expect.objectContaining({ rule: 'mine', where: rule.where, fault: rule.fault }),
      }),
    );
    expect(await injectedPackets(name)).toContainEqual({
      comment: expect.stringContaining(told),
      text: expect.stringContaining(packet),
    });
    expect(await tracedFaults()).toContainEqual(
      expect.stringMatching(new RegExp(`Injected fault: rule mine: ${told}, which labcm \\w+ for ${name}`)),
    );
  });
});

describe('a capture', () => {
  it('says what was injected at one packet, also of a phone that works', async () => {
    await start();
    lab.fault({ id: 'once', where: 'sccp', fault: 'double', message: 'LineStatV2Message', times: 1 });
    await lab.phone({ name: DESK }).registered({ within: '20s' });
    const [first, ...others] = await injectedPackets(DESK);
    expect(first?.comment).toContain('labcm itself did this, by rule once: sccp double of LineStatV2Message');
    expect(others).toEqual([]);
  });

  it('says nothing where nothing was injected', async () => {
    await start();
    await lab.phone({ name: DESK }).registered({ within: '20s' });
    expect(await injectedPackets(DESK)).toEqual([]);
    expect(await injectedSteps(DESK)).toEqual([]);
  });
});
