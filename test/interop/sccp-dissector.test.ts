import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Parts, Values } from '../../src/sccp/codec/layout.js';
import type { MessageSpec } from '../../src/sccp/codec/message.js';
import { encode, MESSAGES } from '../../src/sccp/messages/catalogue.js';
import { PAYLOAD_AT, pcapOf } from '../support/pcap.js';
import { type Place, placesOf } from '../support/sccp-places.js';
import { distinctValuesOf } from '../support/sccp-values.js';

const VERSIONS = [3, 11, 15, 17, 20, 22];
const SCCP_PORT = 2000;
const BODY_AT = PAYLOAD_AT + 12;

/** Messages whose ids the dissector of Wireshark does not know (`sccp.md` §4). */
const NOT_DISSECTED: readonly string[] = [
  'EnunciatorCommandMessage',
  'MediaPortListMessage',
  'StartMediaReceptionMessage',
  'StopMediaReceptionMessage',
];

/** Messages that it calls malformed although captures show them so (`sccp.md` §5, §10). */
const MALFORMED: Readonly<Record<string, string>> = {
  UpdateCapabilitiesMessage: 'collapses the unused slots of arrays that are of fixed size',
  UpdateCapabilitiesV2Message: 'collapses the unused slots of arrays that are of fixed size',
  UpdateCapabilitiesV3Message: 'collapses the unused slots of arrays that are of fixed size',
  ConnectionStatisticsResMessage:
    'takes the packed form for every version from 18 on; a captured frame of version 20 is not packed',
};

/** Messages of which it reads some fields elsewhere than they are, and why ours stay where they are. */
const READ_OTHERWISE: Readonly<Record<string, string>> = {
  ConnectionStatisticsResMessage: 'takes the packed form for every version from 18 on',
  RegisterReqMessage: 'takes six of the twelve octets for the hardware address; some phones send twelve digits',
  RegisterTokenReqMessage: 'reads the 16 octets of the IPv6 address as 4 of an IPv4 address',
  RegisterRejectMessage: 'reads 32 octets of text; captured frames have 33, padded to 36',
  DisplayTextMessage: 'reads 32 octets of text; captured frames have 33, padded to 36',
  SubscriptionStatReqMessage: 'reads 64 of the 256 octets of the subscription',
  ServerResMessage: 'shows type and address of a server apart',
  OpenMultiMediaReceiveChannelMessage: 'takes the parameters for those of another kind of stream',
  StartMultiMediaTransmissionMessage: 'takes the parameters for those of another kind of stream',
  ConnectionStatisticsReqMessage: 'counts the padding to the number',
  AddOnDeviceCapabilitiesMessage: 'knows no fields behind the third',
  EnhancedAlarmMessage: 'ends the text at its NUL',
  DisplayNotifyV2Message: 'does not count the NUL of a text that ends the body',
  DisplayPriNotifyV2Message: 'does not count the NUL of a text that ends the body',
  DisplayPromptStatusV2Message: 'does not count the NUL of a text that ends the body',
};

/** What it adds of its own, and the octets of codec parameters that it shows one by one. */
const ITS_OWN: ReadonlySet<string> = new Set([
  'data_length',
  'hdr_version',
  'messageId',
  'codecMode',
  'dynamicPayload',
  'codecParam1',
  'codecParam2',
]);

interface Sent {
  readonly spec: MessageSpec;
  readonly version: number;
  readonly places: ReadonlyMap<string, Place>;
  readonly frame: Buffer;
}

interface Shown {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly show: string;
}

const encodeAny = encode as (name: string, fields: Values, version: number) => Buffer;

const sentAt = (spec: MessageSpec, version: number): Sent => {
  const { parts }: { readonly parts: Parts } = spec.layoutAt(version);
  const values = distinctValuesOf(parts);
  return { spec, version, places: placesOf(parts, values), frame: encodeAny(spec.name, values, version) };
};

const sent = MESSAGES.flatMap((spec) => VERSIONS.map((version) => sentAt(spec, version)));

/** Every frame as the dissector sees it: its packet in PDML. */
const dissect = (folder: string): readonly string[] => {
  const file = join(folder, 'every-message.pcap');
  const segments = sent.map(({ spec, frame }) => ({ fromServer: spec.direction === 'server→phone', bytes: frame }));
  writeFileSync(file, pcapOf(segments, SCCP_PORT));
  const pdml = execFileSync('tshark', ['-n', '-r', file, '-T', 'pdml', '-J', 'skinny _ws.malformed _ws.expert'], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return pdml.split('<packet>').slice(1);
};

// A bit of a word has an unmasked value beside its own; the word is compared, its bits are not.
const FIELD =
  /<field name="skinny\.([^"]+)"[^>]*? size="(\d+)" pos="(\d+)" show="([^"]*)"(?! value="[^"]*" unmaskedvalue)/g;

const shownIn = (packet: string): readonly Shown[] =>
  [...packet.matchAll(FIELD)].map(([, name = '', size, pos, show = '']) => ({
    name,
    size: Number(size),
    offset: Number(pos) - BODY_AT,
    show,
  }));

const isMalformed = (packet: string): boolean => /name="_ws\.malformed|Malformed/.test(packet);

describe('every message at every version, read by the dissector of Wireshark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-sccp-'));
  let packets: readonly string[] = [];
  beforeAll(() => {
    packets = dissect(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is recognised, and malformed only where the dissector is known to err', () => {
    expect(packets).toHaveLength(sent.length);
    const malformed = new Set<string>();
    const unnamed = new Set<string>();
    for (const [index, { spec, frame }] of sent.entries()) {
      const packet = packets[index] ?? '';
      const word = shownIn(packet).find(({ name }) => name === 'messageId');
      expect([spec.name, Number(word?.show)]).toEqual([spec.name, spec.id]);
      const length = shownIn(packet).find(({ name }) => name === 'data_length');
      expect([spec.name, Number(length?.show)]).toEqual([spec.name, frame.length - 8]);
      if (/showname="Message ID: Unknown/.test(packet)) unnamed.add(spec.name);
      if (isMalformed(packet)) malformed.add(spec.name);
    }
    expect([...malformed].sort()).toEqual(Object.keys(MALFORMED).sort());
    expect([...unnamed].sort()).toEqual([...NOT_DISSECTED].sort());
  });

  it('has its fields at the places and with the values that the dissector shows', () => {
    const disagreements = new Map<string, string>();
    let compared = 0;
    for (const [index, { spec, version, places }] of sent.entries()) {
      const byOffset = new Map([...places].map(([name, place]) => [place.offset, { name, ...place }]));
      for (const { name, offset, size, show } of shownIn(packets[index] ?? '')) {
        if (offset < 0 || size === 0 || ITS_OWN.has(name)) continue;
        compared += 1;
        const ours = byOffset.get(offset);
        const agrees = ours?.size === size && (typeof ours.value !== 'number' || ours.value === Number(show));
        if (!agrees)
          disagreements.set(spec.name, `v${version} ${name}@${offset}:${size}=${show} ${JSON.stringify(ours)}`);
      }
    }
    const unexpected = [...disagreements].filter(([name]) => !(name in READ_OTHERWISE));
    expect(unexpected).toEqual([]);
    expect([...disagreements.keys()].sort()).toEqual(Object.keys(READ_OTHERWISE).sort());
    expect(compared).toBeGreaterThan(5000);
  });
});
