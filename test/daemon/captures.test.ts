import { describe, expect, it } from 'vitest';
import { SERVICES } from '../../src/capture/record.js';
import { instant } from '../../src/core/time.js';
import { presentState, verdictRemarks } from '../../src/daemon/capture-remarks.js';
import { type CaptureRemarks, capturesView, decodeAs } from '../../src/daemon/captures.js';
import type { ApiCaptureRequest, ListenerJson } from '../../src/http/index.js';
import { captureHarness } from '../capture/harness.js';
import { anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { packetsWithComments } from '../support/pcapng-comments.js';

const A1 = 'SEP0011223344A1';
const listener = (service: string, transport: string, port: number): ListenerJson => ({
  service,
  transport,
  address: '0.0.0.0',
  port,
});

it('only ports that Wireshark does not know are told', () => {
  const usual = [listener('DHCP', 'udp', 67), listener('TFTP', 'udp', 69), listener('SCCP', 'tcp', 2000)];
  const others = [listener('SIP', 'udp', 5060), listener('SIP', 'tls', 5061), listener('API', 'tcp', 8088)];
  expect(decodeAs([...usual, ...others], 68)).toEqual([]);
  const quick = [listener('DHCP', 'udp', 6767), listener('TFTP', 'udp', 6969), listener('TFTP', 'udp', 6969)];
  const more = [
    listener('HTTP', 'tcp', 6970),
    listener('SCCP', 'tcp', 2001),
    listener('SCCP', 'tls', 2443),
    listener('SIP', 'tcp', 5070),
  ];
  expect(decodeAs([...quick, ...more], 6868)).toEqual([
    '-d udp.port==6767,dhcp',
    '-d udp.port==6969,tftp',
    '-d tcp.port==6970,http',
    '-d tcp.port==2001,skinny',
    '-d tcp.port==5070,sip',
    '-d udp.port==6868,dhcp',
  ]);
});

const view = (lab: ReturnType<typeof captureHarness>, remarks?: Partial<CaptureRemarks>) =>
  capturesView({
    capture: lab.capture,
    clock: new ManualClock(1_000_000),
    preciseNow: () => lab.at(),
    config: () =>
      ({
        file: '/etc/labcm.yaml',
        self: { address: '10.0.0.1' },
        dhcp: { enabled: true, interfaces: ['eth1'], clientPort: 68 },
      }) as never,
    listeners: () => [listener('TFTP', 'udp', 6969)],
    remarks: {
      ...presentState({ waitsFor: () => 'its request for a file', unknownPhone: () => undefined }),
      ...remarks,
    },
  });
const request = (who: string, more: Partial<ApiCaptureRequest> = {}): ApiCaptureRequest => ({
  ...{ who, since: undefined, services: SERVICES, secrets: 'decrypted', redact: false },
  ...more,
});
const fileOf = (
  lab: ReturnType<typeof captureHarness>,
  asked: ApiCaptureRequest,
  remarks?: Partial<CaptureRemarks>,
): string => octetsOf(lab, asked, remarks).toString('utf8');
const octetsOf = (
  lab: ReturnType<typeof captureHarness>,
  asked: ApiCaptureRequest,
  remarks?: Partial<CaptureRemarks>,
): Buffer => {
  const made = view(lab, remarks).file(asked);
  if (made.outcome !== 'made') throw new Error(made.outcome);
  return made.octets;
};

describe('the title of a capture', () => {
  it.each([
    ['never heard of', () => {}, `${A1} (Cisco IP Communicator, SCCP) Unknown: waits for its request for a file`],
    [
      'refused',
      (lab: ReturnType<typeof captureHarness>) => lab.database.register(anAttempt(A1, 'SCCP', { typeId: 7 }), lab.at()),
      `${A1} (Cisco IP Communicator, SCCP) Rejected: `,
    ],
  ] as const)('says what the device is and how it is: %s', (_, happens, title) => {
    const lab = captureHarness({ devices: 'all' });
    happens(lab);
    expect(fileOf(lab, request(A1))).toContain(title);
  });

  it('that is too long is cut, and the ports stay', () => {
    const lab = captureHarness({ devices: 'all' });
    const file = fileOf(lab, request(A1), { title: () => 'why '.repeat(300) });
    expect(file).toContain('…\nPorts that Wireshark has to be told: -d udp.port==6969,tftp');
  });

  it('of a stranger says that nobody configured it, and every one which ports are unusual', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'x', 1);
    lab.registering('NOBODY', 1, { type: 'device.rejected', protocol: 'SIP', transport: 'udp' });
    const file = fileOf(lab, request('nobody'));
    expect(file).toContain('nobody: nobody configured it\nPorts that Wireshark has to be told: -d udp.port==6969,tftp');
    expect(file).toContain('eth1');
  });
});

describe('a capture', () => {
  it('has the remarks of others on its packets', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'x', 1);
    lab.registering(A1, 1, { protocol: 'SIP', transport: 'udp' });
    const comments = () => [
      { at: lab.at(), type: 'sip.register-answered', text: 'register.wrong-model: 115 and not 404' },
    ];
    expect(fileOf(lab, request(A1), { comments })).toContain('register.wrong-model: 115 and not 404');
  });

  it('is off for whom nobody wants, and unknown of whom nothing was heard', () => {
    const lab = captureHarness({ devices: ['OTHER'] });
    expect(view(lab).file(request(A1))).toEqual({ outcome: 'off', file: '/etc/labcm.yaml' });
    expect(view(lab).file(request('NOBODY'))).toEqual({ outcome: 'unknown' });
    expect(view(captureHarness()).file(request('NOBODY'))).toMatchObject({ outcome: 'off' });
  });

  it('has only the time that was asked for', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'the old one', 1);
    lab.registering(A1, 1, { protocol: 'SIP', transport: 'udp' });
    lab.pass(60_000);
    lab.hear('sip', 'the new one', 1);
    const file = fileOf(lab, request(A1, { since: 30_000 as never }));
    expect([file.includes('the old one'), file.includes('the new one')]).toEqual([false, true]);
  });

  it('that is followed tells its reader what it missed', () => {
    const lab = captureHarness();
    let hasRoom = true;
    const got: string[] = [];
    const following = view(lab).follow(
      request(A1),
      () => hasRoom,
      (octets) => got.push(octets.toString('latin1')),
    );
    lab.hear('sip', 'one', 1);
    lab.registering(A1, 1, { protocol: 'SIP', transport: 'udp' });
    hasRoom = false;
    for (const text of ['two', 'three']) lab.hear('sip', text, 1);
    hasRoom = true;
    lab.hear('sip', 'four', 1);
    expect(got).toHaveLength(2);
    expect(got[0]).toContain('one');
    expect(got[1]).toContain('2 packets before this were left out: the reader was too slow');
    following.stop();
    expect(lab.isOn).toBe(false);
  });
});

describe('what labcm did on purpose', () => {
  const remarks = (steps: readonly object[], evidence: readonly object[]) => {
    const verdict = { code: 'register.refused', sentence: 'why', evidence };
    const timelines = {
      of: () => ({ steps, waitsFor: undefined }),
      waitsFor: () => undefined,
      unknownPhone: (who: string) => (who === 'A STRANGER' ? { name: who, steps } : undefined),
    };
    return verdictRemarks({ of: () => ({ verdict }) } as never, timelines as never);
  };
  const injected = (at: number, more: object = {}) => ({
    ...{
      at: instant(at),
      step: 'injected',
      type: 'fault.injected',
      text: 'labcm itself did this',
      facts: { where: 'sip' },
    },
    ...more,
  });
  const DEVICE = { device: { configured: { name: A1 } }, keys: [A1] } as never;

  it('is said at packets of its place, whatever the verdict is, and of what was done often the first and the last time', () => {
    const steps = [
      injected(5),
      { ...injected(6), type: 'sip.received' },
      injected(9, { since: instant(7), times: 3, facts: { where: 'sccp' } }),
    ];
    const evidence = [
      { at: instant(4), type: 'sip.register-answered' },
      { at: instant(5), type: 'fault.injected' },
    ];
    expect(remarks(steps, evidence).comments(DEVICE)).toEqual([
      { at: 4, type: 'sip.register-answered', text: 'register.refused: why' },
      { at: 5, type: 'sip.injected', text: 'labcm itself did this' },
      { at: 7, type: 'sccp.injected', text: 'labcm itself did this' },
      { at: 9, type: 'sccp.injected', text: 'labcm itself did this (3 times)' },
    ]);
  });

  it('is said of phones that nobody configured, too', () => {
    const subject = { device: undefined, keys: ['A STRANGER'] } as never;
    expect(remarks([injected(5)], []).comments(subject)).toMatchObject([{ at: 5, type: 'sip.injected' }]);
    expect(remarks([injected(5)], []).comments({ device: undefined, keys: ['NOBODY'] } as never)).toEqual([]);
  });

  it('is in the file at the packet that it was done to', () => {
    const lab = captureHarness({ devices: 'all' });
    lab.hear('sip', 'REGISTER', 5060);
    const { comments } = remarks([injected(lab.at())], []);
    lab.injected('sip', A1, 5060);
    const [packet] = packetsWithComments(octetsOf(lab, request(A1), { comments }));
    expect(packet?.comments).toEqual(['labcm itself did this']);
    expect(packet?.frame.toString('latin1')).toContain('REGISTER');
  });
});
