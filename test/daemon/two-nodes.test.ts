// Two daemons that are the nodes of one group, and a phone that goes from one to the other and back.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { eventually, SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { KEEPALIVE, KEEPALIVE_ACK, SccpPhone } from '../support/sccp-phone.js';

const servicesOf = (self: string): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.1, sccpPort: 2002 }]
self: ${self}
groups: [{ name: Default, members: [CM1, CM2] }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
trace: { directory: logs, console: off }
state: { directory: state }
`;

let primary: TestDaemon;
let secondary: TestDaemon;
beforeEach(async () => {
  primary = new TestDaemon();
  secondary = new TestDaemon();
  primary.configure(SEED_PHONES, servicesOf('CM1'));
  secondary.configure(SEED_PHONES, servicesOf('CM2'));
  await Promise.all([primary.start(), secondary.start()]);
});
afterEach(() => Promise.all([primary.remove(), secondary.remove()]));

const connectedTo = (node: TestDaemon): Promise<SccpPhone> => SccpPhone.connect(node.endpoint('SCCP').port);
const told = (node: TestDaemon): string[] =>
  node
    .log('ccm.txt')
    .split('\n')
    .flatMap(
      (line) => /\|(Device Register) |EndPointUnregistered.*Reason Code:(\S+)/.exec(line)?.slice(1).join('') ?? [],
    );

it('a phone that loses the first registers with the second and returns, told in both traces with CUCM’s reasons', async () => {
  const active = await connectedTo(primary);
  const standby = await connectedTo(secondary);
  await active.comeUp('ipctest2');
  standby.write(KEEPALIVE);
  expect(await standby.read(12)).toEqual(KEEPALIVE_ACK);

  await primary.stop();
  expect(await active.ended).toBeDefined();
  await standby.comeUp('ipctest2');

  await primary.start();
  const home = await connectedTo(primary);
  const token = {
    deviceName: 'ipctest2',
    stationUserId: 0,
    stationInstance: 1,
    stationIpAddr: '127.0.0.1',
    deviceType: 30016,
  };
  home.write(encode('RegisterTokenReqMessage', token, 0));
  await home.until(0x11a);
  standby.write(encode('UnregisterReqMessage', { unRegReasonCode: 0 }, 20));
  await standby.until(0x118);
  await standby.close();
  await home.comeUp('ipctest2');

  await eventually(() => {
    expect(told(primary)).toEqual(['Device Register', '15(CallManagerRestart)', 'Device Register']);
    expect(told(secondary)).toEqual(['Device Register', '28(FallbackInitiated)']);
  });
  await home.close();
});
