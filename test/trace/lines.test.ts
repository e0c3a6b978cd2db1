import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { LabcmEvent } from '../../src/events.js';
import { LINES } from '../../src/trace/lines.js';
import type { Row, Rows } from '../../src/trace/row.js';
import { at, BOOT_EVENTS, shown } from './harness.js';

const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8');

/** Thread and server handles are free. */
const withoutHandles = (line: string): string =>
  line.replace(/TID\[[0-9a-f]{8}\]/g, 'TID[]').replace(/recvMessage\[0x[0-9a-f]+\]/g, 'recvMessage[]');

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the file service in the trace', () => {
  it('tells of two phones as the published trace does, word for word and in its order', async () => {
    const ours = linesOf(await shown(BOOT_EVENTS)).map(withoutHandles);
    let from = 0;
    for (const wanted of linesOf(golden('published.log')).map(withoutHandles)) {
      const found = ours.indexOf(wanted, from);
      expect(found, `after line ${from}: ${wanted}`).toBeGreaterThanOrEqual(from);
      from = found + 1;
    }
  });

  it('tells of two phones and a third with other names exactly so', async () => {
    await expect(shown(BOOT_EVENTS)).resolves.toBe(golden('files.log'));
  });

  it('summarises the same for a person in one line each', async () => {
    await expect(shown(BOOT_EVENTS, { console: 'summary' })).resolves.toBe(golden('files.summary.log'));
  });

  it('tells of downloads and refusals over HTTP', async () => {
    const context = { connection: 0x51, sequence: 9, address: '10.10.210.201', port: 40_001 };
    const about = { type: 'http.file', at: at(9, 0, 0, 0), context, milliseconds: 3, harmless: false } as const;
    const text = await shown([
      { type: 'http.request', at: at(9, 0, 0, 0), context, method: 'GET', file: 'SEP005056A1033D.cnf.xml' },
      { ...about, method: 'GET', file: 'SEP005056A1033D.cnf.xml', status: 200, octets: 7_000, outcome: 'served' },
      { ...about, method: 'GET', file: 'no.xml', status: 404, octets: 0, outcome: 'refused' },
      { ...about, method: 'GET', file: 'big.sbn', status: 200, octets: 512, outcome: 'failed' },
    ]);
    expect(linesOf(text)).toEqual([
      '01/14/2011 09:00:00.000 TFTP|HTTPEngine::processRequest[0x51~9~10.10.210.201~40001], [SEP005056A1033D.cnf.xml] Method(GET)',
      '01/14/2011 09:00:00.000 TFTP|HTTPEngine::processRequest[0x51~9~10.10.210.201~40001], Transferred[SEP005056A1033D.cnf.xml] Status(200) Octets(7000)',
      '01/14/2011 09:00:00.000 TFTP|HTTPEngine::sendNAK[0x51~9~10.10.210.201~40001], File[no.xml], Error(404)',
      '01/14/2011 09:00:00.000 TFTP|HTTPEngine::processRequest[0x51~9~10.10.210.201~40001], Failed[big.sbn] Status(200) Octets(512)',
    ]);
  });
});

describe('devices in the trace', () => {
  const about = {
    at: at(16, 17, 16, 412),
    device: 'ipctest2',
    protocol: 'SCCP',
    transport: 'tcp',
    address: '10.10.210.200',
    port: 3301,
    link: 385,
    generation: 1,
    typeId: 30016,
    load: '',
    lines: ['5002'],
    registeredSccp: 2,
    registeredSip: 0,
  };

  it('registers as the published trace does', async () => {
    const text = await shown([{ type: 'device.registered', ...about } as unknown as LabcmEvent]);
    expect(linesOf(text)).toEqual([
      '01/14/2011 16:17:16.412 CCM|Device Register deviceName : ipctest2, IPAdress : 10.10.210.200, IPv6Address : not shown, IPv4Attribute : 0, IPv6Attribute : 0, LoadID : , ActiveLoadID : , InactiveLoadID : , DeviceType : 30016, Protocol : 1',
      '01/14/2011 16:17:16.412 CCM|DebugMsg deviceName : ipctest2, DeviceType : 30016, risClass: 1',
      '01/14/2011 16:17:16.412 CCM|SCCP Device Register from Unregister: deviceName(ipctest2), Protocol(1), RegisteredSCCP(2), RegisteredSIP(0), Registered(2)',
    ]);
  });

  it('counts SIP as protocol 2', async () => {
    const sip = { type: 'device.registered', ...about, protocol: 'SIP', registeredSip: 1 } as unknown as LabcmEvent;
    const text = await shown([sip]);
    expect(text).toContain('Protocol : 2\n');
    expect(text).toContain(
      'SIP Device Register from Unregister: deviceName(ipctest2), Protocol(2), RegisteredSCCP(2), RegisteredSIP(1), Registered(3)\n',
    );
  });

  it('gives each reason its number and its words', async () => {
    const ended = { type: 'device.unregistered', ...about, reason: 'silence', lasted: 90_400, keepAlives: 3 };
    expect(await shown([ended as unknown as LabcmEvent])).toContain(
      'Reason Code:13(KeepAliveTimeout) Lasted:90 s KeepAlives:3\n',
    );
    expect(await shown([ended as unknown as LabcmEvent], { console: 'summary' })).toBe(
      '16:17:16  ipctest2         is no longer registered after 90 s: it fell silent\n',
    );
  });
});

describe('the table of lines', () => {
  it('has a row for every type of event, and a type without its row does not compile', () => {
    expectTypeOf(LINES).toEqualTypeOf<Rows<LabcmEvent['type']>>();
    const { 'tftp.request': _, ...others } = LINES;
    // @ts-expect-error: a row is missing
    const incomplete: Rows<LabcmEvent['type']> = others;
    expect(incomplete).not.toHaveProperty('tftp.request');
  });

  it('keeps what a peer wrote into a name on its one line and away from the terminal', async () => {
    const forged = 'x\n01/14/2011 16:17:16.412 CCM|forged\u001b[2J\u0085\u2028';
    const context = { connection: 1, sequence: 1, address: '10.0.0.9', port: 1 };
    const event: LabcmEvent = { type: 'file.forbidden', at: at(1, 2, 3, 4), context, file: forged, reason: 'control' };
    for (const console of ['cucm', 'summary'] as const) {
      const text = await shown([event], { console });
      expect(linesOf(text)).toHaveLength(1);
      expect(text).toContain('x\\x0a01/14/2011 16:17:16.412 CCM|forged\\x1b[2J\\x85\\u2028');
    }
  });

  it('has texts for every event type, none of them with a line break of its own unless it is a body', () => {
    for (const [type, row] of Object.entries(LINES) as unknown as [string, Row<never>][]) {
      expect(row.text, type).toBeTypeOf('function');
      expect(['CCM', 'TFTP', 'DHCP']).toContain(row.component);
    }
  });
});
