// `labcm decode FILE --device`: one device of many.

import { describe, expect, it } from 'vitest';
import {
  bootPackets,
  dhcpMessage,
  inEthernet,
  keepAliveAck,
  PHONE_ADDRESS,
  PHONE_MAC,
  PHONE_NAME,
  registerReq,
  SERVER_ADDRESS,
  sipOk,
  tftpTransfer,
} from '../support/boot-capture.js';
import { at, ethernet, pcapFile, TestConnection, type TestPacket, udp } from '../support/capture-files.js';
import { BOOT, decoded, inFolder, raw } from './capture-harness.js';
import { labcm } from './harness.js';

inFolder();

describe('--device', () => {
  const OTHER_MAC = '0011223344FF';
  const OTHER = `SEP${OTHER_MAC}`;
  const shared = '10.9.9.9';
  const station = (name: string, port: number, address: string): Buffer[] => {
    const connection = new TestConnection({ address, port }, { address: SERVER_ADDRESS, port: 2000 });
    return [...connection.open(), connection.fromClient(registerReq(name)), connection.fromServer(keepAliveAck())];
  };
  const others = [
    udp(at('0.0.0.0:68'), at('255.255.255.255:67'), dhcpMessage(1, 1, OTHER_MAC)),
    udp(at(`${SERVER_ADDRESS}:67`), at('255.255.255.255:68'), dhcpMessage(2, 5, OTHER_MAC, '10.10.210.201')),
    ...station(OTHER, 50_100, '10.10.210.201'),
    ...tftpTransfer(at('10.10.210.201:49200'), at(`${SERVER_ADDRESS}:69`), 'RINGLIST.XML'),
  ];
  const capture: readonly TestPacket[] = inEthernet([
    ...others,
    ...bootPackets(),
    ...tftpTransfer(at(`${PHONE_ADDRESS}:49300`), at(`${SERVER_ADDRESS}:69`), 'RINGLIST.XML'),
  ]);
  const WANTED = [...BOOT, 'tftp RRQ', 'tftp DATA', 'tftp ACK', 'tftp DATA', 'tftp ACK'];

  it.each([PHONE_NAME, PHONE_NAME.toLowerCase(), PHONE_MAC, '00:50:56:a1:03:3d', PHONE_ADDRESS])(
    '%s: all messages of that phone, and of no other',
    async (device) => {
      const { code, names } = await decoded(pcapFile(capture), '--device', device);
      expect(names).toEqual(WANTED);
      expect(code).toBe(0);
    },
  );

  it('finds phones behind one address by the names in their connections', async () => {
    const transfer = (name: string, port: number) =>
      tftpTransfer(at(`${shared}:${port}`), at(`${SERVER_ADDRESS}:69`), name);
    const packets = [
      ...station('ipctest1', 50_001, shared),
      ...station('ipctest2', 50_002, shared),
      ...transfer('ipctest1.cnf.xml', 50_003),
      ...transfer('ipctest2.cnf.xml', 50_004),
      ...transfer('RINGLIST.XML', 50_005),
    ];
    const { names, shown, err } = await decoded(raw(packets), '--device', 'IPCTEST2');
    expect(names).toEqual([
      'sccp RegisterReqMessage',
      'sccp KeepAliveAckMessage',
      ...['RRQ', 'DATA', 'ACK', 'DATA', 'ACK'].map((name) => `tftp ${name}`),
    ]);
    expect(new Set(shown.flatMap(({ source, destination }) => [source, destination]))).not.toContain(`${shared}:50001`);
    expect(err).toContain('; 5 messages name no device, at addresses that several devices share, and are left out\n');
  });

  it('finds the packets of a hardware address that no message names', async () => {
    const packets = [
      { bytes: ethernet(udp(at('10.1.1.1:5060'), at('10.0.0.1:5060'), sipOk()), '020000000099') },
      { bytes: ethernet(udp(at('10.1.1.2:5060'), at('10.0.0.1:5060'), sipOk()), '020000000098') },
    ];
    const { shown } = await decoded(pcapFile(packets), '--device', '02:00:00:00:00:99');
    expect(shown.map(({ source }) => source)).toEqual(['10.1.1.1:5060']);
  });

  it('that the capture does not have: no line, exit 1', async () => {
    expect(await decoded(pcapFile(capture), '--device', 'SEP000000000000')).toMatchObject({ code: 1, shown: [] });
  });

  it('wants a file', async () => {
    const onStdin = await labcm(['decode', '-', '--device', 'A']);
    expect([onStdin.code, onStdin.err]).toEqual([2, expect.stringContaining('wanted a file, since it is read twice')]);
    const ofFrames = await labcm(['decode', 'sccp', '--device', 'A']);
    expect([ofFrames.code, ofFrames.err]).toEqual([2, expect.stringContaining('wanted a capture file')]);
  });
});
