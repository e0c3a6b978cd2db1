// Requests of AXL's clients as they were recorded, replayed octet for octet, and the replies that clients expect.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import { AXL_PATH, ManagementHarness } from './harness.js';
import { replay } from './replay.js';

describeCaptured('recorded requests of AXL', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = (await ManagementHarness.open()).seenPhones();
  });
  afterAll(() => harness.close());

  const answerTo = async (file: string): Promise<string> => {
    const reply = await replay(harness.port, capturedBytes(`apis/recorded/${file}.http`));
    const version = file.startsWith('cisco-axl-2') ? '14.0' : '12.5';
    const operation =
      /addRoute|getRoute|listRoute|getCCM|execute|listPhone|getPhone|addPhone|updatePhone|doDevice|addLine/;
    if (/^HTTP\/1\.1 200/.test(reply) && operation.test(file)) {
      expect(reply).toContain(
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
      );
      expect(reply).toMatch(
        new RegExp(
          `<ns:\\w+Response xmlns:ns="http://www\\.cisco\\.com/AXL/API/${version.replace('.', '\\.')}"><return>`,
        ),
      );
    }
    return reply;
  };
  const uuidIn = (reply: string): string | undefined => /<return>(\{[0-9A-F-]{36}\})<\/return>/.exec(reply)?.[1];

  it('the login test of cisco-axl 2', async () => {
    const reply = await answerTo('cisco-axl-2.1.2-login-GET');
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain('Cisco CallManager: AXL Web Service');
  });

  it('a version without criteria', async () => {
    expect(await answerTo('cisco-axl-1.2.5-getCCMVersion-empty')).toContain(
      '<componentVersion><version>14.0.1.10000(20)</version></componentVersion>',
    );
  });

  it('criteria that ask for nothing, beside one that asks for something', async () => {
    const reply = await answerTo('cisco-axl-1.2.5-listPhone-empty-criteria');
    expect([...reply.matchAll(/<name>(SEP\d+)<\/name><model>(.*?)<\/model><devicePoolName uuid="\{/g)]).toHaveLength(5);
  });

  it('a whole phone, and nested tags of one', async () => {
    expect(await answerTo('cisco-axl-1.2.5-getPhone')).toMatch(
      /<return><phone ctiid="\d+" uuid="\{[0-9A-F-]+\}"><name>SEP000000000001<\/name><description>Desk 1</,
    );
    expect(await answerTo('zeep-4.2.1-getPhone-nested-tags')).toMatch(
      /<phone ctiid="\d+" uuid="[^"]+"><name>SEP000000000001<\/name><lines><line uuid="[^"]+"><index>1<\/index><dirn uuid="[^"]+"><pattern>1001<\/pattern><\/dirn><\/line><\/lines><\/phone>/,
    );
  });

  it('a phone is added, changed and told to restart', async () => {
    const uuid = uuidIn(await answerTo('cisco-axl-1.2.5-addPhone'));
    expect(uuid).toBeDefined();
    expect(uuidIn(await answerTo('cisco-axl-1.2.5-updatePhone'))).toBe(uuid);
    expect(uuidIn(await answerTo('cisco-axl-1.2.5-doDeviceReset'))).toBe(uuid);
    expect(harness.commands).toEqual(['restart SEP0000000000AA']);
    const added = harness.database.byName('SEP0000000000AA')?.configured;
    expect(added).toMatchObject({ description: 'x & y', protocol: 'SIP', model: { name: 'Cisco 8845' } });
    expect(added?.lines.map(({ dn }) => dn)).toEqual(['1001']);
  });

  it('a number that a phone has is there already', async () => {
    const reply = await answerTo('zeep-4.2.1-addLine');
    expect(reply).toMatch(/^HTTP\/1\.1 500 /);
    expect(reply).toContain('<axlcode>-239</axlcode>');
    expect(reply).toContain(
      '<faultstring>Could not insert new row - duplicate value in a UNIQUE INDEX column (Unique Index:).',
    );
  });

  it('route partitions', async () => {
    const uuid = uuidIn(await answerTo('cisco-axl-2.1.2-addRoutePartition'));
    const got = await answerTo('cisco-axl-2.1.2-getRoutePartition-all-tags');
    expect(got).toContain(`<routePartition uuid="${uuid}"><name>PT1</name><description>d</description>`);
    expect(await answerTo('cisco-axl-2.1.2-listRoutePartition-double-percent')).toContain(
      `<return><routePartition uuid="${uuid}"><name>PT1</name><description>d</description></routePartition></return>`,
    );
  });

  it('SQL', async () => {
    harness.sql = {
      query: async () => ({
        rows: [
          [
            ['name', 'SEP000000000001'],
            ['description', null],
          ],
        ],
      }),
    };
    for (const file of ['cisco-axl-1.2.5-executeSQLQuery', 'zeep-4.2.1-executeSQLQuery'])
      expect(await answerTo(file)).toContain('<return><row><name>SEP000000000001</name><description/></row></return>');
  });
});

describeCaptured('replies that clients of AXL expect', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = (await ManagementHarness.open()).seenPhones();
  });
  afterAll(() => harness.close());

  /** The names of elements with their prefixes, in their order; `<x></x>` counts as `<x/>`. */
  const elements = (xml: string): string[] => [...xml.matchAll(/<([a-z]+:\w+|\w+)/g)].map(([, name = '']) => name);

  const ask = (name: string) => harness.ask({ path: AXL_PATH, body: capturedText(`apis/replies/${name}.request.xml`) });

  it.each(['axl-version', 'axl-list-phone', 'axl-list-phone-none', 'axl-add-phone', 'axl-remove-phone'])(
    '%s has the elements that clients expect, in their order',
    async (name) => {
      const { status, body } = await ask(name);
      expect(status).toBe(200);
      expect(elements(body)).toEqual(elements(capturedText(`apis/replies/${name}.reply.xml`)));
    },
  );

  it('a whole phone has the expected elements in their order, among others', async () => {
    const { body } = await ask('axl-get-phone');
    const wanted = elements(capturedText('apis/replies/axl-get-phone.reply.xml'));
    const found = elements(body);
    let at = -1;
    for (const name of wanted) {
      at = found.indexOf(name, at + 1);
      expect(at, name).toBeGreaterThanOrEqual(0);
    }
  });

  it('a nobody and a fault of SQL, letter for letter', async () => {
    const nobody = await ask('axl-get-phone-nobody');
    expect(nobody.status).toBe(500);
    expect(nobody.body).toBe(capturedText('apis/replies/axl-get-phone-nobody.reply.xml').trimEnd());
    harness.sql = {
      query: async () => ({ fault: { code: -206, message: 'The specified table (nosuch) is not in the database.' } }),
    };
    const { status, body } = await ask('axl-sql-bad-table');
    expect(status).toBe(500);
    expect(body).toBe(capturedText('apis/replies/axl-sql-bad-table.reply.xml').trimEnd());
  });

  it('the row of the whole cluster stands first among the nodes', async () => {
    const { body } = await ask('axl-list-process-node');
    expect(body).toMatch(
      /<return><processNode uuid="\{00000000-1111-0000-0000-000000000000\}"><name>EnterpriseWideData<\/name><processNodeRole>CUCM Voice\/Video<\/processNodeRole><\/processNode><processNode uuid="\{[0-9A-F-]{36}\}"><name>CM1<\/name>/,
    );
  });
});
