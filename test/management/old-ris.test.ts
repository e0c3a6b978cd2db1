// RIS at its old port: the same query by the older names.

import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ManagementHarness, SEEN_AT, selectRequest } from './harness.js';

const PATH = '/realtimeservice/services/RisPort';
const SOAP = 'http://schemas.cisco.com/ast/soap/';

let harness: ManagementHarness;
afterEach(() => harness.close());

const request = (criteria: string, { prefix = '', namespace = '' } = {}): string =>
  `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><${prefix}SelectCmDevice${namespace}><StateInfo/><CmSelectionCriteria>${criteria}</CmSelectionCriteria></${prefix}SelectCmDevice></soapenv:Body></soapenv:Envelope>`;

const items = (...texts: readonly string[]): string =>
  `<SelectItems>${texts.map((text) => `<item><Item>${text}</Item></item>`).join('')}</SelectItems>`;

const ask = (...of: Parameters<typeof request>): Promise<Answer> => harness.ask({ path: PATH, body: request(...of) });

const names = ({ body }: Answer): string[] =>
  [...body.matchAll(/<item><Name xsi:type="xsd:string">([^<]*)</g)].map(([, name = '']) => name);

describe('the old port of RIS', () => {
  it('tells a device by the old names, each value with its type', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const { status, body } = await ask(`<Class>Phone</Class>${items('SEP000000000002')}`);
    expect(status).toBe(200);
    const at = SEEN_AT / 1000;
    const text = (name: string, value: string): string => `<${name} xsi:type="xsd:string">${value}</${name}>`;
    const number = (name: string, value: number): string => `<${name} xsi:type="xsd:unsignedInt">${value}</${name}>`;
    expect(/<CmDevices>(.*)<\/CmDevices>/.exec(body)?.[1]?.split('</CmDevices>')[0]).toBe(
      `<item>${text('Name', 'SEP000000000002')}${text('IpAddress', '127.0.1.12')}${text('DirNumber', '1002-Registered,1003-Registered')}${text('Class', 'Phone')}${number('Model', 36224)}${number('Product', 36224)}${number('BoxProduct', 0)}${text('Httpd', 'No')}${number('RegistrationAttempts', 1)}<IsCtiControllable xsi:type="xsd:boolean">true</IsCtiControllable>${text('LoginUserId', 'anna')}${text('Status', 'Registered')}${number('StatusReason', 0)}${number('PerfMonObject', 2)}${number('DChannel', 0)}${text('Description', 'Desk &amp; window')}<H323Trunk xsi:nil="true"/>${number('TimeStamp', at)}</item>`,
    );
  });

  it.each([
    ['every device', '', ['1', '2', '3', '4']],
    ['a status', '<Status>Registered</Status>', ['1', '2']],
    ['a model', '<Model>404</Model>', ['1']],
    ['another class', '<Class>Gateway</Class>', []],
    ['numbers', `<SelectBy>DirNumber</SelectBy>${items('1003', '1004*')}`, ['2', '3']],
    ['at most so many', '<MaxReturnedDevices>2</MaxReturnedDevices>', ['1', '2']],
    ['of no such node', '<NodeName>CM9</NodeName>', []],
  ])('selects %s', async (_what, criteria, last) => {
    harness = (await ManagementHarness.open()).seenPhones();
    expect(names(await ask(criteria))).toEqual(last.map((digit) => `SEP00000000000${digit}`));
  });

  it('has every node in its list, this one first, unless the request names one', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const nodes = ({ body }: Answer): string[] =>
      [...body.matchAll(/<ReturnCode[^>]*>(\w+)<\/ReturnCode><Name[^>]*>(\w+)</g)].map(
        ([, code, name]) => `${name} ${code}`,
      );
    expect(nodes(await ask(''))).toEqual(['CM1 Ok', 'CM2 NodeNotResponding']);
    expect(nodes(await ask('<NodeName>cm2</NodeName>'))).toEqual(['CM2 NodeNotResponding']);
  });

  it('answers a client that asks in a namespace in it', async () => {
    harness = await ManagementHarness.open();
    const { body } = await ask('', { prefix: 'x:', namespace: ` xmlns:x="${SOAP}"` });
    expect(body).toContain(`<soapenv:Body><ns1:SelectCmDeviceResponse xmlns:ns1="${SOAP}"`);
  });

  it('has one limit with RisPort70', async () => {
    harness = await ManagementHarness.open({ rates: { ris: 1, perfmon: undefined } });
    expect((await harness.ris(selectRequest())).status).toBe(200);
    const { status, body } = await ask('');
    expect(status).toBe(500);
    expect(body).toContain('<faultcode>ns1:Server.RateControl</faultcode>');
  });

  it('knows no other operation, and has no description', async () => {
    harness = await ManagementHarness.open();
    const other = await harness.ask({ path: PATH, body: selectRequest() });
    expect(other.body).toContain('There is no operation selectCmDevice');
    expect((await harness.ask({ method: 'GET', path: `${PATH}?wsdl` })).status).not.toBe(200);
  });
});
