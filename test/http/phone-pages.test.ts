// Requests for pages on the port of the files: what reaches the pages, and what goes on to the files.

import { afterEach, describe, expect, it } from 'vitest';
import type { PhonePageRequest } from '../../src/http/phone-pages.js';
import { exchange, type RunningFileServer, serve } from './file-server-harness.js';

let running: RunningFileServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

const PAGE = Buffer.from('<CiscoIPPhoneText/>');

const open = async (): Promise<PhonePageRequest[]> => {
  const asked: PhonePageRequest[] = [];
  running = await serve(
    {},
    {
      pages: {
        answer: (request) => {
          asked.push(request);
          return request.path === '/phone/none' ? undefined : { status: 200, headers: { Refresh: '60' }, body: PAGE };
        },
      },
    },
  );
  running.source.files.set('SEP000000000001.cnf.xml', Buffer.from('<device/>'));
  return asked;
};

const ask = (target: string, headers = 'Host: cm1.lab:6970\r\n', method = 'GET'): Promise<string> =>
  exchange(running?.port ?? 0, `${method} ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

describe('a request', () => {
  it('for a page has its path, query, host and characters', async () => {
    const asked = await open();
    const answer = await ask(
      '/phone/directory/list?f=%C3%9F&name=SEP1&f=second',
      'Host: cm1.lab:6970\r\nAccept-Charset: iso-8859-1\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nRefresh: 60\r\n/);
    expect(answer).toMatch(/\r\n\r\n<CiscoIPPhoneText\/>$/);
    expect(asked).toMatchObject([
      {
        ...{ path: '/phone/directory/list', address: '127.0.0.1', host: 'cm1.lab:6970' },
        ...{ acceptCharset: 'iso-8859-1', isTraced: true },
      },
    ]);
    expect([...(asked[0]?.query ?? [])]).toEqual([
      ['f', 'ß'],
      ['name', 'SEP1'],
      ['f', 'second'],
    ]);
  });

  it.each([
    ['/phone/services', ''],
    ['/phone/services', 'Host: a"><script>\r\n'],
    ['/phone/services', `Host: ${'a'.repeat(300)}\r\n`],
    ['/phone/services', 'Host: [::1]:80\r\n'],
  ])('for a page at a host that is none has no host: %j %j', async (target, headers) => {
    const asked = await open();
    await ask(target, headers);
    expect(asked.map(({ host }) => host)).toEqual([undefined]);
  });

  it('for the head of a page has no body', async () => {
    await open();
    const answer = await ask('/phone/services', undefined, 'HEAD');
    expect(answer).toContain(`Content-Length: ${PAGE.length}\r\n`);
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  it.each([
    ['GET', '/SEP000000000001.cnf.xml', 200],
    ['GET', '/phone/none', 404],
    ['GET', '/phones', 404],
    ['GET', '/', 404],
    ['GET', '/phone/%zz', 400],
    ['POST', '/phone/services', 405],
  ])('%s %s is one for a file: %d', async (method, target, status) => {
    const asked = await open();
    expect(await ask(target, 'Host: x\r\nContent-Length: 0\r\n', method)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(asked.filter(({ path }) => path !== '/phone/none')).toEqual([]);
  });
});
