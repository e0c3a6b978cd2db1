// A lab inside a test: what it tells of devices and events, what it says when a device is not as wanted, and that two of
// them do not meet.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import {
  ConfigError,
  type Lab,
  type LabConfig,
  type LabOptions,
  LabStopped,
  NotInTime,
  NotReached,
  NotRegistered,
  startLab,
} from '../../src/lab.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';

const PHONES: LabConfig = {
  devices: [
    { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5002', { dn: 5003, label: 'Door' }] },
    { name: WALL, model: '8851', lines: [5005] },
    { name: 'SEP001122334457', model: '7960', protocol: 'SIP', lines: ['5006'] },
  ],
};

const labs: Lab[] = [];

const start = async (configuration: LabConfig | string = PHONES, options: LabOptions = {}): Promise<Lab> => {
  const lab = await startLab(configuration, options);
  labs.push(lab);
  return lab;
};

afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'lab-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

describe('a lab', () => {
  it('has phones that register over SCCP, SIP by TCP and SIP by UDP, knowing no more than their names', async () => {
    const lab = await start();
    const { devices = [] } = PHONES;
    for (const { name } of devices) lab.phone({ name });
    for (const { name } of devices) await lab.registered(name);
    expect(lab.devices()).toMatchObject([
      { name: DESK, status: 'Registered', protocol: 'SCCP', address: '127.0.0.1', registration: { transport: 'tcp' } },
      { name: WALL, status: 'Registered', protocol: 'SIP', registration: { transport: 'tcp', lines: ['5005'] } },
      { status: 'Registered', protocol: 'SIP', registration: { transport: 'udp' } },
    ]);
    expect(lab.device(DESK.toLowerCase())).toMatchObject({
      lines: [{ dn: '5002' }, { dn: '5003', label: 'Door' }],
      files: expect.arrayContaining([expect.objectContaining({ file: `${DESK}.cnf.xml`, outcome: 'served' })]),
    });
    expect(lab.device('SEP9')).toBeUndefined();
  });

  it('gives the device that it waited for as the API shows it', async () => {
    const lab = await start();
    const phone = await lab.phone({ name: DESK }).registered();
    expect(phone.lines).toEqual(['5002', '5003']);
    const device = await lab.registered(DESK);
    const answer = await fetch(lab.url(`/api/devices/${DESK}`));
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(device)));
    await phone.stop();
    expect(await lab.reached(DESK, 'UnRegistered')).toMatchObject({ reason: { name: 'DeviceUnregistered' } });
  });

  it('boots phones from DHCP on where it serves that', async () => {
    const lab = await start({ ...PHONES, dhcp: { enabled: true } });
    const phone = lab.phone({ name: DESK });
    expect(await lab.registered(DESK)).toMatchObject({ lease: { address: phone.address } });
    expect(phone.address).toMatch(/^127\.0\.1\.1\d\d$/);
  });

  it('has the devices and the policy of a file, on free ports of its own', async () => {
    const lab = await start('config/lab.yaml');
    expect(new Set(lab.listeners.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
    expect(lab.listeners.filter(({ port }) => port < 1024 || port === 2000 || port === 5060)).toEqual([]);
    const [device] = lab.devices();
    const name = device?.name ?? '';
    lab.phone({ name });
    expect(await lab.registered(name)).toMatchObject({ address: '127.0.0.1' });
  });

  it('takes a file with its DHCP where that is for loopback alone', async () => {
    const lab = await start('config/quickstart.yaml');
    const phone = lab.phone({ name: 'ipctest2' });
    expect(await lab.registered('ipctest2')).toMatchObject({ mac: '005056A1033D', lines: [{ dn: '5002' }] });
    expect(phone.address).toBe('127.0.1.100');
  });

  it('auto-registers strangers where it is told to, and waits for them', async () => {
    const lab = await start({ autoRegistration: { enabled: true, range: '1000-1999' } });
    const waiting = lab.registered('SEP00AABBCCDDEE');
    lab.phone({ name: 'SEP00AABBCCDDEE', model: '7962' });
    expect(await waiting).toMatchObject({ origin: 'auto-registered', lines: [{ dn: '1000' }] });
  });

  it('sends a phone away, and sees it come back', async () => {
    const lab = await start();
    await lab.phone({ name: DESK }).registered();
    const gone = lab.next('device.unregistered');
    const back = lab.next('device.registered');
    expect(lab.command(DESK, 'restart')).toBe('sent');
    expect(await gone).toMatchObject({ device: DESK, reason: 'reset' });
    expect(await back).toMatchObject({ device: DESK });
    expect(lab.command(WALL, 'reset')).toBe('not-registered');
  });

  it('takes single settings as the command line does', async () => {
    const lab = await start(PHONES, { set: ['http.api.enabled=false', 'sip.enabled=false'] });
    expect(lab.listeners.map(({ service }) => service)).toEqual(['SCCP', 'TFTP', 'HTTP']);
    expect(() => lab.url('/healthz')).toThrow('this lab does not listen for API');
    expect(() => lab.port('SIP', 'udp')).toThrow('this lab does not listen for SIP udp');
    expect(lab.port('SCCP')).toBeGreaterThan(1023);
  });
});

describe('what was wanted and is not', () => {
  it('is told with the state and the reason', async () => {
    const lab = await start();
    lab.phone({ name: DESK, model: 'CIPC' });
    const failure = await lab.registered(DESK, { within: '300ms' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotReached);
    expect(failure).toMatchObject({
      code: 'NOT_REACHED',
      device: DESK,
      wanted: 'Registered',
      found: { status: 'Rejected', reason: { number: 32 } },
      verdict: {
        code: 'register.wrong-model',
        remedy: [{ do: 'config', text: 'model: CIPC' }, { do: 'signal' }, { do: 'config', or: true }, { do: 'signal' }],
      },
      message: expect.stringMatching(
        /^SEP001122334455: found Rejected \(32 DeviceTypeMismatch: it says that it is a Cisco IP Communicator \(30016\), and is configured as a Cisco 7962 \(404\): change its model, or allow any by policy\.model\); its last file: \S+ by TFTP, \w+; wanted Registered within 300 ms$/,
      ),
    });
  });

  it('has a verdict that goes when the phone is well', async () => {
    const lab = await start();
    expect(lab.device(DESK)?.verdict).toBeNull();
    const told = lab.next('device.verdict', { where: ({ device }) => device === DESK });
    const wrong = lab.phone({ name: DESK, model: 'CIPC' });
    expect(await told).toMatchObject({ code: 'register.wrong-model', confidence: 'certain' });
    expect(lab.device(DESK)?.verdict?.sentence).toBe(
      'It says that it is a Cisco IP Communicator (30016); it is configured as a Cisco 7962 (404).',
    );
    await wrong.stop();
    await lab.phone({ name: DESK }).registered();
    expect(lab.device(DESK)?.verdict).toBeNull();
  });

  it('is told of a phone that never came', async () => {
    const lab = await start();
    await expect(lab.registered(WALL, { within: 50 })).rejects.toThrow(
      `${WALL}: found Unknown; waits for any sign of life: a DHCP request, a request for a file, or a registration; wanted Registered within 50 ms`,
    );
  });

  it('is told at once of a name that nobody has', async () => {
    const lab = await start();
    await expect(lab.registered('SEP9', { within: '1h' })).rejects.toMatchObject({
      code: 'UNKNOWN_DEVICE',
      found: undefined,
      message: 'SEP9: found no device of that name; wanted Registered of one that is configured',
    });
  });

  it('is told of a phone from where the phone stands', async () => {
    const lab = await start();
    await expect(lab.phone({ name: DESK, model: 'CIPC' }).registered()).rejects.toThrow(
      `${DESK} was refused: Error Mismatch`,
    );
    expect(() => lab.phone({ name: DESK, model: 'toaster' })).toThrow(NotRegistered);
    expect(lab.phones).toHaveLength(1);
  });

  it('is told of an event that did not come', async () => {
    const lab = await start();
    await expect(lab.next('device.rejected', { within: 20 })).rejects.toThrow('no such device.rejected within 20 ms');
    await expect(lab.next('device.rejected', { within: 20 })).rejects.toBeInstanceOf(NotInTime);
  });

  it('is told of a configuration, every fault at once, before anything is opened', async () => {
    const faulty = { devices: [{ name: 'SEP1', model: 'toaster' }], sccp: { port: -1 } } as LabConfig;
    await expect(startLab(faulty)).rejects.toBeInstanceOf(ConfigError);
    await expect(startLab(faulty)).rejects.toThrow(
      /^startLab: sccp\.port: found -1, wanted .*\nstartLab: devices\.0\.model: found "toaster", wanted /,
    );
    await expect(startLab('config/no-such.yaml')).rejects.toThrow('config/no-such.yaml: configuration: found');
  });

  it('is told of a wait that nobody could keep', async () => {
    const lab = await start();
    await expect(lab.registered(DESK, { within: 'soon' as '5s' })).rejects.toThrow(
      'within: found soon, wanted a duration such as 500ms, 5s or 2m, or milliseconds',
    );
  });
});

describe('events', () => {
  it('are heard by their type, of the daemon and of simulated phones', async () => {
    const lab = await start();
    const heard: string[] = [];
    lab.on('device.registered', (event) => {
      expectTypeOf(event.device).toBeString();
      expectTypeOf(event.type).toEqualTypeOf<'device.registered'>();
      heard.push(`${event.device} over ${event.protocol}`);
    });
    const deaf = lab.on('phone.registered', ({ phone, lines }) => heard.push(`${phone} with ${lines.join(' ')}`));
    await lab.phone({ name: DESK }).registered();
    expect(heard).toEqual([`${DESK} over SCCP`, `${DESK} with 5002 5003`]);
    deaf();
    await lab.phone({ name: WALL }).registered();
    expect(heard).toHaveLength(3);
  });

  it('come one after the other in a loop, from the call on, and end with the lab', async () => {
    const lab = await start();
    const registrations = lab.events('device.registered', 'device.unregistered');
    const everything = lab.events();
    await lab.phone({ name: DESK }).registered();
    await lab.stop();
    const told: string[] = [];
    for await (const { type, device } of registrations) told.push(`${type} ${device}`);
    expect(told).toEqual([`device.registered ${DESK}`, `device.unregistered ${DESK}`]);
    const types = new Set<string>();
    for await (const { type } of everything) types.add(type);
    expect([...types]).toEqual(
      expect.arrayContaining(['phone.started', 'tftp.request', 'phone.stopped', 'listener.closed', 'daemon.stopped']),
    );
  });

  it('a loop that is left hears no more', async () => {
    const lab = await start();
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { device } of lab.events('device.registered')) {
        seen.push(device);
        return;
      }
    })();
    await lab.phone({ name: DESK }).registered();
    await loop;
    await lab.phone({ name: WALL }).registered();
    expect(seen).toEqual([DESK]);
  });

  it('the next of a type may be a certain one', async () => {
    const lab = await start();
    const wall = lab.next('device.registered', { where: ({ device }) => device === WALL });
    lab.phone({ name: DESK });
    await lab.registered(DESK);
    lab.phone({ name: WALL });
    expect((await wall).device).toBe(WALL);
  });

  it('an assertion that fails in a listener fails the test that stops the lab', async () => {
    const lab = await startLab(PHONES);
    lab.on('device.registered', ({ device }) => expect(device).toBe('somebody else'));
    await lab.phone({ name: DESK }).registered();
    await lab.phone({ name: WALL }).registered();
    await expect(lab.stop()).rejects.toThrow('2 failures in listeners of the lab');
    await expect(lab.stop()).rejects.toBeInstanceOf(AggregateError);
  });
});

describe('two labs at once', () => {
  it('do not meet, though their phones have the same names and addresses', async () => {
    const [one, other] = await Promise.all([
      start({ ...PHONES, dhcp: { enabled: true } }),
      start({ ...PHONES, dhcp: { enabled: true } }),
    ]);
    const heard: string[] = [];
    for (const type of ['tftp.request', 'dhcp.received', 'device.registered'] as const)
      other.on(type, (event) => heard.push(event.type));
    one.phone({ name: DESK });
    await one.registered(DESK);
    expect(other.device(DESK)).toMatchObject({ status: 'Unknown', lease: null, files: [] });
    expect(heard).toEqual([]);
    other.phone({ name: DESK });
    expect((await other.registered(DESK)).lease?.address).toBe(one.device(DESK)?.lease?.address);
    await one.stop();
    expect(other.device(DESK)).toMatchObject({ status: 'Registered' });
    const ports = [...one.listeners, ...other.listeners].map(({ transport, port }) => `${transport === 'udp'} ${port}`);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('ten at once each have ports of their own', async () => {
    const ten = await Promise.all(Array.from({ length: 10 }, () => start()));
    for (const lab of ten) lab.phone({ name: DESK });
    await Promise.all(ten.map((lab) => lab.registered(DESK)));
    expect(new Set(ten.map((lab) => lab.port('SCCP'))).size).toBe(10);
  });
});

describe('what is written', () => {
  it('is nothing', async () => {
    const home = folder();
    const { TMPDIR } = process.env;
    process.env.TMPDIR = home;
    onTestFinished(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    const lab = await start();
    await lab.phone({ name: DESK }).registered();
    expect(readdirSync(home)).toEqual([]);
    const keeping = await start({ dhcp: { enabled: true }, autoRegistration: { enabled: true, range: '1000-1999' } });
    await keeping.phone({ name: 'SEP00AABBCCDDEE', model: '7962' }).registered();
    expect(readdirSync(home)).toHaveLength(1);
    await Promise.all([lab.stop(), keeping.stop()]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('stays where somebody asked to keep it', async () => {
    const home = join(folder(), 'kept');
    const lab = await start({ autoRegistration: { enabled: true, range: '1000-1999' } }, { directory: home });
    await lab.phone({ name: 'SEP00AABBCCDDEE', model: '7962' }).registered();
    await lab.stop();
    expect(readdirSync(home).sort()).toEqual(['logs', 'state']);
    expect(readdirSync(join(home, 'logs')).sort()).toEqual(['ccm.txt', 'events.jsonl', 'tftp.txt']);
    expect(readdirSync(join(home, 'state'))).toEqual(['auto-registered.jsonl']);
  });

  it('is nothing where the configuration’s own folders cannot be written', async () => {
    const home = folder();
    mkdirSync(join(home, 'files'));
    writeFileSync(
      join(home, 'lab.yaml'),
      'trace: { directory: /proc/none }\nstate: { directory: /proc/none }\ntftp: { root: files }\ndevices: [{ name: SEP1, model: CIPC }]',
    );
    const lab = await start(join(home, 'lab.yaml'));
    await lab.phone({ name: 'SEP1' }).registered();
    expect(readdirSync(home).sort()).toEqual(['files', 'lab.yaml']);
  });
});

describe('the end of a lab', () => {
  it('comes once, ends waiting, and takes no more phones', async () => {
    const lab = await start();
    const waiting = lab.registered(DESK);
    const next = lab.next('device.registered');
    const stopped = [lab.stop(), lab.stop()];
    await expect(waiting).rejects.toBeInstanceOf(LabStopped);
    await expect(next).rejects.toBeInstanceOf(LabStopped);
    await Promise.all(stopped);
    expect(() => lab.phone({ name: DESK })).toThrow('the lab has been stopped');
    await expect(lab.registered(DESK)).rejects.toBeInstanceOf(LabStopped);
  });

  it('comes with its block', async () => {
    const lab = await startLab(PHONES);
    await lab[Symbol.asyncDispose]();
    expect(lab.listeners).toEqual([]);
  });

  it('comes with phones in the middle of their boot, unplugged, and refused', async () => {
    const lab = await start({ ...PHONES, dhcp: { enabled: true } });
    await lab.phone({ name: DESK }).registered();
    lab.phones[0]?.unplug();
    await lab
      .phone({ name: WALL, model: 'CIPC' })
      .registered()
      .catch(() => {});
    lab.phone({ name: 'SEP001122334457' });
    await lab.stop();
    expect(lab.phones.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  });
});
