// Requests as packages sent them to a recorder, replayed octet for octet. The replies are judged by what clients look for:
// prefixes, order, and the words of faults.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import {
  CONTROL_PATH,
  ManagementHarness,
  namesIn,
  PERFMON_PATH,
  RIS_PATH,
  serviceRequest,
  textsOf,
} from './harness.js';
import { replay } from './replay.js';

const FOLDER = 'apis/recorded';

describeCaptured('recorded requests', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = (await ManagementHarness.open()).seenPhones();
  });
  afterAll(() => harness.close());

  it.each([
    ['cisco-risport-3.0.3-selectCmDevice-all', ['1', '2', '3', '4']],
    ['cisco-risport-3.0.3-selectCmDeviceExt-two', ['1', '2']],
    ['node-risport70-0.0.3-Ext-comma-list', ['1', '2']],
    ['zeep-4.2.1-selectCmDevice', ['1', '2', '3', '4']],
    ['zeep-4.2.1-selectCmDevice-nils', ['1', '2']],
  ])('%s', async (file, phones) => {
    const reply = await replay(harness.port, capturedBytes(`${FOLDER}/${file}.http`));
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain('\r\nConnection: keep-alive\r\n');
    expect(reply).toContain(
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
    );
    expect(reply).toContain('<ns1:selectCmDeviceResponse xmlns:ns1="http://schemas.cisco.com/ast/soap">');
    expect(namesIn(reply)).toEqual(phones.map((phone) => `SEP00000000000${phone}`));
  });

  it('cisco-risport-3.0.3-selectCtiItem', async () => {
    const reply = await replay(harness.port, capturedBytes(`${FOLDER}/cisco-risport-3.0.3-selectCtiItem.http`));
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain('<ns1:TotalItemsFound>0</ns1:TotalItemsFound>');
  });

  it.each([
    ['cisco-perfmon-1.5.3-listCounter', 'perfmonListCounterResponse', 'Cisco CallManager'],
    ['cisco-perfmon-1.5.3-listInstance', 'perfmonListInstanceResponse', '_Total'],
    [
      'cisco-perfmon-1.5.3-collectCounterData',
      'perfmonCollectCounterDataResponse',
      '\\\\CM1\\Cisco CallManager\\CallsActive',
    ],
    ['cisco-perfmon-1.5.3-openSession', 'perfmonOpenSessionResponse', undefined],
    ['zeep-4.2.1-soapGetServiceStatus', 'soapGetServiceStatusResponse', undefined],
    ['zeep-4.2.1-getProductInformationList', 'getProductInformationListResponse', undefined],
  ])('%s', async (file, response, name) => {
    const reply = await replay(harness.port, capturedBytes(`${FOLDER}/${file}.http`));
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain(`<soapenv:Body><ns1:${response} xmlns:ns1="http://schemas.cisco.com/ast/soap">`);
    if (name !== undefined) expect(textsOf(reply, 'Name')).toContain(name);
  });

  it.each([
    ['cisco-perfmon-1.5.3-addCounter', '{handle}'],
    ['cisco-perfmon-1.5.3-closeSession', '{handle}'],
    ['zeep-4.2.1-perfmonAddCounter', 'h'],
  ])('%s: its session is one of the recorder’s, until there is one here', async (file, handle) => {
    const recorded = capturedBytes(`${FOLDER}/${file}.http`);
    expect(await replay(harness.port, recorded)).toContain(
      `<faultstring>Session handle ${handle} is not known</faultstring>`,
    );
    const { body } = await harness.ask({ path: PERFMON_PATH, body: serviceRequest('perfmonOpenSession') });
    const [ours = ''] = textsOf(body, 'perfmonOpenSessionReturn');
    const text = recorded.toString('utf8').replace(`SessionHandle>${handle}<`, `SessionHandle>${ours}<`);
    const longer = Buffer.from(
      text.replace(
        /content-length: (\d+)/i,
        (_, was) => `content-length: ${Number(was) + ours.length - handle.length}`,
      ),
    );
    expect(await replay(harness.port, longer)).toMatch(
      /^HTTP\/1\.1 200 OK\r\n.*<\/ns1:perfmon(?:AddCounter|CloseSession)Response>/s,
    );
  });

  it('a request to the old port is answered by the old names, without a prefix, as its client reads them', async () => {
    const reply = await replay(harness.port, capturedBytes(`${FOLDER}/cucm-ris-0.1.7-old-port.http`));
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain('<soapenv:Body><SelectCmDeviceResponse xmlns:xsi=');
    expect(reply).toContain('<TotalDevicesFound xsi:type="xsd:unsignedInt">0</TotalDevicesFound><CmNodes><item>');
  });

  /** The names of the elements in their order, with their prefixes; of the devices the first alone. */
  const elements = (xml: string): string[] => {
    const [head = '', , tail = ''] = xml.split(/(<ns1:CmDevices>.*<\/ns1:CmDevices>)/s);
    const [device = ''] = /<ns1:CmDevices><ns1:item>.*?<\/ns1:IPAddress><\/ns1:item>/s.exec(xml) ?? [];
    return [...`${head}${device}${tail}`.matchAll(/<([a-z0-9]+:\w+|\w+)[ />]/g)].map(([, name = '']) => name);
  };

  it.each(['ris-all', 'ris-ext-one', 'ris-none', 'ris-cti', 'ris-unknown-operation'])(
    '%s is answered with the elements that clients expect, in their order',
    async (name) => {
      const { status, body } = await harness.ask({
        path: RIS_PATH,
        body: capturedText(`apis/replies/${name}.request.xml`),
      });
      const wanted = capturedText(`apis/replies/${name}.reply.xml`);
      expect(status).toBe(name === 'ris-unknown-operation' ? 500 : 200);
      expect(elements(body)).toEqual(elements(wanted));
      if (status === 500) expect(body).toBe(wanted.trimEnd());
    },
  );

  /** The names of the elements, each once in the order in which they come first. */
  const kinds = (xml: string): string[] => [...new Set(elements(xml))];

  it.each([
    ['perfmon-collect', PERFMON_PATH, 200],
    ['perfmon-list-counter', PERFMON_PATH, 200],
    ['perfmon-no-object', PERFMON_PATH, 500],
    ['control-status', CONTROL_PATH, 200],
  ])('%s is answered with the elements that clients expect', async (name, path, expected) => {
    const { status, body } = await harness.ask({ path, body: capturedText(`apis/replies/${name}.request.xml`) });
    const wanted = capturedText(`apis/replies/${name}.reply.xml`);
    expect(status).toBe(expected);
    expect(kinds(body)).toEqual(kinds(wanted));
    if (expected === 500) expect(body).toBe(wanted.trimEnd());
    for (const element of ['Name', 'ServiceName'])
      for (const text of textsOf(wanted, element)) expect(textsOf(body, element)).toContain(text);
  });

  it('the fault of the limit is CUCM’s, letter for letter', async () => {
    const limited = await ManagementHarness.open({ rates: { ris: 15, perfmon: undefined } });
    const body = capturedText('apis/replies/ris-none.request.xml');
    for (let count = 0; count < 15; count += 1) expect((await limited.ris(body)).status).toBe(200);
    const answer = await limited.ris(body);
    await limited.close();
    expect(answer.status).toBe(500);
    expect(answer.body).toBe(capturedText('apis/replies/fault-ris-rate.reply.xml').trimEnd());
  });
});
