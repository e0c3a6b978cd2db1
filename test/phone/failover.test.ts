import { describe, expect, it } from 'vitest';
import { IPCTEST2, PRIMARY, phoneHarness, SECONDARY, SEP } from './harness.js';

describe.each([
  ['SCCP', IPCTEST2],
  ['SIP', SEP],
] as const)('a phone that speaks %s', (protocol, wish) => {
  it('goes at once to the node that stands by when its own is gone, over the link that is open', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(wish);
    await lab.primary.die();
    await lab.settle();
    expect(lab.stepsOf('phone.failing-over')).toMatchObject([{ from: 'CM1', to: 'CM2' }]);
    expect(phone.state).toBe('registered');
    expect(lab.secondary.state(wish.name)).toBe('registered');
    const opened = lab.stepsOf('phone.link-opened').filter(({ node }) => node === 'CM2');
    expect(opened).toHaveLength(1);
  });

  it('says why it comes', async () => {
    const lab = await phoneHarness();
    await lab.boot(wish);
    lab.streams.wire.length = 0;
    await lab.primary.die();
    await lab.settle();
    const said = lab.streams.wire
      .filter(({ to }) => to.address === SECONDARY)
      .map(({ bytes }) => bytes.toString('latin1'));
    expect(said.join('')).toContain(protocol === 'SCCP' ? '10: Name=ipctest2' : 'cisco-alarm:10 Name=SEP005056A1033D');
  });

  it('notices a node that no longer answers, and goes', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(wish);
    lab.streams.unreachable(PRIMARY);
    await lab.pass(200);
    expect(phone.state).toBe('registered');
    expect(lab.secondary.state(wish.name)).toBe('registered');
    if (protocol === 'SCCP')
      expect(lab.stepsOf('phone.keepalive-missed').at(-1)).toMatchObject({ node: 'CM1', missed: 3 });
  });

  it('comes home by a token once its own node has been up for the monitor time', async () => {
    const lab = await phoneHarness({ monitorSeconds: 120 });
    const phone = await lab.boot(wish);
    await lab.primary.die();
    await lab.settle();
    await lab.primary.live();
    await lab.pass(100);
    expect(lab.secondary.state(wish.name)).toBe('registered');
    await lab.pass(120);
    expect(lab.stepsOf('phone.returning')).toMatchObject([{ from: 'CM2', to: 'CM1' }]);
    expect([lab.primary.state(wish.name), lab.secondary.state(wish.name)]).toEqual(['registered', 'unregistered']);
    expect(phone.state).toBe('registered');
    await lab.pass(200);
    expect(lab.stepsOf('phone.standing-by').at(-1)).toMatchObject({ node: 'CM2' });
    expect(phone.state).toBe('registered');
  });

  it('waits as long as it is told where the token is refused', async () => {
    const tokens = { perSecond: 0, burst: 0, wait: 40_000 as never };
    const lab = await phoneHarness({ monitorSeconds: 60, sccp: { tokens }, sip: { tokens } });
    await lab.boot(wish);
    await lab.primary.die();
    await lab.settle();
    await lab.primary.live();
    await lab.pass(300);
    expect(lab.secondary.state(wish.name)).toBe('registered');
    expect(lab.stepsOf('phone.returning')).toEqual([]);
    const waits = lab.stepsOf('phone.waiting').filter((step) => step.for.includes('token'));
    expect(waits.length).toBeGreaterThan(3);
    expect(new Set(waits.map(({ again }) => again))).toEqual(new Set([40_000]));
  });

  it('tries every node again when none answers, and registers with the first that does', async () => {
    const lab = await phoneHarness();
    await lab.primary.die();
    await lab.secondary.die();
    const phone = await lab.boot(wish);
    expect(phone.state).toBe('registering');
    expect(lab.stepsOf('phone.link-failed').map(({ node, why }) => `${node} ${why}`)).toEqual([
      'CM1 ECONNREFUSED',
      'CM2 ECONNREFUSED',
    ]);
    await lab.primary.live();
    await lab.pass(15);
    expect(phone.state).toBe('registered');
  });
});
