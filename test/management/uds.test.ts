import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { readXmlTree, type XmlTreeNode } from '../../src/core/xml/tree.js';
import type { EndUser } from '../../src/management/index.js';
import { ACCOUNT, type Answer, AXL_PATH, BASIC, ManagementHarness } from './harness.js';

let harness: ManagementHarness;
afterEach(() => harness.close());

const aUser = (id: string, rest: Partial<EndUser> = {}): EndUser => ({
  ...{ id, password: `${id}-secret`, first: '', last: '', email: '', devices: [] },
  ...rest,
});

const ANNA = aUser('anna', {
  ...{ first: 'Anna', last: 'Lind & Söhne', email: 'anna@lab.example' },
  devices: ['SEP000000000002', 'SEP00000000FFFF', 'SEP000000000001'] as DeviceName[],
});
const BO = aUser('Bo.Lab', { first: 'Bo', last: 'Lab' });

const open = async (): Promise<void> => {
  harness = await ManagementHarness.open({ users: [ANNA, BO] });
};

const basic = ({ id, password }: Pick<EndUser, 'id' | 'password'>): string =>
  `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;

const get = (path: string, authorization = ''): Promise<Answer> =>
  harness.ask({ method: 'GET', path: `/cucm-uds${path}`, authorization });

const rootOf = ({ body }: Answer): XmlTreeNode => {
  const tree = readXmlTree(body, { depth: 8, elements: 2_000, attributes: 8 });
  if ('fault' in tree) throw new Error(tree.fault);
  return tree.root;
};

/** Elements as `[name, attributes, text or children]`. */
const plain = (node: XmlTreeNode): unknown => [
  node.name,
  Object.fromEntries(node.attributes),
  node.children.length === 0 ? node.text : node.children.map(plain),
];

const textOf = (node: XmlTreeNode, name: string): string | undefined =>
  node.children.find((child) => child.name === name)?.text;

/** The key that AXL has for an object, as UDS writes it. */
const axlKey = async (operation: string, criterion: string): Promise<string> => {
  const { body } = await harness.ask({
    path: AXL_PATH,
    body: `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/14.0"><soapenv:Body><ns:${operation}>${criterion}</ns:${operation}></soapenv:Body></soapenv:Envelope>`,
  });
  return /uuid="\{([0-9A-F-]{36})\}"/.exec(body)?.[1]?.toLowerCase() ?? body;
};

describe('what UDS tells everybody', () => {
  it('its version, its servers', async () => {
    await open();
    const base = `https://127.0.0.1:${harness.port}/cucm-uds`;
    const version = await get('/version');
    expect(version.status).toBe(200);
    expect(version.headers['content-type']).toBe('application/xml;charset=UTF-8');
    expect(plain(rootOf(version))).toEqual([
      'versionInformation',
      { uri: `${base}/version`, version: '14.0.1' },
      [
        ['version', {}, '14.0.1'],
        ['capabilities', {}, [['usersResourceAuthEnabled', {}, 'false']]],
      ],
    ]);
    expect(plain(rootOf(await get('/servers/')))).toEqual([
      'servers',
      { uri: `${base}/servers`, version: '14.0.1' },
      [
        ['server', {}, '10.0.0.1'],
        ['server', {}, '10.0.0.2'],
      ],
    ]);
  });

  it.each(['username=ANNA', 'useridentifier=anna', 'email=Anna%40LAB.example'])(
    'whose home it is: clusterUser?%s',
    async (query) => {
      await open();
      const base = `https://127.0.0.1:${harness.port}/cucm-uds`;
      expect(plain(rootOf(await get(`/clusterUser?${query}`)))).toEqual([
        'clusterUser',
        { uri: `${base}/clusterUser?${query}`, version: '14.0.1' },
        [
          ['result', { found: 'true', uri: `${base}/user/anna`, version: '14.0.1' }, ''],
          ['homeCluster', { serversUri: `${base}/servers` }, '127.0.0.1'],
        ],
      ]);
    },
  );

  it.each(['username=nobody', 'email=nobody@lab.example', 'email='])('that it is nobody’s home: %s', async (query) => {
    await open();
    const answer = await get(`/clusterUser?${query}`);
    expect(answer.status).toBe(200);
    expect(rootOf(answer).children.map(plain)).toEqual([['result', { found: 'false' }, '']]);
  });

  it.each([
    ['', ['anna', 'Bo.Lab'], { totalCount: '2', start: '0', requestedCount: '64', returnedCount: '2' }],
    ['?last=lab', ['Bo.Lab'], { totalCount: '1', returnedCount: '1' }],
    ['?name=b', ['Bo.Lab'], { totalCount: '1' }],
    ['?first=anna&last=lab', [], { totalCount: '0', returnedCount: '0' }],
    ['?start=1&max=1', ['Bo.Lab'], { totalCount: '2', start: '1', requestedCount: '1', returnedCount: '1' }],
    ['?max=100000', ['anna', 'Bo.Lab'], { requestedCount: '100' }],
  ])('its users: /users%s', async (query, ids, attributes) => {
    await open();
    const root = rootOf(await get(`/users${query}`));
    expect(root.children.map((user) => textOf(user, 'userName'))).toEqual(ids);
    expect(Object.fromEntries(root.attributes)).toMatchObject(attributes);
  });

  it('no more than a hundred users in one answer, since nobody signs in for it', async () => {
    harness = await ManagementHarness.open({
      users: Array.from({ length: 1_000 }, (_, number) => aUser(`user${number}`, { first: '<&">' })),
    });
    const root = rootOf(await get('/users?max=999999&name=user'));
    expect(root.children).toHaveLength(100);
    expect(Object.fromEntries(root.attributes)).toMatchObject({ totalCount: '1000', returnedCount: '100' });
    expect(root.children[0] && textOf(root.children[0], 'firstName')).toBe('<&">');
  });
});

describe('what UDS tells a user alone', () => {
  it('who he is, and the number of the first of his devices that is there', async () => {
    await open();
    const answer = await get('/user/anna', basic(ANNA));
    const root = rootOf(answer);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(root.children.map(({ name, text }) => [name, text]))).toMatchObject({
      ...{
        id: await axlKey('getUser', '<userid>anna</userid>'),
        userName: 'anna',
        firstName: 'Anna',
        lastName: 'Lind & Söhne',
      },
      ...{ displayName: 'Anna Lind & Söhne', phoneNumber: '1002', email: 'anna@lab.example', homeCluster: 'true' },
    });
    expect(harness.events[0]).toMatchObject({
      ...{ type: 'management.asked', service: 'UDS', operation: 'user', user: 'anna', status: 200 },
    });
  });

  it('his devices that are there', async () => {
    await open();
    const root = rootOf(await get('/user/ANNA/devices', basic(ANNA)));
    const fields = root.children.map(({ children }) => children.map(({ text }) => text));
    expect(root.children[0]?.children.map(({ name }) => name)).toEqual([
      'id',
      'name',
      'description',
      'model',
      'protocol',
    ]);
    expect(fields).toEqual([
      [
        await axlKey('getPhone', '<name>SEP000000000002</name>'),
        'SEP000000000002',
        'Desk & window',
        'Cisco 8845',
        'SIP',
      ],
      [await axlKey('getPhone', '<name>SEP000000000001</name>'), 'SEP000000000001', 'Desk 1', 'Cisco 7962', 'SCCP'],
    ]);
    expect(harness.events[0]).toMatchObject({ operation: 'devices', devices: 2 });
  });

  it.each([
    ['nobody', '', 401, ''],
    [
      'somebody with another password',
      basic({ id: 'anna', password: 'other' }),
      401,
      'the user or the password is wrong',
    ],
    ['somebody unknown', basic({ id: 'carl', password: 'carl-secret' }), 401, 'the user or the password is wrong'],
    ['an empty user', basic({ id: '', password: '' }), 401, 'the user or the password is wrong'],
    ['the account of the scripts', BASIC, 401, 'the user or the password is wrong'],
    ['another user', basic(BO), 403, 'a user sees himself alone'],
  ])('%s is told nothing', async (_who, authorization, status, reason) => {
    await open();
    const answer = await get('/user/anna', authorization);
    expect(answer.status).toBe(status);
    expect(rootOf(answer).name).toBe('errors');
    expect(answer.body).not.toContain('Lind');
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="labcm"' : undefined);
    expect(harness.events.map((event) => ('reason' in event ? event.reason : event.type))).toEqual(
      reason === '' ? [] : [reason],
    );
  });

  it('is not found by guessing: after five wrong passwords of an address none is compared, and answers are late', async () => {
    await open();
    const guess = () => get('/user/anna', basic({ id: 'anna', password: 'guess' }));
    // Neither an empty user nor one that is not there begins the count anew.
    for (const each of [guess, guess, () => get('/user/anna', basic({ id: '', password: '' })), guess])
      expect((await each()).status).toBe(401);
    const late = [guess(), get('/user/anna', basic(ANNA))];
    let answered = 0;
    for (const each of late) void each.then(() => (answered += 1));
    while (harness.clock.armed < 2) await new Promise((done) => setImmediate(done));
    expect(answered).toBe(0);
    harness.clock.advance(1_000);
    expect((await Promise.all(late)).map(({ status }) => status)).toEqual([401, 401]);
    harness.clock.advance(60_000);
    expect((await get('/user/anna', basic(ANNA))).status).toBe(200);
  });

  it('opens no other service, and leaves no session', async () => {
    await open();
    expect((await get('/user/anna', basic(ANNA))).headers['set-cookie']).toBeUndefined();
    expect((await harness.ask({ authorization: basic(ANNA) })).status).toBe(401);
  });
});

describe('what UDS refuses', () => {
  it.each([
    ['GET', '/nothing', 404],
    ['GET', '', 404],
    ['GET', '/user/anna/speedDials', 404],
    ['GET', '/clusterUser', 400],
    ['GET', '/users?start=-1', 400],
    ['GET', '/users?max=many', 400],
    ['PUT', '/user/anna', 405],
    ['GET', '/user/%ff', 403],
  ])('%s %s: %i', async (method, path, status) => {
    await open();
    const authorization = path.startsWith('/user/') ? basic(ANNA) : '';
    const answer = await harness.ask({ method, path: `/cucm-uds${path}`, authorization });
    expect(answer.status).toBe(status);
    expect(rootOf(answer).name).toBe('errors');
    expect(harness.events).toHaveLength(1);
  });

  it('a page of another site', async () => {
    await open();
    const headers = { Origin: 'https://evil.example' };
    expect((await harness.ask({ method: 'GET', path: '/cucm-uds/users', authorization: '', headers })).status).toBe(
      403,
    );
  });

  it('nothing where there are no users, and finds nobody', async () => {
    harness = await ManagementHarness.open();
    expect(rootOf(await get('/clusterUser?username=anna')).children.map(plain)).toEqual([
      ['result', { found: 'false' }, ''],
    ]);
    expect((await get(`/user/${ACCOUNT.user}`, BASIC)).status).toBe(401);
  });
});
