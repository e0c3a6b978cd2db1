import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE_ROWS } from '../../src/management/control/service-rows.js';
import { CONTROL_PATH, ManagementHarness, serviceRequest, textsOf } from './harness.js';

describe('ControlCenter', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = await ManagementHarness.open();
    harness.clock.advance(3_600_000);
  });
  afterAll(() => harness.close());

  const ask = async (operation: string, elements = '', path = CONTROL_PATH): Promise<string> => {
    const { status, body } = await harness.ask({ path, body: serviceRequest(operation, elements) });
    expect(status).toBe(200);
    return body;
  };
  const status = (...names: readonly string[]): Promise<string> =>
    ask('soapGetServiceStatus', names.map((name) => `<soap:ServiceStatus>${name}</soap:ServiceStatus>`).join(''));

  it.each([
    ['no name', []],
    ['an empty name', ['']],
  ])('tells of every service for %s', async (_title, names) => {
    const body = await status(...names);
    expect(textsOf(body, 'ServiceName')).toEqual(SERVICE_ROWS.map(({ name }) => name));
  });

  it('says since when a service runs', async () => {
    const body = await status('cisco callmanager');
    expect(body).toContain(
      '<ns1:item><ns1:ServiceName>Cisco CallManager</ns1:ServiceName><ns1:ServiceStatus>Started</ns1:ServiceStatus><ns1:ReasonCode>-1</ns1:ReasonCode><ns1:ReasonCodeString> </ns1:ReasonCodeString><ns1:StartTime>Tue Nov 14 22:13:20 2023</ns1:StartTime><ns1:UpTime>3600</ns1:UpTime></ns1:item>',
    );
  });

  it('says what is off, what labcm has not, and what nobody knows, in the order of the request', async () => {
    const body = await status('Cisco CTIManager', 'Cisco DHCP Monitor Service', 'Cisco Coffee', 'Cisco Tftp');
    expect(textsOf(body, 'ServiceStatus')).toEqual(['Stopped', 'Stopped', 'Unknown', 'Started']);
    expect(textsOf(body, 'ReasonCodeString').slice(0, 3)).toEqual([
      'Service Not Activated',
      'Service Not Activated',
      'There is no service of this name',
    ]);
    expect(textsOf(body, 'UpTime')).toEqual(['-1', '-1', '-1', '3600']);
  });

  it('starts and stops nothing, and says so for each service', async () => {
    const body = await ask(
      'soapDoControlServices',
      '<soap:ControlServiceRequest><soap:NodeName>CM1</soap:NodeName><soap:ControlType>Restart</soap:ControlType><soap:ServiceList><soap:item>Cisco CallManager</soap:item></soap:ServiceList></soap:ControlServiceRequest>',
    );
    expect(textsOf(body, 'ServiceStatus')).toEqual(['Started']);
    expect(textsOf(body, 'ReasonCodeString')).toEqual([
      'Restart is not offered: labcm changes nothing of its services here',
    ]);
  });

  it.each([CONTROL_PATH, `${CONTROL_PATH}Ex/`])('tells the version at %s', async (path) => {
    const body = await ask('getProductInformationList', '<soap:ServiceInfo></soap:ServiceInfo>', path);
    expect(textsOf(body, 'ActiveServerVersion')).toEqual(['14.0.1.10000-20']);
    expect(textsOf(body, 'PrimaryNode')).toEqual(['CM1']);
    expect(textsOf(body, 'SecondaryNode')).toEqual(['CM2']);
  });

  it.each([
    ['soapGetStaticServiceList', CONTROL_PATH],
    ['getStaticServiceListExtended', `${CONTROL_PATH}Ex`],
  ])('lists its services for %s', async (operation, path) => {
    const body = await ask(operation, '', path);
    expect(textsOf(body, 'ServiceName')).toEqual(SERVICE_ROWS.map(({ name }) => name));
  });

  it('refuses a request for thousands', async () => {
    const names = '<soap:ServiceStatus>x</soap:ServiceStatus>'.repeat(9_000);
    const answer = await harness.ask({ path: CONTROL_PATH, body: serviceRequest('soapGetServiceStatus', names) });
    expect(answer.status).toBe(500);
    expect(textsOf(answer.body, 'faultstring')).toEqual(['More than 200 services are named']);
  });
});
