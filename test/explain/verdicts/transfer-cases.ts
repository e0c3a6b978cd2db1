// The causes at TFTP and HTTP (`docs/protocols/explain.md` §2.3).

import { seconds } from '../../../src/core/time.js';
import { DHCP, wireOf } from './dhcp-wire.js';
import { brokenOff, cannotBeServed, forbidden, missing, overHttp, says, served } from './file-facts.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE } from './verdict-lab.js';

const OWN = `${PHONE}.cnf.xml`;
const PART = 'cvm42sccp.9-4-2ES26.sbn';

const SMALL_BLOCKS = 'tftp: { blockSize: 512, windowSize: 1 }';
const an8851 = { devices: [{ name: PHONE, model: 'Cisco 8851', protocol: 'SIP' as const, lines: ['5001'] }] };

export const TRANSFER_CASES: readonly VerdictCase[] = [
  {
    code: 'files.broken',
    arrange: (lab) => says(lab, cannotBeServed(OWN, 'EACCES: permission denied'), missing(OWN)),
    sentence: `Its file "${OWN}" cannot be served: EACCES: permission denied.`,
    remedy: 'the daemon must be able to read it',
  },
  {
    code: 'files.blocks-lost',
    arrange: (lab) => lab.say(brokenOff(OWN)),
    sentence: `It asks for "${OWN}", and labcm's first block, sent 3 times, never reaches it: answers come from another port than 69, and something drops them.`,
    remedy: 'all ports above 1023',
    // It has the file by a second request before the first transfer is given up.
    mend: (lab) => {
      lab.fetch(OWN);
      lab.say(brokenOff(OWN));
    },
  },
  {
    code: 'files.slow',
    arrange: (lab) =>
      says(lab, served(PART, { octets: 512_000, blocks: 1001, resent: 102, milliseconds: 184_000 }), missing('x.jar')),
    sentence: `It got "${PART}" in 184 s with 102 packets sent again: the link loses packets.`,
    remedy: SMALL_BLOCKS,
  },
  {
    code: 'files.slow',
    title: 'files.slow, though nothing is lost',
    arrange: (lab) =>
      says(lab, served(PART, { octets: 512_000, blocks: 1001, milliseconds: 61_000 }), missing('x.jar')),
    sentence: `It got "${PART}" in 61 s and nothing was lost: the way to it is long or narrow.`,
    remedy: 'near the phones',
  },
  {
    code: 'files.slow',
    title: 'files.slow, to no end',
    arrange: (lab) => says(lab, brokenOff(PART, { blocks: 312, resent: 5 })),
    sentence: `It got a part of "${PART}", and then no answer came for 5 packets sent again: the link loses packets.`,
    remedy: SMALL_BLOCKS,
    mend: (lab) => says(lab, served(PART), missing('x.jar')),
  },
  {
    code: 'files.options-refused',
    arrange: (lab) => lab.say(brokenOff(OWN, { reason: 'client-error', errorCode: 8, resent: 0 })),
    sentence: `It refuses the TFTP options that it asked for itself, at "${OWN}".`,
    remedy: SMALL_BLOCKS,
    mend: (lab) => lab.fetch(OWN),
  },
  {
    code: 'files.http-dropped',
    config: { ...an8851, dhcp: DHCP } as VerdictCase['config'] & object,
    arrange: (lab) => {
      wireOf(lab).lease({ vendorClass: 'Cisco Systems, Inc. IP Phone CP-8851\0' });
      lab.wait(seconds(32));
      lab.say(missing(`ITL${PHONE}.tlv`), served(OWN), missing('/sl-be-sip.jar'));
    },
    sentence:
      'It asked for its first file 32 s after it had its address: it waits for an answer on TCP 6970 before it tries TFTP, and something drops that instead of refusing it.',
    remedy: 'reject with tcp reset',
  },
  {
    code: 'files.tftp-off',
    config: { dhcp: DHCP, tftp: { enabled: false } } as VerdictCase['config'] & object,
    arrange: (lab) => {
      wireOf(lab).lease();
      lab.wait(seconds(45));
    },
    sentence:
      'It has its address and gets no file: nothing listens on UDP 69 here, and a Cisco 7962 asks by TFTP alone.',
    remedy: 'tftp: { enabled: true, port: 69 }',
  },
  {
    code: 'files.busy',
    arrange: (lab) => says(lab, { type: 'tftp.throttled', address: ADDRESS, limit: 'requests per second', count: 12 }),
    sentence: 'Its request for a file was turned away, because more came than `tftp.limits.requestsPerSecond` allows.',
    remedy: 'tftp: { limits: { requestsPerSecond: 2000 } }',
    mend: (lab) => lab.fetch(OWN),
  },
  {
    code: 'files.busy',
    title: 'files.busy, over HTTP',
    config: an8851,
    arrange: (lab) => lab.say(overHttp(OWN, { status: 503 })),
    sentence:
      'Its request for a file was turned away, because more came than `http.provisioning.limits.serving` allows.',
    remedy: 'serving:',
    mend: (lab) => lab.fetch(OWN),
  },
  {
    code: 'files.busy',
    title: 'files.busy, over HTTPS',
    config: an8851,
    arrange: (lab) =>
      says(lab, {
        ...{ type: 'http.throttled', service: 'HTTP', address: ADDRESS, limit: '20 TLS handshakes per second' },
        count: 3,
      }),
    sentence: 'Its request for a file was turned away, because more came than `security.unproven.perSecond` allows.',
    remedy: 'security: { unproven: { perSecond: 40 } }',
    mend: (lab) => lab.fetch(OWN),
  },
  {
    code: 'files.forbidden',
    arrange: (lab) => says(lab, forbidden('../../etc/passwd', 'leads out of the root')),
    sentence: 'It asked for "../../etc/passwd", which leads out of the served folder.',
    remedy: ADDRESS,
  },
];
