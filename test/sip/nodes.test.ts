import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { aDevice } from '../support/devices.js';
import { ciscoRegister, header, plain } from './phones.js';
import { type Node, openNode, streamClient, udpClient } from './sockets.js';

const SEED = 'SEP005056A1033D';
const phones = [aDevice(SEED, { protocol: 'SIP', lines: ['5005'] })];

describe('two nodes of a cluster', () => {
  let primary: Node;
  let standby: Node;
  beforeAll(async () => {
    primary = await openNode(phones);
    standby = await openNode(phones, { peers: [{ address: '127.0.0.1', port: primary.udp }] });
    primary.server.apply({
      ...(await import('../../src/sip/settings.js')).DEFAULT_SIP,
      address: '127.0.0.1',
      peers: [{ address: '127.0.0.1', port: standby.udp }],
    });
  });
  afterAll(() => Promise.all([primary.close(), standby.close()]));

  const ask = async (client: Awaited<ReturnType<typeof udpClient>>, words: string) => {
    client.send(Buffer.from(words));
    return client.mailbox.next(({ status }) => status >= 200);
  };
  const words = (port: number, more: Parameters<typeof ciscoRegister>[0] = {}) =>
    ciscoRegister({ sentBy: '127.0.0.1', server: '127.0.0.1', port, ...more });
  const state = (node: Node) => node.database.byName(SEED)?.state;

  it('a phone fails over, comes home by a token, and is registered with one of them at a time', async () => {
    const ended: string[] = [];
    for (const node of [primary, standby]) node.bus.on('device.unregistered', ({ reason }) => ended.push(reason));

    // Registered with the first, it pings the second, which changes nothing.
    const home = await streamClient(primary.tcp);
    const spare = await streamClient(standby.tcp);
    expect((await ask(home, words(home.local.port)))?.status).toBe(200);
    const ping = await ask(
      spare,
      words(spare.local.port, { callId: 'ping', expires: '0', flags: ';expires=0;cisco-keep-alive' }),
    );
    expect([ping?.status, header(ping, 'Expires')]).toEqual([200, '0']);
    expect([state(primary), state(standby)]).toEqual(['registered', 'unknown']);

    // It registers with the second: the newer wins, the first lets go.
    expect((await ask(spare, words(spare.local.port, { callId: 'over' })))?.status).toBe(200);
    await vi.waitFor(() => expect([state(primary), state(standby)]).toEqual(['unregistered', 'registered']));
    expect(ended).toEqual(['superseded']);

    // It polls the first, asks for a token, leaves the second and is home.
    expect((await ask(home, words(home.local.port, { callId: 'poll', expires: '0' })))?.status).toBe(200);
    expect([state(primary), state(standby)]).toEqual(['unregistered', 'registered']);
    const token = plain('REFER', '005056a1033d', {
      transport: 'TCP',
      sentBy: '127.0.0.1',
      port: home.local.port,
      server: '127.0.0.1',
      headers: ['Require: norefersub', 'Refer-To: <urn:X-cisco-remotecc:token-registration>'],
    });
    expect((await ask(home, token))?.status).toBe(202);
    const leave = words(spare.local.port, {
      callId: 'over',
      cseq: 102,
      expires: '0',
      headers: [`Reason: SIP;cause=200;text="cisco-alarm:18 Name=${SEED} Last=failback"`],
    });
    expect((await ask(spare, leave))?.status).toBe(200);
    expect((await ask(home, words(home.local.port, { callId: 'back' })))?.status).toBe(200);
    await vi.waitFor(() => expect([state(primary), state(standby)]).toEqual(['registered', 'unregistered']));
    expect(ended).toEqual(['superseded', 'fallback']);
    await Promise.all([home.close(), spare.close()]);
  });

  it('a stranger cannot end a registration by speaking as a node does', async () => {
    const alone = await openNode(phones);
    const home = await streamClient(alone.tcp);
    const stranger = await streamClient(alone.tcp);
    expect((await ask(home, words(home.local.port)))?.status).toBe(200);
    const claim = plain('NOTIFY', 'x', {
      transport: 'TCP',
      headers: ['Event: x-labcm-registration', 'Content-Type: text/plain'],
      body: `${SEED}\r\n`,
    });
    expect((await ask(stranger, claim))?.status).toBe(481);
    expect(state(alone)).toBe('registered');
    await Promise.all([home.close(), stranger.close()]);
    await alone.close();
  });

  it('nor who forges the address of one over UDP, and never sees what is answered there', async () => {
    const member = await openNode(phones, { peers: [{ address: '127.0.0.1', port: 9 }] });
    const home = await streamClient(member.tcp);
    const forger = await udpClient(member.udp);
    expect((await ask(home, words(home.local.port)))?.status).toBe(200);
    const claim = (callId: string, headers: readonly string[] = []) =>
      plain('NOTIFY', 'x', {
        transport: 'UDP',
        callId,
        sentBy: '127.0.0.1',
        port: forger.local.port,
        headers: ['Event: x-labcm-registration', 'Content-Type: text/plain', ...headers],
        body: `${SEED}\r\n`,
      });
    const made =
      'Authorization: Digest username="node", realm="ccmsipline", nonce="made-up", uri="sip:x", response="0"';
    for (const words of [claim('bare'), claim('made-up', [made])]) {
      expect((await ask(forger, words))?.status).toBe(401);
      expect(state(member)).toBe('registered');
    }
    await Promise.all([home.close(), forger.close()]);
    await member.close();
  });
});

describe('a phone over TLS', () => {
  const certificate = (commonName: string) => {
    const day = 86_400_000;
    return selfSignedIdentity({
      commonName,
      organization: 'labcm',
      alternatives: ['127.0.0.1'],
      notBefore: wallTime(Date.now() - day),
      notAfter: wallTime(Date.now() + day),
    });
  };

  it('registers where its profile wants it, if the certificate bears its name', async () => {
    const node = await openNode([aDevice(SEED, { protocol: 'SIP', lines: ['5005'], requireTls: true })], {
      tls: { port: 0, identity: certificate('CM1') },
    });
    const register = async (
      port: number,
      transport: 'TLS' | 'TCP',
      identity?: ReturnType<typeof certificate>,
      cseq = 101,
    ) => {
      const client = await streamClient(port, transport === 'TLS' ? { tls: identity ?? {} } : {});
      client.send(
        Buffer.from(
          ciscoRegister({
            transport,
            cseq,
            callId: `${transport}${cseq}`,
            sentBy: '127.0.0.1',
            server: '127.0.0.1',
            port: client.local.port,
          }),
        ),
      );
      const answer = await client.mailbox.next(({ status }) => status >= 200);
      await client.close();
      return [answer?.status, header(answer, 'Warning')];
    };
    expect(await register(node.tcp, 'TCP')).toEqual([
      403,
      '399 CM1 "Device security mismatch: expected TLS, received TCP/UDP"',
    ]);
    expect(await register(node.tls, 'TLS', certificate('SEP0000DEADBEEF'))).toEqual([
      403,
      '399 CM1 "TLS authentication failure"',
    ]);
    expect(await register(node.tls, 'TLS', certificate(SEED))).toEqual([200, undefined]);
    expect(node.database.byName(SEED)?.registration).toMatchObject({ transport: 'tls' });
    await node.close();
  });
});

describe('one UDP port', () => {
  it('answers many phones whose words come at once, the largest in whole', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => String(6000 + index));
    const node = await openNode(numbers.map((dn) => aDevice(`SOFT${dn}`, { protocol: 'SIP', lines: [dn] })));
    const client = await udpClient(node.udp);
    const body = 'x'.repeat(60_000);
    for (const dn of numbers)
      client.send(
        Buffer.from(
          plain('REGISTER', dn, {
            transport: 'UDP',
            sentBy: '127.0.0.1',
            server: '127.0.0.1',
            port: client.local.port,
            expires: '300',
            ...(dn === '6100' ? { body, headers: ['Content-Type: text/plain'] } : {}),
          }),
        ),
      );
    for (const dn of numbers) {
      const answer = await client.mailbox.next(
        (message) => message.status >= 200 && header(message, 'Call-ID') === `call-${dn}`,
      );
      expect([dn, answer?.status]).toEqual([dn, 200]);
    }
    expect(node.database.registered.SIP).toBe(200);
    await client.close();
    await node.close();
  });
});
