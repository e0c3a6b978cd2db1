import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { ID } from '../../src/sip/message/headers.js';
import { sipHarness } from '../sip/harness.js';
import { plain } from '../sip/phones.js';
import { aDevice } from '../support/devices.js';
import { shown } from './harness.js';

/** The phone of the seed, word for word. */
const REGISTER = `REGISTER sip:10.10.210.10 SIP/2.0
Via: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK00003855
From: <sip:5005@10.10.210.10>;tag=005056a1033d000200002720-0000571e
To: <sip:5005@10.10.210.10>
Call-ID: 005056a1-033d0003-000024a7-0000539c@10.10.210.200
Max-Forwards: 70
Date: Sun, 00 Jan 1900 00:00:00 GMT
CSeq: 101 REGISTER
User-Agent: Cisco-SIPIPCommunicator/8.3.0
Contact: <sip:9a9a2695-653d-b663-4961-0e780177d09a@10.10.210.200:3311;transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-005056a1033d>";+u.sip!model.ccm.cisco.com="30016";+u.sip!devicename.ccm.features.cisco.com="SEP005056A1033D"
Supported: replaces,join,norefersub,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-2.0.0,X-cisco-xsi-6.0.2
Content-Length: 0
Reason: SIP;cause=200;text="cisco-alarm:12 Name=SEP005056A1033D Load=CIPC-7-0-1-0 Last=cm-reset-tcp"
Expires: 3600

`;

const traced = async () => {
  const { tcp, probe } = await sipHarness([aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] })], {
    start: new Date(2011, 0, 14, 16, 24, 13, 360).getTime(),
  });
  tcp({ address: '10.10.210.200', port: 1 }).ask('\r\n');
  tcp({ address: '10.10.210.200', port: 2 }).ask('\r\n');
  tcp({ address: '10.10.210.200', port: 3311 }).ask(REGISTER.replaceAll('\n', '\r\n'));
  return probe.events;
};

describe('a SIP registration in the trace', () => {
  it('begins with the line of the published trace, and the message below it as it came', async () => {
    const text = await shown(await traced());
    const [head = ''] = REGISTER.split('\n\n');
    expect(text).toContain(
      `01/14/2011 16:24:13.360 CCM|//SIP/SIPTcp/wait_SdlReadRsp: Incoming SIP TCP message from 10.10.210.200 on port 3311 index 3 with 973 bytes:\n${head}\n`,
    );
  });

  it('goes on with what was sent, 100 before 200, and the device lines of protocol 2', async () => {
    const lines = (await shown(await traced())).split('\n');
    const at = (start: string): number => lines.findIndex((line) => line.includes(start));
    const order = [
      'Incoming SIP TCP message',
      '//SIP/SIPTcp/wait_SdlSPISignal: Outgoing SIP TCP message to 10.10.210.200 on port 3311 index 3',
      'SIP/2.0 100 Trying',
      'Device Register deviceName : SEP005056A1033D, IPAdress : 10.10.210.200, IPv6Address : not shown, IPv4Attribute : 0, IPv6Attribute : 0, LoadID : CIPC-7-0-1-0',
      'SIP Device Register from Unregister: deviceName(SEP005056A1033D), Protocol(2), RegisteredSCCP(0), RegisteredSIP(1), Registered(1)',
      'SIP/2.0 200 OK',
    ].map(at);
    expect(order).not.toContain(-1);
    expect([...order].sort((one, other) => one - other)).toEqual(order);
  });

  it('is one good line for a person', async () => {
    const text = await shown(await traced(), { console: 'summary' });
    expect(text).toMatch(/SEP005056A1033D.*registered over SIP from 10\.10\.210\.200, line 5005/);
  });
});

describe('answers to a REGISTER in the trace', () => {
  const DEVICE = aDevice('SOFT', { protocol: 'SIP', lines: ['6001'], digest: { user: 'soft', password: 'secret' } });
  const answeredFor = (realm: string, nonce = 'abc'): string =>
    `Authorization: Digest username="soft", realm="${realm}", nonce="${nonce}", uri="sip:10.10.210.10", response="0", algorithm=MD5`;

  it('name both realms, where credentials are for another', async () => {
    const { tcp, probe } = await sipHarness([DEVICE]);
    tcp().ask(plain('REGISTER', '6001', { transport: 'TCP', headers: [answeredFor('asterisk')] }));
    expect(await shown(probe.events)).toMatch(
      /CCM\|SIPStationInit: REGISTER of 6001 from \S+ was answered 401, DeviceName=SOFT, Credentials=other, Realm=asterisk, Expected=ccmsipline, User=soft\n/,
    );
    expect(await shown(probe.events, { console: 'summary' })).toMatch(
      /SOFT.*answered for the digest realm "asterisk", and was asked for "ccmsipline"/,
    );
  });

  it('say that a phone is locked out, and that its credentials were not looked at', async () => {
    const { tcp, probe } = await sipHarness([DEVICE], { settings: { lockout: { failures: 1, for: seconds(30) } } });
    const phone = tcp();
    const ask = (cseq: number, headers: string[]) =>
      phone.ask(plain('REGISTER', '6001', { transport: 'TCP', cseq, headers })).at(-1);
    const nonce = /nonce="([^"]+)"/.exec(ask(1, [])?.text(ID['WWW-Authenticate']) ?? '')?.[1];
    ask(2, [answeredFor('ccmsipline', nonce)]);
    ask(3, [answeredFor('ccmsipline', nonce)]);
    expect(await shown(probe.events)).toContain(
      'was answered 403, DeviceName=SOFT, Credentials=unchecked, Warning=Locked out after failed authentications, User=soft\n',
    );
    expect(await shown(probe.events, { console: 'summary' })).toContain(
      'it is locked out for 30 s after 1 wrong answer; its present credentials were not looked at',
    );
  });

  it('lets no line of a message pass for one of ours', async () => {
    const { tcp, probe } = await sipHarness([DEVICE]);
    const forged = '11/29/2026 11:26:23.123 CCM|StationInit: forged';
    tcp().ask(plain('OPTIONS', '6001', { transport: 'TCP', headers: [`X: y\r\n ${forged}`], body: `\r\n${forged}` }));
    const lines = (await shown(probe.events)).split('\n').filter((line) => line.includes('StationInit: forged'));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^ 11\/29/);
  });
});
