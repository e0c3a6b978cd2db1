// How phones are secured, over AXL: security profiles, and operations of CAPF.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { type Answer, AXL_PATH, ManagementHarness, PHONES } from './harness.js';

const SCCP = 'SEP000000000001';
const SIP = 'SEP000000000002';
const PROFILE = 'Cisco 8845 - Standard SIP';

let harness: ManagementHarness;
beforeEach(async () => {
  harness = await ManagementHarness.open({}, PHONES, true);
});
afterEach(() => harness.close());

const ask = (operation: string, body: string): Promise<Answer> =>
  harness.ask({
    path: AXL_PATH,
    body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/12.5"><e:Body><ns:${operation}>${body}</ns:${operation}></e:Body></e:Envelope>`,
  });

const get = async (name: string, element: string): Promise<string | undefined> => {
  const { body } = await ask('getPhone', `<name>${name}</name>`);
  return new RegExp(`<${element}(?: [^>]*)?>([^<]*)</${element}>`).exec(body)?.[1];
};

const update = (name: string, elements: string): Promise<Answer> =>
  ask('updatePhone', `<name>${name}</name>${elements}`);

const messageOf = ({ body }: Answer): string => /<faultstring>(.*?)<\/faultstring>/s.exec(body)?.[1] ?? '';

const securityOf = (name: string) => harness.database.byName(name)?.configured.security;

describe('securityProfileName', () => {
  it.each([
    ['Non-Secure Profile', { mode: 'none' }],
    ['Authenticated Profile', { mode: 'authenticated' }],
    ['Encrypted Profile', { mode: 'encrypted' }],
    ['Encrypted Profile with Encrypted Configuration', { mode: 'encrypted', encryptedConfig: true }],
    ['Non-Secure Profile with Encrypted Configuration', { mode: 'none', encryptedConfig: true }],
  ])('%s is written and read', async (profile, security) => {
    const name = `${PROFILE} ${profile}`;
    expect((await update(SIP, `<securityProfileName>${name.toUpperCase()}</securityProfileName>`)).status).toBe(200);
    expect(securityOf(SIP)).toMatchObject(security);
    expect(await get(SIP, 'securityProfileName')).toBe(name);
    // And back.
    await update(SIP, `<securityProfileName>${PROFILE} Non-Secure Profile</securityProfileName>`);
    expect(securityOf(SIP)).toEqual({ mode: 'none', enrol: 'off' });
    expect(await get(SIP, 'securityProfileName')).toBe(`${PROFILE} Non-Secure Profile`);
  });

  it('of a new phone secures it', async () => {
    const { status, body } = await ask(
      'addPhone',
      '<phone><name>SEP0000000000F1</name><product>Cisco 7962</product><class>Phone</class><protocol>SCCP</protocol><devicePoolName>Default</devicePoolName><securityProfileName>Cisco 7962 - Standard SCCP Authenticated Profile</securityProfileName></phone>',
    );
    expect(status, body).toBe(200);
    expect(securityOf('SEP0000000000F1')).toEqual({ mode: 'authenticated', enrol: 'off' });
  });

  it('that labcm does not know, or of another model, is remembered and changes nothing', async () => {
    for (const name of ['Lab profile', 'Cisco 7962 - Standard SCCP Encrypted Profile']) {
      expect((await update(SIP, `<securityProfileName>${name}</securityProfileName>`)).status).toBe(200);
      expect(securityOf(SIP)?.mode).toBe('none');
      expect(await get(SIP, 'securityProfileName')).toBe(name);
    }
    // A known one takes its place.
    await update(SIP, `<securityProfileName>${PROFILE} Encrypted Profile</securityProfileName>`);
    expect(await get(SIP, 'securityProfileName')).toBe(`${PROFILE} Encrypted Profile`);
  });

  it('is among the profiles that are listed, with what it means', async () => {
    const { body } = await ask(
      'listPhoneSecurityProfile',
      `<searchCriteria><name>${PROFILE} Encrypted%</name></searchCriteria><returnedTags><name/><deviceSecurityMode/><tftpEncryptedConfig/></returnedTags>`,
    );
    expect(body).toContain(
      `<name>${PROFILE} Encrypted Profile</name><deviceSecurityMode>Encrypted</deviceSecurityMode><tftpEncryptedConfig>false`,
    );
    expect(body).toContain(
      `<name>${PROFILE} Encrypted Profile with Encrypted Configuration</name><deviceSecurityMode>Encrypted</deviceSecurityMode><tftpEncryptedConfig>true`,
    );
  });
});

describe('certificateOperation', () => {
  it('arms an operation of CAPF, and resets the phone', async () => {
    expect(await get(SIP, 'certificateOperation')).toBe('No Pending Operation');
    expect(await get(SIP, 'certificateStatus')).toBe('None');
    const { status, body } = await update(
      SIP,
      '<certificateOperation>Install/Upgrade</certificateOperation><authenticationMode>By Existing Certificate (precedence to MIC)</authenticationMode><keySize>1024</keySize><keyOrder>RSA Only</keyOrder>',
    );
    expect(status, body).toBe(200);
    expect(harness.registry?.armed).toMatchObject([
      { device: SIP, operation: 'install', authentication: 'mic', key: 1024 },
    ]);
    expect(harness.commands).toEqual([`reset ${SIP}`]);
    expect(await get(SIP, 'certificateOperation')).toBe('Install/Upgrade');
    expect(await get(SIP, 'authenticationMode')).toBe('By Existing Certificate (precedence to MIC)');
    expect(await get(SIP, 'keySize')).toBe('1024');
    expect(await get(SIP, 'certificateStatus')).toBe('Operation Pending');
    expect(await get(SIP, 'upgradeFinishTime')).toMatch(/^\d{4}:\d\d:\d\d:\d\d$/);
  });

  it('is taken back, and done', async () => {
    await update(SIP, '<certificateOperation>Delete</certificateOperation>');
    expect(harness.registry?.armed).toMatchObject([{ operation: 'delete', authentication: 'null' }]);
    await update(SIP, '<certificateOperation>No Pending Operation</certificateOperation>');
    expect(harness.registry?.armed).toEqual([]);
    await update(SIP, '<certificateOperation>Troubleshoot</certificateOperation>');
    const [operation] = harness.registry?.armed ?? [];
    if (operation !== undefined) harness.registry?.complete(operation, Buffer.from('3000', 'hex'));
    expect(await get(SIP, 'certificateOperation')).toBe('No Pending Operation');
    expect(await get(SIP, 'certificateStatus')).toBe('Upgrade Success');
  });

  it('takes an authentication string, which nobody reads again', async () => {
    const mode = '<authenticationMode>By Authentication String</authenticationMode>';
    const install = `<certificateOperation>Install/Upgrade</certificateOperation>${mode}`;
    expect(messageOf(await update(SIP, install))).toContain('authenticationString: found');
    expect((await update(SIP, `${install}<authenticationString>471147</authenticationString>`)).status).toBe(200);
    expect(harness.registry?.operationOf(SIP as DeviceName)).toMatchObject({ password: '471147' });
    expect((await ask('getPhone', `<name>${SIP}</name>`)).body).not.toContain('471147');
  });

  it.each([
    ['<certificateOperation>Renew</certificateOperation>', 'certificateOperation: found'],
    [
      '<certificateOperation>Delete</certificateOperation><authenticationMode>By Hand</authenticationMode>',
      'authenticationMode: found',
    ],
    ['<certificateOperation>Install/Upgrade</certificateOperation><keySize>99</keySize>', 'keySize: found'],
    [
      '<certificateOperation>Delete</certificateOperation><upgradeFinishTime>tomorrow</upgradeFinishTime>',
      'upgradeFinishTime: found',
    ],
  ])('%s is a fault, and nothing has changed', async (elements, fault) => {
    expect(messageOf(await update(SIP, `<description>Other</description>${elements}`))).toContain(fault);
    expect(harness.database.byName(SIP)?.configured.description).toBe('Desk & window');
    expect(harness.registry?.armed).toEqual([]);
  });

  it('with an elliptic key is a fault for a phone whose configuration is encrypted', async () => {
    const elliptic =
      '<certificateOperation>Install/Upgrade</certificateOperation><keyOrder>EC Only</keyOrder><ecKeySize>384</ecKeySize>';
    expect((await update(SCCP, elliptic)).status).toBe(200);
    expect(harness.registry?.armed).toMatchObject([{ device: SCCP, key: 'P-384' }]);
    await update(
      SIP,
      `<securityProfileName>${PROFILE} Encrypted Profile with Encrypted Configuration</securityProfileName>`,
    );
    expect(messageOf(await update(SIP, elliptic))).toContain('keyOrder: found');
  });

  it('is a fault where CAPF is off, and none where nothing is asked for', async () => {
    await harness.close();
    harness = await ManagementHarness.open();
    expect(messageOf(await update(SIP, '<certificateOperation>Delete</certificateOperation>'))).toContain(
      'CAPF is off',
    );
    expect((await update(SIP, '<certificateOperation>No Pending Operation</certificateOperation>')).status).toBe(200);
    expect(await get(SIP, 'certificateOperation')).toBe('No Pending Operation');
  });
});
