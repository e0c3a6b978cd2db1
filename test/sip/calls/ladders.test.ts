// Captured calls, replayed: the phones say what they said, and what the server says is compared whole, but for times and for
// the names that it chooses itself.

import { expect, it } from 'vitest';
import type { CallSettings } from '../../../src/calls/index.js';
import { seconds } from '../../../src/core/time.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { parseMessage } from '../../../src/sip/message/parser.js';
import { capturedBytes, capturedNames, describeCaptured } from '../../support/fixtures.js';
import { SERVER } from '../harness.js';
import { Pbx, trunkTo } from '../trunks/pbx.js';
import { sipCallLab } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

interface Ladder {
  readonly folder: string;
  /** Its nodes, which are one here. */
  readonly servers: readonly string[];
  readonly product: string;
  /** Milliseconds that pass before a message of a phone. */
  readonly pauses?: Readonly<Record<string, number>>;
  /** The messages of what is done in another way, or not at all. */
  readonly skipped?: RegExp;
  readonly phones: Readonly<
    Record<
      string,
      {
        readonly dn: string;
        readonly device: string;
        readonly address: string;
        readonly port: number;
        readonly name?: string;
        readonly isCisco?: boolean;
        /** With which it registers; absent: the one that it has in the ladder. */
        readonly contact?: string;
      }
    >
  >;
  readonly calls?: Partial<CallSettings>;
  /** Another PBX at the end of a trunk, over TCP. */
  readonly trunk?: { readonly role: string; readonly address: string };
  /** From which music comes; absent: there is none. */
  readonly musicPort?: number;
  /** What is written in another way in the whole ladder, whoever says it. */
  readonly rewritten?: readonly (readonly [from: string, to: string])[];
  readonly differences?: readonly Difference[];
}

/** Where ours is meant to differ, and why. It is applied to the captured text and to ours. */
interface Difference {
  readonly why: string;
  /** The names of the messages; absent: all. */
  readonly of?: RegExp;
  readonly apply: (text: string) => string;
}

const DEVICE_IN_CONTACT = /^(Contact: <.*>);\+u\.sip!devicename.*\r\n/m;

/** Where a phone stands in for a gateway: trunks are not served (`docs/protocols/calls.md` §6). */
const TRUNK_DIFFERENCES: readonly Difference[] = [
  {
    why: 'the phone was sent the number before the ladder begins, in a dialog that is not known here',
    of: /^004-/,
    apply: (text) =>
      text.replace('SIP/2.0 200 OK', 'SIP/2.0 481 Call/Transaction Does Not Exist').replace(/^Server: .*\r\n/m, ''),
  },
  {
    why: 'an INVITE has for trunks alone: keys by NOTIFY, video, a GUID, a session timer and more extensions',
    of: /^007-/,
    apply: (text) => text.replace(/^(Call-Info|Cisco-Guid|Session-Expires|Supported: X-cisco-srtp).*\r\n/gm, ''),
  },
  {
    why: 'a trunk may ask for keys by KPML',
    apply: (text) => text.replace('Allow-Events: presence, kpml\r\n', 'Allow-Events: presence\r\n'),
  },
  {
    why: 'a plain phone has the identity behind the party, and no name of a device (§3.13)',
    of: /^007-/,
    apply: (text) =>
      text
        .replace(/^(P-Asserted-Identity: .*\r\n)(Remote-Party-ID: .*\r\n)/m, '$2$1')
        .replace(DEVICE_IN_CONTACT, '$1\r\n'),
  },
  {
    why: 'a phone rings, and no trunk: it has a name and a number that is screened, and is not heard early',
    of: /^010-/,
    apply: (text) =>
      text
        .replace(' ignore-early-media=true;', '')
        .replace('screen=no', 'screen=yes')
        .replace(DEVICE_IN_CONTACT, '$1\r\n'),
  },
  {
    why: 'CUCM does not pass on the session of this gateway, as it does those of phones',
    of: /^01[04]-/,
    apply: (text) => text.replace(/^Session-ID: [0-9a-f]{32};/m, 'Session-ID: S;'),
  },
  {
    why: 'the ACK of an offer answers it, by port 0 (§3.3, §4.2); the one of CUCM has no SDP',
    of: /^012-/,
    apply: (text) =>
      text.replace(
        /^Content-Type: application\/sdp\r\nContent-Length: \d+\r\n\r\n[\s\S]*\r\nm=audio 0 RTP\/AVP [\s\S]*$/m,
        'Content-Length: 0\r\n\r\n',
      ),
  },
  {
    why: 'a BYE has the identity for trunks alone, and always its session, as CUCM has it in other calls',
    of: /^013-/,
    apply: (text) => text.replace(/^(P-Asserted-Identity|Session-ID): .*\r\n/gm, ''),
  },
];

/** CUCM 10.5, and a call whose ends change. */
const TRANSFER_DIFFERENCES: readonly Difference[] = [
  { why: 'CUCM 10.5 names no device in its Contact', apply: (text) => text.replace(DEVICE_IN_CONTACT, '$1\r\n') },
  {
    why: 'a request within a dialog has the Contact of its beginning: a stable one works as well',
    of: /^0(30|37|68|7[67]|86|9[02])-/,
    apply: (text) => text.replace(/^Contact: .*\r\n/m, ''),
  },
  {
    why: 'the requests by which CUCM played music have counted',
    of: /-A-(invite|update|ack)-10|-update-10\d|-C-bye-/,
    apply: (text) => text.replace(/^CSeq: \d+ (INVITE|UPDATE|ACK|BYE)/m, 'CSeq: $1'),
  },
  {
    why: 'the source has lost the end of the last line of some bodies',
    apply: (text) => text.replace(/\r\n$/, '').replace(/^Content-Length: .*\r\n/m, ''),
  },
  {
    why: 'the music is sent to A and not to a group: it begins with this ACK, and has no SDP more',
    of: /^040-/,
    apply: (text) => text.replace(/^(c=IN|b=AS|m=audio|a=).*(\r\n|$)/gm, ''),
  },
  {
    why: 'the SDP by which CUCM names the group has counted',
    of: /^0(68|89)-/,
    apply: (text) => text.replace(/^(o=CiscoSystemsCCM-SIP \d+) \d+ /m, '$1 '),
  },
  {
    why: 'A is told that its stream is in the clear by the same UPDATE that says who answered',
    of: /^090-/,
    apply: (text) => text.replace('security= Unknown;', 'security= NotAuthenticated;'),
  },
  { why: 'CUCM 10.5 has the bandwidth in front', apply: (text) => text.replace('b=TIAS:64000\r\n', '') },
];

/** By a trunk. */
const PBX_DIFFERENCES: readonly Difference[] = [
  {
    why: 'keys are not taken by NOTIFY or KPML, and there is no video',
    of: /^00[49]-/,
    apply: (text) =>
      text
        .replace(/^Call-Info: .*\r\n/gm, '')
        .replace('Allow-Events: presence, kpml\r\n', 'Allow-Events: presence\r\n'),
  },
  {
    why: 'the other PBX does not hear which phone of ours calls, nor a phone of ours which one answers there',
    of: /^0(04|07|10|18)-/,
    apply: (text) => text.replace(DEVICE_IN_CONTACT, '$1\r\n'),
  },
  {
    why: 'an SDP names its bandwidth once for the session, as for phones',
    of: /^009-/,
    apply: (text) => text.replace('b=TIAS:64000\r\nb=AS:64\r\n', 'b=AS:64\r\n').replace(/^Content-Length: .*\r\n/m, ''),
  },
  {
    why: 'a BYE has its identity for trunks alone: it is not named again',
    of: /^018-/,
    apply: (text) => text.replace(/^P-Asserted-Identity: .*\r\n/m, ''),
  },
  {
    why: 'what is heard before the answer is not passed on: the phone plays ring back',
    of: /^007-/,
    apply: (text) => text.replace(' ignore-early-media=true;', ''),
  },
  {
    why: 'the words of the GUID are of this call',
    of: /^004-/,
    apply: (text) => text.replace(/^Cisco-Guid: \d{10}-0000065536-\d{10}-\d{10}\r\n/m, 'Cisco-Guid: G\r\n'),
  },
];

/** Requests within a dialog as music and resume have them. */
const HOLD_DIFFERENCES: readonly Difference[] = [
  {
    why: 'a request within a dialog has the Contact of its beginning: a stable one works as well',
    of: /^0(21|27|31)-/,
    apply: (text) => text.replace(/^Contact: .*\r\n/m, ''),
  },
];

const LADDERS: readonly Ladder[] = [
  {
    folder: '01-basic-kpml',
    servers: ['192.168.7.100'],
    product: 'Cisco-CUCM11.5',
    phones: {
      A: { dn: '1000', device: 'SEPD0EC35500E68', address: '192.168.7.141', port: 50_695 },
      B: { dn: '1001', device: 'SEPD4ADBDCE1008', address: '192.168.7.171', port: 51_173 },
    },
  },
  {
    folder: '02-basic-enbloc',
    servers: ['192.168.7.100', '192.168.7.101'],
    product: 'Cisco-CUCM11.5',
    phones: {
      A: { dn: '1000', device: 'SEPD4ADBDCE1008', address: '192.168.7.171', port: 51_841 },
      B: { dn: '2000', device: 'SEPD4ADBDCE1524', address: '192.168.7.169', port: 51_235 },
    },
  },
  {
    // With music, and in CUCM's steps (`docs/protocols/calls.md` §3.4).
    folder: '03-hold-resume-moh',
    servers: ['192.168.7.100', '192.168.7.101'],
    product: 'Cisco-CUCM11.5',
    calls: { moh: 'cucm' },
    musicPort: 4_000,
    differences: HOLD_DIFFERENCES,
    phones: {
      A: { dn: '1000', device: 'SEPD4ADBDCE1008', address: '192.168.7.171', port: 51_841 },
      B: { dn: '2000', device: 'SEPD4ADBDCE1524', address: '192.168.7.169', port: 51_621 },
    },
  },
  {
    // CUCM sends its music to a group, which it tells A in three steps; here it is sent to A, in two (§3.4). At the end CUCM
    // tells C once more what C has known since it rang.
    folder: '04-transfer-ringing',
    servers: ['192.168.38.6', 'clstr-1-subA.example.lab'],
    product: 'Cisco-CUCM10.5',
    skipped: /^(04[1-4]|09[23])-/,
    calls: { moh: 'cucm' },
    musicPort: 16_384,
    phones: {
      A: { dn: '1013', device: 'SEP0000000000A1', address: '192.168.38.35', port: 52_379 },
      B: { dn: '1014', device: 'SEP0000000000B1', address: '192.168.38.34', port: 53_202 },
      C: { dn: '1000', device: 'SEP0000000000C1', address: '192.168.38.33', port: 50_539 },
    },
    differences: TRANSFER_DIFFERENCES,
  },
  {
    // Keys would come in RTP, which both ends take: nobody is subscribed to for them (`docs/protocols/calls.md` §3.10, §4.4).
    folder: '06-trunk-call',
    servers: ['192.168.110.6'],
    product: 'Cisco-CUCM11.5',
    phones: { A: { dn: '1000', device: 'SEPD4ADBDCE1008', address: '192.168.111.100', port: 50_419 } },
    trunk: { role: 'T', address: '192.168.120.5' },
    skipped: /kpml|notify|subscribe/,
    calls: {
      trunks: [
        {
          ...trunkTo({ transport: 'tcp', address: '192.168.120.5', sources: ['192.168.120.5'] }),
          codecs: ['G722', 'PCMU'],
        },
      ],
      patterns: [
        {
          ...{ match: '10.5XXX', trunk: 'PBX', discard: 'predot', prefix: '', mask: '', callerMask: '' },
          urgent: false,
        },
      ],
    },
    rewritten: [['sbcucmpub.example.com', '192.168.120.5']],
    differences: PBX_DIFFERENCES,
  },
  {
    // CUCM plays music before it gives up.
    folder: '05-hunt-no-answer',
    servers: ['192.168.110.6', '192.168.110.7', 'hqcucmsubb.example.com', 'hqcucmsuba.example.com'],
    product: 'Cisco-CUCM11.5',
    skipped: /^020-/,
    phones: {
      A: { dn: '2001', device: 'SEP002F5C7B3693', address: '192.168.111.103', port: 50_311 },
      H1: { dn: '1000', device: 'SEPD4ADBDCE1008', address: '192.168.111.100', port: 51_235 },
      H2: { dn: '1001', device: 'SEPD4ADBDCE1524', address: '192.168.111.101', port: 50_363 },
    },
    calls: { hunts: [{ dn: '3000', mode: 'first', members: ['1000', '1001'], ring: seconds(10) }] },
    pauses: { '010-H1-cucm-200-cancel-101.sip': 10_000, '017-H2-cucm-200-cancel-101.sip': 10_000 },
    differences: [
      {
        why: 'CUCM names the session of who rang first, as the caller was told; ours that of who rang last',
        of: /^021-/,
        apply: (text) => text.replace(/^Session-ID: .*\r\n/m, ''),
      },
    ],
  },
  {
    // A phone stands in for the gateway at the far end of a trunk.
    folder: '07-media-fails-47',
    servers: ['192.168.38.6'],
    product: 'Cisco-CUCM11.5',
    phones: {
      A: { dn: '2003', name: 'RTP User', device: 'SEPF0B2E57940EE', address: '192.168.38.109', port: 50_394 },
      G: {
        dn: '85550165',
        device: 'SEP0000000000A7',
        address: '192.168.167.90',
        port: 5060,
        isCisco: false,
        contact: 'sip:+12025550165@192.168.167.90:5060',
      },
    },
    // Phone and gateway have PCMU in common, which CUCM did not allow between them.
    calls: { earlyOffer: 'never', codecs: ['G729'] },
    rewritten: [
      // No pattern of a trunk changes numbers on their way.
      ['<sip:+12025550165@192.168.167.90>', `<sip:85550165@${SERVER}>`],
      ['<sip:12025550165@', '<sip:85550165@'],
      ['sip:+12025550163@', 'sip:2003@'],
    ],
    differences: TRUNK_DIFFERENCES,
  },
];

/** In every ladder. */
const DIFFERENCES: readonly Difference[] = [
  { why: 'times are of now', apply: (text) => text.replace(/^Date: .*\r\n/m, '') },
  {
    why: 'the answer to an off-hook report has no Server header, as before calls were served',
    of: /-200-notify-\d{1,2}\.sip$/,
    apply: (text) => text.replace(/^Server: .*\r\n/m, ''),
  },
  {
    why: 'an INVITE within a dialog has the Contact of its beginning: a stable one works as well',
    of: /^015-.*-invite-/,
    apply: (text) => text.replace(/^Contact: .*\r\n/m, ''),
  },
  {
    why: 'a branch has other digits, and as many for each request',
    apply: (text) => text.replace(/branch=z9hG4bK[0-9a-f]+/, 'branch=B'),
  },
];

const compared = (text: string, what: string, more: readonly Difference[] = []): string[] =>
  [...DIFFERENCES, ...more]
    .filter(({ of }) => of?.test(what) !== false)
    .reduce((left, { apply }) => apply(left), text)
    .split('\r\n');

/** Finds what the server chose: the name in the captured text and the one in ours. */
const CHOSEN: readonly ((message: SipMessage) => readonly (string | undefined)[])[] = [
  ({ callId }) => [callId],
  ({ fromTag, toTag }) => [fromTag, toTag],
  (message) => [/gci= ([\d-]+);/.exec(message.bytes.toString('latin1'))?.[1]],
  (message) => [/^o=CiscoSystemsCCM-SIP (\d+) /m.exec(message.body.toString('latin1'))?.[1]],
  (message) => (message.kind === 'request' ? [message.via?.branch] : []),
];

const parsed = (bytes: Buffer): SipMessage => {
  const message = parseMessage(bytes);
  if (message === undefined) throw new Error('no message');
  return message;
};

const replaced = (text: string, pairs: Iterable<readonly [string, string]>): string => {
  let result = text;
  for (const [from, to] of pairs) if (from !== to) result = result.replaceAll(from, to);
  return result;
};

/** The head with the length that its body has now. */
const withLength = (text: string): string => {
  const end = text.indexOf('\r\n\r\n');
  const body = text.slice(end + 4);
  return `${text.slice(0, end).replace(/^Content-Length: *\d+/im, `Content-Length: ${body.length}`)}\r\n\r\n${body}`;
};

describeCaptured('the server in a captured call', () => {
  it.each(LADDERS)('says in $folder what CUCM said', async (ladder) => {
    const {
      folder,
      servers,
      product,
      phones,
      skipped,
      pauses = {},
      calls,
      trunk,
      musicPort,
      rewritten = [],
      differences,
    } = ladder;
    const path = `calls/sip/${folder}`;
    const names = capturedNames(path).filter((name) => skipped?.test(name) !== true);
    let pbx: Pbx | undefined;
    const lab = await sipCallLab(Object.values(phones), calls, {
      settings: { product },
      ...(trunk === undefined
        ? {}
        : {
            before: async (networks) => {
              pbx = await Pbx.over('tcp', networks as never, trunk.address);
            },
          }),
    });
    const byRole = new Map<string, Pick<SipPhone, 'take' | 'send'>>(
      Object.keys(phones).map((role, index) => [role, lab.phones[index] as SipPhone]),
    );
    if (trunk !== undefined && pbx !== undefined) byRole.set(trunk.role, pbx);
    const roles = [...byRole.keys()];
    if (musicPort !== undefined)
      lab.service('tone', { codecs: ['PCMU'] }).receiveOf = () => ({ address: SERVER, port: musicPort });
    const ofServer = (text: string): string =>
      replaced(text, [...servers.map((server) => [server, SERVER] as const), ...rewritten]);
    // The phones register with the Contacts that they have in the ladder.
    const texts = new Map(names.map((name) => [name, ofServer(capturedBytes(`${path}/${name}`).toString('latin1'))]));
    /** Captured name → ours. */
    const chosen = new Map<string, string>();
    const waiting = new Map<string, { readonly what: string; readonly text: string }[]>(
      roles.map((role) => [role, []]),
    );
    /** What came before its turn: the order between legs is free. */
    const early = new Map<string, SipMessage[]>(roles.map((role) => [role, []]));
    const check = (role: string): void => {
      const came = early.get(role) ?? [];
      came.push(...(byRole.get(role)?.take() ?? []));
      while (came.length > 0) {
        const next = waiting.get(role)?.shift();
        if (next === undefined) return;
        const message = came.shift() as SipMessage;
        const ours = message.bytes.toString('latin1');
        const captured = parsed(Buffer.from(next.text, 'latin1'));
        for (const find of CHOSEN) {
          const named = find(message);
          find(captured).forEach((name, index) => {
            const ours = named[index];
            if (name !== undefined && ours !== undefined && !chosen.has(name)) chosen.set(name, ours);
          });
        }
        expect(compared(withLength(replaced(next.text, chosen)), next.what, differences), next.what).toEqual(
          compared(ours, next.what, differences),
        );
      }
    };
    for (const [role, phone] of Object.keys(phones).map(
      (each, index) => [each, lab.phones[index] as SipPhone] as const,
    )) {
      if (phones[role]?.contact !== undefined) continue;
      const name = names.find((each) => each.includes(`-${role}-cucm-`) && texts.get(each)?.includes('Contact: <'));
      const contact = parsed(Buffer.from(texts.get(name ?? '') ?? '', 'latin1')).address('Contact')?.uri ?? '';
      phone.register(contact);
    }
    lab.clock.advance(20);
    await Promise.resolve(); // a connection opens
    for (const phone of byRole.values()) phone.take();
    for (const name of names) {
      const [, from = '', to = ''] = name.split('-');
      const text = texts.get(name) ?? '';
      if (from === 'cucm') waiting.get(to)?.push({ what: name, text });
      else {
        lab.clock.advance(pauses[name] ?? 0);
        // All that the server is to say before this is known now.
        for (const role of roles) check(role);
        byRole.get(from)?.send(withLength(replaced(text, chosen)));
        lab.clock.advance(10);
      }
    }
    for (const role of roles) check(role);
    expect([...waiting.values()].flat().map(({ what }) => what)).toEqual([]);
    expect([...early.values()].flat().map((message) => message.bytes.toString('latin1'))).toEqual([]);
    lab.expectNothingLeft();
  });
});
