// Whether another PBX is there, and our registration with it: by virtual time (`docs/protocols/calls.md` §6).

import { describe, expect, it } from 'vitest';
import type { TrunkSettings } from '../../../src/calls/index.js';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { parseCredentials } from '../../../src/sip/registrar/digest.js';
import { DEFAULT_SIP } from '../../../src/sip/settings.js';
import { last } from '../calls/call-harness.js';
import { SERVER, statuses } from '../harness.js';
import { answering, settled, trunkLab } from './lab.js';
import { trunkTo } from './pbx.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('a trunk', () => {
  it('asks by an OPTIONS that the far end must answer itself, as CUCM does', async () => {
    const { pbx } = await trunkLab();
    const [ping] = pbx.pings as [SipMessage];
    expect([ping.uri, ping.text(ID['Max-Forwards']), pbx.pings.length]).toEqual(['sip:10.20.0.2:5060', '0', 1]);
  });

  it.each([
    [483, 'up 483'],
    [200, 'up 200'],
    [404, 'up 404'],
    [500, 'up 500'],
    [401, 'up 401'],
    [408, 'down unavailable 408'],
    [503, 'down unavailable 503'],
  ])('is told by %i: %s', async (status, told) => {
    const lab = await trunkLab(undefined, {}, {}, answering(status));
    expect(lab.trunkEvents()).toEqual([told]);
    expect(lab.state()).toBe(told.split(' ')[0]);
  });

  it('is down when nothing answers for 32 s, and up at the first answer', async () => {
    const lab = await trunkLab(undefined, {}, {}, answering(undefined));
    expect([lab.state(), lab.trunkEvents()]).toEqual(['unknown', []]);
    lab.clock.advance(31 * SECOND);
    expect(lab.state()).toBe('unknown');
    lab.clock.advance(2 * SECOND);
    expect([lab.state(), lab.trunkEvents()]).toEqual(['down', ['down silent']]);
    lab.pbx.onOptions = () => 483;
    lab.clock.advance(118 * SECOND);
    expect(lab.state()).toBe('down');
    lab.clock.advance(3 * SECOND);
    expect([lab.state(), lab.trunkEvents()]).toEqual(['up', ['up 483']]);
  });

  it('is asked every minute while it is up, every two minutes while it is down, and told of once', async () => {
    const lab = await trunkLab();
    const { pbx } = lab;
    lab.clock.advance(10 * MINUTE);
    expect(pbx.pings.splice(0).length).toBe(11);
    pbx.onOptions = () => 503;
    lab.clock.advance(MINUTE);
    pbx.pings.splice(0);
    lab.clock.advance(10 * MINUTE);
    expect(pbx.pings.length).toBe(5);
    expect(lab.trunkEvents()).toEqual(['up 483', 'down unavailable 503']);
  });

  it('is asked for hours, although its address proves nothing meanwhile', async () => {
    const lab = await trunkLab(undefined, {}, {}, answering(undefined));
    lab.clock.advance(5 * 60 * MINUTE);
    lab.pbx.onOptions = () => 200;
    lab.clock.advance(2 * MINUTE);
    expect(lab.state()).toBe('up');
  });

  it('over TCP is down at once when it takes no connection, and connects when it does', async () => {
    const lab = await trunkLab(
      undefined,
      { transport: 'tcp' },
      {},
      {
        before: async ({ streams }) => streams.servers.clear(),
      },
    );
    await settled();
    expect(lab.trunkEvents()).toEqual(['down unconnected ECONNREFUSED']);
    lab.harness.streams.servers.set('10.20.0.2:5060', (link) => lab.pbx.accept(link));
    lab.clock.advance(121 * SECOND);
    await settled();
    lab.pbx.take();
    expect(lab.pbx.links.length).toBe(1);
    expect(lab.pbx.pings.length).toBe(1);
    expect([lab.state(), lab.trunkEvents()]).toEqual(['up', ['up 483']]);
  });

  it('of a new configuration begins, one that is as before goes on, one that is gone is asked no more', async () => {
    const lab = await trunkLab();
    const { control, harness } = lab;
    const [first] = harness.server.trunks?.all ?? [];
    const second = trunkTo({ name: 'SECOND', address: '10.20.0.3', sources: ['10.20.0.3'] });
    const apply = (trunks: readonly TrunkSettings[]): void => {
      control.configure({ ...control.settings, trunks });
      harness.server.apply({ ...DEFAULT_SIP, address: SERVER });
    };
    apply([trunkTo(), second]);
    expect([...(harness.server.trunks?.all ?? [])].map(({ name }) => name)).toEqual(['PBX', 'SECOND']);
    expect([...(harness.server.trunks?.all ?? [])][0]).toBe(first);
    apply([second]);
    lab.pbx.pings.splice(0);
    lab.clock.advance(10 * MINUTE);
    expect([lab.pbx.pings.length, lab.state('SECOND')]).toEqual([0, 'down']);
  });
});

describe('no trunk', () => {
  it('costs nothing: nobody is asked, and nothing waits', async () => {
    const lab = await trunkLab(undefined, {}, { trunks: [], patterns: [] });
    lab.clock.advance(10 * MINUTE);
    expect([lab.pbx.pings.length, [...(lab.harness.server.trunks?.all ?? [])].length]).toEqual([0, 0]);
  });
});

describe('our registration with another PBX', () => {
  const REGISTER = {
    digest: { user: 'lab', password: 'secret', challenge: true },
    register: { user: '200', expires: (3600 * SECOND) as never },
  };
  const challenge = 'WWW-Authenticate: Digest realm="pbx", nonce="abc", algorithm=MD5, qop="auth"';

  const OURS = `<sip:200@${SERVER}:5060>;expires=600`;

  const registerLab = () => trunkLab([], REGISTER);

  it('answers its challenge, and refreshes after nine tenths of what is granted', async () => {
    const lab = await registerLab();
    const { pbx, clock } = lab;
    clock.advance(1); // its REGISTER was taken by the look at the beginning; it is repeated
    clock.advance(500);
    const first = last(pbx.take(), 'REGISTER');
    expect(first.bytes.toString('latin1')).toMatch(
      /^REGISTER sip:10\.20\.0\.2:5060 SIP\/2\.0\r\n[\s\S]*Expires: 3600\r\n/,
    );
    pbx.answer(first, 401, 'Unauthorized', { tag: 'r', headers: [challenge] });
    const second = last(pbx.take(), 'REGISTER');
    const credentials = parseCredentials(second.text(ID.Authorization)?.trim() ?? '');
    expect([credentials?.get('username'), credentials?.get('uri'), credentials?.get('qop')]).toEqual([
      'lab',
      'sip:10.20.0.2:5060',
      'auth',
    ]);
    expect([second.callId, second.cseq?.number, second.fromTag]).toEqual([first.callId, 102, first.fromTag]);
    pbx.answer(second, 200, 'OK', { tag: 'r', headers: ['Expires: 600'] });
    expect(lab.trunkEvents().filter((event) => event.startsWith('registration'))).toEqual(['registration 200 for 600']);
    clock.advance(539 * SECOND);
    expect(pbx.take()).toEqual([]);
    clock.advance(2 * SECOND);
    expect(statuses(pbx.take())).toContain('REGISTER');
  });

  it.each([
    ['after others', ['<sip:200@10.20.0.9>;expires=60', OURS, '<sip:200@10.20.0.8>;expires=90'], 600],
    ['among others in one line', [`<sip:200@10.20.0.9>;expires=60, ${OURS}`], 600],
    ['written in another way', [`"x" <sip:%32%30%30@${SERVER}:5060;ob>;q=0.5;expires=600`], 600],
    ['without a time of its own', ['<sip:200@10.20.0.9>;expires=60', `<sip:200@${SERVER}:5060>`], 1200],
    ['not among them', ['<sip:200@10.20.0.9>;expires=60', `<sip:200@${SERVER}:5061>;expires=90`], 1200],
  ])('has the time of its own Contact, %s', async (_where, contacts, granted) => {
    const lab = await registerLab();
    const { pbx, clock } = lab;
    clock.advance(600);
    const headers = ['Expires: 1200', ...contacts.map((contact) => `Contact: ${contact}`)];
    pbx.answer(last(pbx.take(), 'REGISTER'), 200, 'OK', { tag: 'r', headers });
    expect(lab.trunkEvents()).toContain(`registration 200 for ${granted}`);
    clock.advance(granted * 900 - 1_000);
    expect(pbx.take()).toEqual([]);
    clock.advance(1_500);
    expect(statuses(pbx.take())).toContain('REGISTER');
  });

  it.each([
    [403, 'registration 403'],
    [404, 'registration 404'],
    [503, 'registration 503'],
  ])('that is refused with %i is told once and tried again each minute', async (status, told) => {
    const lab = await registerLab();
    const { pbx, clock } = lab;
    let asked = 0;
    for (let second = 0; second < 300; second += 1) {
      clock.advance(SECOND);
      for (const request of pbx.take()) {
        asked += 1;
        pbx.answer(request, status, 'No', { tag: 'r' });
      }
    }
    expect(lab.trunkEvents().filter((event) => event.startsWith('registration'))).toEqual([told]);
    expect([asked >= 5, asked <= 6]).toEqual([true, true]);
  });

  it('asks for what a 423 wants, and does not go round in circles', async () => {
    const lab = await registerLab();
    const { pbx, clock } = lab;
    clock.advance(600);
    pbx.answer(last(pbx.take(), 'REGISTER'), 423, 'Interval Too Brief', { tag: 'r', headers: ['Min-Expires: 7200'] });
    const again = last(pbx.take(), 'REGISTER');
    expect(again.text(ID.Expires)?.trim()).toBe('7200');
    pbx.answer(again, 423, 'Interval Too Brief', { tag: 'r', headers: ['Min-Expires: 7200'] });
    expect(pbx.take()).toEqual([]);
    expect(lab.trunkEvents()).toContain('registration 423');
  });

  it('gives up its credentials after one try', async () => {
    const lab = await registerLab();
    const { pbx, clock } = lab;
    clock.advance(600);
    for (let round = 0; round < 2; round += 1)
      pbx.answer(last(pbx.take(), 'REGISTER'), 401, 'Unauthorized', { tag: 'r', headers: [challenge] });
    expect(pbx.take()).toEqual([]);
    expect(lab.trunkEvents()).toContain('registration 401');
  });
});
