// What `gnutls-cli` and `openssl s_client` speak, as phones of all ages: versions, suites and certificates on the ports of SCCP, SIP and
// HTTPS in mixed mode (`docs/protocols/secure.md` §7, §9). The certificates are those of `LABCM_FIXTURES`; without it the test is skipped.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { FIXTURES, hasFixtures, keyPem, pem } from '../capf/harness.js';
import { TestDaemon } from '../support/daemon.js';
import { aRegister } from '../support/sccp-harness.js';
import { asClient, type ClientFiles, has, type TlsClient } from './support/tls-clients.js';

const DEVICE = 'SEP00270DC01C92';

const gnutls = (versions: string, ciphers: string, exchange = '+RSA', digests = '+SHA1'): TlsClient => ({
  program: 'gnutls',
  offers: `NONE:${versions}:${ciphers}:${exchange}:${digests}:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:%COMPAT`,
});
const openssl = (offers: string): TlsClient => ({ program: 'openssl', offers });

/** The numbers of suites. */
const SUITE = {
  'NULL-SHA': '0002',
  'AES128-SHA': '002f',
  'AES256-SHA': '0035',
  'ECDHE-RSA-AES128-GCM-SHA256': 'c02f',
  'ECDHE-RSA-AES256-GCM-SHA384': 'c030',
  'AES256-GCM of TLS 1.3': '1302',
} as const;
type Suite = keyof typeof SUITE;

/** What each client offers, and what the server chooses of it: version and suite. */
const CLIENTS: readonly (readonly [title: string, client: TlsClient, version: string, suite: Suite])[] = [
  ['GnuTLS, TLS 1.0, AES128-SHA', gnutls('+VERS-TLS1.0', '+AES-128-CBC'), '0301', 'AES128-SHA'],
  ['GnuTLS, TLS 1.0, AES256-SHA', gnutls('+VERS-TLS1.0', '+AES-256-CBC'), '0301', 'AES256-SHA'],
  ['GnuTLS, TLS 1.0, NULL before AES', gnutls('+VERS-TLS1.0', '+NULL:+AES-128-CBC'), '0301', 'AES128-SHA'],
  ['GnuTLS, TLS 1.1, AES256-SHA', gnutls('+VERS-TLS1.1', '+AES-256-CBC'), '0302', 'AES256-SHA'],
  ['GnuTLS, TLS 1.2, AES128-SHA', gnutls('+VERS-TLS1.2', '+AES-128-CBC'), '0303', 'AES128-SHA'],
  [
    'GnuTLS, TLS 1.2, ECDHE with AES128-GCM',
    gnutls('+VERS-TLS1.2', '+AES-128-GCM', '+ECDHE-RSA', '+AEAD'),
    '0303',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ],
  [
    'GnuTLS, TLS 1.2, ECDHE with AES256-GCM',
    gnutls('+VERS-TLS1.2', '+AES-256-GCM', '+ECDHE-RSA', '+AEAD'),
    '0303',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ],
  ['GnuTLS, TLS 1.3', { program: 'gnutls', offers: 'NORMAL:-VERS-ALL:+VERS-TLS1.3' }, '0303', 'AES256-GCM of TLS 1.3'],
  ['OpenSSL, TLS 1.0, AES128-SHA', openssl('-tls1 -cipher AES128-SHA:@SECLEVEL=0'), '0301', 'AES128-SHA'],
  ['OpenSSL, TLS 1.0, AES256-SHA', openssl('-tls1 -cipher AES256-SHA:@SECLEVEL=0'), '0301', 'AES256-SHA'],
  ['OpenSSL, TLS 1.0, NULL before AES', openssl('-tls1 -cipher NULL-SHA:AES128-SHA:@SECLEVEL=0'), '0301', 'AES128-SHA'],
  ['OpenSSL, TLS 1.1, AES256-SHA', openssl('-tls1_1 -cipher AES256-SHA:@SECLEVEL=0'), '0302', 'AES256-SHA'],
  [
    'OpenSSL, TLS 1.2, ECDHE with AES256-GCM',
    openssl('-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384'),
    '0303',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ],
  ['OpenSSL, TLS 1.3', openssl('-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384'), '0303', 'AES256-GCM of TLS 1.3'],
];

const NULL_CLIENTS: readonly (readonly [string, TlsClient])[] = [
  ['GnuTLS', gnutls('+VERS-TLS1.0', '+NULL')],
  ['OpenSSL', openssl('-tls1 -cipher NULL-SHA:@SECLEVEL=0')],
];

/** The certificates, each with the number of the reason for which its registration is refused; 0: it registers. */
const CERTIFICATES: readonly (readonly [name: string | undefined, reason: number])[] = [
  ['phone-lsc', 0],
  ['phone-lsc-cisco-form', 0],
  ['phone-mic', 0],
  ['phone-lsc-rsa1024-sha1', 0],
  [undefined, 10],
  ['phone-lsc-rogue-ca', 10],
  ['phone-lsc-expired', 10],
  ['phone-lsc-server-only', 10],
  ['phone-lsc-other-name', 11],
];

type Protocol = 'SCCP' | 'SIP';

const REGISTER = Buffer.from(
  [
    'REGISTER sip:127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKmatrix',
    'From: <sip:5001@127.0.0.1>;tag=matrix',
    'To: <sip:5001@127.0.0.1>',
    'Call-ID: matrix@127.0.0.1',
    'Max-Forwards: 70',
    'CSeq: 101 REGISTER',
    'User-Agent: Cisco-CP8845/12.8.1',
    `Contact: <sip:uuid-5001@127.0.0.1:5061;transport=tls>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00270dc01c92>";+u.sip!devicename.ccm.cisco.com="${DEVICE}"`,
    'Expires: 120',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);

/** Of each protocol: the model of the device, its request, and what the answers look like. */
const PROTOCOLS = {
  SCCP: {
    model: '7962',
    request: () => encode('RegisterReqMessage', aRegister(DEVICE, { protocolVer: 20, deviceType: 404 }), 0),
    good: (heard: Buffer) => heard.includes(Buffer.from('81000000', 'hex')),
    bad: (heard: Buffer) => heard.includes(Buffer.from('9d000000', 'hex')),
  },
  SIP: {
    model: '8845',
    request: () => REGISTER,
    good: (heard: Buffer) => heard.includes('SIP/2.0 200'),
    bad: (heard: Buffer) => heard.includes('SIP/2.0 403'),
  },
} as const;

/** A daemon in mixed mode with one device, and what clients need of it. */
class SecureLab {
  readonly lab = new TestDaemon();
  readonly protocol: Protocol;

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  #fileOf(name: string): string {
    return join(this.lab.folder, 'keys', `${name}.pem`);
  }

  /** The files of a certificate of `LABCM_FIXTURES`. */
  files(name: string): ClientFiles {
    writeFileSync(this.#fileOf(name), pem(name));
    writeFileSync(this.#fileOf(`${name}-key`), keyPem(name), { mode: 0o600 });
    return { certificate: this.#fileOf(name), key: this.#fileOf(`${name}-key`) };
  }

  async start(mode: 'authenticated' | 'encrypted'): Promise<void> {
    const { lab, protocol } = this;
    mkdirSync(join(lab.folder, 'keys'));
    copyFileSync(join(FIXTURES, 'keys/test-manufacturing-ca.pem'), this.#fileOf('issuer'));
    const capf = this.files('capf');
    lab.configure(
      `security:
  mode: mixed
  itl: on
  https: 0
  capf: { port: 0 }
  tvs: { port: 0 }
  phoneIssuers: [${this.#fileOf('issuer')}]
  certificates: { capf: { certificate: ${capf.certificate}, key: ${capf.key} } }
devices:
  - { name: ${DEVICE}, model: ${PROTOCOLS[protocol].model}, protocol: ${protocol}, lines: [{ dn: "5001" }], security: { mode: ${mode} } }
`,
      `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0, tls: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0, tls: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`,
    );
    await lab.start();
  }

  /** Registers by a client. Returns what the server chose, and the reason of a refusal; 0: it registered. */
  async registers(client: TlsClient, certificate: string | undefined) {
    const { request, good, bad } = PROTOCOLS[this.protocol];
    const { port } = this.lab.endpoint(this.protocol, 'tls');
    const files = certificate === undefined ? undefined : this.files(certificate);
    const outcome = await asClient(client, port, request(), (heard) => good(heard) || bad(heard), files);
    const device = (await (await fetch(this.lab.url(`/api/devices/${DEVICE}`))).json()) as {
      readonly reason: { readonly number: number } | null;
    };
    const { version, suite, alert } = outcome;
    const refusal = bad(outcome.heard) ? device.reason?.number : good(outcome.heard) ? 0 : undefined;
    return { version, suite, alert, refusal };
  }
}

const CAN_RUN = hasFixtures && has('gnutls-cli') && has('openssl');

describe.skipIf(!CAN_RUN).each(['SCCP', 'SIP'] as const)('%s over TLS, an encrypted device', (protocol) => {
  const secure = new SecureLab(protocol);
  beforeAll(() => secure.start('encrypted'));
  afterAll(() => secure.lab.remove());

  it.each(CLIENTS)('%s registers', async (_, client, version, suite) => {
    const outcome = await secure.registers(client, 'phone-lsc');
    expect(outcome).toEqual({ version, suite: SUITE[suite], alert: undefined, refusal: 0 });
  });

  it.each(NULL_CLIENTS)('%s with NULL-SHA alone is refused for its cipher', async (_, client) => {
    const outcome = await secure.registers(client, 'phone-lsc');
    expect(outcome).toEqual({ version: '0301', suite: SUITE['NULL-SHA'], alert: undefined, refusal: 12 });
  });

  it.each(CERTIFICATES)('GnuTLS with the certificate %s', async (name, reason) => {
    const { refusal } = await secure.registers(gnutls('+VERS-TLS1.0', '+AES-128-CBC'), name);
    expect(refusal).toBe(reason);
  });

  it.each(CERTIFICATES)('OpenSSL with the certificate %s', async (name, reason) => {
    const { refusal } = await secure.registers(openssl('-tls1 -cipher AES128-SHA:@SECLEVEL=0'), name);
    expect(refusal).toBe(reason);
  });

  it('a key on an elliptic curve registers with TLS 1.2', async () => {
    const client = openssl('-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384');
    expect((await secure.registers(client, 'phone-lsc-ec')).refusal).toBe(0);
  });

  it('a client that speaks SSL 3.0 alone is told so', async () => {
    const { suite, alert } = await secure.registers(gnutls('+VERS-SSL3.0', '+AES-128-CBC'), 'phone-lsc');
    expect(suite).toBeUndefined();
    // This GnuTLS may not speak it at all; then it sends nothing.
    expect([undefined, 40, 70]).toContain(alert);
  });

  it('a hello in the form of SSL 2 that offers TLS 1.0 is answered', async () => {
    const { port } = secure.lab.endpoint(protocol, 'tls');
    const challenge = Buffer.alloc(16, 7);
    // Type 1, version 3.1, three octets of suites, no session, sixteen of challenge (RFC 5246 appendix E.2).
    const body = Buffer.concat([Buffer.from('010301000300000010', 'hex'), Buffer.from('00002f', 'hex'), challenge]);
    const head = Buffer.from([0x80 | (body.length >> 8), body.length & 0xff]);
    const first = await new Promise<Buffer>((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.concat([head, body])));
      socket.once('error', reject);
      socket.once('data', (bytes) => {
        resolve(bytes);
        socket.destroy();
      });
    });
    expect(first.subarray(0, 3).toString('hex')).toBe('160301');
  });
});

describe.skipIf(!CAN_RUN).each(['SCCP', 'SIP'] as const)('%s over TLS, an authenticated device', (protocol) => {
  const secure = new SecureLab(protocol);
  beforeAll(() => secure.start('authenticated'));
  afterAll(() => secure.lab.remove());

  it.each(NULL_CLIENTS)('%s with NULL-SHA alone registers', async (_, client) => {
    const outcome = await secure.registers(client, 'phone-lsc');
    expect(outcome).toEqual({ version: '0301', suite: SUITE['NULL-SHA'], alert: undefined, refusal: 0 });
  });
});

describe.skipIf(!CAN_RUN)('configuration over HTTPS', () => {
  const secure = new SecureLab('SIP');
  beforeAll(() => secure.start('encrypted'));
  afterAll(() => secure.lab.remove());

  const asks = async (client: TlsClient) => {
    const { port } = secure.lab.endpoint('HTTPS');
    const request = Buffer.from(`GET /${DEVICE}.cnf.xml.sgn HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    const { alert, heard } = await asClient(client, port, request, (bytes) => bytes.includes('</device>'));
    return { alert, isServed: heard.includes('HTTP/1.1 200') && heard.includes('<deviceSecurityMode>') };
  };

  it.each([
    ['GnuTLS, TLS 1.2', { program: 'gnutls', offers: 'NORMAL:-VERS-ALL:+VERS-TLS1.2' }],
    ['GnuTLS, TLS 1.3', { program: 'gnutls', offers: 'NORMAL:-VERS-ALL:+VERS-TLS1.3' }],
    ['OpenSSL, TLS 1.2', openssl('-tls1_2')],
    ['OpenSSL, TLS 1.3', openssl('-tls1_3')],
  ] as const)('%s is served', async (_, client) => {
    expect(await asks(client)).toEqual({ alert: undefined, isServed: true });
  });

  it.each([
    ['GnuTLS, TLS 1.0', gnutls('+VERS-TLS1.0', '+AES-128-CBC', '+ECDHE-ECDSA')],
    ['GnuTLS, TLS 1.1', gnutls('+VERS-TLS1.1', '+AES-128-CBC', '+ECDHE-ECDSA')],
    ['OpenSSL, TLS 1.0', openssl('-tls1 -cipher ALL:@SECLEVEL=0')],
  ] as const)('%s is refused for its version', async (_, client) => {
    expect(await asks(client)).toEqual({ alert: 70, isServed: false });
  });
});
