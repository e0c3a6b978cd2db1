// The causes on the way to the call manager (`docs/protocols/explain.md` §2.4).

import type { MacAddress } from '../../../src/core/identifiers.js';
import { minutes, seconds } from '../../../src/core/time.js';
import {
  afterItsFile,
  DEVICE,
  fetchesItsFile,
  flow,
  isRefusedItsTrustList,
  knock,
  linkRefused,
  NEIGHBOUR,
  SIP,
  SIP_DEVICE,
  station,
  TWO_NODES,
  waitsAfterItsFile,
} from './connect-events.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type Said } from './verdict-lab.js';

export const CONNECT_CASES: readonly VerdictCase[] = [
  {
    code: 'connect.never',
    arrange: waitsAfterItsFile,
    sentence: 'It has its file and never opens a connection to 10.2.0.1:2000; something between refuses or drops it.',
    remedy: 'nc -vz 10.2.0.1 2000',
  },
  {
    code: 'connect.never',
    title: 'connect.never, of a phone that begins anew sooner than it is overdue',
    arrange: (lab) => {
      for (let boot = 0; boot < 3; boot += 1) {
        lab.wait(seconds(50));
        isRefusedItsTrustList(lab);
        fetchesItsFile(lab);
      }
    },
    sentence: 'It has its file and never opens a connection to 10.2.0.1:2000; something between refuses or drops it.',
    remedy: 'labcm doctor',
  },
  {
    code: 'connect.node-not-ours',
    config: { nodes: [{ name: 'CM1', address: '10.9.9.9' }] },
    arrange: waitsAfterItsFile,
    sentence: 'Its file sends it to 10.9.9.9, which is not an address of this host.',
    remedy: 'nodes: [{ name: CM1, address: 10.2.0.1 }]',
  },
  {
    code: 'connect.node-not-ours',
    title: 'connect.node-not-ours, loopback',
    config: { nodes: [{ name: 'CM1', address: '127.0.0.1' }] },
    arrange: waitsAfterItsFile,
    sentence: 'Its file sends it to 127.0.0.1, which is the phone itself, not this host.',
    remedy: 'nodes: [{ name: CM1, address: 10.2.0.1 }]',
  },
  {
    code: 'connect.loopback-only',
    config: { sccp: { listen: '127.0.0.1' } },
    arrange: waitsAfterItsFile,
    sentence: 'SCCP listens on 127.0.0.1 only, where a phone cannot reach it.',
    remedy: 'sccp: { listen: 0.0.0.0 }',
  },
  {
    code: 'connect.loopback-only',
    title: 'connect.loopback-only, TFTP',
    config: { tftp: { listen: '127.0.0.1' } },
    arrange: (lab) => {
      lab.database.recordLease(
        { address: ADDRESS, mac: '001122334455' as MacAddress, at: lab.now(), until: lab.soon(3600) },
        lab.now(),
      );
      lab.wait(seconds(45));
    },
    sentence: 'TFTP listens on 127.0.0.1 only, where a phone cannot reach it.',
    remedy: 'tftp: { listen: 0.0.0.0 }',
  },
  {
    code: 'connect.port-off',
    config: { ...SIP, sip: { tcp: 'off' } },
    arrange: afterItsFile(knock(5060, 'SIP')),
    sentence: 'It knocks at tcp 5060, where nothing listens: SIP is off there.',
    remedy: 'sip: { tcp: 5060 }',
  },
  {
    code: 'connect.port-off',
    title: 'connect.port-off, the whole service',
    config: { sccp: { enabled: false } },
    arrange: waitsAfterItsFile,
    sentence: 'It is to register over SCCP, and SCCP is off here.',
    remedy: 'sccp: { enabled: true }',
  },
  {
    code: 'connect.port-off',
    title: 'connect.port-off, TLS',
    config: { sccp: { enabled: true } },
    arrange: afterItsFile(knock(2443, 'SCCP', 'tls')),
    sentence: 'It knocks at tls 2443, where nothing listens: SCCP is off there.',
    remedy: 'sccp: { tls: 2443 }',
  },
  {
    code: 'connect.wrong-port',
    config: { sccp: { port: 2001 } },
    arrange: afterItsFile(knock(2000, 'SCCP')),
    sentence: "It knocks at 2000; labcm's port of SCCP is 2001. Its file is of before the change.",
    remedy: 'reads its file again',
  },
  {
    code: 'connect.wrong-port',
    title: 'connect.wrong-port, as its file has it',
    config: { nodes: [{ name: 'CM1', address: '10.2.0.1', sccpPort: 2000 }], sccp: { port: 2001 } },
    arrange: afterItsFile(knock(2000, 'SCCP')),
    sentence: "It knocks at 2000; labcm's port of SCCP is 2001. Its file names the wrong one.",
    remedy: 'nodes: [{ name: CM1, address: 10.2.0.1, sccpPort: 2001 }]',
  },
  {
    code: 'connect.elsewhere',
    config: TWO_NODES,
    arrange: afterItsFile({ type: 'sccp.standby', station }),
    sentence: 'It is registered with another node of its group; CM1 is its standby.',
    remedy: 'nothing, if the order',
  },
  {
    code: 'connect.elsewhere',
    title: 'connect.elsewhere, SIP',
    config: { ...TWO_NODES, ...SIP },
    arrange: (lab) => {
      const asks = { type: 'sip.standby', ...flow, device: PHONE } as Said;
      lab.say(asks);
      lab.wait(minutes(2));
      lab.say(asks);
    },
    sentence: 'It is registered with another node of its group; CM1 is its standby.',
    remedy: 'CM1 first',
  },
  {
    code: 'connect.too-many',
    config: { sccp: { limits: { connectionsPerSource: 2 } } },
    arrange: afterItsFile(linkRefused('sccp.link-refused')),
    sentence: `2 SCCP connections come from the one address ${ADDRESS}, as many as \`sccp.limits.connectionsPerSource\` allows, and one more was refused.`,
    remedy: 'connectionsPerSource: 4',
  },
  {
    code: 'connect.too-many',
    title: 'connect.too-many, handshakes that prove nothing',
    config: { security: { unproven: { perSecond: 5 } } },
    arrange: afterItsFile(linkRefused('sccp.link-refused', 'handshakes-per-source')),
    sentence: `The one address ${ADDRESS} begins more than 5 TLS handshakes a second with SCCP that prove nothing, which \`security.unproven.perSecond\` does not allow, and one more was refused.`,
    remedy: 'perSecond: 10',
  },
  {
    code: 'connect.too-many',
    title: 'connect.too-many, where several devices have the address',
    config: {
      devices: [SIP_DEVICE, { ...SIP_DEVICE, name: NEIGHBOUR.name, lines: ['5002'] }],
      sip: { limits: { connectionsPerSource: 2 } },
    },
    arrange: (lab) => {
      lab.register(NEIGHBOUR.name, 'SIP', { link: 3 });
      fetchesItsFile(lab);
      lab.say(linkRefused('sip.link-refused') as Said);
      lab.wait(seconds(60));
    },
    sentence: `2 SIP connections come from the one address ${ADDRESS}, as many as \`sip.limits.connectionsPerSource\` allows, and one more was refused.`,
    remedy: 'connectionsPerSource: 4',
    mend: (lab) => void lab.register(PHONE, 'SIP', { link: 4 }),
  },
  {
    code: 'connect.banned',
    config: { devices: [DEVICE, NEIGHBOUR] },
    arrange: async (lab) => {
      for (let attempt = 0; attempt < 6; attempt += 1) lab.attempt(PHONE, 'SCCP', { typeId: 115, link: attempt });
      await lab.reload({ devices: [{ ...DEVICE, model: 'Cisco 7941' }, NEIGHBOUR] });
      lab.wait(minutes(3));
      lab.register(NEIGHBOUR.name, 'SCCP', { address: '10.2.0.20', link: 9 });
    },
    sentence: `After 6 refusals nothing comes from ${ADDRESS} any more: a ban tool has probably shut it out.`,
    remedy: 'fail2ban-client status',
    silent: true,
  },
];
