// Rows of call records: against those that CUCM wrote, and value by value.

import { describe, expect, it } from 'vitest';
import { partyOf } from '../../src/calls/index.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import type { Instant } from '../../src/core/time.js';
import { CDR_FIELDS, type CdrSource, isEmptyCall } from '../../src/records/cdr.js';
import { CMR_FIELDS, type CmrSource } from '../../src/records/cmr.js';
import { headOf, integer, rowOf, text } from '../../src/records/fields.js';
import { addressNumber, clusterInName, nodeInName } from '../../src/records/values.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { at, cellsOf, endedCall, measuredCall, NO_TIME } from './csv.js';

const PKID = '65839e1c-2e65-44af-9aaf-bbcbf3ffd016';

const around = {
  node: 3,
  cluster: 'Lab',
  pkid: PKID,
  seconds: (when: Instant | undefined) => (when === undefined ? 0 : Math.floor(when / 1000)),
  addressOf: (): string | undefined => undefined,
};

/** A CDR by the names of its fields. */
const cdrOf = (source: Partial<CdrSource>): Record<string, string> => {
  const cells = cellsOf(rowOf(CDR_FIELDS, { ...around, call: endedCall(), ...source }));
  return Object.fromEntries(CDR_FIELDS.map(({ name }, index) => [name, cells[index] ?? '']));
};

const linesOf = (path: string): string[] => capturedText(path).trim().split(/\r?\n/);

/** Fields of partitions and users, which labcm does not have, and the phones' way with DTMF. */
const NOT_OURS = new Set([
  'callingPartyUnicodeLoginUserID',
  'callingPartyNumberPartition',
  'origDTMFMethod',
  'destDTMFMethod',
]);

describe('the CDR of a conference', () => {
  const conference = { ...partyOf('b1003', 'Conference'), conference: 'ad-hoc' } as const;
  const call = endedCall({
    called: conference,
    originalCalled: conference,
    lastRedirecting: partyOf('5002'),
    redirectReason: 98,
  });

  it('says that one was made, by whom, and its number', () => {
    expect(cdrOf({ call })).toMatchObject({
      finalCalledPartyNumber: '"b1003"',
      lastRedirectDn: '"5002"',
      lastRedirectRedirectReason: '98',
      lastRedirectRedirectOnBehalfOf: '4',
      joinOnBehalfOf: '4',
    });
  });

  it('has the cause of a conference drop where a party was taken out', () => {
    const orig = { ...call.orig, cause: 458_752, by: 'conference' } as const;
    expect(cdrOf({ call: { ...call, orig } })).toMatchObject({
      origCause_value: '458752',
      origCallTerminationOnBehalfOf: '4',
      destCause_value: '0',
    });
  });
});

describeCaptured('a CDR file of CUCM 11.5', () => {
  const captured = () => linesOf('calls/cdr/cdr-lines.csv');

  it('has the same names in the same order', () => {
    const [names] = headOf(CDR_FIELDS).split('\n');
    expect(names).toBe(captured()[0]);
    expect(CDR_FIELDS).toHaveLength(129);
  });

  it('has numbers bare and texts in quotation marks where ours are, in every row', () => {
    const ours = CDR_FIELDS.map(({ kind }) => kind !== 'INTEGER');
    for (const row of captured().slice(1)) expect(cellsOf(row).map((cell) => cell.startsWith('"'))).toEqual(ours);
  });

  it.each([
    { row: 2, port: 30_378, far: 17_966, codec: 'opus', times: [1593378682, 1593378684, 1593378725] },
    { row: 4, port: 20_102, far: 17_714, codec: 'G722', times: [1593379889, 1593379895, 1593379926] },
  ] as const)('has row $row as we write that call', ({ row, port, far, codec, times: [started, answered, ended] }) => {
    const cells = cellsOf(captured()[row] ?? '');
    const names = CDR_FIELDS.map(({ name }) => name);
    const theirs = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
    const number = (name: string) => Number(theirs[name]);
    const called = partyOf('5000');
    const call = endedCall({
      call: number('globalCallID_callId'),
      dialled: '105000',
      calling: partyOf('1000'),
      called,
      originalCalled: partyOf('105000'),
      lastRedirecting: partyOf('105000'),
      pattern: '10.500X',
      startedAt: at(started),
      answeredAt: at(answered),
      at: at(ended),
      codec,
      orig: {
        leg: number('origLegCallIdentifier'),
        device: 'SEPD4ADBDCE1008' as DeviceName,
        media: { address: '192.168.111.100', port },
        cause: 16,
        by: 'user',
      },
      dest: {
        leg: number('destLegIdentifier'),
        device: 'SIP_TRUNK_TO_SITE_B' as DeviceName,
        media: { address: '192.168.121.103', port: far },
        cause: 0,
        by: 'far',
        trunkReference: theirs.OutgoingProtocolCallRef?.replaceAll('"', '') ?? '',
      },
    });
    const addressOf = (device: DeviceName) => (device.startsWith('SEP') ? undefined : '192.168.120.5');
    const pkid = theirs.pkid?.replaceAll('"', '') ?? '';
    const ours = cdrOf({ call, addressOf, pkid, cluster: 'hqcucmpub' });
    for (const name of names) if (!NOT_OURS.has(name)) expect([name, ours[name]]).toEqual([name, theirs[name]]);
  });

  it('has a call that the server gave up as we write it: both causes, on call control’s behalf', () => {
    const cells = cellsOf(captured()[1] ?? '');
    const theirs = Object.fromEntries(CDR_FIELDS.map(({ name }, index) => [name, cells[index]]));
    const { orig, dest } = endedCall();
    if (dest === undefined) throw new Error('it has two ends');
    const ours = cdrOf({
      call: endedCall({ orig: { ...orig, cause: 47, by: 'server' }, dest: { ...dest, cause: 47, by: 'server' } }),
    });
    for (const name of [
      'origCause_value',
      'destCause_value',
      'origCallTerminationOnBehalfOf',
      'destCallTerminationOnBehalfOf',
    ])
      expect(ours[name]).toBe(theirs[name]);
  });
});

describeCaptured('a CMR file of CUCM 12.5', () => {
  it('begins with the same two lines', () => {
    expect(headOf(CMR_FIELDS).trim().split('\n')).toEqual(linesOf('calls/cdr/cmr-header.csv'));
    expect(CMR_FIELDS).toHaveLength(48);
  });
});

describe('a CDR', () => {
  it('is one line of 129 cells, with as many kinds', () => {
    const row = rowOf(CDR_FIELDS, { ...around, call: endedCall() });
    expect(row.endsWith('\n')).toBe(true);
    expect(cellsOf(row)).toHaveLength(129);
    const [, kinds = ''] = headOf(CDR_FIELDS).split('\n');
    expect(kinds.split(',')).toHaveLength(129);
    expect(kinds).toMatch(/^(?:(?:INTEGER|UNIQUEIDENTIFIER|VARCHAR\(\d+\))(?:,|$))+$/);
  });

  it('holds what the call was', () => {
    expect(cdrOf({})).toMatchObject({
      cdrRecordType: '1',
      globalCallID_callManagerId: '3',
      globalCallID_callId: '44001',
      dateTimeOrigination: '1600000000',
      dateTimeConnect: '1600000010',
      dateTimeDisconnect: '1600000030',
      duration: '20',
      origIpAddr: '16777226',
      destIpAddr: '-939524086',
      origIpv4v6Addr: '"10.0.0.1"',
      callingPartyNumber: '"1001"',
      finalCalledPartyNumber: '"1002"',
      lastRedirectDn: '"1002"',
      origMediaCap_payloadCapability: '4',
      origMediaCap_maxFramesPerPacket: '20',
      origMediaCap_Bandwidth: '64',
      origDTMFMethod: '2',
      calledPartyPatternUsage: '2',
      pkid: `"${PKID}"`,
    });
  });

  it('names the device’s address, or where it receives', () => {
    const addressOf = (device: DeviceName) => (device.endsWith('1') ? '192.168.111.100' : undefined);
    expect(cdrOf({ addressOf })).toMatchObject({ origIpAddr: '1685039296', destIpAddr: '-939524086' });
  });

  it('has the cause on the side that cleared', () => {
    const { orig, dest } = endedCall();
    if (dest === undefined) throw new Error('it has two ends');
    const causes = (call: CdrSource['call']) => {
      const row = cdrOf({ call });
      return [
        row.origCause_value,
        row.destCause_value,
        row.origCallTerminationOnBehalfOf,
        row.destCallTerminationOnBehalfOf,
      ].map(Number);
    };
    expect(causes(endedCall())).toEqual([16, 0, 12, 0]);
    const calledCleared = endedCall({
      orig: { ...orig, cause: 0, by: 'far' },
      dest: { ...dest, cause: 16, by: 'user' },
    });
    expect(causes(calledCleared)).toEqual([0, 16, 0, 12]);
    const { answeredAt: _, dest: __, ...unanswered } = endedCall();
    expect(causes({ ...unanswered, orig: { ...orig, cause: 1, by: 'user' } })).toEqual([1, 0, 13, 0]);
    const refused = { ...unanswered, orig: { ...orig, cause: 0 }, dest: { ...dest, cause: 21, by: 'user' as const } };
    expect(causes(refused)).toEqual([0, 21, 0, 12]);
  });

  it('has what was dialled where it led nowhere, and nothing of media that never was', () => {
    const nobody = partyOf('');
    const { dest: _, answeredAt: __, codec: ___, milliseconds: ____, ...rest } = endedCall();
    const { media: _____, ...orig } = rest.orig;
    const call = { ...rest, dialled: '99', called: nobody, originalCalled: nobody, lastRedirecting: nobody, orig };
    expect(cdrOf({ call: { ...call, dtmf: 'none' } })).toMatchObject({
      finalCalledPartyNumber: '"99"',
      finalCalledPartyPattern: '""',
      calledPartyPatternUsage: '0',
      destLegIdentifier: '0',
      destDeviceName: '""',
      origIpAddr: '0',
      origIpv4v6Addr: '""',
      origMediaCap_payloadCapability: '0',
      dateTimeConnect: '0',
      duration: '0',
    });
  });

  it('shows a forward', () => {
    expect(cdrOf({ call: endedCall({ redirectReason: 2, lastRedirecting: partyOf('1003') }) })).toMatchObject({
      lastRedirectDn: '"1003"',
      lastRedirectRedirectReason: '2',
      lastRedirectRedirectOnBehalfOf: '5',
    });
  });

  it('is not worth writing where nobody talked and nothing failed', () => {
    const { answeredAt: _, ...unanswered } = endedCall();
    const isEmpty = (call: CdrSource['call']) => isEmptyCall({ ...around, call });
    expect(isEmpty(endedCall())).toBe(false);
    expect(isEmpty(unanswered)).toBe(true);
    expect(isEmpty(endedCall({ answeredAt: at(1_600_000_030) }))).toBe(true);
    expect(isEmpty({ ...unanswered, orig: { ...unanswered.orig, cause: 17 } })).toBe(false);
  });
});

describe('a CMR', () => {
  const cmrOf = (source: Partial<CmrSource>): Record<string, string> => {
    const cells = cellsOf(rowOf(CMR_FIELDS, { ...around, measured: measuredCall(), ...source }));
    return Object.fromEntries(CMR_FIELDS.map(({ name }, index) => [name, cells[index] ?? '']));
  };

  it('holds what the phone counted, its measures as it wrote them', () => {
    expect(cmrOf({})).toMatchObject({
      cdrRecordType: '2',
      globalCallID_callId: '44001',
      directoryNum: '"1001"',
      callIdentifier: '16777217',
      dateTimeStamp: '1600000031',
      numberPacketsSent: '1000',
      numberOctetsReceived: '171656',
      numberPacketsLost: '2',
      jitter: '3',
      latency: '1',
      deviceName: '"SEP000000000001"',
      varVQMetrics: '"MLQK=4.5000;MLQKav=4.4000"',
      duration: '20',
      localSessionID: '""',
    });
  });

  it('stays one row whatever a phone says', () => {
    const { statistics } = measuredCall();
    const odd = { ...statistics, jitter: Number.NaN, quality: `a"b,c\r\n"${'x'.repeat(700)}` };
    const row = cmrOf({ measured: measuredCall({ statistics: odd, talked: NO_TIME }) });
    expect(row).toMatchObject({ jitter: '0', duration: '0', headsetMetrics: '""' });
    expect(row.varVQMetrics).toBe(`"a""b,c""${'x'.repeat(594)}"`);
  });
});

describe('values', () => {
  it('of addresses are signed, with their octets reversed', () => {
    expect(addressNumber('192.168.111.100')).toBe(1_685_039_296);
    expect(addressNumber('192.168.120.5')).toBe(91_793_600);
    expect(addressNumber('10.0.0.127')).toBe(2_130_706_442);
    expect(addressNumber('10.0.0.128')).toBe(-2_147_483_638);
    expect(addressNumber('255.255.255.255')).toBe(-1);
    for (const none of [undefined, '', 'fe80::1', '1.2.3', '1.2.3.256']) expect(addressNumber(none)).toBe(0);
  });

  it('of names fit into a file name', () => {
    expect(clusterInName('Lab 1/../x_y')).toBe('Lab-1-..-x-y');
    expect([nodeInName(1), nodeInName(12), nodeInName(200)]).toEqual(['01', '12', '200']);
  });

  it('of texts are quoted, cut and without control characters', () => {
    const row = rowOf([text('a', 5, () => '"\u0007a,bcd'), integer('b', () => -1.9)], undefined);
    expect(row).toBe('"""a,bc",-1\n');
  });
});

describe('a CDR of a call that was redirected', () => {
  it('has the first reason, the last one, and who redirected it', () => {
    const call = endedCall({
      dialled: '5002',
      called: partyOf('5004'),
      originalCalled: partyOf('5002'),
      lastRedirecting: partyOf('5003'),
      redirectReason: 15,
      originalReason: 2,
    });
    expect(cdrOf({ call })).toMatchObject({
      originalCalledPartyNumber: '"5002"',
      finalCalledPartyNumber: '"5004"',
      lastRedirectDn: '"5003"',
      origCalledPartyRedirectReason: '2',
      lastRedirectRedirectReason: '15',
      origCalledPartyRedirectOnBehalfOf: '5',
      lastRedirectRedirectOnBehalfOf: '5',
    });
  });

  it('by one line has one reason', () => {
    const call = endedCall({ redirectReason: 1, lastRedirecting: partyOf('5002') });
    expect(cdrOf({ call })).toMatchObject({ origCalledPartyRedirectReason: '1', lastRedirectRedirectReason: '1' });
  });

  it('of a hunt list has its number', () => {
    const call = endedCall({ called: partyOf('3000'), huntPilot: '3000' });
    expect(cdrOf({ call })).toMatchObject({
      huntPilotDN: '"3000"',
      huntPilotPattern: '"3000"',
      calledPartyPatternUsage: '7',
      finalCalledPartyNumber: '"3000"',
    });
    expect(cdrOf({})).toMatchObject({ huntPilotDN: '""', calledPartyPatternUsage: '2' });
  });
});
