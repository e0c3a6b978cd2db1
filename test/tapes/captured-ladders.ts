// The captured SIP calls as tapes: who was in them, how the lab is configured for them, and what labcm means otherwise.

import { ladderPart } from '../support/fixture-tapes.js';
import type { WrittenMessage } from '../support/tapes.js';
import type { CapturedCall } from './captured-call.js';
import type { Meant } from './meant-differences.js';

interface CapturedPhone {
  readonly dn: string;
  readonly device: string;
  readonly phone: string;
  /** The user of its Contact. */
  readonly contact: string;
}

interface Ladder {
  readonly ladder: string;
  readonly server: string;
  /** The name by which the phones know it; absent: by its address. */
  readonly serverName?: string;
  readonly phones: Readonly<Record<string, CapturedPhone>>;
  readonly trunk?: { readonly role: string; readonly phone: string; readonly yaml: string };
  /** Below `calls`, in YAML. */
  readonly calls?: string;
  readonly lacks?: string;
  /** The files that are not played. Why is in `meant`. */
  readonly unplayed?: RegExp;
  readonly meant?: readonly Meant[];
}

const MEANT: readonly Meant[] = [
  { of: / to REGISTER(?: |:)/, why: 'the registration ahead of the call is made for this test' },
  {
    of: /(?:Server|User-Agent): Cisco-CUCM1[01]\.5 → Cisco-CUCM12\.5$/,
    why: 'the product is a later one than the captured',
  },
  {
    of: /^[A-Z]\d? sip 200 to NOTIFY Server: Cisco-CUCM1[01]\.5 → undefined$/,
    why: 'the answer to an off-hook report has no Server header, as before calls were served',
  },
];

/** By a trunk. */
const TRUNK_MEANT: readonly Meant[] = [
  {
    of: /^[GT] sip (?:OPTIONS: extra$|200 to OPTIONS[: ])/,
    why: 'the pings ahead of the call are made for this test',
  },
  { of: /^[GT] sip (?:INVITE|ACK) Allow-Events: presence, kpml → presence$/, why: 'keys are not taken by KPML' },
  {
    of: /^[GT] sip INVITE Call-Info: present → undefined$/,
    why: 'keys are not taken by NOTIFY, and there is no video',
  },
  {
    of: /^[GT] sip BYE P-Asserted-Identity: present → undefined$/,
    why: 'a BYE has its identity for trunks alone: it is not named again',
  },
];

const REGISTRATIONS = 'how the phones registered';

const LADDERS: readonly Ladder[] = [
  {
    ladder: '01-basic-kpml',
    server: '192.168.7.100:5060',
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD0EC35500E68',
        phone: '192.168.7.141:50695',
        contact: '850bd7d8-c59f-4db7-a0c8-63887170c35c',
      },
      B: {
        dn: '1001',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.7.171:51173',
        contact: '2d605bf4-d7f1-4f9b-9b69-560b9f081418',
      },
    },
  },
  {
    ladder: '02-basic-enbloc',
    server: '192.168.7.100:5060',
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.7.171:51841',
        contact: 'fa285754-1f05-4584-bd1b-e5f1290758aa',
      },
      B: {
        dn: '2000',
        device: 'SEPD4ADBDCE1524',
        phone: '192.168.7.169:51235',
        contact: '585f90bc-0507-11a7-c865-3491867321e8',
      },
    },
  },
  {
    ladder: '03-hold-resume-moh',
    server: '192.168.7.100:5060',
    calls: 'moh: cucm',
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.7.171:51841',
        contact: 'fa285754-1f05-4584-bd1b-e5f1290758aa',
      },
      B: {
        dn: '2000',
        device: 'SEPD4ADBDCE1524',
        phone: '192.168.7.169:51621',
        contact: '585f90bc-0507-11a7-c865-3491867321e8',
      },
    },
  },
  {
    ladder: '04-transfer-ringing',
    server: '192.168.38.6:5060',
    serverName: 'clstr-1-subA.example.lab',
    calls: 'moh: cucm',
    lacks: 'the names of the phones',
    unplayed: /^(04[1-4]|09[23])-/,
    meant: [
      {
        of: /^A sip (?:INVITE|ACK): missing$/,
        why: 'the music is sent to A and not to a group: A is told of it in two steps, and not in three',
      },
      { of: /^C sip UPDATE: missing$/, why: 'C is not told once more what it has known since it rang' },
    ],
    phones: {
      A: {
        dn: '1013',
        device: 'SEP0000000000A1',
        phone: '192.168.38.35:52379',
        contact: '03ef7d47-5648-3d59-2cc1-6a0f79bf09f9',
      },
      B: {
        dn: '1014',
        device: 'SEP0000000000B1',
        phone: '192.168.38.34:53202',
        contact: '5041c6fe-177f-6d21-7070-c9103e9ca333',
      },
      C: {
        dn: '1000',
        device: 'SEP0000000000C1',
        phone: '192.168.38.33:50539',
        contact: '72bae755-269b-ccfa-0e08-875310f6b5d2',
      },
    },
  },
  {
    ladder: '05-hunt-no-answer',
    server: '192.168.110.6:5060',
    serverName: 'hqcucmsubb.example.com',
    // Ten seconds in the capture.
    calls: 'hunts: [{ dn: "3000", mode: first, members: ["1000", "1001"], ring: 1s }]',
    unplayed: /^020-/,
    meant: [{ of: /^A sip 183 to INVITE: missing$/, why: 'nobody announces that the call ends' }],
    phones: {
      A: {
        dn: '2001',
        device: 'SEP002F5C7B3693',
        phone: '192.168.111.103:50311',
        contact: '2fa07a93-bdba-7fbb-c0c1-7170edb333ab',
      },
      H1: {
        dn: '1000',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.111.100:51235',
        contact: 'a0a49bc2-ff92-c0b8-aa92-0028abe8b256',
      },
      H2: {
        dn: '1001',
        device: 'SEPD4ADBDCE1524',
        phone: '192.168.111.101:50363',
        contact: '18db8dbc-03f9-c225-c38b-1cc301e3cf32',
      },
    },
  },
  {
    ladder: '06-trunk-call',
    server: '192.168.110.6:5060',
    serverName: 'hqcucmsuba.example.com',
    lacks: 'the ping by which each end of the trunk knows the other',
    unplayed: /kpml|subscribe|notify-10\d/,
    meant: [
      ...TRUNK_MEANT,
      {
        of: /^A sip (?:SUBSCRIBE kpml|200 to NOTIFY): missing$/,
        why: 'keys come in RTP, which both ends take: nobody is subscribed to for them',
      },
      { of: /^A sip 200 to NOTIFY: extra$/, why: 'the source lacks the answers to the off-hook reports' },
    ],
    phones: {
      A: {
        dn: '1000',
        device: 'SEPD4ADBDCE1008',
        phone: '192.168.111.100:50419',
        contact: 'a0a49bc2-ff92-c0b8-aa92-0028abe8b256',
      },
    },
    trunk: { role: 'T', phone: '192.168.120.5:5060', yaml: 'codecs: [G722, PCMU]' },
    calls: 'patterns: [{ match: "10.5XXX", trunk: PBX, discard: predot }]',
  },
  {
    ladder: '07-media-fails-47',
    server: '192.168.38.6:5060',
    serverName: 'clstr-1-suba.example.lab',
    lacks: 'the ping by which each end of the trunk knows the other, the number that was pushed to the phone',
    unplayed: /^004-/,
    meant: [
      ...TRUNK_MEANT,
      {
        of: /^A sip (?:200 to NOTIFY: missing|481 to NOTIFY: extra)$/,
        why: 'the phone was sent the number before the ladder begins, in a dialog that is not known here',
      },
      {
        of: /^G sip ACK (?:Content-Type|body): undefined → /,
        why: 'the ACK of an offer answers it, by port 0; the one of CUCM has no SDP',
      },
    ],
    phones: {
      A: {
        dn: '2003',
        device: 'SEPF0B2E57940EE',
        phone: '192.168.38.109:50394',
        contact: '7afd010f-5b91-2a19-659b-1d5738b09b28',
      },
    },
    // Phone and gateway have PCMU in common, which CUCM did not allow between them.
    trunk: { role: 'G', phone: '192.168.167.90:5060', yaml: 'codecs: [G729]' },
    calls:
      'patterns: [{ match: "8.5550165", trunk: PBX, discard: predot, prefix: "+1202", callerMask: "+12025550163" }]',
  },
];

/** What a phone or the far end of a trunk says ahead of the ladder, and that it is accepted. */
const opening = (
  [request, to]: readonly [request: string, to: string],
  answers: readonly string[],
  headers: readonly string[],
): WrittenMessage[] => {
  const text = (first: string, tag: string): Buffer =>
    Buffer.from([first, `To: <${to}>${tag}`, 'Max-Forwards: 70', ...headers, 'Content-Length: 0', '', ''].join('\r\n'));
  return [
    { from: 'phone', octets: text(`${request} SIP/2.0`, ''), at: 0 },
    ...answers.map((answer, index) => ({
      from: 'server' as const,
      octets: text(`SIP/2.0 ${answer}`, ';tag=server'),
      at: 1 + index,
    })),
  ];
};

const registration = ({ dn, device, phone, contact }: CapturedPhone, host: string): WrittenMessage[] =>
  opening(
    [`REGISTER sip:${host}`, `sip:${dn}@${host}`],
    ['100 Trying', '200 OK'],
    [
      `Via: SIP/2.0/TCP ${phone};branch=z9hG4bKregister${dn}`,
      `From: <sip:${dn}@${host}>;tag=register-${dn}`,
      `Call-ID: register-${device}@${phone}`,
      'CSeq: 101 REGISTER',
      `Contact: <sip:${contact}@${phone};transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${device.slice(3).toLowerCase()}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="684"`,
      'Expires: 3600',
      'Supported: replaces,join,norefersub,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-config,X-cisco-sis-7.0.0',
    ],
  );

const ping = (phone: string, server: string): WrittenMessage[] =>
  opening(
    [`OPTIONS sip:${server}`, `sip:${server}`],
    ['200 OK'],
    [
      `Via: SIP/2.0/TCP ${phone};branch=z9hG4bKping`,
      `From: <sip:${phone}>;tag=ping-of-the-trunk`,
      `Call-ID: ping-of-the-trunk@${phone}`,
      'CSeq: 101 OPTIONS',
    ],
  );

const configurationOf =
  ({ phones, calls, trunk: far }: Ladder): CapturedCall['configuration'] =>
  (trunk) => {
    const trunks =
      trunk === undefined
        ? []
        : [
            `  trunks: [{ name: PBX, address: ${trunk.address}, port: ${trunk.port}, transport: tcp, ${far?.yaml ?? ''} }]`,
          ];
    const lines = [
      'devices:',
      ...Object.values(phones).map(
        ({ device, dn }) => `  - { name: ${device}, model: 8851, protocol: SIP, lines: [{ dn: "${dn}" }] }`,
      ),
      ...(calls === undefined ? [] : ['calls:', `  ${calls}`, ...trunks]),
    ];
    return `${lines.join('\n')}\n`;
  };

/** Every captured SIP call. */
export const LADDER_CALLS: readonly CapturedCall[] = LADDERS.map((row): CapturedCall => {
  const {
    ladder,
    server,
    serverName = server.split(':', 1)[0] ?? '',
    phones,
    trunk,
    unplayed,
    lacks,
    meant = [],
  } = row;
  return {
    title: ladder,
    lacks: [REGISTRATIONS, ...(lacks === undefined ? [] : [lacks])].join(', '),
    configuration: configurationOf(row),
    parts: () => ({
      ...Object.fromEntries(
        Object.entries(phones).map(([role, phone]) => [
          role,
          ladderPart(ladder, role, {
            ...{ phone: phone.phone, server, unplayed },
            before: registration(phone, serverName),
          }),
        ]),
      ),
      ...(trunk === undefined
        ? {}
        : {
            [trunk.role]: ladderPart(ladder, trunk.role, {
              ...{ phone: trunk.phone, server, unplayed },
              before: ping(trunk.phone, server),
            }),
          }),
    }),
    ...(trunk === undefined ? {} : { trunk: trunk.role }),
    meant: [...MEANT, ...meant],
  };
});
