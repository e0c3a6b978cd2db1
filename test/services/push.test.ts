// Pushes to a phone's web server: what leaves, what each answer means in words, and phones that are slow, loud or odd.

import { afterEach, describe, expect, it } from 'vitest';
import type { StreamLink } from '../../src/net/ports.js';
import { multicastPush, multicastStop, type PushRequest } from '../../src/services/push/push-request.js';
import { Pusher, type PushRefusal, type PushResult, type SignallingPush } from '../../src/services/push/pusher.js';
import { MemoryStreamNetwork } from '../phone/memory-stream-network.js';
import { aDevice } from '../support/devices.js';
import { ServiceHarness } from './harness.js';

const PHONE = 'SEP000000000001';
const ADDRESS = '10.10.210.201';
const CREDENTIALS = { user: 'lab', password: 'a good: password' };
const KEY: PushRequest = { uris: ['Key:Services'], priority: 0 };
const RESPONSE =
  '<CiscoIPPhoneResponse><ResponseItem URL="Key:Services" Data="Success" Status="0"/></CiscoIPPhoneResponse>';

const http = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Lets what waits in promises run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

class PushHarness extends ServiceHarness {
  readonly network = new MemoryStreamNetwork();
  readonly requests: string[] = [];
  readonly pushed: unknown[] = [];
  readonly signalled: string[] = [];
  signalling: SignallingPush | undefined;
  authentication: typeof CREDENTIALS | undefined = CREDENTIALS;
  readonly pusher = new Pusher({
    streams: this.network,
    clock: this.clock,
    bus: this.bus,
    devices: this.database,
    settings: () => ({ authentication: this.authentication, webPort: 80 }),
    signalling: (protocol) => {
      this.signalled.push(protocol);
      return this.signalling;
    },
  });

  constructor(model = '7962') {
    super([aDevice(PHONE, { model })]);
    this.bus.on('service.pushed', (event) => this.pushed.push(event));
    this.register(PHONE, ADDRESS);
  }

  /** The web server of the phone answers each request so; `undefined`: never. */
  async web(answer: string | undefined, then: (link: StreamLink) => void = () => {}): Promise<void> {
    await this.network.listen({ address: ADDRESS, port: 80, maxLinks: 10, maxLinksPerSource: 10 }, (link) => ({
      received: (bytes) => {
        this.requests.push(bytes.toString('latin1'));
        if (answer !== undefined) link.write(Buffer.from(answer));
        then(link);
      },
      closed: () => {},
    }));
  }

  async push(request: PushRequest = KEY): Promise<PushResult | PushRefusal> {
    const result = this.pusher.push(PHONE, request);
    await settled();
    this.clock.advance(10_000);
    return result;
  }
}

let harness: PushHarness;
afterEach(() => expect(harness.clock.armed).toBe(0));

describe('a push', () => {
  it('leaves as a form with the object, the user and the password', async () => {
    harness = new PushHarness();
    await harness.web(http(RESPONSE));
    await harness.push();
    const [head = '', body = ''] = harness.requests[0]?.split('\r\n\r\n') ?? [];
    expect(head.split('\r\n')).toEqual([
      'POST /CGI/Execute HTTP/1.1',
      `Host: ${ADDRESS}`,
      `Authorization: Basic ${Buffer.from('lab:a good: password').toString('base64')}`,
      'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ]);
    expect(decodeURIComponent(body)).toBe(
      'XML=<CiscoIPPhoneExecute>\n<ExecuteItem URL="Key:Services" Priority="0"></ExecuteItem>\n</CiscoIPPhoneExecute>',
    );
    expect(harness.pushed).toMatchObject([
      {
        device: PHONE,
        address: ADDRESS,
        transport: 'HTTP',
        what: 'Key:Services',
        outcome: 'done',
        answer: 'the phone did it',
      },
    ]);
  });

  it('is told without the passwords of its URIs, also where the phone repeats them', async () => {
    harness = new PushHarness();
    const url = 'http://lab:s3cret@news/?pin=1234';
    await harness.web(
      http(`<CiscoIPPhoneResponse><ResponseItem URL="${url}" Data="" Status="6"/></CiscoIPPhoneResponse>`),
    );
    await harness.push({ uris: [url], priority: 0 });
    expect(decodeURIComponent(harness.requests[0] ?? '')).toContain(`URL="${url}"`);
    expect(harness.pushed).toMatchObject([
      {
        what: 'http://lab:xxx@news/?pin=xxx',
        answer: 'the phone did not do http://lab:xxx@news/?pin=xxx: status 6',
      },
    ]);
  });

  it('has no Authorization where nobody is configured', async () => {
    harness = new PushHarness();
    harness.authentication = undefined;
    await harness.web(http(RESPONSE));
    await harness.push();
    expect(harness.requests[0]).not.toContain('Authorization');
  });

  it('of a text is in the characters of the model', async () => {
    harness = new PushHarness('7960');
    await harness.web(http(RESPONSE));
    await harness.push({ text: 'Größe & Ж', title: 'labcm' });
    expect(harness.requests[0]).toContain('charset=ISO-8859-1');
    expect(harness.requests[0]).toContain('%3CText%3EGr%F6%DFe%20%26amp%3B%20Zh%3C%2FText%3E');
  });

  it.each([
    [http(RESPONSE), 'done', 'the phone did it'],
    [
      http(
        '<?xml version="1.0"?><CiscoIPPhoneResponse>\n<ResponseItem Status="6" Data="Internal \u001b[31mError" URL="Key:Info"/>\n</CiscoIPPhoneResponse>',
      ),
      'failed',
      'the phone did not do Key:Info: status 6, Internal  [31mError',
    ],
    [http('<CiscoIPPhoneError Number="1"/>'), 'error', 'the phone did not understand the object (error 1)'],
    [
      http('<CiscoIPPhoneError Number="2"/>'),
      'error',
      'the phone did what it was told and could not write its answer (error 2)',
    ],
    [http('<CiscoIPPhoneError Number="3"/>'), 'error', 'the phone found no such file or page (error 3)'],
    [http('<CiscoIPPhoneError Number="4"/>'), 'unauthorized', /error 4/],
    [http('<CiscoIPPhoneError Number="77"/>'), 'error', 'the phone answered error 77'],
    [http('<CiscoIPPhoneError/>'), 'error', 'the phone answered error without a number'],
    [http('', '401 Unauthorized'), 'unauthorized', /HTTP 401/],
    [http('', '403 Forbidden'), 'refused', /HTTP 403.*webAccess/],
    [http('', '404 Not Found'), 'refused', /no \/CGI\/Execute/],
    [http('<CiscoIPPhoneError Number="1"/>', '500 Oops'), 'error', /error 1/],
    [http(RESPONSE, '302 Found'), 'odd-answer', 'the phone answered HTTP 302'],
    [http('<html>Hello</html>'), 'odd-answer', /no CiscoIPPhoneResponse/],
    [http('<!DOCTYPE x [<!ENTITY a "b">]><CiscoIPPhoneResponse/>'), 'odd-answer', /no CiscoIPPhoneResponse/],
    [http('x'.repeat(100_000)), 'odd-answer', 'the phone answered more than is read'],
    ['SSH-2.0-dropbear\r\n', 'odd-answer', 'the phone answered something that is no HTTP'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Cisco', 'late', 'the phone did not answer in time'],
    [undefined, 'late', 'the phone did not answer in time'],
  ])('answered by %j is told as %s', async (answer, outcome, words) => {
    harness = new PushHarness();
    await harness.web(answer);
    const result = await harness.push();
    const said = typeof words === 'string' ? words : expect.stringMatching(words);
    expect(result).toMatchObject({ outcome, answer: said });
  });

  it('to a phone that hangs up in the midst of its answer is told so', async () => {
    harness = new PushHarness();
    await harness.web('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<', (link) => link.end());
    expect(await harness.push()).toMatchObject({ outcome: 'odd-answer' });
  });

  it('that cannot be made is refused before anything leaves', async () => {
    harness = new PushHarness();
    const long = 'x'.repeat(4_001);
    for (const [request, key] of [
      [{ text: '', title: '' }, 'text'],
      [{ text: long, title: '' }, 'text'],
      [{ uris: [], priority: 0 }, 'execute'],
      [{ uris: ['Key:Info', 'Key:Info', 'Key:Info', 'Key:Info'], priority: 0 }, 'execute'],
      [{ uris: ['javascript:alert(1)'], priority: 0 }, 'execute'],
      [{ uris: ['file:///etc/passwd'], priority: 0 }, 'execute'],
      [{ uris: [`http://a/${'x'.repeat(500)}`], priority: 0 }, 'execute'],
    ] as const)
      expect(await harness.pusher.push(PHONE, request)).toMatchObject({ refused: 'faults', key });
    expect(harness.pushed).toEqual([]);
  });

  it('goes to registered devices alone', async () => {
    harness = new PushHarness();
    harness.database.endAll('shutdown', harness.clock.now());
    expect(await harness.pusher.push(PHONE, KEY)).toEqual({ refused: 'not-registered' });
    expect(await harness.pusher.push('SEP999999999999', KEY)).toEqual({ refused: 'unknown-device' });
  });

  it('waits for others to the same phone', async () => {
    harness = new PushHarness();
    await harness.web(undefined);
    const first = Array.from({ length: 4 }, () => harness.pusher.push(PHONE, KEY));
    expect(await harness.pusher.push(PHONE, KEY)).toEqual({ refused: 'too-many-pushes' });
    await settled();
    harness.clock.advance(10_000);
    await Promise.all(first);
    expect(await harness.push()).toMatchObject({ outcome: 'late' });
  });

  it('that waits for an answer ends with the daemon', async () => {
    harness = new PushHarness();
    await harness.web(undefined);
    const pushed = harness.pusher.push(PHONE, KEY);
    await settled();
    harness.pusher.close();
    expect(await pushed).toMatchObject({ outcome: 'late' });
  });

  it.each([
    ['has no web server', undefined],
    ['has no web access', http('', '403 Forbidden')],
  ])('to a phone that %s goes through its signalling', async (_what, answer) => {
    harness = new PushHarness();
    harness.signalling = { push: async () => ({ answer: RESPONSE }) };
    if (answer !== undefined) await harness.web(answer);
    expect(await harness.push()).toMatchObject({ transport: 'SCCP', outcome: 'done' });
    expect(harness.signalled).toEqual(['SCCP']);
  });

  it('that was answered does not go through the signalling, too', async () => {
    harness = new PushHarness();
    await harness.web(http('<CiscoIPPhoneError Number="4"/>'));
    await harness.push();
    expect(harness.signalled).toEqual([]);
  });
});

describe('a page to many', () => {
  it('is a push of a multicast stream, and of its end', () => {
    expect(multicastPush('239.1.1.1', 20_480)).toEqual({ uris: ['RTPMRx:239.1.1.1:20480'], priority: 0 });
    expect(multicastPush('239.1.1.1', 20_480, 50)).toMatchObject({ uris: ['RTPMRx:239.1.1.1:20480:50'] });
    expect(multicastStop()).toMatchObject({ uris: ['RTPMRx:Stop'] });
  });
});
