// Who speaks for a device: its registered flow, its credentials, and for one without a password its address. Nobody else,
// by whatever method.

import { describe, expect, it } from 'vitest';
import { reportsOf } from '../../src/devices/index.js';
import { aDevice } from '../support/devices.js';
import { type SipHarness, sipHarness, statuses } from './harness.js';
import { authorization, ciscoRegister, header, plain } from './phones.js';

const OPEN = 'SEP005056A1033D';
const SOFT = 'SOFT1';
const HERE = { address: '10.10.210.200', port: 3311 };
const STRANGER = { address: '10.10.210.66', port: 5060 };

const lab = (stamps?: Parameters<typeof sipHarness>[1]) =>
  sipHarness(
    [
      aDevice(OPEN, { protocol: 'SIP', lines: ['5005'] }),
      aDevice(SOFT, { protocol: 'SIP', lines: ['7001'], digest: { user: 'soft', password: 'secret' } }),
    ],
    stamps,
  );

const alarm = (device: string, values: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0"?>\n<x-cisco-alarm>\n<Alarm Name="Forged">\n<ParameterList>\n<String name="DeviceName">${device}</String>\n${Object.entries(
    values,
  )
    .map(([name, value]) => `<String name="${name}">${value}</String>\n`)
    .join('')}</ParameterList>\n</Alarm>\n</x-cisco-alarm>`;

const DND = '<presence><ce:dnd/></presence>';
const HOOK = '<dialog-info entity="sip:5005@10.10.210.10"><dialog id="1"><state>trying</state></dialog></dialog-info>';
const FEATURE = '<SetDoNotDisturb><device/><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>';

let calls = 0;
/** A request of the device, by its number and by its name in the Contact. */
const spoken = (method: string, device: string, dn: string, more: Parameters<typeof plain>[2] = {}): string => {
  calls += 1;
  const contact = `<sip:${dn}@10.10.210.66:5060>;+u.sip!devicename.ccm.cisco.com="${device}"`;
  const uri = 'sip:10.10.210.10';
  return plain(method, dn, { transport: 'UDP', callId: `spoken${calls}`, contact, uri, ...more });
};

const SAYINGS: Readonly<Record<string, (device: string, dn: string, headers?: string[]) => string>> = {
  PUBLISH: (device, dn, headers = []) =>
    spoken('PUBLISH', device, dn, { expires: '3600', headers: ['Event: presence', ...headers], body: DND }),
  NOTIFY: (device, dn, headers = []) =>
    spoken('NOTIFY', device, dn, {
      headers: ['Event: dialog', 'Content-Type: application/dialog-info+xml', ...headers],
      body: HOOK,
    }),
  REFER: (device, dn, headers = []) =>
    spoken('REFER', device, dn, {
      headers: ['Refer-To: cid:1@x', 'Content-Type: application/x-cisco-alarm+xml', ...headers],
      body: alarm(device, { inactiveLoad: 'x', doNotDisturb: 'true' }),
    }),
  SUBSCRIBE: (device, dn, headers = []) =>
    spoken('SUBSCRIBE', device, dn, {
      expires: '3600',
      uri: `sip:${dn}@10.10.210.10`,
      headers: ['Event: as-feature-event', 'Content-Type: application/x-as-feature-event+xml', ...headers],
      body: FEATURE,
    }),
};

/** What is known of a device beyond what its own REGISTER said. */
const known = ({ database }: SipHarness, device: string) => ({
  address: database.byName(device)?.address,
  reports: reportsOf(database.byName(device))
    .map(({ name }) => name)
    .filter((name) => name !== 'userAgent' && name !== 'unprovenAlarm'),
});

const registerOpen = async (own: SipHarness) => {
  const phone = await own.udp(HERE);
  phone.ask(ciscoRegister({ transport: 'UDP' }));
  return phone;
};

const registerSoft = async (own: SipHarness) => {
  const phone = await own.udp(HERE);
  const register = (cseq: number, headers: string[] = []) =>
    phone.ask(plain('REGISTER', '7001', { transport: 'UDP', cseq, expires: '300', headers }));
  const challenge = register(1).at(-1);
  register(2, [authorization(challenge, 'soft', 'secret', 'sip:10.10.210.10')]);
  return phone;
};

describe.each(Object.entries(SAYINGS))('%s', (method, say) => {
  const effect = { PUBLISH: ['doNotDisturb'], NOTIFY: ['hook', 'hookLine'], SUBSCRIBE: ['doNotDisturb'] }[method] ?? [
    'alarmName',
    'alarm.DeviceName',
    'alarm.inactiveLoad',
    'alarm.doNotDisturb',
  ];

  it.each([
    ['a device that is registered', OPEN, '5005', registerOpen],
    ['a device that is not', OPEN, '5005', async () => undefined],
    ['a device with a password that is registered', SOFT, '7001', registerSoft],
    ['a device with a password that is not', SOFT, '7001', async () => undefined],
  ])('of a stranger for %s has no effect and moves no address', async (_case, device, dn, register) => {
    const own = await lab();
    await register(own);
    const before = known(own, device);
    const stranger = await own.udp(STRANGER);
    stranger.ask(say(device, dn));
    expect(known(own, device)).toEqual(before);
    if (method === 'REFER') expect(own.probe.of('sip.alarm')).toMatchObject([{ device, proven: false }]);
    else expect(own.probe.of('sip.unproven')).toMatchObject([{ device, method, address: STRANGER.address }]);
  });

  it('by the registered flow is the device’s own', async () => {
    const own = await lab();
    (await registerOpen(own)).ask(say(OPEN, '5005'));
    expect(known(own, OPEN).reports).toEqual(effect);
    const other = await lab();
    (await registerSoft(other)).ask(say(SOFT, '7001'));
    expect(known(other, SOFT).reports).toEqual(effect);
  });

  it('from the registered address is believed of a device without a password alone', async () => {
    const own = await lab();
    await registerOpen(own);
    (await own.udp({ ...HERE, port: 9_999 })).ask(say(OPEN, '5005'));
    expect(known(own, OPEN).reports).toEqual(effect);
    const other = await lab();
    await registerSoft(other);
    (await other.udp({ ...HERE, port: 9_999 })).ask(say(SOFT, '7001'));
    expect(known(other, SOFT).reports).toEqual([]);
  });

  it('with the device’s credentials is believed from anywhere, once it was asked for them', async () => {
    const own = await lab();
    const elsewhere = await own.udp(STRANGER);
    const uri = method === 'SUBSCRIBE' ? 'sip:7001@10.10.210.10' : 'sip:10.10.210.10';
    const [challenge] = elsewhere
      .ask(method === 'REFER' ? plain('REGISTER', '7001', { transport: 'UDP' }) : say(SOFT, '7001'))
      .filter(({ status }) => status >= 200);
    expect(challenge?.status).toBe(401);
    const wrong = authorization(challenge, 'soft', 'wrong', uri, method);
    elsewhere.ask(say(SOFT, '7001', [wrong]));
    expect(known(own, SOFT).reports).toEqual([]);
    elsewhere.ask(say(SOFT, '7001', [authorization(challenge, 'soft', 'secret', uri, method)]));
    expect(known(own, SOFT).reports).toEqual(effect);
  });
});

describe('what strangers say', () => {
  it('never stands for what the daemon tells a phone', async () => {
    const own = await lab({ stamps: { config: '1-a', dialplan: '', softkey: '', featureControl: '' } });
    const phone = await registerOpen(own);
    const stranger = await own.udp(STRANGER);
    const forged = 'x}&#13;&#10;LoadServer={6.6.6.6&#13;&#10;LogServer={6.6.6.6:514';
    for (const sender of [stranger, phone])
      sender.ask(
        spoken('REFER', OPEN, '5005', {
          headers: ['Refer-To: cid:1@x', 'Content-Type: application/x-cisco-alarm+xml'],
          body: alarm(OPEN, { inactiveLoad: forged }),
        }),
      );
    own.server.command(OPEN, 'apply');
    const body = phone.take().at(-1)?.body.toString() ?? '';
    expect(body).toContain('InactiveLoadId={}\r\nLoadServer={}\r\nLogServer={}\r\n');
    expect(body).not.toContain('6.6.6.6');
  });

  it('never stands in a command, even where the phone itself said it at its registration', async () => {
    const own = await lab();
    const phone = await own.udp(HERE);
    const reason =
      'Reason: SIP;cause=200;text="cisco-alarm:23 Name=SEP005056A1033D InactiveLoad=x}{y Last=initialized"';
    phone.ask(ciscoRegister({ transport: 'UDP', headers: [reason] }));
    own.server.command(OPEN, 'apply');
    expect(phone.take().at(-1)?.body.toString()).toContain('InactiveLoadId={}\r\n');
  });

  it('is one report of a device, however often and by however many names', async () => {
    const own = await lab();
    await registerOpen(own);
    const stranger = await own.udp(STRANGER);
    for (let name = 0; name < 200; name += 1)
      stranger.ask(
        spoken('REFER', OPEN, '5005', {
          headers: ['Refer-To: cid:1@x', 'Content-Type: application/x-cisco-alarm+xml'],
          body: alarm(OPEN, { [`name${name}`]: 'x'.repeat(200) }),
        }),
      );
    const reports = reportsOf(own.database.byName(OPEN));
    expect(reports.map(({ name }) => name)).toEqual(['userAgent', 'unprovenAlarm']);
    expect(String(reports[1]?.value).length).toBeLessThanOrEqual(512);
  });

  it('keeps no entity tag that a phone would miss', async () => {
    const own = await lab();
    const stranger = await own.udp(STRANGER);
    const [ok] = stranger.ask(SAYINGS.PUBLISH?.('NOBODY', '9999') ?? '');
    expect(ok?.status).toBe(200);
    const again = spoken('PUBLISH', 'NOBODY', '9999', {
      headers: ['Event: presence', `SIP-If-Match: ${header(ok, 'SIP-ETag')}`],
    });
    expect(statuses(stranger.ask(again))).toEqual([412]);
  });

  it('in an INVITE is answered alike for numbers that exist and that do not; phones that are registered hear which', async () => {
    const own = await lab();
    const phone = await registerOpen(own);
    const stranger = await own.udp(STRANGER);
    const invite = (peer: typeof phone, dn: string, from: string) => {
      const words = spoken('INVITE', from === '5005' ? OPEN : 'NOBODY', from, { uri: `sip:${dn}@10.10.210.10` });
      return peer
        .ask(words)
        .at(-1)
        ?.bytes.toString('latin1')
        .replace(/branch=\w+|Call-ID: \w+|tag=\w+/g, '');
    };
    expect(invite(stranger, '5005', '1')).toBe(invite(stranger, '9999', '1'));
    expect(invite(stranger, '7001', '5005')).toBe(invite(stranger, '9999', '5005'));
    expect(invite(phone, '7001', '5005')).toContain('SIP/2.0 480 ');
    expect(invite(phone, '9999', '5005')).toContain('SIP/2.0 404 ');
  });
});
