// A daemon that misbehaves on purpose, by real sockets: simulated phones meet each fault as its rule tells. Those that leave them
// without an answer are in `fault-told.test.ts`. Each test has a lab of its own and mostly waits, so several run at once.

import { describe, expect, it } from 'vitest';
import { type LabConfig, type LabEventOf, type LabEventType, type LabFaultRule, startLab } from '../../src/lab.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';
const HALL = 'SEP001122334457';

const PHONES: LabConfig = {
  devices: [
    { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: WALL, model: '8851', lines: ['5005'] },
    { name: HALL, model: '7960', protocol: 'SIP', lines: ['5006'] },
  ],
};
const WITH_DHCP: LabConfig = { ...PHONES, dhcp: { enabled: true } };

/** What a phone does about a fault: a step of it, and what that says. */
interface Met<T extends LabEventType> {
  readonly phone: string;
  readonly rule: LabFaultRule;
  readonly step: T;
  readonly says?: Partial<LabEventOf<T>> & object;
}

const met = <T extends LabEventType>(one: Met<T>): Met<LabEventType> => one as unknown as Met<LabEventType>;

const rowOf = ({ rule }: Met<LabEventType>): string =>
  `${rule.where} ${rule.fault}${rule.message === undefined ? '' : ` ${String(rule.message)}`}`;

const isAs = (event: object, says: object): boolean => {
  try {
    expect(event).toMatchObject(says);
    return true;
  } catch {
    return false;
  }
};

const expectMet = async (
  { phone, rule, step, says = {} }: Met<LabEventType>,
  configuration: LabConfig,
): Promise<void> => {
  const lab = await startLab(configuration);
  try {
    const fault = lab.fault({ ...rule, device: phone });
    const injected = lab.next('fault.injected', { within: '20s' });
    const met = lab.next(step, {
      within: '20s',
      where: (event) =>
        ('phone' in event ? event.phone === phone : 'device' in event && event.device === phone) && isAs(event, says),
    });
    lab.phone({ name: phone });
    expect(await injected).toMatchObject({ rule: fault.id, fault: rule.fault, device: phone });
    await met;
    expect(fault.injected).toBeGreaterThan(0);
  } finally {
    await lab.stop();
  }
};

const DHCP = [
  met({ phone: DESK, rule: { where: 'dhcp', fault: 'drop', message: 'OFFER', times: 1 }, step: 'phone.registered' }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'delay', message: 'OFFER', delay: '50ms' },
    step: 'phone.registered',
  }),
  met({ phone: DESK, rule: { where: 'dhcp', fault: 'double', message: 'ACK' }, step: 'phone.registered' }),
  met({ phone: DESK, rule: { where: 'dhcp', fault: 'reorder', message: 'OFFER' }, step: 'phone.registered' }),
  met({ phone: DESK, rule: { where: 'dhcp', fault: 'cut', message: 'OFFER', times: 1 }, step: 'phone.registered' }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'garble', message: 'OFFER', field: 'xid', times: 1 },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'set', message: 'ACK', field: 'lease-time', value: 777 },
    step: 'phone.address-bound',
    says: { leaseSeconds: 777 },
  }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'refuse', message: 'REQUEST', times: 1 },
    step: 'phone.address-refused',
  }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'nak', reason: 'not here', times: 1 },
    step: 'phone.address-refused',
  }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'wrong-option-150', value: ['127.9.9.9'] },
    step: 'phone.address-bound',
    says: { fileServers: ['127.9.9.9'] },
  }),
  met({
    phone: DESK,
    rule: { where: 'dhcp', fault: 'text-option-150' },
    step: 'phone.address-bound',
    // The text `127.0.0.1`, four octets each.
    says: { fileServers: ['49.50.55.46', '48.46.48.46'] },
  }),
];

const TFTP = [
  met({ phone: DESK, rule: { where: 'tftp', fault: 'drop', message: 'RRQ', times: 1 }, step: 'phone.registered' }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'delay', message: 'DATA', delay: '20ms' },
    step: 'phone.registered',
  }),
  met({ phone: DESK, rule: { where: 'tftp', fault: 'double', message: 'DATA' }, step: 'phone.registered' }),
  met({ phone: DESK, rule: { where: 'tftp', fault: 'reorder', message: 'DATA', times: 1 }, step: 'phone.registered' }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'cut', message: 'DATA', octets: 1, times: 1 },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'garble', message: 'DATA', field: 'data' },
    step: 'phone.misconfigured',
  }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'set', message: 'ERROR', field: 'message', value: 'on purpose' },
    step: 'phone.file-refused',
    says: { why: expect.stringContaining('on purpose') as unknown as string },
  }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'refuse', reason: 'not today' },
    step: 'phone.file-refused',
    says: { why: expect.stringContaining('not today') as unknown as string },
  }),
  met({
    phone: DESK,
    rule: { where: 'tftp', fault: 'wrong-file', file: 'nothing.xml' },
    step: 'phone.file-refused',
    says: { file: `${DESK}.cnf.xml`, why: expect.stringContaining('not found') as unknown as string },
  }),
];

const SCCP = [
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'delay', message: 'RegisterAckMessage', delay: '50ms' },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'double', message: 'LineStatV2Message' },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'reorder', message: 'LineStatV2Message', times: 1 },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'slow', message: 'RegisterAckMessage', rate: 500 },
    step: 'phone.registered',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'cut', message: 'RegisterAckMessage', times: 1 },
    step: 'phone.link-failed',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'close', message: 'RegisterAckMessage', times: 1 },
    step: 'phone.link-failed',
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'set', message: 'RegisterAckMessage', field: 'keepAliveInterval', value: 17 },
    step: 'phone.accepted',
    says: { keepAlive: 17 },
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'garble', message: 'LineStatV2Message', field: 'lineDirNumber' },
    step: 'phone.line',
    says: { dn: expect.not.stringMatching(/^5002$/) as unknown as string },
  }),
  met({
    phone: DESK,
    rule: { where: 'sccp', fault: 'refuse', message: 'RegisterReqMessage', reason: 'Not today', times: 1 },
    step: 'phone.refused',
    says: { why: expect.stringContaining('Not today') as unknown as string },
  }),
];

const SIP = [WALL, HALL].flatMap((phone) => [
  met({
    phone,
    rule: { where: 'sip', fault: 'delay', message: 'REGISTER 200', delay: '50ms' },
    step: 'phone.registered',
  }),
  met({ phone, rule: { where: 'sip', fault: 'double', message: 'REGISTER 200' }, step: 'phone.registered' }),
  met({ phone, rule: { where: 'sip', fault: 'reorder', message: 'REGISTER 100', times: 1 }, step: 'phone.registered' }),
  met({
    phone,
    rule: { where: 'sip', fault: 'refuse', message: 'REGISTER', reason: '403 Not today', times: 1 },
    step: 'phone.refused',
    says: { why: expect.stringContaining('403') as unknown as string },
  }),
  met({
    phone,
    rule: { where: 'sip', fault: 'set', message: 'REGISTER 200', field: 'status', value: 404, times: 1 },
    step: 'phone.refused',
  }),
  met({
    phone,
    rule: { where: 'sip', fault: 'garble', message: 'REGISTER', direction: 'received', field: 'To', times: 1 },
    step: 'phone.refused',
    says: { why: expect.stringContaining('400') as unknown as string },
  }),
]);

const SIP_STREAM = [
  met({
    phone: WALL,
    rule: { where: 'sip', fault: 'slow', message: 'REGISTER 200', rate: 20_000 },
    step: 'phone.registered',
  }),
  met({
    phone: WALL,
    rule: { where: 'sip', fault: 'cut', message: 'REGISTER 200', times: 1 },
    step: 'phone.link-failed',
  }),
  met({
    phone: WALL,
    rule: { where: 'sip', fault: 'close', message: 'REGISTER 200', times: 1 },
    step: 'phone.link-failed',
  }),
];

describe('a simulated phone meets', () => {
  it.concurrent.each(DHCP.map((one) => [rowOf(one), one] as const))('%s', (_, one) => expectMet(one, WITH_DHCP));
  it.concurrent.each([...TFTP, ...SCCP, ...SIP_STREAM].map((one) => [rowOf(one), one] as const))('%s', (_, one) =>
    expectMet(one, PHONES),
  );
  it.concurrent.each(SIP.map((one) => [`${rowOf(one)} of ${one.phone}`, one] as const))('%s', (_, one) =>
    expectMet(one, PHONES),
  );
});
