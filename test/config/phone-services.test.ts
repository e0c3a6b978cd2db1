// The services for phones in the configuration: the password in its file, the URLs that phones are given, and mistakes.

import { describe, expect, it } from 'vitest';
import { configOf, type SecretText, type WrittenConfig, withBoundPorts } from '../../src/config/index.js';

const PASSWORD = 'a good password';
const AUTHENTICATION = { user: 'lab', passwordFile: 'secret' };

const load = (value: WrittenConfig, read: SecretText = { text: `${PASSWORD}\nsecond line\n` }) =>
  configOf({ nodes: [{ name: 'CM1', address: '192.0.2.10' }], ...value }, 'lab.yaml', [], { secret: async () => read });

const BASE = 'http://192.0.2.10:6970/phone';
const NAMED = '?name=#DEVICENAME#';

describe('the URLs of phones', () => {
  it('are empty unless pages are on', async () => {
    const { provisioning, services } = await load({});
    expect(Object.values(provisioning.urls)).toEqual(['', '', '', '', '', '', '']);
    expect([provisioning.idleTimeoutSeconds, provisioning.servesUrls, services.authentication]).toEqual([
      0,
      false,
      undefined,
    ]);
  });

  it('lead to the pages where the owner wrote none', async () => {
    const { provisioning } = await load({
      phones: { pages: true, urls: { directory: 'http://mine/', idle: 'none' }, authentication: AUTHENTICATION },
    });
    expect(provisioning.urls).toEqual({
      authentication: `${BASE}/authenticate`,
      directory: 'http://mine/',
      idle: '',
      information: `${BASE}/help${NAMED}`,
      messages: '',
      proxyServer: '',
      services: `${BASE}/services${NAMED}`,
    });
    expect([provisioning.idleTimeoutSeconds, provisioning.servesUrls]).toEqual([60, true]);
  });

  it('have that of the authentication without pages', async () => {
    const { provisioning } = await load({ phones: { authentication: AUTHENTICATION } });
    expect(provisioning.urls).toMatchObject({ authentication: `${BASE}/authenticate`, services: '' });
  });

  it('have the port that the system gave, once it is known', async () => {
    const config = await load({ phones: { pages: true }, http: { provisioning: { port: 0 } } });
    expect(config.provisioning.urls.services).toBe('');
    const bound = withBoundPorts(config, { http: 40_003 });
    expect(bound.provisioning.urls.services).toBe(`http://192.0.2.10:40003/phone/services${NAMED}`);
  });
});

describe('the password of the services', () => {
  it('is the first line of its file', async () => {
    const { services } = await load({ phones: { authentication: AUTHENTICATION } });
    expect(services.authentication).toEqual({ user: 'lab', password: PASSWORD });
  });

  it.each<[string, WrittenConfig, SecretText, RegExp]>([
    ['that is short', {}, { text: 'short\n' }, /passwordFile: found a password of 5 characters, wanted 8 to 128/],
    ['that is empty', {}, { text: '\na good password' }, /found a password of 0 characters/],
    ['that is the user', {}, { text: 'lab-user-1' }, /found a password that is the user/],
    ['that is not there', {}, { found: 'no such file', wanted: 'a file that is there' }, /"secret": no such file/],
    [
      'where phones get no files over HTTP',
      { http: { provisioning: { enabled: false } } },
      { text: PASSWORD },
      /phones\.authentication: found http\.provisioning\.enabled: false/,
    ],
  ])('%s is a fault', async (_what, value, read, message) => {
    const authentication = { ...AUTHENTICATION, user: 'lab-user-1' };
    await expect(load({ ...value, phones: { authentication } }, read)).rejects.toThrow(message);
  });
});
