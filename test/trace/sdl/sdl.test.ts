// The SDL form line for line, its columns, and what the readers of such traces look for (`docs/protocols/explain.md` §6).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SdlTrace } from '../../../src/trace/sdl/sdl-trace.js';
import { readSdl, type SdlEntry, SdlLab, sdlOf, storyOf } from './harness.js';
import { SCENES, sccpBoot, sccpCall, sccpRefusals, sipOverTcp, sipOverUdp, sipRefusal } from './scenes.js';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const everything = async (): Promise<string> => {
  const events = [];
  for (const scene of Object.values(SCENES)) events.push(...(await scene()));
  return sdlOf(events);
};

const storyAfter = (entries: readonly SdlEntry[], start: string): string[] => {
  const story = storyOf(entries);
  return story.slice(story.findIndex((line) => line.startsWith(start)));
};

describe('a trace in the SDL form', () => {
  it.each(Object.entries(SCENES))('has %s as it was written down', async (name, scene) => {
    await expect(await sdlOf(await scene())).toMatchFileSnapshot(`../../fixtures/trace/sdl-${name}.log`);
  });

  it('begins with a head: zone, date, node, version, start, number of the file', async () => {
    const [head] = readSdl(await sdlOf(await sccpBoot()));
    expect(head).toMatchObject({ type: 'FileHead', number: 1, part: 0, time: '16:17:11.806' });
    expect(head?.text).toBe(
      'UTC:+00:00,Date: 2011/01/14, AppName: CCM, AppId: 100, AppNodeId: 1, AppVersion: labcm 1.2.3 (CUCM Install=12.5 form), HostName: CM1, HostIPAddress: 10.10.210.10, AppStartTime: 2011/01/14 16:17:11, FileNumber: 1, TraceVer: 3.0',
    );
  });

  it('has no line that is not numbered but those of SIP messages and of the result of digit analysis', async () => {
    for (const entry of readSdl(await everything())) {
      if (entry.below.length === 0) continue;
      const isMessage = / SIP (?:TCP|UDP) message /.test(entry.text);
      if (!isMessage) {
        expect(entry.text).toBe('|PretransformCallingPartyNumber=5001');
        for (const line of entry.below) expect(line).toMatch(/^\|[A-Za-z]+=/);
        continue;
      }
      expect(entry.below[0]).toMatch(/^\[\d+,NET\]$/);
      expect(entry.below.at(-1)).toBe('');
      const crlf = entry.below.slice(1, entry.below.indexOf('\r') + 1);
      expect(crlf.length).toBeGreaterThan(5);
      for (const line of crlf) expect(line).toMatch(/\r$/);
    }
  });

  it('ends lines with LF alone outside of messages', async () => {
    for (const { text } of readSdl(await everything())) expect(text).not.toContain('\r');
  });

  it('gives each signal the next number, and what it sets off the parts of it', async () => {
    const entries = readSdl(await everything());
    const signals = entries.filter(({ type }) => type === 'SdlSig');
    expect(signals.length).toBeGreaterThan(20);
    for (const { part } of signals) expect(part).toBe(0);
    for (const [index, { number }] of signals.entries())
      expect(number).toBeGreaterThan(signals[index - 1]?.number ?? 0);
    for (const [index, { number, part }] of entries.entries()) {
      const before = entries[index - 1];
      if (before === undefined) continue;
      if (part === 0) expect(number).toBe(before.number + 1);
      else expect([number, part]).toEqual([before.number, before.part + 1]);
    }
  });

  it('puts signals into columns of 39, 31, 33, 33 and 41', async () => {
    const text = await everything();
    const lines = text.split('\n').filter((line) => /\|(?:SdlSig|Created|Stopping) +\|/.test(line));
    const starts = [0, 14, 28, 38, 78, 110, 144, 178, 220];
    const fitting = lines.filter((line) => line.indexOf('|', 178) === 219);
    expect(fitting.length).toBeGreaterThan(20);
    for (const line of fitting)
      expect([...line.matchAll(/\|/g)].slice(0, 8).map(({ index }) => index + 1)).toEqual(starts.slice(1));
    // A tag with a device is longer than its column: readers split.
    for (const line of lines) expect(line.split('|').length).toBeGreaterThanOrEqual(9);
  });

  it('keeps whole the device of a tag that does not fit', async () => {
    const tags = readSdl(await sdlOf(await sccpBoot())).map(({ columns }) => columns[4]);
    expect(tags).toContain('1,100,14,1.4^10.10.210.200^SEP005056A1033D');
    expect(tags).toContain('1,100,14,1.0^*^*');
  });
});

describe('the registration of an SCCP phone', () => {
  it('goes from the connection to the registered device', async () => {
    const entries = readSdl(await sdlOf(await sccpBoot()));
    const fields = 'TCPPid = [1.100.14.1], IPAddr=10.10.210.200, Port=3300, Device Controller=';
    expect(storyOf(entries).slice(1, 4)).toEqual([
      'SdlSig SdlConnectionInd StationInit(1,100,65,1)',
      `AppInfo New connection accepted. DeviceName=, ${fields}[0,0,0]`,
      `AppInfo Waiting for the first KeepAlive Message from the station... DeviceName=, ${fields}[0,0,0]`,
    ]);
    const register = 'AppInfo StationInit: (0000000) InboundStim - StationRegisterMessageId [Normal Device priority]:';
    expect(storyAfter(entries, register).slice(0, 7)).toEqual([
      register,
      'Created StationD(1,100,66,1)',
      `AppInfo Processing StationReg. regCount: 1 DeviceName=SEP005056A1033D, ${fields}[1,66,1]`,
      'SdlSig StationRegister StationD(1,100,66,1)',
      'AppInfo StationD:    (0000001) wait_register_StationRegister - Check MAC address & protocolVer & Call Limit (mac=005056A1033D, protocolVer=0x8570000F, limit=200)',
      'AppInfo StationD:    (0000001) Device SEP005056A1033D, --INFO-- line_register_LineRegisterRes registering line=1 and maxline=1',
      'AppInfo StationD:(0000001) sendCapabilitiesReq Send StationOutputRegisterAck',
    ]);
    const signal = entries.find(({ columns }) => columns[0] === 'StationRegister');
    expect(signal?.columns).toEqual([
      'StationRegister',
      'wait_register',
      'StationD(1,100,66,1)',
      'StationInit(1,100,65,1)',
      '1,100,14,1.2^10.10.210.200^*',
      '[R:V-H:0,N:0,L:0,V:0,Z:0,D:0] Name=SEP005056A1033D Type=30016 maxStreams=5 activeStreams=0 protocolVer=8570000f stationIpAddr=0x{a,a,d2,c8}',
    ]);
    expect(storyOf(entries)).toEqual(
      expect.arrayContaining([
        'AppInfo StationInit: (0000001) ButtonTemplateReq.',
        'AppInfo StationInit: (0000001) LineStatReq lineNumber=1.',
        expect.stringMatching(/^AppInfo Device Register deviceName : SEP005056A1033D, IPAdress : 10\.10\.210\.200/),
        expect.stringMatching(
          /^AppInfo LineControl\(1\) - SEP005056A1033D registered, CEPN=[0-9a-f-]{36}, deviceType=1$/,
        ),
        expect.stringMatching(
          /^AppInfo StationD: {4}\(0000001\) DisplayPromptStatus timeOut=0 Status=.*ver=8570000f\.$/,
        ),
      ]),
    );
  });

  it('tells an alarm in XML as a line and as an alarm of the phone, and marks what the catalogue does not have', async () => {
    const story = storyOf(readSdl(await sdlOf(await sccpBoot())));
    expect(story).toContain(
      'AppInfo StationInit: (0000000) StationEnhancedAlarm; alarm name=LastOutOfServiceInformation',
    );
    expect(story).toContain(
      'AlarmErr AlarmClass: Phone, AlarmName: LastOutOfServiceInformation, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: Information related to the last out-of-service event, AlarmParameters:  DeviceName:SEP005056A1033D, ReasonForOutOfService:14, UNKNOWN_PARAMNAME:Colour:blue, AppID:Cisco CallManager, ClusterID:StandAloneCluster, NodeID:CM1,',
    );
  });

  it('ends with the close, the end of its process, and the alarm', async () => {
    const story = storyAfter(readSdl(await sdlOf(await sccpBoot())), 'SdlSig SdlCloseInd');
    const broken =
      'AppInfo StationInit:   TCPPid = [1.100.14.1]Socket Broken. DeviceName=SEP005056A1033D,IPAddr=10.10.210.200, Port=0xce4, Device Controller=[1,66,1]';
    const all = storyOf(readSdl(await sdlOf(await sccpBoot())));
    expect(story.slice(0, 5)).toEqual([
      'SdlSig SdlCloseInd StationInit(1,100,65,1)',
      broken,
      'AppInfo Closing Station connection DeviceName=SEP005056A1033D, TCPPid = [1.100.14.1], IPAddr=10.10.210.200, Port=3300, Device Controller=[1,66,1]',
      'SdlSig StationClose StationD(1,100,66,1)',
      'Stopping StationD(1,100,66,1)',
    ]);
    expect(all).toContain('AppInfo Device Unregister: deviceName(SEP005056A1033D), Protocol(1)');
    expect(all).toContain(
      'AlarmErr AlarmClass: CallManager, AlarmName: EndPointUnregistered, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: An endpoint has unregistered, AlarmParameters:  DeviceName:SEP005056A1033D, IPAddress:10.10.210.200, Protocol:SCCP, DeviceType:30016, Reason:6, MACAddress:005056A1033D, LastSignalReceived:StationClose, AppID:Cisco CallManager, ClusterID:StandAloneCluster, NodeID:CM1,',
    );
  });

  it('counts the processes that there are', async () => {
    const counts = readSdl(await sdlOf([...(await sccpRefusals()), ...(await sccpCall())]))
      .filter(({ type }) => type === 'Created' || type === 'Stopping')
      .map(({ type, columns }) => [type, columns[2], columns[5]]);
    expect(counts.slice(0, 4)).toEqual([
      ['Created', 'StationD(1,100,66,1)', 'NumOfCurrentInstances: 1'],
      ['Stopping', 'StationD(1,100,66,1)', 'NumOfCurrentInstances: 0'],
      ['Created', 'StationD(1,100,66,2)', 'NumOfCurrentInstances: 1'],
      ['Stopping', 'StationD(1,100,66,2)', 'NumOfCurrentInstances: 0'],
    ]);
  });
});

describe('the second node', () => {
  it('has its number in the names of files, in processes, connections and tags', async () => {
    const lab = new SdlLab();
    const trace = await lab.start({}, { program: { node: 'CM2', number: 2, version: '1.2.3' } });
    lab.publish(await sccpRefusals());
    await trace.close();
    expect(lab.files()).toEqual(['SDL002_100_000001.txt']);
    const [head, opened, accepted] = readSdl(lab.read('SDL002_100_000001.txt'));
    expect(head?.text).toContain('AppNodeId: 2, ');
    expect(opened?.columns.slice(2, 5)).toEqual([
      'StationInit(2,100,65,1)',
      'SdlTCPConnection(2,100,14,1)',
      '2,100,14,1.0^*^*',
    ]);
    expect(accepted?.text).toContain('TCPPid = [2.100.14.1], ');
  });
});

describe('a refusal', () => {
  it('is told as an alarm and as the text for the phone', async () => {
    const entries = readSdl(await sdlOf(await sccpRefusals()));
    const start = 'AppInfo StationD:    (0000001) registrationError sent StationOutputRegisterReject';
    expect(storyAfter(entries, start).slice(0, 5)).toEqual([
      start,
      'AppInfo EndPointTransientConnection - An endpoint attempted to register but did not complete registration Connecting Port:3300 Device name:SEP000000000099 Device IP address:10.10.210.200 Device type:30016 Reason Code:2 Protocol:SCCP Device MAC address:000000000099 LastSignalReceived:StationRegister StationState:wait_register App ID:Cisco CallManager Cluster ID:StandAloneCluster Node ID:CM1',
      'AlarmErr AlarmClass: CallManager, AlarmName: EndPointTransientConnection, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: An endpoint attempted to register but did not complete registration, AlarmParameters:  ConnectingPort:3300, DeviceName:SEP000000000099, IPAddress:10.10.210.200, DeviceType:30016, Reason:2, Protocol:SCCP, MACAddress:000000000099, LastSignalReceived:StationRegister, StationState:wait_register, AppID:Cisco CallManager, ClusterID:StandAloneCluster, NodeID:CM1,',
      'AppInfo Device Transient deviceName : SEP000000000099, IPAddress : 10.10.210.200, IPv6Address : not shown, IPv4Attribute :0, IPv6Attribute :0, Protocol : 1',
      "AppInfo StationD:    (0000001) RegisterReject text='Error: DB Config'.",
    ]);
  });

  it.each([
    ['SCCP', sccpRefusals],
    ['SIP', sipRefusal],
  ])('of another model over %s has both types in an alarm of its own, before the other', async (_protocol, scene) => {
    const alarms = storyOf(readSdl(await sdlOf(await scene()))).filter((line) => line.startsWith('AlarmErr'));
    const mismatch = alarms.findIndex((line) => line.includes('AlarmName: DeviceTypeMismatch, '));
    expect(alarms[mismatch]).toMatch(/ DeviceName:SEP005056A1033D, DeviceType:404, DBDeviceType:30016, AppID:/);
    expect(alarms[mismatch + 1]).toMatch(/AlarmName: EndPointTransientConnection, .* Reason:32, /);
  });
});

describe('a SIP phone', () => {
  it('over TCP: signal, message, what the REGISTER names, the states of its registration', async () => {
    const entries = readSdl(await sdlOf(await sipOverTcp()));
    const story = storyAfter(entries, 'SdlSig SdlReadRsp');
    expect(story.slice(0, 3)).toEqual([
      'SdlSig SdlReadRsp SIPTcp(1,100,74,1)',
      expect.stringMatching(
        /^AppInfo SIPTcp - wait_SdlReadRsp: Incoming SIP TCP message from 10\.10\.210\.200 on port 3311 index 1 with \d+ bytes:$/,
      ),
      'SdlSig SIPRegisterInd SIPStationInit(1,100,75,1)',
    ]);
    const signal = entries.find(({ columns }) => columns[0] === 'SIPRegisterInd');
    expect(signal?.columns.slice(3)).toEqual([
      'SIPHandler(1,100,82,1)',
      '1,100,14,1.1^10.10.210.200^SEP005056A1033D',
      '[R:N-H:0,N:0,L:0,V:0,Z:0,D:0] PeerAddr = 10.10.210.200:3311 MAC = 005056A1033D DeviceName = SEP005056A1033D',
    ]);
    const states = 'AppInfo SIPStationInit: connID=1, SEP005056A1033D, 10.10.210.200:3311, DevStat-InitState: ';
    const begun = `${states}NEW --> ON_NEWREG_QUEUE`;
    expect(storyAfter(entries, begun).slice(0, 3)).toEqual([
      begun,
      'Created SIPStationD(1,100,76,1)',
      `${states}ON_NEWREG_QUEUE --> REGISTERED`,
    ]);
    expect(story).toEqual(
      expect.arrayContaining([
        'AppInfo SIPTcp - wait_SdlSPISignal: Outgoing SIP TCP message to 10.10.210.200 on port 3311 index 1 ',
        expect.stringMatching(/^AppInfo Device Register deviceName : SEP005056A1033D/),
        expect.stringMatching(/^AppInfo SIP Device Register from Unregister: deviceName\(SEP005056A1033D\)/),
        expect.stringMatching(
          /^AppInfo LineControl\(1\) - SEP005056A1033D registered, CEPN=[0-9a-f-]{36}, deviceType=4$/,
        ),
      ]),
    );
  });

  it('over TLS is told as one over TCP, which readers look for', async () => {
    const events = (await sipOverTcp()).map((event) => ({ ...(event as object), transport: 'tls' }));
    const story = storyOf(readSdl(await sdlOf(events)));
    expect(story.filter((line) => line.includes('coming SIP TCP message'))).toHaveLength(1);
    expect(story.filter((line) => line.includes('going SIP TCP message'))).toHaveLength(2);
  });

  it('over UDP has the other spelling', async () => {
    const story = storyOf(readSdl(await sdlOf(await sipOverUdp())));
    expect(story).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^AppInfo \/\/SIP\/SIPUdp\/wait_SdlDataInd: Incoming SIP UDP message size \d+ from 10\.10\.210\.200:\[5060\]:$/,
        ),
        'AppInfo //SIP/SIPUdp/wait_SdlSPISignal: Outgoing SIP UDP message to 10.10.210.200:[5060]:',
      ]),
    );
  });

  it('that falls silent is gone with reason 13 and the signal that CUCM names, and its process ends', async () => {
    const story = storyAfter(readSdl(await sdlOf(await sipOverTcp())), 'AppInfo Device Unregister');
    expect(story.slice(0, 4)).toEqual([
      'AppInfo Device Unregister: deviceName(SEP005056A1033D), Protocol(2)',
      expect.stringMatching(
        /^AppInfo EndPointUnregistered - An endpoint has unregistered Device name:SEP005056A1033D .* Reason Code:13 /,
      ),
      expect.stringMatching(
        /AlarmName: EndPointUnregistered, .* Reason:13, MACAddress:005056A1033D, LastSignalReceived:SIPStationDPrimaryLineTimeout, AppID:/,
      ),
      'Stopping SIPStationD(1,100,76,1)',
    ]);
  });
});

describe('a call of SCCP phones', () => {
  it('is told in the words of the second age', async () => {
    const story = storyOf(readSdl(await sdlOf(await sccpCall())));
    const lines = story.join('\n');
    const address = String.raw`IpAddr\.type:0 ipAddr:0x[0-9a-f]{8}0{24}\([\d.]+\)`;
    const own = String.raw`myIP: IpAddr\.type:0 ipv4Addr:0x[0-9a-f]{8}\([\d.]+\)`;
    for (const pattern of [
      String.raw`StationD: {4}\(\d{7}\) restart0_StationOffHook - INFO: CI=\d+ on line=1\n`,
      String.raw`StationD: {4}\(\d{7}\) CallState callState=\d+ lineInstance=1 callReference=\d+\n`,
      String.raw`StationD: {4}\(\d{7}\) CallInfo callingPartyName='\w*' callingParty=5001 cgpnVoiceMailbox=.* callType=\d\(\w+\) lineInstance=1 callReference=\d+\. version: 0\n`,
      String.raw`StationD: {4}\(\d{7}\) SelectSoftKeys instance=1 reference=\d+ softKeySetIndex=\d+ validKeyMask=[0-9a-f]+\.\n`,
      String.raw`StationD: {4}\(\d{7}\) OpenReceiveChannel conferenceID=\d+ passThruPartyID=\d+ millisecondPacketSize=20 compressionType=4\(Media_Payload_G711Ulaw64k\) RFC2833PayloadType=\d+ qualifierIn=\? sourceIpAddr=${address}\. ${own}\n`,
      String.raw`StationInit: \(\d{7}\) OpenReceiveChannelAck Status=0, IpAddr=${address}, Port=\d+, PartyID=\d+\n`,
      String.raw`StationD: {4}\(\d{7}\) startMediaTransmission conferenceID=\d+ passThruPartyID=\d+ remoteIpAddress=${address} remotePortNumber=\d+ milliSecondPacketSize=20 compressType=4\(Media_Payload_G711Ulaw64k\) RFC2833PayloadType=\d+ qualifierOut=\?\. ${own}\n`,
      String.raw`StationD: {4}\(\d{7}\) CloseReceiveChannel conferenceID=\d+ passThruPartyID=\d+\. {2}${own}\n`,
      String.raw`StationD: {4}\(\d{7}\) StopMediaTransmission conferenceID=\d+ passThruPartyID=\d+\. {2}${own}\n`,
      String.raw`Digit Analysis: star_DaReq: Matching Legacy Numeric, digits=5002\n`,
      String.raw`Digit analysis: patternUsage=2\n`,
      String.raw`Digit analysis: match\(pi="2",fqcn="5001", cn="5001", plv="5", pss="", TodFilteredPss="", dd="5002",dac="0"\)\n`,
      String.raw`Digit analysis: analysis results\n`,
      String.raw`Digit analysis: wait_DmPidRes- Partition=\[\] Pattern=\[5002\] .* PID=LineControl\(1,100,178,2\),CI=\[\d+\],Sender=Cdcc\(1,100,224,\d+\)\n`,
    ])
      expect(lines).toMatch(new RegExp(pattern));
    expect(lines).not.toContain('stationOutput');
  });

  it('has the result of digit analysis as one entry', async () => {
    const block = readSdl(await sdlOf(await sccpCall())).find(({ text }) => text.startsWith('|Pretransform'));
    expect(block?.below.map((line) => line.split('=')[0])).toEqual(
      expect.arrayContaining(['|CallingPartyNumber', '|DialingPattern', '|CollectedDigits', '|RouteBlockFlag']),
    );
    expect(block?.below).toContain('|CollectedDigits=5002');
  });
});

describe('readers of such traces', () => {
  it('(a) that split at | find at least eight fields in a signal', async () => {
    const lines = (await everything()).split('\n').filter((line) => line.includes('|SdlSig'));
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect(line.split('|').length).toBeGreaterThanOrEqual(8);
  });

  it('(b) that look for messages over TCP find each with its first line, Call-ID and CSeq', async () => {
    const lines = (await everything()).split(/\r?\n/);
    const heads = lines.flatMap((line, index) =>
      /(\d\d:\d\d:\d\d\.\d{3})\s*\|AppInfo\s*\|SIPTcp - wait_(?:SdlReadRsp: Incoming SIP (TCP|UDP) message from [\d.]+|SdlSPISignal: Outgoing SIP (TCP|UDP) message to [\d.]+)/.test(
        line,
      )
        ? [index]
        : [],
    );
    expect(heads.length).toBeGreaterThanOrEqual(4);
    for (const head of heads) {
      const first = lines
        .slice(head + 1, head + 6)
        .findIndex((line) => /^(?:SIP\/2\.0 \d{3} |[A-Z]+ sips?:\S+ SIP\/2\.0$)/.test(line));
      expect(first, lines[head]).toBeGreaterThanOrEqual(0);
      const after = lines.slice(head + 1, head + 41);
      const end = after.findIndex((line) => line === '' || /^\d{8}\.\d{3} \|/.test(line));
      const headers = after.slice(0, end < 0 ? undefined : end);
      expect(headers.filter((line) => /^Call-ID: \S+/.test(line))).toHaveLength(1);
      expect(headers.filter((line) => /^CSeq: \d+ [A-Z]+$/.test(line))).toHaveLength(1);
    }
  });

  it.each([
    'FileHead',
    'SdlSig',
    'AppInfo',
    'AppName: CCM',
    'CUCM Install=',
    'HostName:',
    'HostIPAddress:',
    'StationInit(',
  ])('(c) that classify files find %s in the first 150 kB', async (word) => {
    expect((await sdlOf(await sccpBoot())).slice(0, 150_000)).toContain(word);
  });

  it.each(["RegisterReject text='Error:", '|AlarmErr |AlarmClass: ', ' AlarmName: '])(
    '(d) that colour words find %s',
    async (bytes) => {
      expect(await sdlOf(await sccpRefusals())).toContain(bytes);
    },
  );
});

describe('what a phone says', () => {
  const received = (text: string): unknown => ({
    type: 'sip.received',
    at: 1_295_000_000_000,
    transport: 'tcp',
    address: '10.0.0.9',
    port: 5060,
    link: 1,
    name: 'OPTIONS',
    octets: text.length,
    text,
    sequence: 7,
  });

  it('cannot forge a line inside a message', async () => {
    const forged = '00000009.000 |16:00:00.000 |AppInfo  |forged';
    const text = await sdlOf([received(`${forged}\r\nA: b\r\n\r\n${forged}\n${forged}`)]);
    expect(readSdl(text).filter(({ text: line }) => line === 'forged')).toEqual([]);
    expect(text.match(/^ 00000009\.000/gm)).toHaveLength(3);
  });

  it('keeps CRLF in a message, and has other control characters escaped', async () => {
    const [, , message] = readSdl(await sdlOf([received('OPTIONS sip:a SIP/2.0\r\nX: \u001b[2J\rY\r\n\r\n')]));
    expect(message?.below).toEqual(['[7,NET]', 'OPTIONS sip:a SIP/2.0\r', 'X: \\x1b[2J\\x0dY\r', '\r', '']);
  });

  it('gets an empty line after a body without one', async () => {
    const [, , message] = readSdl(await sdlOf([received('OPTIONS sip:a SIP/2.0\r\n\r\nbody')]));
    expect(message?.below.slice(-2)).toEqual(['body', '']);
  });

  it('stays one line and within its column', async () => {
    const station = { link: 3, bound: true, device: 'A|B\nC', address: '10.0.0.9' };
    const fields = { text: 'one\ntwo\u0007' };
    const entries = readSdl(
      await sdlOf([
        {
          type: 'sccp.received',
          at: 1,
          station,
          name: 'AlarmMessage',
          octets: 8,
          fields: { alarmSeverity: 1, ...fields },
        },
        {
          type: 'device.rejected',
          at: 2,
          device: 'X\r\nY',
          protocol: 'SCCP',
          transport: 'tcp',
          address: '10.0.0.9',
          port: 1,
          link: 3,
          typeId: 1,
          reason: 'malformed',
        },
      ]),
    );
    expect(entries.every(({ below }) => below.length === 0)).toBe(true);
    expect(entries[1]?.columns).toHaveLength(6);
    expect(entries[1]?.columns[4]).toBe('1,100,14,3.1^10.0.0.9^*');
    expect(entries[2]?.text).toContain('text="one\\x0atwo\\x07"');
    expect(entries.some(({ text }) => text.includes('deviceName : X\\x0d\\x0aY'))).toBe(true);
  });
});

describe('other events of CallManager', () => {
  it('have the text of the SDI form, without its tail', async () => {
    const opened = {
      type: 'listener.opened',
      at: 1,
      service: 'SCCP',
      transport: 'tcp',
      address: '10.10.210.10',
      port: 2000,
    };
    const entries = readSdl(await sdlOf([opened]));
    expect(entries).toHaveLength(2);
    expect(entries[1]).toMatchObject({ type: 'AppInfo', part: 0, text: expect.stringMatching(/SCCP listener opened/) });
    expect(await sdlOf(await sccpCall())).not.toContain('<CLID::');
  });
});

describe('trace.form', () => {
  const run = async (form: 'sdi' | 'sdl' | 'both') => {
    const lab = new SdlLab();
    const trace = await lab.start({ form });
    lab.publish([
      ...(await sccpRefusals()),
      { type: 'file.built', at: 1, file: 'a.cnf.xml', octets: 1, versionStamp: 'stamp' },
    ]);
    await trace.close();
    return lab;
  };

  it.each([
    ['sdi', ['ccm.txt', 'events.jsonl', 'tftp.txt'], []],
    ['sdl', ['cm', 'events.jsonl', 'tftp.txt'], ['SDL001_100_000001.txt']],
    ['both', ['ccm.txt', 'cm', 'events.jsonl', 'tftp.txt'], ['SDL001_100_000001.txt']],
  ] as const)('%s writes %j, and of SDL files %j', async (form, files, sdl) => {
    const lab = await run(form);
    expect(readdirSync(lab.folder).sort()).toEqual(files);
    expect(lab.files()).toEqual(sdl);
  });

  it('both changes nothing in the file of the other form', async () => {
    const [sdi, both] = [await run('sdi'), await run('both')].map(({ folder }) =>
      readFileSync(join(folder, 'ccm.txt'), 'utf8'),
    );
    expect(both).toBe(sdi);
    expect(sdi).toContain('EndPointTransientConnection');
  });

  it('sdi runs none of the other', async () => {
    const teller = vi.spyOn(SdlTrace.prototype, 'teller');
    await run('sdi');
    expect(teller).not.toHaveBeenCalled();
    await run('both');
    expect(teller).toHaveBeenCalled();
    teller.mockRestore();
  });
});
