// Programs that others wrote meet faults that labcm makes on purpose, over real sockets: what they print of it, and that labcm's trace
// and timeline say that labcm did it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/daemon.js';
import { DESK, FaultyLab, SERVER, SOFT } from './support/faulty-lab.js';

const FILE = `${DESK}.cnf.xml`;
const NOTE = 'note.txt';
const LARGE = 'large.bin';

let lab: FaultyLab;
beforeAll(async () => {
  lab = new FaultyLab();
  writeFileSync(join(lab.root, NOTE), 'as it was');
  writeFileSync(join(lab.root, LARGE), Buffer.alloc(30_000, 'x'));
  await lab.start();
});
afterAll(() => lab.remove());

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('udhcpc', () => {
  it('asks again where an OFFER is lost', async () => {
    const rule = { id: 'no-offer', where: 'dhcp', fault: 'drop', message: ['OFFER'], times: 1 };
    const { output } = await lab.under(rule, () => lab.udhcpc());
    expect(count(output, /discover/gi)).toBe(2);
    expect(output).toMatch(/lease of 10\.89\.0\.1\d\d obtained/);
    await lab.expectTold('no-offer', DESK, 'dhcp drop of OFFER');
  });

  it('is told of another TFTP server, and of a text that is none', async () => {
    const usual = await lab.udhcpc();
    expect(usual.told).toContain('opt150=0a590001');
    const wrong = { id: 'wrong-150', where: 'dhcp', fault: 'wrong-option-150', value: ['10.89.0.77', '10.89.0.78'] };
    expect((await lab.under(wrong, () => lab.udhcpc())).told).toContain('opt150=0a59004d0a59004e');
    await lab.expectTold('wrong-150', DESK, '10.89.0.77, 10.89.0.78');
    const text = { id: 'text-150', where: 'dhcp', fault: 'text-option-150' };
    const said = Buffer.from(SERVER, 'latin1').toString('hex');
    expect((await lab.under(text, () => lab.udhcpc())).told).toContain(`opt150=${said}`);
    await lab.expectTold('text-150', DESK);
  });
});

describe('dhclient', () => {
  it('gets a NAK, asks again, and is bound', async () => {
    const rule = { id: 'no', where: 'dhcp', fault: 'nak', reason: 'not in this lab', times: 1 };
    const { output } = await lab.under(rule, () => lab.dhclient());
    expect(output).toMatch(/DHCPNAK from 10\.89\.0\.1/);
    expect(count(output, /DHCPREQUEST/g)).toBe(2);
    expect(output).toContain('DHCPACK of 10.89.0.');
    await lab.expectTold('no', DESK, 'not in this lab');
  });

  it('takes the TFTP server that is wrong', async () => {
    const rule = { id: 'nobody-150', where: 'dhcp', fault: 'wrong-option-150' };
    const { told } = await lab.under(rule, () => lab.dhclient());
    expect(told).toContain('new_tftp150=192.0.2.1');
    await lab.expectTold('nobody-150', DESK, '192.0.2.1');
  });
});

describe('tftp of tftp-hpa', () => {
  it('asks again where its request is lost', async () => {
    const rule = { id: 'no-rrq', where: 'tftp', fault: 'drop', message: ['RRQ'], times: 1 };
    const { output, got } = await lab.under(rule, () => lab.tftp(FILE));
    expect(count(output, /sent RRQ/g)).toBe(2);
    expect(got).toMatch(/<\/device>\s*$/);
    await lab.expectTold('no-rrq', DESK, 'tftp drop of RRQ');
  });

  it('asks again where the first block is late', async () => {
    const rule = { id: 'late', where: 'tftp', fault: 'delay', message: ['DATA'], delay: '1500ms', times: 1 };
    const { output, got } = await lab.under(rule, () => lab.tftp(FILE));
    expect(count(output, /sent RRQ/g), output).toBe(2);
    expect(got).toMatch(/<\/device>\s*$/);
    await lab.expectTold('late', DESK, 'after 1500 ms');
  });

  it('gets a block twice, and the file once', async () => {
    const usual = await lab.tftp(FILE);
    expect(count(usual.output, /received DATA <block=1,/g)).toBe(1);
    const rule = { id: 'twice', where: 'tftp', fault: 'double', message: ['DATA'], times: 1 };
    const { output, got } = await lab.under(rule, () => lab.tftp(FILE));
    expect(count(output, /received DATA <block=1,/g)).toBe(2);
    expect(got).toBe(usual.got);
    await lab.expectTold('twice', DESK, 'tftp double of DATA');
  });

  it('takes a block that is cut for the last one', async () => {
    const whole = (await lab.tftp(FILE)).got;
    const rule = { id: 'cut-off', where: 'tftp', fault: 'cut', message: ['DATA'], octets: 100, times: 1 };
    const { output, got } = await lab.under(rule, () => lab.tftp(FILE));
    expect(output).toContain('Received 96 bytes');
    expect(got).toBe(whole.slice(0, 96));
    await lab.expectTold('cut-off', DESK, '100 of 516 octets');
  });

  it('gets a file as it was, and as it is when the rule has gone', async () => {
    const rule = { id: 'stale', where: 'tftp', fault: 'stale-file' };
    await lab.under(rule, async () => {
      expect((await lab.tftp(NOTE)).got).toBe('as it was');
      writeFileSync(join(lab.root, NOTE), 'as it is');
      expect((await lab.tftp(NOTE)).got).toBe('as it was');
    });
    // What is on disk is looked at now and then.
    await eventually(async () => expect((await lab.tftp(NOTE)).got).toBe('as it is'));
    await lab.expectTold('stale', DESK, NOTE);
  });

  it('gets another file', async () => {
    const rule = { id: 'other', where: 'tftp', fault: 'wrong-file', file: 'XMLDefault.cnf.xml' };
    expect((await lab.under(rule, () => lab.tftp(FILE))).got).toContain('<Default>');
    await lab.expectTold('other', DESK, `XMLDefault.cnf.xml for ${FILE}`);
  });

  it('is refused with a reason', async () => {
    const rule = { id: 'refusal', where: 'tftp', fault: 'refuse', reason: 'not today' };
    const { output } = await lab.under(rule, () => lab.tftp(FILE));
    expect(output).toContain('Error code 0: not today');
    await lab.expectTold('refusal', DESK, 'not today');
  });
});

describe('curl', () => {
  /** Exit codes of curl. */
  const CODE = { partial: 18, timedOut: 28, received: 56 } as const;

  it('gives up on octets that trickle', async () => {
    const rule = { id: 'trickle', where: 'http', fault: 'slow', rate: 5_000 };
    const { code, output } = await lab.under(rule, () =>
      lab.curl(LARGE, '-o', '/dev/null', '--speed-limit', '20000', '--speed-time', '1'),
    );
    expect([code, output]).toEqual([CODE.timedOut, expect.stringContaining('Operation too slow')]);
    await lab.expectTold('trickle', DESK, '5000 octets a second');
  });

  it('is cut off, or reset, or not answered', async () => {
    const cut = { id: 'part', where: 'http', fault: 'cut', octets: 1_000 };
    const partial = await lab.under(cut, () => lab.curl(LARGE, '-o', '/dev/null'));
    expect([partial.code, partial.output]).toEqual([CODE.partial, expect.stringContaining('29000 bytes')]);
    const close = { id: 'reset', where: 'http', fault: 'close' };
    const reset = await lab.under(close, () => lab.curl(FILE));
    expect([reset.code, reset.output]).toEqual([CODE.received, expect.stringContaining('reset by peer')]);
    const drop = { id: 'nothing', where: 'http', fault: 'drop' };
    const nothing = await lab.under(drop, () => lab.curl(FILE, '--max-time', '1'));
    expect([nothing.code, nothing.output]).toEqual([CODE.timedOut, expect.stringContaining('0 bytes received')]);
    for (const id of ['part', 'reset', 'nothing']) await lab.expectTold(id, DESK);
  });

  it('is refused with a status, and served when the rule has gone', async () => {
    const rule = { id: 'unavailable', where: 'http', fault: 'refuse', reason: 503 };
    const status = ['-o', '/dev/null', '-w', '%{http_code}'] as const;
    expect((await lab.under(rule, () => lab.curl(FILE, ...status))).output).toBe('503');
    expect((await lab.curl(FILE, ...status)).output).toBe('200');
    await lab.expectTold('unavailable', DESK, '503');
  });
});

describe('openssl s_client', () => {
  it('says that the certificate has expired, or that it was reset', async () => {
    expect((await lab.openssl()).output).not.toContain('certificate has expired');
    const expired = { id: 'expired', where: 'tls', fault: 'expired-certificate' };
    expect((await lab.under(expired, () => lab.openssl())).output).toContain('certificate has expired');
    const reset = { id: 'tls-reset', where: 'tls', fault: 'close' };
    expect((await lab.under(reset, () => lab.openssl())).output).toContain('no peer certificate available');
    for (const id of ['expired', 'tls-reset']) await lab.expectTold(id, DESK);
    expect((await lab.openssl()).output).not.toContain('certificate has expired');
  });
});

// With its registration a second device has the address of the first one: what says no name is then of neither.
describe('sipp', () => {
  it('is refused', async () => {
    const rule = { id: 'sip-no', where: 'sip', fault: 'refuse', message: ['REGISTER'], reason: '503 On purpose' };
    const { code, messages } = await lab.under(rule, () => lab.sipp('refused', '<recv response="503"/>'));
    expect([code, messages]).toEqual([0, expect.stringContaining('SIP/2.0 503 On purpose')]);
    await lab.expectTold('sip-no', SOFT, '503 On purpose');
  });

  it('meets silence, and sends again until it gives up', async () => {
    const rule = { id: 'sip-silence', where: 'sip', fault: 'silence', message: ['REGISTER'] };
    const { code, messages } = await lab.under(rule, () => lab.sipp('silent', '<recv response="200"/>'));
    expect(code).not.toBe(0);
    expect(count(messages, /^REGISTER sip:/gm)).toBeGreaterThan(2);
    expect(messages).not.toMatch(/^SIP\/2\.0 /m);
    await lab.expectTold('sip-silence', SOFT, 'sip silence of REGISTER');
  });

  it('gets its answer late, after it has asked again', async () => {
    const delay = { where: 'sip', fault: 'delay', direction: 'received', message: ['REGISTER'], delay: '700ms' };
    const rest = '<recv response="100" optional="true"/><recv response="200"/>';
    const { code, messages } = await lab.under({ id: 'sip-late', ...delay }, () => lab.sipp('late', rest));
    expect([code, messages]).toEqual([0, expect.stringContaining('SIP/2.0 200')]);
    expect(count(messages, /^REGISTER sip:/gm)).toBe(2);
    await lab.expectTold('sip-late', SOFT, 'after 700 ms');
  });
});
