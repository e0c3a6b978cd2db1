// `GET /api/devices/{name}/messages` and `…/messages/live`.

import { afterEach, describe, expect, it } from 'vitest';
import { MESSAGE_LIMITS } from '../../src/http/api/message-streams.js';
import type { ApiMessage, ApiMessageRequest, ApiMessages, ApiOptions, MessagesView } from '../../src/http/index.js';
import { eventually } from '../support/daemon.js';
import { type ApiHarness, apiHarness, ask, NO_MESSAGES } from './api-harness.js';

let lab: ApiHarness;
afterEach(() => lab.api.close());

const TOKEN = 'a-token-of-some-length';
const PATH = '/api/devices/ipctest2/messages';
const EVERYTHING = ['dhcp', 'tftp', 'http', 'sccp', 'sip', 'tls'];

const aMessage = (name: string): ApiMessage => ({
  ...{
    at: '2026-11-25T09:00:00.000123Z',
    direction: 'in',
    protocol: 'sccp',
    name,
    summary: name,
    lines: [],
    faults: [],
  },
});

const open = async (view: Partial<MessagesView>, options: Partial<ApiOptions> = {}): Promise<void> => {
  lab = await apiHarness(options, { messages: { ...NO_MESSAGES, ...view } });
};

describe('the messages that are kept', () => {
  const asked: ApiMessageRequest[] = [];
  const reading = (answer: ApiMessages): Promise<void> => {
    asked.length = 0;
    return open({
      read: async (request) => {
        asked.push(request);
        return answer;
      },
    });
  };
  const found = { outcome: 'read', name: 'ipctest2', messages: [aMessage('KeepAliveReqMessage')], leftOut: 3 } as const;

  it('are those of the device, all of them', async () => {
    await reading(found);
    const { status, body } = await ask(lab, PATH);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { device: 'ipctest2', messages: [aMessage('KeepAliveReqMessage')], leftOut: 3 },
    ]);
    expect(asked).toEqual([{ who: 'ipctest2', since: undefined, until: undefined, protocols: EVERYTHING }]);
  });

  it('are those of a time and of some protocols', async () => {
    await reading(found);
    await ask(lab, `${PATH}?since=2026-11-25T09:00:00Z&until=2026-11-25T09:00:01.5Z&protocols=SIP,tftp`);
    const nine = Date.UTC(2026, 10, 25, 9);
    expect(asked).toEqual([{ who: 'ipctest2', since: nine, until: nine + 1_500, protocols: ['sip', 'tftp'] }]);
  });

  it.each([
    ['since=10m', 'since: found 10m, wanted a time such as 2026-11-25T09:00:00.000Z'],
    ['until=2026-13-25T09:00:00Z', 'until: found 2026-13-25T09:00:00Z, wanted a time such as 2026-11-25T09:00:00.000Z'],
    ['protocols=rtp', 'protocols: found rtp, wanted some of dhcp,tftp,http,sccp,sip'],
    ['colour=red', 'found colour, wanted one of since, until, protocols'],
  ])('are refused for a query of %s', async (query, message) => {
    await reading(found);
    const { status, body } = await ask(lab, `${PATH}?${query}`);
    expect([status, JSON.parse(body)]).toEqual([400, { error: { code: 'query', message } }]);
    expect(asked).toEqual([]);
  });

  it('are none where nothing is kept: it says which line to add to which file', async () => {
    await reading({ outcome: 'off', file: '/etc/labcm.yaml' });
    const { status, body } = await ask(lab, PATH);
    const message = 'add `capture: { devices: ["ipctest2"] }` to /etc/labcm.yaml and reload it';
    expect([status, JSON.parse(body)]).toEqual([409, { error: { code: 'not-captured', message } }]);
  });

  it('are none, and the line to add has no text that a phone chose', async () => {
    await reading({ outcome: 'off', file: 'lab.yaml' });
    const { body } = await ask(lab, `/api/devices/${encodeURIComponent('x"] }\u202E$(id)')}/messages`);
    expect(JSON.parse(body).error.message).toBe('add `capture: { devices: all }` to lab.yaml and reload it');
  });

  it('are none where too many wait for theirs: it says that the request was dropped', async () => {
    await reading({ outcome: 'busy', unanswered: 8 });
    const { status, headers, body } = await ask(lab, PATH);
    const message = '8 requests for messages are not answered yet, and this one was dropped; ask again';
    expect([status, JSON.parse(body)]).toEqual([429, { error: { code: 'too-many-readings', message } }]);
    expect(headers['retry-after']).toBe('1');
  });

  it('are none of whom nobody heard', async () => {
    await reading({ outcome: 'unknown' });
    expect((await ask(lab, PATH)).status).toBe(404);
  });
});

interface Follower {
  readonly hasRoom: () => boolean;
  readonly write: (message: ApiMessage) => void;
  stopped: boolean;
}

describe('the messages that come', () => {
  const following = async (options: Partial<ApiOptions> = {}): Promise<Follower[]> => {
    const followers: Follower[] = [];
    await open(
      {
        follow: (_, hasRoom, write) => {
          const follower: Follower = { hasRoom, write, stopped: false };
          followers.push(follower);
          return {
            stop: () => {
              follower.stopped = true;
            },
          };
        },
      },
      options,
    );
    return followers;
  };
  const live = async (): Promise<{ until: (text: string) => Promise<string>; leave: () => Promise<void> }> => {
    const { body } = await fetch(`${lab.url}${PATH}/live`);
    const reader = body?.getReader();
    if (reader === undefined) throw new Error('no body');
    let text = '';
    return {
      until: async (wanted) => {
        while (!text.includes(wanted)) text += Buffer.from((await reader.read()).value ?? []).toString();
        return text;
      },
      leave: () => reader.cancel(),
    };
  };

  it('come together, and are followed no longer when their reader has gone', async () => {
    const followers = await following();
    const reader = await live();
    await reader.until('retry');
    for (const name of ['one', 'two']) followers[0]?.write(aMessage(name));
    const text = await reader.until('two');
    expect(text.match(/^event: messages$/gm)).toHaveLength(1);
    const [, data = ''] = /^data: (.+)$/m.exec(text) ?? [];
    expect(JSON.parse(data)).toEqual({ messages: [aMessage('one'), aMessage('two')] });
    await reader.leave();
    await eventually(() => expect(followers[0]?.stopped).toBe(true));
  });

  it('that are too many for one moment are left out, and the reader is told so', async () => {
    const followers = await following();
    const reader = await live();
    await reader.until('retry');
    const [follower] = followers;
    for (let count = 0; count < MESSAGE_LIMITS.batch; count += 1) {
      expect(follower?.hasRoom()).toBe(true);
      follower?.write(aMessage(`message ${count}`));
    }
    expect(follower?.hasRoom()).toBe(false);
    const text = await reader.until('message 199');
    expect(text.indexOf('event: missed')).toBeLessThan(text.indexOf('event: messages'));
    expect(text).toContain('event: missed');
    expect(follower?.hasRoom()).toBe(true);
    await reader.leave();
  });

  it('of one packet are left out, too, where there is no room for all of them', async () => {
    const followers = await following();
    const reader = await live();
    await reader.until('retry');
    expect(followers[0]?.hasRoom()).toBe(true);
    for (let count = 0; count < 5 * MESSAGE_LIMITS.batch; count += 1) followers[0]?.write(aMessage(`message ${count}`));
    const text = await reader.until('event: messages');
    expect(text.indexOf('event: missed')).toBeLessThan(text.indexOf('event: messages'));
    const whole = await reader.until(`message ${MESSAGE_LIMITS.batch - 1}`);
    expect(whole).toContain('event: missed');
    expect(whole).not.toContain(`message ${MESSAGE_LIMITS.batch}"`);
    await reader.leave();
  });

  it('make labcm keep packets, so they need the token where there is one', async () => {
    await following({ token: TOKEN });
    expect((await ask(lab, `${PATH}/live`)).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(lab, `${PATH}/live`, { method: 'HEAD', headers })).status).toBe(200);
    expect((await ask(lab, PATH)).status).toBe(409);
  });

  it('have only so many readers', async () => {
    await following();
    const readers = [];
    for (let count = 0; count < MESSAGE_LIMITS.readers; count += 1) readers.push(await live());
    expect((await fetch(`${lab.url}${PATH}/live`)).status).toBe(503);
    for (const reader of readers) await reader.leave();
  });
});
