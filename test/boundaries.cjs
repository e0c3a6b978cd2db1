// The arrows of src/README.md as one table, in dependency-cruiser's form. A folder may import itself and what its row
// names; what no row names is forbidden.

/** @type {Record<string, string[]>} folder or file under src → what it may import, as paths under src */
const FOLDERS = {
  core: [],
  net: ['core'],
  devices: ['core'],
  cluster: ['core', 'devices', 'dhcp/(ipv4|lease|shared-leases)'],
  security: ['core', 'net/ports'],
  calls: ['core'],
  config: [
    'core',
    'devices',
    'net/files/text-files',
    '(calls|capf|capture|cluster|dhcp|http|injection|management|provisioning|records|rtp|sccp|security|services|sip|tftp|tvs)/settings',
    'calls/dial-plan',
    'calls/forward-targets',
    'calls/number-owners',
    'calls/patterns',
    'calls/park-range',
    'security/list-models',
  ],
  rtp: ['core', 'net/ports', 'calls'],
  tftp: ['core', 'net/ports'],
  pcap: ['core', 'net/ports'],
  provisioning: ['core', 'devices', 'net/files/served-files'],
  sccp: ['core', 'calls', 'devices', 'net/ports'],
  sip: ['core', 'calls', 'devices', 'net/ports'],
  dhcp: ['core', 'devices', 'net/ports'],
  capf: ['core', 'devices', 'net/(ports|tls-listener)'],
  tvs: ['core', 'net/(ports|tls-listener)'],
  services: ['core', 'devices', 'calls/(causes|events)', 'net/(ports|http-exchange)', 'events.ts'],
  snippets: ['core', 'dhcp/(ipv4|options|served-subnet|settings)'],
  trace: [
    'core',
    'devices',
    'net/files/(headed-files|trace-files)',
    'events.ts',
    '[a-z]+/events',
    'dhcp/reasons',
    'calls/causes',
  ],
  records: ['core', 'calls', 'sip/events', 'net/ports', 'net/files/periodic-files', 'net/files/trace-files'],
  decoding: ['core', 'net/ports', 'pcap', '(tftp|dhcp|sccp|sip|http)/decode'],
  // Declarations and codecs, never a session or a server.
  injection: [
    'core',
    'calls',
    'devices',
    'events.ts',
    'net/ports',
    '(tftp|sccp|sip)/decode',
    'tftp/packet',
    'dhcp/(exchange|ipv4|options|packet|served-subnet)',
    'sccp/(codec|messages)',
    'sip/message',
    'http/answer-port',
  ],
  capture: ['core', 'devices', 'net/ports', 'pcap', 'events.ts'],
  http: [
    'core',
    'devices',
    'net/(ports|sockets/(bare-connections|connection-places|handshake-gate|socket-tap|tls-failures))',
    'capture/record',
    'events.ts',
  ],
  management: [
    'core',
    'devices',
    'net/ports',
    'http/(bounded-server|events|settings|trace-budget|api/write-ports)',
    'security/list-models',
    'events.ts',
  ],
  explain: ['core', 'config', 'devices', 'trace', 'events.ts', 'sip/events', 'dhcp/(reasons|ipv4)'],
  phone: [
    'core',
    'devices',
    'net/(ports|http-exchange)',
    // Declarations and codecs, never a session or a server.
    'tftp/packet',
    'dhcp/(packet|options|client-message)',
    'sccp/(codec|messages|tables)',
    'sip/message',
    'sip/registrar/digest',
    '(capf|tvs)/messages',
    'rtp/(packet|g711)',
    'security/(container|distinguished-name|held-lists|judge|read-certificate|server-certificates|trust-list)',
  ],
  tapes: [
    'core',
    'devices',
    'net/ports',
    'pcap/captured-packet',
    'capture/(redaction|sccp-digits)',
    'decoding',
    '(tftp|dhcp|sccp|sip|http)/decode',
    'tftp/packet',
    'dhcp/(packet|options)',
    'sccp/messages',
    'sip/message',
    'sip/registrar/digest',
    'phone/sip/digest',
  ],
  doctor: [
    'core',
    'security/(certificate|held-lists|judge|list-owner|trust-list)',
    'devices',
    'config',
    'net',
    'phone',
    'daemon/(device-layer-file|named-certificates|trust-directory|trust-status)',
    'dhcp/(settings|discovery)',
    'provisioning/(problems|file-warnings|trust-files)',
  ],
  // Processes, sockets and the API are given to it.
  drill: ['core', 'config', 'devices', 'phone'],
  lab: ['core', 'devices', 'config', 'net', 'http', 'phone', 'daemon', 'events.ts', 'services/push', 'tapes'],
  daemon: [
    'core',
    'security',
    'devices',
    'config',
    'net',
    'events.ts',
    'http',
    'management',
    'explain',
    'trace',
    'capture',
    'decoding',
    'injection',
    'pcap/(comment-text|read-capture)',
    '(tftp|dhcp|sccp|sip)/(server|settings|options)',
    'capf/(factory-certificates|operations|registry|server)',
    'tvs/(server|verification)',
    'dhcp/shared-leases',
    'provisioning/(call-managers|catalogue|served-directory|trust-files)',
    'calls',
    'cluster',
    'records',
    'rtp/(server|settings|wav)',
    'services',
  ],
  cli: [
    'core',
    'devices',
    'config',
    'net',
    'phone',
    'capture/record',
    'decoding',
    'daemon/service',
    'provisioning/problems',
    'doctor',
    'drill',
    'dhcp/discovery',
    'sccp/(codec|messages)',
    'trace/line',
    '(tftp|dhcp|sccp|sip|http)/decode',
    'pcap',
    'daemon/(read-config|device-layer-file|key-rolls|trust-copy|trust-directory|trust-status)',
    // The types alone: see `shapes-are-types-but-for-the-document`.
    'http/api/shapes',
    'explain',
    'dhcp/settings',
    'snippets',
    'security',
    'tapes',
    'injection/rule-words',
  ],
  // Runs in a browser: of the daemon it knows the shapes of the API's answers and how people type a rule, and nothing else.
  web: ['http/api/[a-z-]*shapes', 'injection/rule-words'],
  'events.ts': ['core', '[a-z]+/events'],
};

/**
 * The layers within a folder: subfolder → the others of its folder that it may import, `''` for the files that stand in the
 * folder itself. Those may import every subfolder.
 *
 * @type {Record<string, Record<string, string[]>>}
 */
const LAYERS = {
  net: { files: [''], sockets: [''], host: ['files', 'sockets', ''] },
  sccp: {
    codec: [],
    tables: ['codec'],
    messages: ['codec', 'tables'],
    calls: ['messages', 'tables', ''],
    handlers: ['calls', 'messages', 'tables', ''],
  },
  sip: {
    message: [],
    transport: ['message', ''],
    transaction: ['message', 'transport', ''],
    response: ['message', 'transport', ''],
    cisco: ['message'],
    presence: ['message', 'response', 'transport', ''],
    registrar: ['cisco', 'message', 'response', 'transport', ''],
    notifier: ['cisco', 'message', 'presence', 'registrar', 'transaction', 'transport', ''],
    calls: ['cisco', 'message', 'notifier', 'registrar', 'response', 'transaction', 'transport', ''],
    trunks: ['calls', 'message', 'notifier', 'registrar', 'response', 'transport', ''],
    uas: [
      'calls',
      'cisco',
      'message',
      'notifier',
      'presence',
      'registrar',
      'response',
      'transaction',
      'transport',
      'trunks',
      '',
    ],
  },
  management: {
    soap: [],
    ris: ['soap', ''],
    axl: ['soap', 'sql', ''],
    perfmon: ['soap', ''],
    control: ['soap', ''],
    logs: ['soap', ''],
    sql: ['ris', ''],
  },
  tapes: { replay: [''] },
  injection: { protocols: [''], seams: ['protocols', ''] },
  phone: {
    boot: [''],
    calls: [''],
    sccp: ['boot', 'calls', ''],
    sip: ['boot', 'calls', ''],
    faults: ['boot', 'calls', 'sccp', 'sip', ''],
    fleet: ['calls', ''],
    web: ['boot', 'calls', ''],
  },
};

/** Code that runs in the daemon's programs and in a browser. */
const SHARED_WITH_PAGE = '^src/injection/rule-words\\.ts$';
/** The shapes of the API. */
const SHAPES = '^src/http/api/[a-z-]*shapes?\\.ts$';

/** Packages and Node modules that have one address each. */
const ONE_HOME = [
  { package: 'yargs', home: ['src/cli/'] },
  { package: 'winston(-transport)?', home: ['src/trace/winston\\.ts$'] },
  { package: 'xmlbuilder2', home: ['src/core/xml/'] },
  { package: 'yaml', home: ['src/config/'] },
  { package: 'zod', home: ['src/config/', 'src/cli/', 'src/drill/', SHAPES, 'src/http/api/openapi/schemas\\.ts$'] },
  { package: 'sql\\.js', home: ['src/management/sql/query-database\\.ts$'] },
  { package: 'saxes', home: ['src/core/xml/(parser|tree)\\.ts$'] },
  { package: '(hono|@hono/node-server|prom-client)', home: ['src/http/'] },
  { package: 'preact', home: ['src/web/'] },
  { package: '@nats-io/[a-z-]+', home: ['src/cluster/nats-(bus|session)\\.ts$'] },
];
const NODE_HOMES = [
  { module: '(node:)?worker_threads', home: ['src/management/sql/'] },
  { module: '(node:)?(dgram|net|tls)', home: ['src/net/'] },
  { module: '(node:)?fs(/promises)?', home: ['src/net/', 'src/cli/'] },
  { module: '(node:)?os', home: ['src/net/', 'src/cli/'] },
  { module: '(node:)?https?', home: ['src/http/', 'src/management/', 'src/net/'] },
];

const pattern = (path) => (path.endsWith('.ts') ? path.replace('.', '\\.') : `${path}(/|\\.ts$)`);

/** The files of a layer; of `''` those that stand in the folder itself. */
const layerPattern = (folder, layer) => (layer === '' ? `^src/${folder}/[^/]+\\.ts$` : `^src/${folder}/${layer}/`);

/** What each grant allows, by itself: a grant that no import uses is a ghost. */
const GRANTS = [
  ...Object.entries(FOLDERS).flatMap(([folder, others]) =>
    others.map((other) => ({
      grant: `${folder} → ${other}`,
      from: `^src/${pattern(folder)}`,
      to: `^src/${pattern(other)}`,
    })),
  ),
  ...Object.entries(LAYERS).flatMap(([folder, layers]) =>
    Object.entries(layers).flatMap(([layer, others]) =>
      others.map((other) => ({
        grant: `${folder}/${layer} → ${folder}/${other}`,
        from: `^src/${folder}/${layer}/`,
        to: layerPattern(folder, other),
      })),
    ),
  ),
];

module.exports = {
  grants: GRANTS,
  forbidden: [
    {
      // Types may describe each other; code may not need each other.
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      // Two files of one folder may need each other's types; folders may not.
      name: 'no-cycles-between-folders',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { circular: true, via: { pathNot: '^src/$1/' } },
    },
    { name: 'no-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      severity: 'error',
      // The page is bundled, so what it needs is built in.
      from: { path: '^src/', pathNot: '^src/web/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      // Nobody who does not ask for the API's document pays for the schemas.
      name: 'shapes-are-types-but-for-the-document',
      severity: 'error',
      from: { path: '^src/', pathNot: `${SHAPES}|^src/http/api/openapi/` },
      to: { path: SHAPES, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-takes-types-alone',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/', pathNot: ['^src/web/', SHARED_WITH_PAGE], dependencyTypesNot: ['type-only'] },
    },
    { name: 'what-the-page-shares-imports-nothing', severity: 'error', from: { path: SHARED_WITH_PAGE }, to: {} },
    ...Object.entries(FOLDERS).map(([folder, others]) => ({
      name: `${folder}-stays-in-its-place`,
      severity: 'error',
      from: { path: `^src/${pattern(folder)}` },
      to: { path: '^src/', pathNot: [folder, ...others].map((path) => `^src/${pattern(path)}`) },
    })),
    ...Object.entries(LAYERS).flatMap(([folder, layers]) =>
      Object.entries(layers).map(([layer, others]) => ({
        name: `${folder}/${layer}-stays-in-its-layer`,
        severity: 'error',
        from: { path: `^src/${folder}/${layer}/` },
        to: { path: `^src/${folder}/`, pathNot: [layer, ...others].map((other) => layerPattern(folder, other)) },
      })),
    ),
    ...ONE_HOME.map(({ package: name, home }) => ({
      name: `${name}-has-one-home`,
      severity: 'error',
      from: { path: '^src/', pathNot: home },
      to: { path: `(^|/)node_modules/${name}/` },
    })),
    ...NODE_HOMES.map(({ module: name, home }) => ({
      name: `${name}-has-its-home`,
      severity: 'error',
      from: { path: '^src/', pathNot: home },
      to: { path: `^${name}$`, dependencyTypes: ['core'] },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
