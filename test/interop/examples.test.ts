// The examples that take many processes: each does what its README.md says, whose lines are run as they stand there. The others are
// run by `npm test`.

import { afterEach, describe, expect, it } from 'vitest';
import { CopiedExample } from '../examples/copied-example.js';

const copies: CopiedExample[] = [];
const copyOf = (name: string): CopiedExample => {
  const copy = new CopiedExample(name);
  copies.push(copy);
  return copy;
};
afterEach(() => {
  for (const copy of copies.splice(0)) copy.remove();
});

/** All of 127.0.0.0/8 is loopback there alone. */
const HAS_LOOPBACK_NETWORK = process.platform === 'linux';

describe.skipIf(!HAS_LOOPBACK_NETWORK)('two nodes', () => {
  it('have a phone that goes to the second one once the first has ended', async () => {
    const example = copyOf('two-nodes');
    const { code, said } = await example.script(example.shown());
    expect(code, said).toBe(0);
    expect(said).toMatch(/Registered with CM1[\s\S]*going to CM2[\s\S]*Registered with CM2/);
    expect(said).toContain('SEP001122334455: nothing is wrong, it is registered');
  });
});

describe.skipIf(!HAS_LOOPBACK_NETWORK)('the fleet', () => {
  it('registers, and is counted', async () => {
    const example = copyOf('fleet');
    const { code, said } = await example.script(example.shown());
    expect(code, said).toBe(0);
    expect(said).toContain('3 of 3 expectations hold');
    expect(said).toContain('15 of 15 registered');
    expect(said).toMatch(/100 phones started, 100 registered .* 0 failed/);
  });
});

describe.skipIf(!HAS_LOOPBACK_NETWORK)('mixed mode', () => {
  it('has phones that come over TLS, remember the cluster, and refuse another one', async () => {
    const example = copyOf('mixed-mode');
    const { code, said } = await example.script(example.shown());
    expect(code, said).toBe(0);
    // Once for each phone, and once more for the one whose lists were erased.
    expect(said.match(/CAPF: installed/g)).toHaveLength(3);
    expect(said).toContain(`HTTPS at 127.3.0.1:6971: its certificate is in the ITL`);
    expect(said).toMatch(
      /Trust store: CTL of CN=ITLRECOVERY_CM1;\S*; ITL of CN=ITLRECOVERY_CM1;\S*; a certificate of CAPF/,
    );
    expect(said).toMatch(/TLS Error: SCCP at 127\.3\.0\.1:2443 is refused with alert 48/);
    expect(said).toContain('with alert 48 (unknown_ca)');
    expect(said).toContain('Trust lists erased; the certificate of CAPF stays');
  });
});

describe.skipIf(!HAS_LOOPBACK_NETWORK)('phones on tape', () => {
  it('are recorded, played again and compared', async () => {
    const example = copyOf('tapes');
    const { code, said } = await example.script(example.shown());
    expect(code, said).toBe(0);
    expect(said).toMatch(/7962\.tape\.jsonl: \d+ messages in /);
    expect(said).toContain('SEP001122334455: the daemon says what the tape has');
    expect(said).toMatch(/\nphone +model +Cisco 7962 +Cisco 7945\n/);
  });
});
