// Devices of a running daemon that are removed, suspended or made another one, or whose link is lost, in the middle of a call.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ID } from '../../src/sip/message/headers.js';
import { CallingSccpPhone, CallingSipPhone } from '../support/calling-phones.js';
import { eventually, TestDaemon } from '../support/daemon.js';

const SCCP = 'SEP000000000001';
const SIP = 'SEP000000000003';
const PHONES = `
devices:
  - { name: ${SCCP}, model: CIPC, protocol: SCCP, lines: [5001] }
  - { name: ${SIP}, model: CIPC, protocol: SIP, lines: [5003] }
`;

let lab: TestDaemon;
const phones: { close(): unknown }[] = [];

beforeEach(async () => {
  lab = new TestDaemon();
  lab.configure(PHONES);
  await lab.start();
});
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close();
  await lab.remove();
});

const both = async (): Promise<readonly [CallingSccpPhone, CallingSipPhone]> => {
  const sccp = await CallingSccpPhone.register(lab.endpoint('SCCP').port, SCCP);
  const sip = await CallingSipPhone.register(lab.endpoint('SIP', 'tcp').port, SIP, '5003');
  phones.push(sccp, sip);
  return [sccp, sip];
};

const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(lab.url(path), { method, headers, ...text });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
};

const standing = async (): Promise<string[]> => {
  const { total } = await ask('GET', '/api/calls');
  const metrics = await (await fetch(lab.url('/metrics'))).text();
  return [`calls ${total}`, ...metrics.split('\n').filter((line) => /^labcm_(call_legs|rtp_streams)/.test(line))];
};
const NOTHING = ['calls 0', 'labcm_rtp_streams 0'];

const WAYS = {
  'is removed': (name: string) => ask('DELETE', `/api/devices/${name}`),
  'is suspended': (name: string) => ask('PATCH', `/api/devices/${name}`, { suspended: true }),
  'gets another model': (name: string) => ask('PATCH', `/api/devices/${name}`, { model: '7962' }),
} as const;

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('a device that %s', (way) => {
  it.each([SCCP, SIP])('ends its call for both before its link: %s', async (device) => {
    const [sccp, sip] = await both();
    sccp.call('5003');
    await sip.rings();
    sip.answer();
    await sccp.hears('StartMediaTransmissionMessage');
    await WAYS[way](device);
    await Promise.all([sccp.reaches(2), sip.hears('BYE')]);
    const bye = sip.requests.find(({ method }) => method === 'BYE');
    expect(bye?.text(ID.Reason)).toBe('Q.850;cause=27');
    expect(await standing()).toEqual(NOTHING);
  });

  it.each([SCCP, SIP])('ends its call to a service number: %s', async (device) => {
    const [sccp, sip] = await both();
    if (device === SCCP) {
      sccp.call('*41');
      await sccp.hears('StartMediaTransmissionMessage');
    } else {
      sip.call('*41');
      await sip.reaches(200);
    }
    await WAYS[way](device);
    await (device === SCCP ? sccp.reaches(2) : sip.hears('BYE'));
    expect(await standing()).toEqual(NOTHING);
  });
});

describe('an SCCP phone whose connection ends', () => {
  it.each(['*41', '*42', '*47', '*50'])('leaves nothing of a call to %s', async (number) => {
    const [sccp] = await both();
    sccp.call(number);
    await sccp.hears('StartMediaTransmissionMessage');
    await sccp.close();
    await eventually(async () => expect(await standing()).toEqual(NOTHING));
  });

  it('may talk on with a phone, until that hangs up or its device is removed', async () => {
    const [sccp, sip] = await both();
    sccp.call('5003');
    await sip.rings();
    sip.answer();
    await sccp.hears('StartMediaTransmissionMessage');
    await sccp.close();
    await eventually(async () =>
      expect(await ask('GET', `/api/devices/${SCCP}`)).not.toMatchObject({ status: 'Registered' }),
    );
    expect(await standing()).toEqual(['calls 1', 'labcm_call_legs{state="connected"} 2', 'labcm_rtp_streams 0']);
    await ask('DELETE', `/api/devices/${SCCP}`);
    await sip.hears('BYE');
    expect(await standing()).toEqual(NOTHING);
  });
});
