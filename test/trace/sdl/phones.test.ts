// What happens to phones, as an SDL trace tells it: boot, refusal, silence, calls (`docs/protocols/explain.md` §6,
// `docs/protocols/calls.md` §7).

import { beforeAll, describe, expect, it } from 'vitest';
import { readSdl, type SdlEntry, SdlLab, sdlOf, storyOf } from './harness.js';
import { sccpBoot, sccpCall, sccpRefusals, sipOverTcp, sipOverUdp, sipRefusal } from './scenes.js';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const storyAfter = (entries: readonly SdlEntry[], start: string): string[] => {
  const story = storyOf(entries);
  return story.slice(story.findIndex((line) => line.startsWith(start)));
};

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
