// `GET /api/devices/{name}/pcap`.

import { afterEach, describe, expect, it } from 'vitest';
import { PCAP_LIMITS } from '../../src/http/api/pcap-route.js';
import type { ApiCaptureRequest, ApiOptions, CapturesView } from '../../src/http/index.js';
import { eventually } from '../support/daemon.js';
import { type ApiHarness, apiHarness, ask } from './api-harness.js';

let lab: ApiHarness;
afterEach(() => lab.api.close());

interface Follower {
  readonly hasRoom: () => boolean;
  readonly write: (octets: Buffer) => void;
  stopped: boolean;
}

const TOKEN = 'a-token-of-some-length';
const PATH = '/api/devices/ipctest2/pcap';

const captures = (
  asked: ApiCaptureRequest[] = [],
  followers: Follower[] = [],
  outcome: 'made' | 'off' | 'unknown' = 'made',
): CapturesView => ({
  kept: () => ({ isKept: outcome !== 'off', file: '/etc/labcm.yaml' }),
  file: (request) => {
    asked.push(request);
    if (outcome === 'off') return { outcome, file: '/etc/labcm.yaml' };
    if (outcome === 'unknown') return { outcome };
    return { outcome, name: 'ipctest2', packets: 7, octets: Buffer.from([0x0a, 0x0d, 0x0d, 0x0a]) };
  },
  follow: (request, hasRoom, write) => {
    asked.push(request);
    const follower: Follower = { hasRoom, write, stopped: false };
    followers.push(follower);
    return {
      name: request.who,
      head: Buffer.from('head'),
      statistics: () => Buffer.from('statistics'),
      stop: () => {
        follower.stopped = true;
      },
    };
  },
});

const open = async (view: CapturesView, options: Partial<ApiOptions> = {}): Promise<void> => {
  lab = await apiHarness(options, { captures: view });
};

describe('as a file', () => {
  it('is pcapng with a name, and says how many packets it has', async () => {
    const asked: ApiCaptureRequest[] = [];
    await open(captures(asked));
    const answer = await ask(lab, PATH);
    expect([answer.status, answer.body]).toEqual([200, '\n\r\r\n']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-pcapng',
      'content-disposition': 'attachment; filename="ipctest2.pcapng"',
      'x-labcm-packets': '7',
      'cache-control': 'no-store',
    });
    const services = ['dhcp', 'tftp', 'http', 'sccp', 'sip'];
    expect(asked).toMatchObject([{ who: 'ipctest2', since: undefined, services, secrets: 'decrypted', redact: false }]);
  });

  it('takes what the query wants', async () => {
    const asked: ApiCaptureRequest[] = [];
    await open(captures(asked));
    await ask(lab, `${PATH}?since=10m&protocols=SIP,dhcp&redact=true&secrets=none`);
    expect(asked).toMatchObject([{ since: 600_000, services: ['dhcp', 'sip'], secrets: 'none', redact: true }]);
  });

  it.each([
    ['since=soon', 'since: found soon, wanted a duration such as 30s or 10m'],
    ['protocols=sip,rtp', 'protocols: found rtp, wanted some of dhcp,tftp,http,sccp,sip'],
    ['secrets=some', 'secrets: found some, wanted one of decrypted, none'],
    ['colour=red', 'found colour, wanted one of since, protocols, follow, redact, secrets'],
  ])('refuses a query of %s', async (query, message) => {
    await open(captures());
    const { status, body } = await ask(lab, `${PATH}?${query}`);
    expect([status, JSON.parse(body)]).toEqual([400, { error: { code: 'query', message } }]);
  });

  it('says which line to add to which file if nothing is kept', async () => {
    await open(captures([], [], 'off'));
    const { status, body } = await ask(lab, PATH);
    const message = 'add `capture: { devices: ["ipctest2"] }` to /etc/labcm.yaml and reload it, or use --follow';
    expect([status, JSON.parse(body)]).toEqual([409, { error: { code: 'not-captured', message } }]);
  });

  it('does not know whom nobody heard', async () => {
    await open(captures([], [], 'unknown'));
    expect((await ask(lab, PATH)).status).toBe(404);
  });
});

describe('who may have it', () => {
  it.each([
    ['without a token', {}, 401],
    ['with a wrong token', { authorization: 'Bearer something else' }, 401],
    ['with the token', { authorization: `Bearer ${TOKEN}` }, 200],
  ])('%s', async (_, headers, status) => {
    await open(captures(), { token: TOKEN });
    expect((await ask(lab, PATH, { headers })).status).toBe(status);
    expect((await ask(lab, `${PATH}?follow=true`, { method: 'HEAD', headers })).status).toBe(status);
    expect((await ask(lab, '/api/devices/ipctest2', { headers: {} })).status).toBe(200);
  });

  it('on loopback without a token anybody of this machine, but no page of another site', async () => {
    await open(captures());
    expect((await ask(lab, PATH)).status).toBe(200);
    expect((await ask(lab, PATH, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    expect((await ask(lab, PATH, { method: 'POST' })).status).toBe(405);
  });
});

describe('followed', () => {
  const follow = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const { body } = await fetch(`${lab.url}${PATH}?follow=true`);
    if (body === null) throw new Error('no body');
    return body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  };
  const next = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
    Buffer.from((await reader.read()).value ?? []).toString();

  it('has the head at once, each packet as it happens, and ends with its reader', async () => {
    const followers: Follower[] = [];
    await open(captures([], followers));
    const reader = await follow();
    expect(await next(reader)).toBe('head');
    for (const text of ['one', 'two']) {
      followers[0]?.write(Buffer.from(text));
      expect(await next(reader)).toBe(text);
    }
    await reader.cancel();
    await eventually(() => expect(followers[0]?.stopped).toBe(true));
  });

  it('has room for a megabyte that is not read, and no more', async () => {
    const followers: Follower[] = [];
    await open(captures([], followers));
    const reader = await follow();
    await next(reader);
    const { hasRoom, write } = followers[0] as Follower;
    let octets = 0;
    // What the kernel takes comes on top.
    while (hasRoom() && octets < 64 << 20) {
      write(Buffer.alloc(64 * 1024));
      octets += 64 * 1024;
    }
    expect(octets).toBeGreaterThanOrEqual(PCAP_LIMITS.queue - 64 * 1024);
    expect(octets).toBeLessThanOrEqual(2 * PCAP_LIMITS.queue);
    await reader.cancel();
  });

  it('is for so many at once', async () => {
    const followers: Follower[] = [];
    await open(captures([], followers));
    const readers = await Promise.all(Array.from({ length: PCAP_LIMITS.followers }, follow));
    expect((await fetch(`${lab.url}${PATH}?follow=true`)).status).toBe(503);
    await readers[0]?.cancel();
    await eventually(() => expect(followers.some(({ stopped }) => stopped)).toBe(true));
    const again = await follow();
    for (const reader of [...readers.slice(1), again]) await reader.cancel();
  });

  it('ends if the daemon stops', async () => {
    const followers: Follower[] = [];
    await open(captures([], followers));
    const reader = await follow();
    expect(await next(reader)).toBe('head');
    await lab.api.close();
    await reader.read().catch(() => {});
    expect(followers[0]?.stopped).toBe(true);
    await open(captures());
  });
});
