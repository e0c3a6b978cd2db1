// The pages of simulated phones: true of the phone, in the tags that public programs look for, by family of models.

import { describe, expect, it } from 'vitest';
import type { Phone, PhoneOptions } from '../../../src/phone/index.js';
import { aDevice } from '../../support/devices.js';
import { capturedText, describeCaptured } from '../../support/fixtures.js';
import { type PhoneHarness, PRIMARY, phoneHarness } from '../harness.js';
import { type Answer, ask, PHONE_ADDRESS, xmlOf } from './harness.js';

const NAME = 'SEP0011223344A1';
const OTHER = 'SEP0011223344B1';
const MAC = '0011223344A1';
const SERIAL = 'LAB223344A1';

type Protocol = PhoneOptions['protocol'];

const booted = async (
  model: string,
  protocol: Protocol,
  more: Partial<PhoneOptions> = {},
): Promise<{ lab: PhoneHarness; phone: Phone }> => {
  const devices = [
    aDevice(NAME, { protocol, model, lines: ['5001'] }),
    aDevice(OTHER, { model: '7962', lines: ['5002'] }),
  ];
  const lab = await phoneHarness({ devices, calls: {} });
  const phone = await lab.boot({ name: NAME, protocol, model, localAddress: PHONE_ADDRESS, webPort: 80, ...more });
  expect(phone.state, phone.why).toBe('registered');
  return { lab, phone };
};

/** As public programs take a value: the bold text after the bold label. */
const bold = ({ text }: Answer, label: string): string | undefined =>
  new RegExp(`<B>\\s*${label}\\s*</B>[\\s\\S]*?<B>([^<]*)</B>`).exec(text)?.[1];

const MODELS = [
  ['7962', 'SCCP', 'CP-7962G', 'SCCP42.8-5-3S'],
  ['7960', 'SCCP', 'CP-7960G', 'P00308000500'],
  ['6921', 'SCCP', 'CP-6921', 'SCCP69xx.8-5-3-0'],
  ['8851', 'SIP', 'CP-8851', 'sip88xx.12-1-1-12'],
  ['CIPC', 'SCCP', 'IP Communicator', '7.0.1.0'],
] as const;

describe.each(MODELS)('a %s', (model, protocol, modelNumber, load) => {
  it('says in XML what it is and how it is connected', async () => {
    const { lab } = await booted(model, protocol);
    expect(xmlOf(await ask(lab, '/DeviceInformationX')).DeviceInformation).toMatchObject({
      ...{ MACAddress: MAC, HostName: NAME, phoneDN: '5001', appLoadID: load, versionID: load },
      ...{ serialNumber: SERIAL, modelNumber, MessageWaiting: 'No' },
    });
    const udi = String(xmlOf(await ask(lab, '/DeviceInformationX')).DeviceInformation?.udi).split('\n');
    expect(udi).toEqual(['phone', expect.stringContaining('Cisco IP Phone'), modelNumber, 'V01', SERIAL]);
    expect(xmlOf(await ask(lab, '/NetworkConfigurationX')).NetworkConfiguration).toMatchObject({
      ...{ IPAddress: PHONE_ADDRESS, HostName: NAME, TFTPServer1: PRIMARY, DHCPEnabled: 'No' },
      ...{ CallManager1: `${PRIMARY} Active` },
    });
    expect(xmlOf(await ask(lab, '/EthernetInformationX')).EthernetInformation).toMatchObject({ TxFrames: '0' });
    expect(xmlOf(await ask(lab, '/PortInformationX?1'))).toHaveProperty('PortInformation');
    expect(xmlOf(await ask(lab, '/StreamingStatisticsX?1')).StreamingStatistics).toMatchObject({
      ...{ StreamStatus: 'Not Ready', Name: NAME, RemoteAddr: '0.0.0.0/0', RcvrPackets: '0' },
    });
  });

  it('says the same in HTML', async () => {
    const { lab } = await booted(model, protocol);
    for (const path of ['/', '/DeviceInformation']) {
      const page = await ask(lab, path);
      expect([page.status, bold(page, 'Host [Nn]ame'), bold(page, 'Serial [Nn]umber'), bold(page, 'Phone DN')]).toEqual(
        [200, NAME, SERIAL, '5001'],
      );
      expect(page.text).toContain('<TITLE>Cisco Systems, Inc.</TITLE>');
      expect(page.text).toContain(`Cisco IP Phone ${modelNumber} ( ${NAME} )`);
    }
    expect(bold(await ask(lab, '/NetworkConfiguration'), 'TFTP [Ss]erver 1')).toBe(PRIMARY);
  });
});

/** Expressions of public programs, each written after the program's own (`docs/protocols/phone-services.md` §4). */
describe('what public programs look for', () => {
  const JAVA = '/CGI/Java/Serviceability?adapter=device.statistics';
  it.each([
    ['7962', 'SCCP', `${JAVA}.device`, /<\/TD><TD><B>([A-Z]{3}\w{8})<\/B><\/TD>/, SERIAL],
    ['7962', 'SCCP', `${JAVA}.device`, /Model Number<\/B><\/TD>\W?<td width=20><\/TD>\W?<TD><B>([\w-]+)/, 'CP-7962G'],
    [
      '7962',
      'SCCP',
      `${JAVA}.device`,
      /<TD><B>\s*Version<\/B><\/TD><td width=20><\/TD><TD><B>([^<]+)/,
      'SCCP42.8-5-3S',
    ],
    ['7962', 'SCCP', `${JAVA}.device`, /Phone DN<\/B><\/TD>\W?<td width=20><\/TD>\W?<TD><B>(\w+)<\/B>/, '5001'],
    [
      '7962',
      'SCCP',
      `${JAVA}.configuration`,
      /Unified CM 1<\/B><\/TD><td width=20><\/TD><TD><B>([^<]+)/,
      `${PRIMARY} Active`,
    ],
    ['7962', 'SCCP', `${JAVA}.configuration`, /(SEP[0-9A-Fa-f]{1,20})/, NAME],
    [
      '8851',
      'SIP',
      `${JAVA}.configuration`,
      /CUCM server1<\/B><\/TD><td width=20><\/TD><TD><B>([^<]+)/,
      `${PRIMARY} Active`,
    ],
    ['8851', 'SIP', '/', /Cisco (?:Unified )?IP Phone ([^ ),]+)/, 'CP-8851'],
    ['8851', 'SIP', `${JAVA}.device`, /Model number<\/B><\/TD><td width=20><\/TD><TD><B>([^<]+)/, 'CP&#x2D;8851'],
    ['7960', 'SCCP', '/DeviceInformation', /Host Name<\/B><\/TD>\W\W<td width=20><\/TD>\W\W<TD><B>(\w+)<\/B>/, NAME],
    [
      '7960',
      'SCCP',
      '/NetworkConfiguration',
      /CallManager 1<\/B><\/TD>\W\W<td width=20><\/TD>\W\W<TD><B>([^<]+)/,
      `${PRIMARY} Active`,
    ],
    ['7937', 'SCCP', '/localmenus.cgi?func=219', /Host Name : *([^(_| <)]*)/, NAME],
    ['7937', 'SCCP', '/localmenus.cgi?func=604', /Serial Number : *([^(_| <)]*)/, SERIAL],
  ] as const)('%s over %s: %s %s', async (model, protocol, path, expression, found) => {
    const { lab } = await booted(model, protocol);
    expect(expression.exec((await ask(lab, path)).text)?.[1]).toBe(found);
  });

  it.each([
    ['7960', 'SCCP', `${JAVA}.device`],
    ['7962', 'SCCP', '/StreamingStatisticsX?6'],
    ['7962', 'SCCP', '/PortInformationX?3'],
    ['7960', 'SCCP', '/PortInformationX?4'],
    ['7962', 'SCCP', '/DeviceLogX?3'],
    ['7962', 'SCCP', '/localmenus.cgi?func=219'],
    ['7962', 'SCCP', '/constructor'],
    ['7962', 'SCCP', '/CGI/Java/Serviceability?adapter=toString'],
    ['8851', 'SIP', '/nothing'],
  ] as const)('a %s over %s has no %s', async (model, protocol, path) => {
    const { lab } = await booted(model, protocol);
    expect((await ask(lab, path)).status).toBe(404);
  });
});

describeCaptured('the page of the fixture', () => {
  it('has its elements in the same order', async () => {
    const { lab } = await booted('7962', 'SCCP');
    const names = (text: string) => [...text.matchAll(/^ {2}<(\w+)>/gm)].map(([, name]) => name);
    const wanted = names(capturedText('apis/phone/DeviceInformationX.xml'));
    expect(wanted.length).toBeGreaterThan(5);
    const ours = names((await ask(lab, '/DeviceInformationX')).text);
    expect(ours.filter((name) => wanted.includes(name))).toEqual(wanted);
  });
});

describe('the messages of a phone', () => {
  it('tell of files that are missing, and of the registration', async () => {
    const { lab } = await booted('7962', 'SCCP');
    const page = await ask(lab, '/CGI/Java/Serviceability?adapter=device.settings.status.messages');
    // A program takes time and text so.
    const messages = [...page.text.matchAll(/(\d{1,2}:..:..[ap]) ([^(_)<]*)/g)].map(([, , text]) => text);
    expect(messages).toEqual(
      expect.arrayContaining([`File Not Found : CTL${NAME}.tlv`, `${NAME}.cnf.xml`, 'Registered with CM1']),
    );
    expect(page.text).toContain('4:17:11p Registered');
    const { status } = xmlOf(await ask(lab, '/DeviceLogX?2')).DeviceLog as { status: readonly string[] };
    expect(status.at(-1)).toBe('4:17:11p Registered with CM1');
  });

  it('of a newer phone stand below their times', async () => {
    const { lab } = await booted('8851', 'SIP');
    const page = await ask(lab, '/CGI/Java/Serviceability?adapter=device.settings.status.messages');
    expect(page.text).toMatch(/\[04:17:11pm 01&#x2F;14&#x2F;11\]\nRegistered with CM1/);
  });

  it('tell of a file server that does not answer, and of commands', async () => {
    const lab = await phoneHarness();
    const phone = lab.phone({
      ...{ name: NAME, protocol: 'SCCP', model: '7962', localAddress: PHONE_ADDRESS, webPort: 80, server: '10.9.9.9' },
    });
    phone.start();
    await lab.pass(60);
    expect((await ask(lab, '/DeviceLogX?2')).text).toContain('TFTP Timeout : ');
    await phone.stop();
  });

  it('are the last fifty', async () => {
    const { lab, phone } = await booted('7962', 'SCCP');
    for (let times = 0; times < 60; times += 1) {
      lab.primary.sccp.command(phone.name, 'restart');
      await lab.pass(1);
    }
    const { status } = xmlOf(await ask(lab, '/DeviceLogX?2')).DeviceLog as { status: readonly string[] };
    expect(status.length).toBe(50);
  });

  it('are beside a console log', async () => {
    const { lab } = await booted('7962', 'SCCP');
    const page = await ask(lab, '/CGI/Java/Serviceability?adapter=device.statistics.consolelog');
    const [, link = ''] = /<A HREF="([^"]+)">messages/.exec(page.text) ?? [];
    const log = await ask(lab, link);
    expect(log.text).toContain(`01/14/11 ${NAME}: Registered with CM1, 5001`);
  });
});

describe('the streams of a phone', () => {
  it.each([
    ['7962', 'SCCP'],
    ['8851', 'SIP'],
  ] as const)('of a %s over %s are those of its calls, and then of the last one', async (model, protocol) => {
    const calls = { answer: 'never', sound: 'tone', codecs: ['PCMU'] } as const;
    const { lab, phone } = await booted(model, protocol, { calls });
    const other = await lab.boot({
      ...{ name: OTHER, protocol: 'SCCP', model: '7962', localAddress: '10.10.210.202', calls },
    });
    phone.calls?.dial('5002');
    await lab.pass(1);
    other.calls?.answer();
    await lab.pass(2, 0.02);
    const [call] = phone.calls?.calls ?? [];
    const { sent = 0, received = 0, local, to } = call?.media() ?? {};
    expect([call?.state, sent > 50, received > 50]).toEqual(['connected', true, true]);
    const stream = async (path: string) => xmlOf(await ask(lab, path)).StreamingStatistics;
    const talking = {
      ...{ StreamStatus: 'Active', SenderPackets: String(sent), RcvrPackets: String(received) },
      ...{ SenderCodec: 'G.711u', RcvrCodec: 'G.711u', RcvrLostPackets: '0', SenderOctets: String(sent * 160) },
      ...{ LocalAddr: local?.replace(':', '/'), RemoteAddr: to?.replace(':', '/') },
    };
    expect(await stream('/StreamingStatisticsX?1')).toMatchObject(talking);
    expect(await stream('/StreamingStatisticsX')).toMatchObject(talking);
    const java = '/CGI/Java/Serviceability?adapterX=device.statistics.streaming';
    expect(await stream(`${java}.0`)).toMatchObject(talking);
    expect(await stream(`${java}.1`)).toMatchObject({ StreamStatus: 'Not Ready', SenderPackets: '0' });
    phone.calls?.hangUp();
    await lab.pass(1);
    expect(await stream(`${java}.0`)).toMatchObject({ StreamStatus: 'Not Ready', RemoteAddr: talking.RemoteAddr });
    const after = await stream('/StreamingStatisticsX?1');
    expect(Number(after?.SenderPackets)).toBeGreaterThanOrEqual(sent);
    const frames = xmlOf(await ask(lab, '/EthernetInformationX')).EthernetInformation;
    expect([frames?.TxFrames, frames?.RxFrames]).toEqual([after?.SenderPackets, after?.RcvrPackets]);
  });
});
