// Faults on purpose of files over HTTP, of handshakes and of calls, and how they are told.

import { once } from 'node:events';
import { connect as connectSecurely } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, type Lab, type LabConfig, type LabFaultRule, startLab } from '../../src/lab.js';
import { eventually } from '../support/daemon.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334456';
const HALL = 'SEP001122334457';

const PHONES: LabConfig = {
  devices: [
    { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: WALL, model: '8851', lines: ['5005'] },
    { name: HALL, model: '7960', protocol: 'SIP', lines: ['5006'] },
  ],
};

const labs: Lab[] = [];

const start = async (configuration: LabConfig = PHONES): Promise<Lab> => {
  const lab = await startLab(configuration);
  labs.push(lab);
  return lab;
};

afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

it('a rule of the API is told with who asked for it', async () => {
  const lab = await start();
  const headers = { 'content-type': 'application/json' };
  const ask = async (method: string, path: string, body?: object): Promise<void> => {
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    expect((await fetch(lab.url(path), { method, ...sent })).ok).toBe(true);
  };
  const rule = (id: string) => ({ id, where: 'sip', fault: 'drop' });
  const added = lab.next('fault.added');
  await ask('POST', '/api/faults', rule('a'));
  expect(await added).toMatchObject({ by: 'api', from: '127.0.0.1' });
  const cleared = lab.next('fault.cleared');
  await ask('DELETE', '/api/faults/a');
  expect(await cleared).toMatchObject({ rule: 'a', from: '127.0.0.1' });
  await ask('POST', '/api/faults', rule('b'));
  const all = lab.next('fault.cleared');
  await ask('DELETE', '/api/faults');
  expect(await all).toMatchObject({ rule: 'b', from: '127.0.0.1' });
});

describe('a file over HTTP', () => {
  const NAME = `${DESK}.cnf.xml`;
  const asked = async (rule: Omit<LabFaultRule, 'where'>) => {
    const lab = await start();
    const url = lab.url(`/${NAME}`, 'HTTP');
    const whole = await (await fetch(url)).text();
    const fault = lab.fault({ where: 'http', device: DESK, ...rule });
    return { lab, url, whole, fault };
  };

  it('is refused with a status', async () => {
    const { url, fault } = await asked({ fault: 'refuse', reason: 404 });
    expect((await fetch(url)).status).toBe(404);
    expect(fault.injected).toBe(1);
    fault.clear();
    expect((await fetch(url)).status).toBe(200);
    expect(fault).toMatchObject({ injected: 1, state: 'over' });
  });

  it('comes late', async () => {
    const { url, whole, fault } = await asked({ fault: 'delay', delay: '30ms' });
    expect(await (await fetch(url)).text()).toBe(whole);
    expect(fault.injected).toBe(1);
  });

  it('does not come', async () => {
    const { url, lab } = await asked({ fault: 'drop' });
    const injected = lab.next('fault.injected');
    const aborted = new AbortController();
    const answer = fetch(url, { signal: aborted.signal });
    expect(await injected).toMatchObject({ where: 'http', fault: 'drop', message: 'GET', device: DESK });
    aborted.abort();
    await expect(answer).rejects.toThrow();
  });

  it('is cut, and its connection closed', async () => {
    const { url } = await asked({ fault: 'cut', octets: 100 });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  });

  it('is not sent: the connection is reset', async () => {
    const { url } = await asked({ fault: 'close' });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('trickles, and is whole', async () => {
    const { url, whole, fault } = await asked({ fault: 'slow', rate: 500_000 });
    expect(await (await fetch(url)).text()).toBe(whole);
    expect(fault.injected).toBe(1);
  });

  it('has another header, status or body', async () => {
    const { url, lab, fault } = await asked({ fault: 'set', field: 'Content-Type', value: 'text/lab' });
    expect((await fetch(url)).headers.get('content-type')).toBe('text/lab');
    fault.clear();
    const status = lab.fault({ where: 'http', fault: 'set', field: 'status', value: 500 });
    expect((await fetch(url)).status).toBe(500);
    status.clear();
    lab.fault({ where: 'http', fault: 'set', field: 'body', value: 'another' });
    expect(await (await fetch(url)).text()).toBe('another');
  });

  it('is garbled', async () => {
    const { url, whole } = await asked({ fault: 'garble', field: 'body' });
    const text = await (await fetch(url)).text();
    expect(text).not.toBe(whole);
  });

  it('is another one', async () => {
    const { url, whole, fault } = await asked({ fault: 'wrong-file', file: 'XMLDefault.cnf.xml' });
    expect(await (await fetch(url)).text()).toContain('<Default>');
    fault.clear();
    expect(await (await fetch(url)).text()).toBe(whole);
  });
});

describe('a file as it was', () => {
  /** Gives the device another number. */
  const renumber = async (lab: Lab, device: string, dn: string): Promise<void> => {
    const answer = await fetch(lab.url(`/api/devices/${device}`), {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lines: [{ dn }] }),
    });
    expect(answer.status).toBe(200);
  };

  it('is served over HTTP until its rule has gone', async () => {
    const lab = await start();
    const url = lab.url(`/${WALL}.cnf.xml`, 'HTTP');
    const text = async (): Promise<string> => (await fetch(url)).text();
    const fault = lab.fault({ where: 'http', fault: 'stale-file' });
    const old = await text();
    expect(old).toContain('5005');
    await renumber(lab, WALL, '5015');
    expect(await text()).toBe(old);
    expect(fault.injected).toBe(2);
    fault.clear();
    expect(await text()).toContain('5015');
    expect(await text()).not.toContain('5005');
  });

  it('gives a phone over TFTP the line that it had', async () => {
    const lab = await start();
    const booted = async (): Promise<readonly string[]> => {
      const configured = lab.next('phone.configured', { within: '20s', where: ({ phone }) => phone === HALL });
      const phone = lab.phone({ name: HALL });
      const { lines } = await configured;
      await phone.stop();
      return lines;
    };
    const fault = lab.fault({ where: 'tftp', fault: 'stale-file', device: HALL });
    expect(await booted()).toEqual(['5006']);
    await renumber(lab, HALL, '5016');
    expect(await booted()).toEqual(['5006']);
    fault.clear();
    expect(await booted()).toEqual(['5016']);
  });
});

describe('TLS', () => {
  const SECURE: LabConfig = { ...PHONES, sccp: { tls: 0 }, sip: { tls: 0 } };

  const handshake = async (port: number): Promise<{ readonly until: number; readonly subject: string }> => {
    const socket = connectSecurely({ host: '127.0.0.1', port, rejectUnauthorized: false });
    try {
      await once(socket, 'secureConnect');
      const { valid_to, subject } = socket.getPeerCertificate();
      return { until: Date.parse(valid_to), subject: String(subject.CN) };
    } finally {
      socket.destroy();
    }
  };

  it.each(['SCCP', 'SIP'] as const)(
    'of %s shows a certificate that has expired, and the usual one again',
    async (service) => {
      const lab = await start(SECURE);
      const port = lab.port(service, 'tls');
      const usual = await handshake(port);
      const fault = lab.fault({ where: 'tls', fault: 'expired-certificate' });
      const expired = await handshake(port);
      expect(expired.until).toBeLessThan(Date.now());
      expect(expired.subject).toBe(usual.subject);
      expect(fault.injected).toBe(1);
      fault.clear();
      expect(await handshake(port)).toEqual(usual);
    },
  );

  const MIXED: LabConfig = { ...PHONES, security: { mode: 'mixed', itl: 'on', https: 0 } };

  it.each(['CAPF', 'TVS', 'HTTPS'] as const)(
    'of %s shows a certificate that has expired, or is reset, and is the usual one again',
    async (service) => {
      const lab = await start(MIXED);
      const port = lab.port(service, 'tls');
      const usual = await handshake(port);
      const injected = lab.next('fault.injected');
      const expired = lab.fault({ id: 'mine', where: 'tls', fault: 'expired-certificate', times: 1 });
      expect((await handshake(port)).until).toBeLessThan(Date.now());
      expect(await injected).toMatchObject({ rule: 'mine', where: 'tls', address: '127.0.0.1' });
      expect(expired.injected).toBe(1);
      expect(await handshake(port)).toEqual(usual);
      const reset = lab.fault({ where: 'tls', fault: 'close' });
      await expect(handshake(port)).rejects.toThrow();
      expect(reset.injected).toBe(1);
      reset.clear();
      expect(await handshake(port)).toEqual(usual);
    },
  );

  it('is reset before its handshake', async () => {
    const lab = await start(SECURE);
    lab.fault({ where: 'tls', fault: 'close', times: 1 });
    await expect(handshake(lab.port('SCCP', 'tls'))).rejects.toThrow();
    expect((await handshake(lab.port('SCCP', 'tls'))).subject).not.toBe('');
  });
});

/** Of SetRingerMessage (`docs/protocols/sccp.md` §9). */
const RINGER_OFF = 1;

describe('a call', () => {
  const both = async (caller: string, callee: string) => {
    const lab = await start();
    const phones = [lab.phone({ name: caller }), lab.phone({ name: callee })] as const;
    await Promise.all(phones.map((phone) => phone.registered()));
    return { lab, caller: phones[0], callee: phones[1] };
  };

  it('is shown and does not ring', async () => {
    const { lab, caller, callee } = await both(WALL, DESK);
    const ringers: unknown[] = [];
    lab.on('sccp.sent', ({ name, fields }) => {
      if (name === 'SetRingerMessage') ringers.push((fields as { ringMode?: unknown }).ringMode);
    });
    const fault = lab.fault({ where: 'call', fault: 'no-ringing', device: DESK });
    const call = caller.dial('5002');
    const rung = await callee.rings();
    await call.reached('ringing');
    expect(new Set(ringers)).toEqual(new Set([RINGER_OFF]));
    expect(callee.screen).toMatchObject({ ringer: 'Off', calls: [expect.stringContaining('Ring')] });
    expect(fault.injected).toBe(1);
    caller.hangUp();
    await rung.ended();
    fault.clear();
    ringers.length = 0;
    await caller.dial('5002').reached('ringing');
    expect(ringers.some((mode) => mode !== RINGER_OFF)).toBe(true);
  });

  it('rings on a phone that speaks SIP all the same, and no rule says that it did not', async () => {
    const { lab, caller, callee } = await both(DESK, WALL);
    const fault = lab.fault({ where: 'call', fault: 'no-ringing' });
    const call = caller.dial('5005');
    await callee.rings();
    await call.reached('ringing');
    expect(callee.screen?.ringer).not.toBe('Off');
    expect(fault.injected).toBe(0);
  });

  it.each([DESK, WALL])('is heard by %s alone, which sends its speech to nobody', async (name) => {
    const { lab, caller, callee } = await both(name === DESK ? WALL : DESK, name);
    const number = name === DESK ? '5002' : '5005';
    const fault = lab.fault({ where: 'call', fault: 'one-way-audio', device: name });
    const call = caller.dial(number);
    await callee.rings();
    const started = lab.next('phone.media-started', { where: ({ phone }) => phone === name });
    const answered = callee.answer();
    await call.connected();
    expect((await started).to).toContain('192.0.2.1');
    expect(fault.injected).toBe(1);
    // Both speak, and one of them is heard.
    await eventually(() => {
      expect(answered.media()).toMatchObject({ to: '192.0.2.1:9' });
      expect(answered.media().received).toBeGreaterThan(20);
      expect(answered.media().sent).toBeGreaterThan(20);
    });
    expect(call.media()).toMatchObject({ received: 0, loudness: undefined });
    expect(call.media().sent).toBeGreaterThan(20);
    caller.hangUp();
    await Promise.all([call.ended(), answered.ended()]);
    // Without the rule the next call is heard by both.
    fault.clear();
    const next = caller.dial(number);
    await callee.rings();
    callee.answer();
    await next.connected();
    expect((await next.flows()).received).toBeGreaterThan(0);
  });
});

describe('what labcm does on purpose', () => {
  it('is told in the timeline and the verdict of the phone as labcm’s own doing', async () => {
    const lab = await start();
    lab.fault({ id: 'mine', where: 'sccp', fault: 'refuse', message: 'RegisterReqMessage', device: DESK });
    const verdict = lab.next('device.verdict', { within: '20s', where: ({ code }) => code === 'ops.injected-fault' });
    lab.phone({ name: DESK });
    expect(await verdict).toMatchObject({ device: DESK, sentence: expect.stringContaining('by rule mine') });
    const timeline = await (await fetch(lab.url(`/api/devices/${DESK}/timeline`))).text();
    expect(timeline).toContain('labcm itself did this, by rule mine');
  });

  it('is begun, listed and ended over the API', async () => {
    const lab = await start();
    const url = lab.url('/api/faults');
    const post = (rule: object) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(rule) });
    const rule = { where: 'all', fault: 'drop', chance: 0.3, for: '1m', message: ['REGISTER', 'RRQ'] };
    const added = await post(rule);
    expect(added.status).toBe(201);
    const made = (await added.json()) as { id: string };
    expect(made).toMatchObject({ ...rule, state: 'on', injected: 0, by: 'api' });
    expect((await post({ ...rule, id: made.id })).status).toBe(409);
    const wrong = await post({ where: 'sip', fault: 'drop', message: 'REGISTR' });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      error: { code: 'faults', faults: [{ key: 'message.0', wanted: 'REGISTER (is that what was meant?)' }] },
    });
    expect(await (await fetch(url)).json()).toMatchObject({ faults: [{ id: made.id }] });
    const ended = await fetch(`${url}/${made.id}`, { method: 'DELETE' });
    expect(await ended.json()).toMatchObject({ id: made.id, injected: 0 });
    expect((await fetch(`${url}/${made.id}`, { method: 'DELETE' })).status).toBe(404);
    await post(rule);
    expect(await (await fetch(url, { method: 'DELETE' })).json()).toEqual({ cleared: 1 });
  });

  it('is said to the test that asks for it wrongly', async () => {
    const lab = await start();
    expect(() => lab.fault({ where: 'sip', fault: 'drop', message: 'REGISTR' })).toThrow(ConfigError);
    lab.fault({ id: 'one', where: 'sip', fault: 'drop' });
    expect(() => lab.fault({ id: 'one', where: 'sip', fault: 'drop' })).toThrow('another rule is called one');
  });

  it('may stand in the configuration', async () => {
    const lab = await start({
      ...PHONES,
      inject: [{ where: 'sccp', fault: 'refuse', reason: 'By the file', times: 1 }],
    });
    const refused = lab.next('phone.refused', { within: '20s' });
    lab.phone({ name: DESK });
    expect(await refused).toMatchObject({ why: expect.stringContaining('By the file') });
  });

  it('repeats with its seed', async () => {
    const run = async (): Promise<readonly number[]> => {
      const lab = await start();
      const fault = lab.fault({ where: 'http', fault: 'refuse', chance: 0.5, seed: 7 });
      const statuses: number[] = [];
      for (let count = 0; count < 12; count += 1)
        statuses.push((await fetch(lab.url('/XMLDefault.cnf.xml', 'HTTP'))).status);
      expect(fault.matched).toBe(12);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });
});
