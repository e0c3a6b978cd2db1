// No row of the table of causes fires for a phone that is well: not at any step of its boot, not in the hour after it,
// not while others are in trouble (`docs/protocols/explain.md` §1.9).

import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../src/core/time.js';
import { DHCP, SERVER, SUBNET, wireOf } from './dhcp-wire.js';
import {
  anHour,
  type BootStep,
  DHCP_STEPS,
  failOverSteps,
  fileSteps,
  HEALTHY_PHONES,
  type HealthyPhone,
  keepsAlive,
  OTHER_WAYS,
  REBOOT_STEPS,
  registerSteps,
  registrationOf,
} from './healthy-boots.js';
import { VerdictLab } from './verdict-lab.js';

const VOICE = { subnet: '10.3.0.0/24', pools: ['10.3.0.10-10.3.0.99'] };
const STRANGER = 'SEP00112233445A';
const SILENT = 'SEP0A0000000009';

const labFor = ({ name, model, protocol, lines, digest }: HealthyPhone): Promise<VerdictLab> =>
  VerdictLab.with({
    nodes: [
      { name: 'CM1', address: '10.2.0.1' },
      { name: 'CM2', address: '10.2.0.2' },
    ],
    dhcp: { ...DHCP, subnets: [SUBNET, VOICE] },
    devices: [
      { name, model, protocol, lines: [...lines], ...(digest === undefined ? {} : { digest }) },
      { name: SILENT, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5900'] },
    ],
  } as never);

/** What is found of the phone now, and what was told of it. Codes in `allowed` may be found. */
const found = (lab: VerdictLab, { name }: HealthyPhone, allowed: readonly string[]): readonly string[] => {
  const report = lab.report(name);
  const told = lab.told.filter(({ device }) => device === name).map(({ code }) => code ?? '');
  const findings = [report?.verdict, ...(report?.others ?? [])].flatMap((finding) => finding?.code ?? []);
  return [...told, ...findings].filter((code) => code !== '' && !allowed.includes(code));
};

const walk = (
  lab: VerdictLab,
  phone: HealthyPhone,
  steps: readonly BootStep[],
  allowed: readonly string[] = [],
): void => {
  for (const { title, after, does } of steps) {
    lab.wait(after);
    expect(found(lab, phone, allowed), `before ${title}`).toEqual([]);
    does(lab, phone);
    expect(found(lab, phone, allowed), `after ${title}`).toEqual([]);
    lab.wait(seconds(1));
    expect(found(lab, phone, allowed), `soon after ${title}`).toEqual([]);
  }
};

/** What is said of a phone that goes to another node and comes back, which is no trouble. */
const OF_FAIL_OVER = ['connect.elsewhere', 'stays.failback', 'stays.ended-by-us', 'register.token-deferred'];

describe.each(HEALTHY_PHONES.map((phone) => [`${phone.model} over ${phone.protocol}`, phone] as const))(
  '%s',
  (_, phone) => {
    it('boots with a fixed address, and works for an hour', async () => {
      // An address of a pool would be one that labcm may give to another phone.
      const lab = await VerdictLab.with({
        devices: [
          {
            name: phone.name,
            model: phone.model,
            protocol: phone.protocol,
            lines: [...phone.lines],
            ...(phone.digest === undefined ? {} : { digest: phone.digest }),
          },
        ],
      } as never);
      walk(lab, phone, [...fileSteps(phone), ...registerSteps(phone), ...anHour(false)]);
      expect(lab.report(phone.name)?.view.isRegistered).toBe(true);
    });

    const itHere = phone.vendorClass === undefined ? undefined : it;
    itHere?.('boots by DHCP, works for an hour, and boots again', async () => {
      const lab = await labFor(phone);
      const boot = [...fileSteps(phone), ...registerSteps(phone)];
      walk(lab, phone, [...DHCP_STEPS, ...boot, ...anHour(true)]);
      expect(lab.report(phone.name)?.view.isRegistered).toBe(true);
      walk(lab, phone, [...REBOOT_STEPS, ...boot, ...keepsAlive(20)]);
      walk(lab, phone, [...DHCP_STEPS, ...boot, ...keepsAlive(20)]);
    });

    it('goes to another node and comes back', async () => {
      const lab = await labFor(phone);
      const steps = [...fileSteps(phone), ...registerSteps(phone), ...keepsAlive(10)];
      const allowed = [...OF_FAIL_OVER, 'dhcp.static'];
      walk(lab, phone, steps, allowed);
      walk(lab, phone, [...failOverSteps(phone), ...keepsAlive(120)], allowed);
      expect(lab.report(phone.name)?.view.isRegistered).toBe(true);
    });
  },
);

describe('an address', () => {
  const [phone] = HEALTHY_PHONES as [HealthyPhone, ...HealthyPhone[]];

  it.each(Object.entries(OTHER_WAYS))('%s', async (_, steps) => {
    const lab = await labFor(phone);
    walk(lab, phone, [...steps, ...fileSteps(phone), ...registerSteps(phone), ...anHour(false)]);
    expect(lab.report(phone.name)?.view.isRegistered).toBe(true);
  });
});

it('a phone that was in trouble with DHCP once, and gave its address back', async () => {
  const [phone] = HEALTHY_PHONES as [HealthyPhone, ...HealthyPhone[]];
  const lab = await labFor(phone);
  const wire = wireOf(lab);
  for (let count = 0; count < 3; count += 1) wire.says('REQUEST', { requested: '10.9.0.14' });
  lab.settle();
  expect(lab.verdict(phone.name)?.code).toBe('dhcp.nak-loop');
  wire.lease();
  lab.settle();
  lab.told.length = 0;
  walk(lab, phone, [...fileSteps(phone), ...registerSteps(phone), ...keepsAlive(10)]);
  wire.says('RELEASE', { ciaddr: '10.2.0.14', server: SERVER });
  lab.database.end(registrationOf(lab), 'unregistered', lab.now());
  lab.wait(minutes(60));
  lab.told.length = 0;
  walk(lab, phone, [...DHCP_STEPS, ...fileSteps(phone), ...registerSteps(phone)]);
});

it('a phone that is well beside phones in trouble', async () => {
  const [phone] = HEALTHY_PHONES as [HealthyPhone, ...HealthyPhone[]];
  const lab = await labFor(phone);
  const trouble = (): void => {
    lab.attempt(STRANGER, 'SCCP', { address: '10.2.0.90' });
    wireOf(lab).says('DISCOVER', { mac: 'F48E38112233', vendorClass: 'MSFT 5.0' });
    wireOf(lab).says('REQUEST', { mac: SILENT.slice(3), requested: '10.9.0.9' });
    lab.wait(seconds(20));
  };
  walk(lab, phone, [...DHCP_STEPS, ...fileSteps(phone), ...registerSteps(phone)]);
  trouble();
  for (let minute = 0; minute < 60; minute += 1) {
    trouble();
    walk(lab, phone, keepsAlive(1));
    wireOf(lab).says('REQUEST', { ciaddr: '10.2.0.14' });
  }
  expect(lab.verdict(SILENT)?.code).toBe('dhcp.nak-loop');
});
