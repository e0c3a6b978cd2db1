// Faults of files.

import { wallTime } from '../../src/core/time.js';
import { makeIdentity } from '../../src/security/identity.js';
import { both, edit, type FaultCase } from './fault-case.js';
import { deviceFile, SOUND } from './harness.js';
import { trustList } from './trust-list.js';

/** A certificate that ended long ago; an elliptic key is made in a moment. */
const ENDED = makeIdentity('callmanager-ec', {
  ...{ node: 'CM1', cluster: 'Lab', alternatives: [], hash: 'sha256' },
  now: wallTime(Date.UTC(2010, 0, 1)),
}).certificate;

export const FILE_FAULTS: readonly FaultCase[] = [
  {
    code: 'files.trust-key-readable',
    state: 'warning',
    found: /state\/trust\/tvs-key\.pem can be read by others than its owner \(0644\)/,
    fix: /^chmod 600 /,
    files: { 'state/trust/tvs-key.pem': 'a key' },
  },
  {
    code: 'files.trust-certificate-ends',
    state: 'warning',
    found: /the certificate of tvs ends on 20/,
    fix: /^labcm trust roll tvs -c /,
    files: { 'state/trust/tvs.pem': ENDED },
  },
  {
    code: 'files.trust-list-held',
    state: 'warning',
    found: /SEP001122334455 took a trust list of this cluster and not the empty one/,
    fix: /rollback/,
    files: {
      'state/trust/ITLFile.tlv': trustList(0, 3),
      'state/trust/taken.jsonl': '{"device":"SEP001122334455","kind":"ITL","fingerprint":"00"}\n',
    },
  },
  // ── files
  {
    code: 'files.no-root',
    state: 'bad',
    found: /tftp\.root: nothing there/,
    fix: /make it/,
    yaml: edit('./files', './none'),
  },
  {
    code: 'files.broken',
    state: 'warning',
    found: /the name of .* but for its case/,
    fix: /one of them/,
    files: { 'files/a.xml': 'one', 'files/A.xml': 'other' },
  },
  {
    code: 'files.shadowed',
    state: 'warning',
    found: /a file that no phone gets/,
    fix: /vendorConfig/,
    files: { 'files/SEP001122334455.cnf.xml': '<device/>' },
  },
  {
    code: 'files.load-missing',
    state: 'warning',
    found: /SCCP42\.9-4-2SR3-1S, of which tftp\.root holds no file/,
    fix: /SCCP42\.9-4-2SR3-1S\.loads/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP42.9-4-2SR3-1S,'),
  },
  {
    code: 'files.load-part-missing',
    state: 'warning',
    found: /a manifest whose apps42\.9\.sbn is not there/,
    fix: /the whole of the firmware package/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP42.9,'),
    files: { 'files/SCCP42.9.loads': 'jar42.9.sbn\r\napps42.9.sbn\r\n', 'files/jar42.9.sbn': 'x' },
  },
  {
    code: 'files.load-part-size',
    state: 'warning',
    found: /3 octets, while sip78xx\.12\.loads says 2048/,
    fix: /the same firmware package, whole/,
    files: {
      'files/sip78xx.12.loads': '[PLATFORM_1]\nrootfs=rootfs78xx.sbn size=2048\n',
      'files/rootfs78xx.sbn': 'abc',
    },
  },
  {
    code: 'files.wrong-protocol-load',
    state: 'warning',
    found: /SIP42\.9, which speaks SIP, for SEP001122334455/,
    fix: /protocol: SIP/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SIP42.9,'),
    files: { 'files/SIP42.9.loads': 'a.sbn\n', 'files/a.sbn': 'x' },
  },
  {
    code: 'files.load-wrong-family',
    state: 'warning',
    found: /SCCP45\.9, which is firmware of another model than Cisco 7962/,
    fix: /a load of a Cisco 7962/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP45.9,'),
    files: { 'files/SCCP45.9.loads': 'a.sbn\n', 'files/a.sbn': 'x' },
  },
  {
    code: 'files.named-file-missing',
    state: 'warning',
    found: /dialplan-lab\.xml, which tftp\.root does not hold/,
    fix: /that file in tftp\.root/,
    yaml: edit('protocol: SIP,', 'protocol: SIP, dialTemplate: dialplan-lab.xml,'),
  },
  {
    code: 'files.locale-missing',
    state: 'warning',
    found: /German_Germany, of which tftp\.root holds no folder/,
    fix: /German_Germany\//,
    yaml: `${SOUND}phones: { locale: { user: German_Germany } }\n`,
  },
  {
    code: 'files.trust-list-served',
    state: 'warning',
    found:
      /^ITLFile\.tlv is served, signed by "CN=CM1;O=Lab" \(SAST, CCM\+TFTP\): a phone of another cluster refuses it/,
    fix: /^take it out of tftp\.root/,
    files: { 'files/ITLFile.tlv': trustList(0, 2) },
  },
  {
    code: 'files.trust-list-broken',
    state: 'warning',
    found: /^CTLSEP001122334455\.tlv is served and is no trust list/,
    fix: /^take it out of tftp\.root/,
    files: { 'files/CTLSEP001122334455.tlv': trustList(0).subarray(0, -4) },
  },
  {
    code: 'files.signed-not-verified',
    state: 'warning',
    found: /^SEP001122334455\.cnf\.xml\.sgn is served as it is, and phones refuse it \(malformed\)/,
    fix: /^take it out of tftp\.root: labcm signs SEP001122334455\.cnf\.xml by itself/,
    files: {
      'files/SEP001122334455.cnf.xml.sgn': 'no signed file',
      'state/trust/ITLFile.tlv': trustList(0, 3),
    },
    yaml: `${SOUND}security: { itl: on }\n`,
  },
  {
    code: 'files.not-served',
    state: 'bad',
    found: /^SEP001122334455\.cnf\.xml does not come by TFTP: no answer$/,
    fix: /^labcm timeline SEP001122334455$/,
    view: {
      tftp: async (file) =>
        file.startsWith('SEP0011')
          ? { kind: 'missed', why: 'no answer' }
          : { kind: 'fetched', bytes: deviceFile('SEP0050564F6E88') },
    },
  },
  {
    code: 'files.not-xml',
    state: 'bad',
    found: /^SEP001122334455\.cnf\.xml cannot be read as a phone reads it/,
    fix: /tftp\.root/,
    view: {
      device: 'sep001122334455',
      http: async () => ({ kind: 'fetched', bytes: Buffer.from('<device><a></device>') }),
    },
  },
  {
    code: 'files.differs',
    state: 'warning',
    found:
      /^SEP001122334455\.cnf\.xml is not what the configuration says: it names 10\.9\.9\.9:2000, not 10\.10\.210\.10:2000/,
    fix: /^SIGHUP/,
    view: {
      device: 'SEP001122334455',
      ...both(async () => ({ kind: 'fetched', bytes: deviceFile('SEP001122334455', { address: '10.9.9.9' }) })),
    },
  },
];
