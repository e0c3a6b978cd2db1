// Where a boot begins, and what is expected next: facts aside from the steps of a boot change neither
// (`docs/protocols/explain.md` §§1.5, 1.6).

import { describe, expect, it } from 'vitest';
import { seconds } from '../../../src/core/time.js';
import { DHCP, wireOf } from './dhcp-wire.js';
import { cannotBeServed, forbidden, missing, says, served } from './file-facts.js';
import { ADDRESS, PHONE, type Said, VerdictLab } from './verdict-lab.js';

const LIST = missing(`CTL${PHONE}.tlv`);
const WITH_DHCP = { dhcp: DHCP } as never;

describe('a trust list', () => {
  it('belongs to the boot that DHCP began', async () => {
    const lab = await VerdictLab.with(WITH_DHCP);
    wireOf(lab).lease();
    const began = lab.report()?.view.boot.began;
    lab.wait(seconds(30));
    lab.say(LIST);
    expect(lab.report()?.view.boot.began).toBe(began);
    expect(lab.report()?.view.facts.has('device.leased')).toBe(true);
  });

  it('begins a boot after other files, if they are old', async () => {
    const lab = await VerdictLab.with(WITH_DHCP);
    wireOf(lab).lease();
    lab.say(LIST);
    lab.fetch(`${PHONE}.cnf.xml`);
    lab.wait(seconds(10));
    lab.say(LIST);
    expect(lab.report()?.view.facts.has('device.leased')).toBe(true);
    lab.wait(seconds(21));
    lab.say(LIST);
    expect(lab.report()?.view.facts.has('device.leased')).toBe(false);
  });

  it('begins a boot of a phone that came without files the last time', async () => {
    const lab = await VerdictLab.with();
    lab.register();
    lab.wait(seconds(60));
    lab.say(LIST);
    expect(lab.report()?.view.boot.began).toBe(lab.now());
  });
});

describe('the next step is expected after', () => {
  const ASIDE: readonly Said[] = [
    { type: 'net.neighbour', address: ADDRESS, mac: '001122334455', own: '001122334455' } as unknown as Said,
    forbidden('../x', 'leads out of the root'),
    cannotBeServed('ringlist.xml', 'EACCES: permission denied'),
    { type: 'tftp.throttled', address: ADDRESS, limit: 'transfers', count: 1 },
    { type: 'http.throttled', service: 'HTTP', address: ADDRESS, limit: 'connections', count: 1 },
  ];

  it.each(ASIDE.map((event) => [event.type, event] as const))('%s, as before', async (_, event) => {
    const lab = await VerdictLab.with();
    says(lab, served(`${PHONE}.cnf.xml`), event);
    expect(lab.report()?.view.awaited).toBe('connection');
    lab.wait(seconds(60));
    expect(lab.report()?.view.isOverdue).toBe(true);
  });

  it('the lease, though the neighbour is told after it, and its time ends', async () => {
    const lab = await VerdictLab.with(WITH_DHCP);
    wireOf(lab).lease();
    lab.say(ASIDE[0] as Said);
    lab.wait(seconds(46));
    expect(lab.told.map(({ code }) => code)).toEqual(['files.never-asks']);
  });
});
