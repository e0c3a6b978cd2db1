// The SDL form line for line, its columns, and what the readers of such traces look for (`docs/protocols/explain.md` §6).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SdlTrace } from '../../../src/trace/sdl/sdl-trace.js';
import { readSdl, SdlLab, sdlOf } from './harness.js';
import { SCENES, sccpBoot, sccpCall, sccpRefusals } from './scenes.js';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const everything = async (): Promise<string> => {
  const events = [];
  for (const scene of Object.values(SCENES)) events.push(...(await scene()));
  return sdlOf(events);
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

describe('a phone whose TLS is not that of its device', () => {
  const refused = (reason: string, protocol: 'SCCP' | 'SIP', given = '') => ({
    ...{ type: 'device.rejected', at: 1, device: 'SEP00270DC01C92', protocol, transport: 'tls', reason, given },
    ...{ address: '10.0.0.9', port: 3311, link: 18400, typeId: 36_670, configured: 'SEP00270DC01C92' },
  });
  const textsOf = async (event: object) => readSdl(await sdlOf([event as never])).map(({ text }) => text);

  it('is told as CUCM does, by both names that it compares, with the alarm ConnectionFailure', async () => {
    const texts = await textsOf(refused('wrong-certificate', 'SIP', 'SEP00270DC01C93, lab'));
    expect(texts).toEqual(
      expect.arrayContaining([
        'SIPStationD(18400) - validTLSConnection:TLS InvalidX509NameInCertificate, Rcvd=SEP00270DC01C93 , Expected=SEP00270DC01C92. Will check SAN the next',
        'SIPStationD(18400) - validTLSConnection:TLS InvalidX509NameInCertificate Error , did not find matching SAN either, Rcvd=SEP00270DC01C93, Expected=SEP00270DC01C92',
        'ConnectionFailure - Unified CM failed to open a TLS connection for the indicated device Device Name:SEP00270DC01C92 IP Address:10.0.0.9 IPV6Address: Device type:36670 Reason code:2 App ID:Cisco CallManager Cluster ID:StandAloneCluster Node ID:CM1',
      ]),
    );
    expect(
      texts.some((text) => text.startsWith('EndPointTransientConnection') && text.includes('Reason Code:11')),
    ).toBe(true);
    expect((await textsOf(refused('wrong-certificate', 'SCCP', 'other'))).join('\n')).toContain(
      'StationD:    (0018400) validTLSConnection:TLS InvalidX509NameInCertificate, Rcvd=other , Expected=SEP00270DC01C92',
    );
  });

  it.each(['untrusted-certificate', 'wrong-cipher'])('has the alarm for %s, too, and no names', async (reason) => {
    const text = (await textsOf(refused(reason, 'SIP'))).join('\n');
    expect(text).toContain('AlarmName: ConnectionFailure');
    expect(text).not.toContain('validTLSConnection');
  });

  it('has no such alarm where it came without TLS', async () => {
    expect((await textsOf(refused('tls-required', 'SIP', 'TCP'))).join('\n')).not.toContain('ConnectionFailure');
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
