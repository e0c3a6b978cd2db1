// What may not be shown, by its name and within a text.

import { describe, expect, it } from 'vitest';
import { isSecretName, requestWithoutSecrets, shownSetting, withoutSecrets } from '../../src/core/secrets.js';

describe('a name', () => {
  it.each([
    'password',
    'sshPassword',
    'phonepassword',
    'adminPasswd',
    'wlanPassphrase',
    'accessToken',
    'clientSecret',
    'key',
    'pin',
    'WepKey',
    'privateKey',
    'wifi_psk',
  ])('%s stands for a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(['webAccess', 'sshUserId', 'passwordFile', 'softKeyFile', 'keyPress', 'shippingPlan', 'monkey', 'name'])(
    '%s does not',
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});

describe('a text', () => {
  it.each([
    ['http://lab:s3cret@10.0.0.2/menu', 'http://lab:xxx@10.0.0.2/menu'],
    ['see https://a:p:q@r@host:8443/x?y=1 and ftp://b:c@d', 'see https://a:xxx@host:8443/x?y=1 and ftp://b:xxx@d'],
    ['http://:p@host', 'http://:xxx@host'],
    [
      'http://host/auth?UserID=lab&Password=s%20x&devicename=SEP1',
      'http://host/auth?UserID=lab&Password=xxx&devicename=SEP1',
    ],
    ['http://host/?access_token=abc#part', 'http://host/?access_token=xxx#part'],
    ['http://10.0.0.2:6970/menu?list=1', 'http://10.0.0.2:6970/menu?list=1'],
    ['http://user@host/', 'http://user@host/'],
    ['sip:5001@10.0.0.2:5060', 'sip:5001@10.0.0.2:5060'],
    ['', ''],
  ])('%j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it('of a setting is masked by its name, whatever its length, unless it is empty', () => {
    expect(shownSetting('sshPassword', 'a very long one')).toBe('xxx');
    expect(shownSetting('sshPassword', '')).toBe('');
    expect(shownSetting('directory', 'http://u:p@h/')).toBe('http://u:xxx@h/');
    expect(shownSetting('webAccess', '0')).toBe('0');
  });
});

describe('a request that nobody could read', () => {
  it.each([
    ['GET /a?UserID=u&password=my pass&word HTTP/1.1\r\nHost: x', 'GET /a?UserID=u&password=xxx HTTP/1.1\r\nHost: x'],
    ['GET /a?Password=p HTTP/9', 'GET /a?Password=xxx HTTP/9'],
    ['GET /a?password=breaks off', 'GET /a?password=xxx'],
    ['UserID=u&password=in a body\r\nGET', 'UserID=u&password=xxx\r\nGET'],
    ['GET /a?pin=1234 HTTP/1.1\r\n', 'GET /a?pin=xxx HTTP/1.1\r\n'],
    ['GET http://u:p@h/ HTTP/1.1\r\n', 'GET http://u:xxx@h/ HTTP/1.1\r\n'],
    ['GET / HTTP/1.1\r\nauthorization : Basic dTpw\r\nX', 'GET / HTTP/1.1\r\nauthorization : xxx\r\nX'],
    ['Cookie: labcm=abc\r\n', 'Cookie: xxx\r\n'],
    [
      'GET /SEP001122334455.cnf.xml HTTP/1.1\r\nBad Header\r\n',
      'GET /SEP001122334455.cnf.xml HTTP/1.1\r\nBad Header\r\n',
    ],
    ['\u0016\u0003\u0001\u0002\u0000', '\u0016\u0003\u0001\u0002\u0000'],
  ])('%j is shown as %j', (text, shown) => {
    expect(requestWithoutSecrets(text)).toBe(shown);
  });
});
