import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readXmlTree, type XmlTreeNode } from '../../src/core/xml/tree.js';
import { CONTROL_SERVICE, CONTROL_SERVICE_EX } from '../../src/management/control/declaration.js';
import { DIME_SERVICE, LOG_SERVICE, RECORD_SERVICE } from '../../src/management/logs/declaration.js';
import { PERFMON_SERVICE } from '../../src/management/perfmon/declaration.js';
import { RIS_SERVICE } from '../../src/management/ris/declaration.js';
import { writeWsdl } from '../../src/management/soap/wsdl.js';
import { ManagementHarness, RIS_PATH, selectRequest } from './harness.js';

const BOUNDS = { depth: 64, elements: 10_000, attributes: 64 };

const rootOf = (xml: string): XmlTreeNode => {
  const tree = readXmlTree(xml, BOUNDS);
  if ('fault' in tree) throw new Error(tree.fault);
  return tree.root;
};

const all = (node: XmlTreeNode): XmlTreeNode[] => [node, ...node.children.flatMap(all)];

describe.each([
  [RIS_SERVICE, 'RisBinding', 'RISService70', 'RisPort70'],
  [PERFMON_SERVICE, 'PerfmonBinding', 'PerfmonService', 'PerfmonPort'],
  [CONTROL_SERVICE, 'ControlCenterServicesBinding', 'ControlCenterServices', 'ControlCenterServicesPort'],
  [CONTROL_SERVICE_EX, 'ControlCenterServicesExBinding', 'ControlCenterServicesEx', 'ControlCenterServicesEx'],
  [LOG_SERVICE, 'LogCollectionPortSoapBinding', 'LogCollectionPortTypeService', 'LogCollectionPort'],
  [DIME_SERVICE, 'DimeGetFileServiceSoapBinding', 'DimeGetFileService', 'DimeGetFileService'],
  [RECORD_SERVICE, 'CDRonDemandSoapBinding', 'CDRonDemandService', 'CDRonDemandPort'],
])('the WSDL of $name', (declared, binding, service, port) => {
  const wsdl = rootOf(writeWsdl(declared, 'https://cm1.lab.example:8443/x'));
  const named = (name: string): (string | undefined)[] =>
    all(wsdl)
      .filter((node) => node.name === name)
      .map((node) => node.attributes.get('name'));

  it('has the names that clients write down', () => {
    expect(wsdl.attributes.get('targetNamespace')).toBe('http://schemas.cisco.com/ast/soap');
    expect(named('binding')).toContain(binding);
    expect(named('service')).toEqual([service]);
    expect(named('port')).toEqual([port]);
  });

  it('defines every type and every element that it mentions, once', () => {
    const schema = all(wsdl).find(({ name }) => name === 'schema');
    const defined = (schema?.children ?? []).map((node) => `${node.name} ${node.attributes.get('name')}`);
    expect(new Set(defined).size).toBe(defined.length);
    const types = all(wsdl).flatMap(({ attributes }) => attributes.get('type')?.match(/^tns:(.*)/)?.[1] ?? []);
    for (const type of types.filter((type) => type !== declared.portType))
      expect(defined).toContain(`complexType ${type}`);
    const elements = all(wsdl).flatMap(({ attributes }) => attributes.get('element')?.match(/^tns:(.*)/)?.[1] ?? []);
    for (const element of elements) expect(defined).toContain(`element ${element}`);
  });

  it('may be fetched from where clients send their requests', () => {
    expect(declared.path).toMatch(/^\/[A-Za-z0-9]+\/services\/[A-Za-z0-9]+$/);
  });
});

describe('the WSDL of RisPort70', () => {
  const wsdl = rootOf(writeWsdl(RIS_SERVICE, 'https://cm1.lab.example:8443/x'));

  it('names every element of a reply in its order', () => {
    const device = all(wsdl).find((node) => node.name === 'complexType' && node.attributes.get('name') === 'CmDevice');
    const names = device?.children[0]?.children.map((node) => node.attributes.get('name'));
    expect(names?.slice(0, 3)).toEqual(['Name', 'DirNumber', 'DeviceClass']);
    expect(names?.at(-1)).toBe('IPAddress');
    expect(names).toHaveLength(26);
  });
});

describe('where the WSDL is', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = await ManagementHarness.open({ rates: { ris: 1, perfmon: undefined } });
  });
  afterAll(() => harness.close());

  it.each([
    ['by the name that the client calls', 'cm1.lab.example:8443', 'cm1.lab.example:8443'],
    ['by the address of the node, for a Host that is none', '"><x', undefined],
  ])('%s', async (_title, Host, called) => {
    for (const query of ['wsdl', 'WSDL']) {
      const { status, body } = await harness.ask({ method: 'GET', path: `${RIS_PATH}?${query}`, headers: { Host } });
      expect(status).toBe(200);
      expect(body).toContain(`location="https://${called ?? `10.0.0.1:${harness.port}`}${RIS_PATH}"`);
    }
  });

  it('does not count as a query', async () => {
    expect((await harness.ris(selectRequest())).status).toBe(200);
  });
});
