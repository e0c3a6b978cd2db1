// The causes of this host and its owner (`docs/protocols/explain.md` §2.8).

import { instant, minutes, seconds, wallTime } from '../../../src/core/time.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, localTimeIn, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const SIP = { devices: [{ ...DEVICE, protocol: 'SIP' as const }] };

const listener = (type: 'listener.failed' | 'listener.opened', more: object): Said =>
  ({ type, service: 'TFTP', transport: 'udp', address: '10.2.0.1', port: 69, ...more }) as unknown as Said;

const TAKEN = { code: 'EADDRINUSE' };

/** The phone has got its address, and nothing comes. */
const isLeased = (lab: VerdictLab): void => {
  lab.say({ type: 'device.leased', device: PHONE, address: ADDRESS } as Said);
  lab.wait(minutes(1));
};

const NO_RISE = { total: 0, latest: undefined };

const skewed = (lab: VerdictLab, name: string, skew: number): void => {
  const registration = lab.register(name, 'SIP', { link: Number.parseInt(name.slice(-2), 16) });
  lab.wait(seconds(60));
  lab.database.keepAlive(registration, lab.now());
  lab.database.facts.recordClock(registration, skew);
};

const THREE = ['SEP0011223344A1', 'SEP0011223344A2', 'SEP0011223344A3'];

const injected = (more: object = {}): Said =>
  ({
    ...{ type: 'fault.injected', rule: 'fault-1', where: 'sccp', fault: 'drop', device: PHONE, address: ADDRESS },
    ...{ port: 49_152, direction: 'sent', message: 'RegisterAckMessage', detail: '', ...more },
  }) as unknown as Said;

export const OPS_CASES: readonly VerdictCase[] = [
  {
    code: 'ops.injected-fault',
    arrange: (lab) => {
      lab.say(injected());
      lab.say(injected());
    },
    sentence: `labcm itself does this to it on purpose, by rule fault-1: sccp drop of RegisterAckMessage, 2 times, last at ${localTimeIn(0.2)}.`,
    remedy: 'labcm fault clear fault-1',
    mend: (lab) => {
      lab.wait(minutes(11));
      lab.register(PHONE, 'SCCP');
    },
  },
  {
    code: 'ops.port-taken',
    arrange: (lab) => {
      lab.say(listener('listener.failed', TAKEN));
      isLeased(lab);
    },
    sentence: 'TFTP is not up on 10.2.0.1: udp port 69 is held by another program.',
    remedy: "ss -lunp 'sport = :69'",
  },
  {
    code: 'ops.port-taken',
    title: 'ops.port-taken, of the daemon',
    ofDaemon: true,
    arrange: (lab) => lab.say(listener('listener.failed', TAKEN)),
    sentence: 'TFTP is not up on 10.2.0.1: udp port 69 is held by another program.',
    remedy: 'tftp: { port: 6969 }',
    mend: (lab) => lab.say(listener('listener.opened', {})),
  },
  {
    code: 'ops.port-forbidden',
    ofDaemon: true,
    arrange: (lab) => lab.say(listener('listener.failed', { service: 'SIP', port: 506, code: 'EACCES' })),
    sentence: 'SIP may not bind udp port 506 on 10.2.0.1 without privileges.',
    remedy: 'setcap cap_net_bind_service=+ep',
    mend: (lab) => lab.say(listener('listener.opened', { service: 'SIP', port: 506 })),
  },
  {
    code: 'ops.not-reloaded',
    ofDaemon: true,
    arrange: (lab) => {
      lab.host.newerFiles = [{ file: '/lab/lab.yaml', changedAt: wallTime(lab.clock.wallTime(lab.now())) }];
    },
    sentence: `lab.yaml was changed at ${localTimeIn(0.1)} and is not in force.`,
    remedy: `kill -HUP ${process.pid}`,
    mend: (lab) => {
      lab.host.newerFiles = [];
    },
  },
  {
    code: 'ops.reload-refused',
    ofDaemon: true,
    arrange: (lab) =>
      lab.say({ type: 'daemon.reload-refused', faults: ['lab.yaml:3: devices.0.model: found 7, wanted a model', 'x'] }),
    sentence: `Your change of ${localTimeIn(0.2)} is not in force: lab.yaml:3: devices.0.model: found 7, wanted a model.`,
    remedy: 'labcm check /lab/lab.yaml',
    mend: (lab) => lab.reload({}),
  },
  {
    code: 'ops.removed',
    silent: true,
    arrange: async (lab) => {
      await lab.reload({ devices: [] });
      lab.wait(seconds(30));
      lab.attempt();
    },
    sentence: `It was taken out of the configuration at ${localTimeIn(0.1)} and still calls.`,
    remedy: `name: ${PHONE}`,
    mend: (lab) => lab.reload({}),
  },
  {
    code: 'ops.disk',
    ofDaemon: true,
    arrange: (lab) => lab.degradations.begin('trace files', '/var/log/labcm/ccm.txt: no space left on device'),
    sentence: 'labcm cannot write its trace files: /var/log/labcm/ccm.txt: no space left on device.',
    remedy: 'df -h /var/log/labcm',
    mend: (lab) => lab.degradations.end('trace files'),
  },
  {
    code: 'ops.descriptors',
    ofDaemon: true,
    arrange: (lab) => {
      lab.host.descriptors = { limit: 1024, usedUp: true };
    },
    sentence:
      'All 1024 descriptors that labcm may hold are in use: new connections are closed, and files cannot be read.',
    remedy: 'ulimit -n 2048',
    mend: (lab) => {
      lab.host.descriptors = { limit: 1024, usedUp: false };
    },
  },
  {
    code: 'ops.descriptors',
    title: 'ops.descriptors, of a phone',
    arrange: (lab) => {
      lab.host.descriptors = { limit: 1024, usedUp: true };
      isLeased(lab);
    },
    sentence:
      'All 1024 descriptors that labcm may hold are in use: new connections are closed, and files cannot be read.',
    remedy: 'LimitNOFILE=2048',
  },
  {
    code: 'ops.host-clock',
    ofDaemon: true,
    arrange: (lab) => {
      lab.host.clockJump = { at: lab.now(), by: -10_800_000 };
    },
    sentence: "This host's clock jumped back by 3 h; phones take theirs from it.",
    remedy: 'timedatectl',
    mend: (lab) => lab.wait(minutes(11)),
  },
  {
    code: 'ops.host-clock',
    title: 'ops.host-clock, by the clocks of three phones',
    ofDaemon: true,
    config: {
      devices: THREE.map((name, index) => ({ ...DEVICE, protocol: 'SIP' as const, name, lines: [`500${index}`] })),
    },
    arrange: (lab) => {
      for (const name of THREE) skewed(lab, name, 300_000);
    },
    sentence: "This host's clock is 5 min behind that of its phones, which take theirs from it or by NTP.",
    remedy: 'timedatectl',
    mend: (lab) => {
      for (const name of THREE) skewed(lab, name, 0);
    },
  },
  {
    code: 'ops.phone-clock',
    config: SIP,
    silent: true,
    arrange: (lab) => skewed(lab, PHONE, Date.UTC(2009, 0, 5, 12) - lab.now()),
    sentence: 'Its clock says 2009-01-05.',
    remedy: 'ntp:',
    mend: (lab) => skewed(lab, PHONE, 0),
  },
  {
    code: 'ops.two-daemons',
    arrange: (lab) => {
      const registration = lab.register();
      lab.wait(seconds(100));
      lab.database.end(registration, 'connection-lost', lab.now());
      lab.wait(seconds(100));
      lab.register(PHONE, 'SCCP', { link: 7 });
      lab.database.facts.recordOutOfService(PHONE, { code: 14, words: 'cm-closed-tcp', node: '10.2.0.9' }, lab.now());
      lab.say({ type: 'device.reported', device: PHONE, facts: { alarm: '14' } } as unknown as Said);
    },
    sentence: 'Two call managers answer it: this one, and that at 10.2.0.9, with which it was registered in between.',
    remedy: 'switch the call manager at 10.2.0.9 off',
    mend: (lab) => lab.wait(minutes(11)),
  },
  {
    code: 'ops.overloaded',
    ofDaemon: true,
    arrange: (lab) => {
      const counters = { udpNoPorts: NO_RISE, tcpOutRsts: NO_RISE, listenOverflows: NO_RISE };
      const latest = { at: instant(lab.now()), by: 412 };
      lab.host.counters = { ...counters, rcvbufErrors: { total: 500, latest } };
    },
    sentence:
      'This machine is late: within ten seconds its kernel dropped 412 datagrams that labcm or another program did not take.',
    remedy: 'fewer phones',
    mend: (lab) => lab.wait(minutes(2)),
  },
  {
    code: 'ops.overloaded',
    title: 'ops.overloaded, the process stood still',
    ofDaemon: true,
    arrange: (lab) => lab.say({ type: 'daemon.stood-still', milliseconds: 4200 }),
    sentence: 'labcm itself is late: the process stood still for 4 s.',
    remedy: 'fewer phones',
    mend: (lab) => lab.wait(minutes(2)),
  },
];
