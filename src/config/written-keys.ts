// Translates the keys of `Config` into the keys of the configuration file, for messages about a reload.

/** Each row: a pattern for a key of `Config`, and the key in the file. The first match counts. */
const ROWS: readonly (readonly [within: RegExp, written: string])[] = [
  [/^(tftp|sccp|sip)\.address$/, '$1.listen'],
  [/^dhcp\.interfaces$/, 'dhcp.interface'],
  [/^(?:sccp|sip)\.node$|^self\.name$/, 'self'],
  [/^self\.sccpPort$/, 'sccp.port'],
  [/^self\.sipTlsPort$/, 'sip.tls'],
  [/^self\.sipPort$/, 'sip.tcp'],
  [/^self\..+$|^trace\.node$/, 'nodes'],
  [/^trace\.cluster$|^clusterBus(\..+)?$/, 'cluster'],
  [/^secureMode\.cutsOffUntrusted$/, 'security.unknownIssuer'],
  [/^secureMode\.(.+)$/, 'security.$1'],
  [/^(?:policy|provisioning)\.security$/, 'security'],
  [/^provisioning\.encryptedModels$/, 'phones.encryptedConfig'],
  [/^policy\.autoRegistration$/, 'autoRegistration'],
  [/^policy\.hold$/, 'sip.hold'],
  [/^defaultGroup$/, 'phones.defaultGroup'],
  [/^records\.(.+)$/, 'trace.$1'],
  [/^rtp\.ports$/, 'calls.rtp.ports'],
  [/^music$/, 'calls.music'],
  [/^provisioning\.intercom$/, 'calls.intercom'],
  [/^provisioning\.groups$/, 'groups'],
  [/^provisioning\.connectionMonitorSeconds$/, 'phones.connectionMonitor'],
  [/^provisioning\.phoneServices$/, 'phones.services'],
  [/^provisioning\.ssh(?:User|Password)$/, 'phones.ssh'],
  [/^provisioning\.phonePassword$/, 'phones.password'],
  [/^provisioning\.cacheOctets$/, 'phones.cache'],
  [/^provisioning\.(.+)$/, 'phones.$1'],
];

/** Keys that are derived from others as well, and are left out if one of those is in the list. */
const MADE_OF: ReadonlyMap<string, (key: string) => boolean> = new Map([
  ['groups', (key: string) => key === 'nodes'],
  ['security', (key: string) => key.startsWith('security.')],
  ['policy.patience', (key: string) => key.startsWith('sip.') || key.startsWith('sccp.')],
  ['sip.idle', (key: string) => key === 'sip.expires'],
  ['sip.tcp', (key: string) => key === 'sip.udp'],
]);

/** The keys of the file, each once and in the same order, without keys that follow from others in the list. */
export const writtenKeys = (keys: readonly string[]): readonly string[] => {
  const written = keys.map((key) => {
    const row = ROWS.find(([within]) => within.test(key));
    return row === undefined ? key : key.replace(row[0], row[1]);
  });
  const others = (key: string) => written.filter((other) => other !== key);
  return [...new Set(written)]
    .filter((key) => !others(key).some((other) => MADE_OF.get(key)?.(other) === true))
    .map((key) => (key === 'policy.patience' ? 'sccp.patience' : key));
};
