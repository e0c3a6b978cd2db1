// The arrows of src/README.md as one table, in dependency-cruiser's form. A folder may import itself and what its row
// names; what no row names is forbidden.

/** @type {Record<string, string[]>} folder or file under src → what it may import, as paths under src */
const MAY_IMPORT = {
  core: [],
  net: ['core'],
  devices: ['core'],
  config: ['core', 'devices', 'net/text-files'],
  tftp: ['core', 'devices', 'net/ports'],
  provisioning: ['core', 'devices', 'net/ports', 'net/files'],
  sccp: ['core', 'devices', 'net/ports'],
  sip: ['core', 'devices', 'net/ports'],
  dhcp: ['core', 'devices', 'net/ports'],
  trace: ['core', 'devices', 'net/trace-files', 'events.ts', '[a-z]+/events', 'dhcp/reasons'],
  http: ['core', 'devices', 'net', 'events.ts', 'tftp/(events|source)', 'provisioning/events'],
  explain: ['core', 'devices', 'trace', 'events.ts', '[a-z]+/events', 'dhcp/reasons'],
  phone: [
    'core',
    'devices',
    'net',
    // Declarations and codecs, never a session or a server.
    'tftp/(packet|options)',
    'dhcp/(packet|options|option-kinds|ipv4)',
    'sccp/(bytes|catalogue|enumerations|frame|labels|layout|message|messages|payloads|stimuli|table)',
    'sip/(digest|framer|grammar|headers|message|message-reader|uri)',
  ],
  'events.ts': ['core', '[a-z]+/events'],
};

/** Packages and Node modules that have one address each. */
const ONE_HOME = [
  { package: 'yargs', home: ['src/cli/'] },
  { package: 'winston(-transport)?', home: ['src/trace/winston\\.ts$'] },
  { package: 'xmlbuilder2', home: ['src/core/xml\\.ts$'] },
  { package: 'yaml', home: ['src/config/'] },
  { package: 'zod', home: ['src/config/', 'src/cli/'] },
  { package: 'saxes', home: ['src/phone/'] },
  { package: '(hono|@hono/node-server|prom-client)', home: ['src/http/'] },
];
const NODE_HOMES = [
  { module: '(node:)?(dgram|net|tls)', home: ['src/net/'] },
  { module: '(node:)?fs(/promises)?', home: ['src/net/', 'src/cli/'] },
  { module: '(node:)?os', home: ['src/net/', 'src/cli/'] },
  { module: '(node:)?https?', home: ['src/http/', 'src/net/'] },
];

const pattern = (path) => (path.endsWith('.ts') ? path.replace('.', '\\.') : `${path}(/|\\.ts$)`);

module.exports = {
  forbidden: [
    {
      // Types may describe each other; code may not need each other.
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    ...Object.entries(MAY_IMPORT).map(([folder, others]) => ({
      name: `${folder}-stays-in-its-place`,
      severity: 'error',
      from: { path: `^src/${pattern(folder)}` },
      to: { path: '^src/', pathNot: [folder, ...others].map((path) => `^src/${pattern(path)}`) },
    })),
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
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
