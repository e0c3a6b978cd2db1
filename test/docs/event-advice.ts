// What an operator does about each event and each reason. A type without its row does not compile.

import type { CauseName } from '../../src/calls/causes.js';
import type { RefusalReason } from '../../src/devices/index.js';
import type { EndReason } from '../../src/devices/reasons.js';
import type { Reason } from '../../src/dhcp/reasons.js';
import type { LabcmEvent } from '../../src/events.js';
import type { IgnoredBecause, LinkEnd } from '../../src/sccp/events.js';
import type { CredentialsWorth, SipLimit, SipLinkEnd } from '../../src/sip/events.js';
import type { TftpFailure } from '../../src/tftp/events.js';

export const NOTHING = 'Nothing.';
const STAMPEDE = 'Nothing: the service went on. Raise the key if you want each of them in the trace.';
const NOT_OURS = 'Find the sender by its address. It may be a scanner, or a device that wants another service.';
const REPORT = 'Report it, with the lines around it in the trace: this is a mistake of labcm.';

export const TO_DO: Readonly<Record<LabcmEvent['type'], string>> = {
  'daemon.started': NOTHING,
  'daemon.reloaded': 'Start the daemon again if `afterRestart` names keys.',
  'daemon.reload-refused': 'Correct each fault, then `labcm check` and `kill -HUP` again.',
  'daemon.devices-written':
    'Nothing. `address` and `token` say who asked. `labcm remove DEVICE --layer` takes it back.',
  'daemon.devices-laid':
    'Nothing. A cut line was never acknowledged: ask for that change again. `labcm check` names devices that stand in both.',
  'daemon.clock-set':
    'Nothing: a drill does it. `PUT /api/clock` with `{ "ahead": 0 }` takes it back, and so does a restart.',
  'daemon.registrations-expired': 'Nothing: a drill does it. The phones come back by themselves.',
  'daemon.stood-still': 'Give the machine more processor time, or find out who stopped the process.',
  'daemon.degraded': 'Remove the cause that `reason` names, such as a full disk. labcm goes on by itself.',
  'daemon.recovered': NOTHING,
  'daemon.stopping': NOTHING,
  'daemon.stopped': NOTHING,
  'config.changed-on-disk': '`labcm check`, then `kill -HUP`.',
  'capf.session-ended':
    'Compare `outcome`. `labcm capf install NAME` arms an operation; a phone that fails says why on its screen.',
  'capf.operation': 'Nothing, unless it expired or was locked: arm it again with `labcm capf`.',
  'capf.link-refused': NOT_OURS,
  'tvs.answered':
    'If the certificate is not known and the phone is to trust it, add it to `security.tvs.trust`, with its roles.',
  'tvs.malformed': NOT_OURS,
  'tvs.link-refused': NOT_OURS,
  'cluster.node-alive': NOTHING,
  'cluster.node-dead': 'Look at that machine. Its phones register with the next node of their group by themselves.',
  'cluster.registered-elsewhere': 'Nothing: the newest registration counts.',
  'cluster.values-lost':
    'Restart servers of the cluster bus one after the other, and wait until each has copied what it missed (`docs/cluster.md`).',
  'cluster.value-broken': 'Find out what else writes to these buckets; `nats kv` shows them.',
  'cluster.news-broken': 'Find out what else publishes below `labcm.`; `nats sub` shows it.',
  'cluster.value-unwritten': REPORT,
  'cluster.devices-refused':
    'Give the nodes the same groups and devices, then `kill -HUP`: what was left out is tried again.',
  'cluster.secrets-withheld': 'Give the bus TLS and credentials, or write these devices at each node.',
  'fault.added': 'Nothing. `labcm fault list` shows the rules, `labcm fault clear` takes them away.',
  'fault.cleared': NOTHING,
  'fault.injected': 'Nothing, if it was meant: what the phone does about it is no fault of the phone.',
  'listener.opened': NOTHING,
  'listener.closed': NOTHING,
  'listener.failed': 'Stop the program that holds the port (`labcm doctor`), or give labcm the right to open it.',
  'trace.dropped': 'Look for a slow or full disk, or for a terminal that nobody reads.',
  'trace.renewed': 'Nothing, if it was you or logrotate. See [operations.md](operations.md).',
  'trace.untraced': `${STAMPEDE} The key is \`trace.detailsPerSecond\`.`,
  'device.added': NOTHING,
  'device.changed': NOTHING,
  'device.removed': NOTHING,
  'device.security-changed':
    'Nothing, if the phone comes back. If it is refused then, see the reason: it may need a certificate (`labcm capf install NAME`).',
  'device.auto-registered': 'Configure the device if it is to have another number.',
  'device.registering': NOTHING,
  'device.registered': NOTHING,
  'device.partially-registered': 'Wait for the other lines. If they stay away, see `labcm timeline DEVICE`.',
  'device.unregistered': 'See the reason in *Why a registration ends*.',
  'device.rejected': 'See the reason in *Why a phone is refused*.',
  'device.name-shared': 'Give one of the two phones another name. Often a soft phone was copied with its name.',
  'device.verdict': '`labcm why DEVICE` says what to do. The codes are in [causes.md](causes.md).',
  'device.type-unknown': 'Nothing. Its keys are taken for those of the configured model.',
  'device.reported': NOTHING,
  'device.out-of-service': 'Compare with the end of its registration before: the phone tells only what it saw itself.',
  'device.load':
    'If it failed, look whether all parts of the load are below `tftp.root`, and whether the phone may run it.',
  'device.given': NOTHING,
  'device.commanded': NOTHING,
  'device.messages': NOTHING,
  'device.forward-set': NOTHING,
  'device.do-not-disturb-set': NOTHING,
  'device.leased': NOTHING,
  'device.lease-ended': NOTHING,
  'dhcp.received': 'If `decision` is `silent` or NAK, see the reason in *What DHCP decides*.',
  'dhcp.sent': 'See the reason in *What DHCP decides*.',
  'dhcp.malformed': NOT_OURS,
  'dhcp.untraced': `${STAMPEDE} The key is \`dhcp.tracedPerSecond\`.`,
  'dhcp.stranger': 'If it is a phone, configure it, or see `dhcp.answer`.',
  'dhcp.throttled': 'Wait: clients ask again. Raise `dhcp.limits` if so many phones start at once.',
  'dhcp.other-server': 'Switch one of the two servers off, or put the address of labcm into option 150 of the other.',
  'dhcp.other-offer': 'Look at its option 150: the phone asks those addresses for its files.',
  'dhcp.offer-lapsed': 'Look for what keeps the offer from the phone: a firewall on UDP 67 and 68, or another VLAN.',
  'dhcp.unsaved': 'Free the disk, or mend the rights of `state.directory`.',
  'dhcp.pool-empty': 'Widen `pools`, or shorten `leaseTime`. `labcm leases` shows who has the addresses.',
  'dhcp.pool-kept': 'Widen `pools`, or configure the phones: the rest is kept for configured devices.',
  'dhcp.pool-recovered': NOTHING,
  'dhcp.interface-lost': 'Bring the interface up again. labcm serves it again by itself.',
  'dhcp.interface-served': NOTHING,
  'dhcp.interface-failed': 'Remove the cause that `detail` names. labcm tries again by itself.',
  'lease.expired':
    'Nothing, if the phone is off. Otherwise its renewals do not reach labcm: look for a firewall on UDP 67.',
  'lease.rested': NOTHING,
  'lease.file-read': NOTHING,
  'lease.file-failed':
    'Make room on the disk, or mend the rights of `state.directory`. Until then no new lease is given.',
  'lease.file-recovered': NOTHING,
  'net.tls-failed': 'Read the sentence: it says what the phone has against the certificate or the version.',
  'net.knock':
    'Switch the service on, or have the phone fetch its file again with `labcm reset DEVICE`: its own names another port. If it is no phone, find it by its address. `knocks: false` frees the ports for another program.',
  'net.neighbour':
    'Find the machine of the hardware address in the table of the switch. If it is the router, switch proxy ARP off there.',
  'host.counters':
    'Start fewer phones at once, or trace less. If labcm is not busy, another program on this machine is.',
  'host.addresses-changed': 'If phones were given an address that is gone, change `nodes` and have them reset.',
  'host.clock-jumped': 'Have the clock kept by NTP: `timedatectl set-ntp true`. Phones take their time from it.',
  'call.off-hook': NOTHING,
  'call.denied': 'Hang up another call, or raise the key that the line names.',
  'call.dialling': NOTHING,
  'call.analysed': 'If it leads nowhere, see `labcm dial NUMBER`: it says what the number would do, and why.',
  'call.offered': NOTHING,
  'call.alerting': NOTHING,
  'call.answered': NOTHING,
  'call.media': 'If one end hears nothing, compare the address with the one that the phone really has.',
  'call.media-failed':
    'Give both phones a codec in common. If a phone does not open its channel, look at its own trace.',
  'call.held': NOTHING,
  'call.resumed': NOTHING,
  'call.forwarded': 'If a loop is told, see which lines forward to each other by `labcm dial`.',
  'call.feature-refused':
    'Dial a number that leads to a phone and is not that of the line itself. `not-its-line`: dial it on a phone that has the line. `not-kept`: see `detail`, and the disk of `state.directory`.',
  'call.parked': NOTHING,
  'call.park-reminded': 'Answer the call, or dial its number. It ends when as much time has passed again.',
  'call.retrieved': NOTHING,
  'call.picked-up': NOTHING,
  'call.conference-joined': NOTHING,
  'call.conference-left': NOTHING,
  'call.transferred': NOTHING,
  'call.joined': NOTHING,
  'call.moved': NOTHING,
  'call.paged': 'If phones hear nothing, see whether they are registered, and whether a switch passes the group on.',
  'call.released': 'See the cause in *Why a call ends*.',
  'call.preserved': 'Look for what broke the link. The phone can be called again once it has hung up.',
  'call.measured': NOTHING,
  'call.line-state':
    'Nothing to do. Where a lamp shows otherwise, see whether its phone has asked for the number: the trace has its FeatureStatReq or SUBSCRIBE.',
  'call.one-way': 'Look for a firewall or NAT between the two phones: speech goes directly from one to the other.',
  'call.ended': NOTHING,
  'rtp.port-taken': 'Move `calls.rtp.ports` to ports that nobody else uses.',
  'rtp.no-port': 'Widen `calls.rtp.ports`, or end calls to service numbers.',
  'rtp.address-refused': 'Look at the media address that the phone gives. Behind NAT it may be a wrong one.',
  'rtp.silent': 'Look for a firewall between the phone and the ports of `calls.rtp.ports`.',
  'rtp.digit': NOTHING,
  'management.asked': 'A fault says what is wrong. Beyond the allowed rate scripts wait; `management.rates` raises it.',
  'management.refused': 'Give the script the user and the password of `management`, and a path that `apis.md` lists.',
  'management.sql-ended':
    'Give the statement the conditions that join its tables. Nothing else is harmed: the next statement begins another thread.',
  'service.opened': NOTHING,
  'service.authenticated':
    'If it is `wrong` or `locked`, somebody sent the phone another user or password than those of `phones.authentication`. If it is `off`, configure them.',
  'service.pushed':
    'The answer says what is wrong. Without web access (`webAccess: "0"` in `phones.vendorConfig`) a phone takes pushes only through its signalling. An `unauthorized` one asks its authentication URL: look at `service.authenticated`.',
  'sccp.link-opened': NOTHING,
  'sccp.link-closed': 'See the cause in *Why an SCCP connection ends*.',
  'sccp.link-refused': 'Raise `sccp.limits` if these are your phones.',
  'sccp.received': NOTHING,
  'sccp.sent': NOTHING,
  'sccp.untraced': `${STAMPEDE} The key is \`sccp.tracedPerSecond\`.`,
  'sccp.register-checked': NOTHING,
  'sccp.prompted': NOTHING,
  'sccp.lines-started': NOTHING,
  'sccp.unknown-message': 'Nothing: it was skipped. Report it, with the bytes, if the phone then fails.',
  'sccp.ignored': NOTHING,
  'sccp.malformed': NOT_OURS,
  'sccp.token': 'Nothing. Raise `sccp.tokens` if phones come back too slowly.',
  'sccp.standby': NOTHING,
  'sccp.throttled': 'Find out what makes the phone send so much, or raise `sccp.throttle`.',
  'sccp.call-refused': 'Nothing: labcm registers phones and connects no calls.',
  'sccp.failed': REPORT,
  'sip.received': NOTHING,
  'sip.sent': NOTHING,
  'sip.untraced': `${STAMPEDE} The key is \`sip.tracedPerSecond\`.`,
  'sip.malformed': NOT_OURS,
  'sip.oversize': 'Raise `sip.message` if the sender is a phone of yours.',
  'sip.failed': REPORT,
  'sip.link-opened': NOTHING,
  'sip.link-closed': 'See the cause in *Why a SIP connection ends*.',
  'sip.link-refused': 'Raise `sip.limits` if these are your phones.',
  'sip.throttled': 'See the limit in *Limits of SIP*.',
  'sip.alarm': 'Nothing. The alarm says why the phone was out of service before.',
  'sip.unproven': 'Nothing, if it came while the phone was booting. Otherwise somebody speaks in its name.',
  'sip.token': 'Nothing. Raise `sip.tokens` if phones come back too slowly.',
  'sip.standby': NOTHING,
  'sip.register-answered': 'See `status` and `warning`, and `credentials` in *What digest credentials are worth*.',
  'sip.trunk-up': NOTHING,
  'sip.trunk-down':
    'Do what the sentence of `labcm status` says. labcm asks again every two minutes, and calls by this trunk fail with cause 41 until then.',
  'sip.trunk-registration':
    'If it was refused: correct `register` and `digest` of the trunk, or the account in the other PBX.',
  'sip.node-call-refused':
    'Find the sender by its address. If it is a node, its clock of heartbeats is behind: see `labcm nodes`.',
  'sip.trunk-refused':
    'By `reason`: raise `calls.limits.trunkCalls`, mend the trunk, correct `digest`, or look for two PBXs that send a call to and fro.',
  'sip.command-answered': 'Send the command again, or restart the phone by hand, if it did not answer.',
  'tftp.request': NOTHING,
  'tftp.refused': 'Nothing, if `harmless`. Otherwise put the file below `tftp.root`, or configure the device.',
  'tftp.completed': NOTHING,
  'tftp.failed': 'See the reason in *Why a TFTP transfer fails*.',
  'tftp.malformed': NOT_OURS,
  'tftp.throttled': 'Raise `tftp.limits` if so many phones are behind one address.',
  'tftp.untraced': `${STAMPEDE} The key is \`tftp.tracedPerSecond\`.`,
  'file.dynamic': NOTHING,
  'file.trust-list-search': NOTHING,
  'file.find-matching': NOTHING,
  'file.trust-list-match': NOTHING,
  'file.trust-list-made':
    'Reset the phones, so that they take it: `labcm trust list` says who has. One that misses a change of signer is lost.',
  'file.trust-list-taken':
    'Nothing, if you want it. Before a phone goes to another cluster, let it take the empty list: `security.itl: rollback`.',
  'file.forbidden': NOT_OURS,
  'file.built': NOTHING,
  'file.broken': 'Remove the cause that `detail` names, such as missing rights below `tftp.root`.',
  'file.withheld':
    'Give the phone a certificate (`labcm capf install NAME`), or its device `security: { encryptedConfig: false }`. Nothing, if the phone goes to CAPF by itself.',
  'http.request': NOTHING,
  'http.file': 'Nothing, if `harmless`. Otherwise put the file below `tftp.root`, or configure the device.',
  'http.malformed': NOT_OURS,
  'http.throttled': 'Raise `http.provisioning.limits` or `http.api.limits` if these are your phones or programs.',
  'http.untraced': `${STAMPEDE} The key is \`http.provisioning.tracedPerSecond\`.`,
  'http.commands-begun': 'Nothing, if it was meant. `DELETE /api/commands/{run}` stops it.',
  'http.commands-ended': 'Nothing. `GET /api/commands/{run}` says who was not told.',
  'http.api-refused': 'Give the caller the token, or list its host name under `http.api.hosts`.',
};

export const ON_REFUSAL: Readonly<Record<RefusalReason, string>> = {
  'unknown-device':
    'Add the device, with exactly this name. `labcm status NAME` prints what to paste. Or enable `autoRegistration`.',
  'auto-registration-exhausted': 'Widen `autoRegistration.range`.',
  'auto-registration-busy': 'Nothing: the phone asks again.',
  'auto-registration-cut-off':
    'Bring the cluster bus back. `labcm status` says since when it is gone; until then phones that have a number go on.',
  'auto-registration-unsaved': 'Make room on the disk, or mend the rights of `state.directory`.',
  'unsupported-model':
    'Configure the device, with the model that is most like it. Auto-registration knows the models of the table alone.',
  'wrong-model': 'Change `model` of the device, or set `policy.model: any`.',
  'wrong-protocol': 'Change `protocol` of the device, or give the phone a load of the other protocol.',
  'wrong-line': 'Add the line to the device, or correct the number in the phone.',
  duplicate: 'Switch the other phone off, give one of them another name, or set `policy.duplicate: newest`.',
  full: 'Raise `policy.maxDevices`.',
  suspended: 'Remove `suspended` from the device.',
  'tls-required': 'Let the phone come over TLS, or remove `requireTls` from the device.',
  'tls-unwanted':
    'Give the device a security profile (`security: { mode: … }`), or let its phone come without TLS, or set `security.tlsOnPlainDevice: accept`.',
  'untrusted-certificate':
    'Give the phone a certificate of this cluster (`labcm capf install NAME`), or name its issuer in `security.phoneIssuers`.',
  'wrong-cipher': 'Set the mode of the device to `authenticated`, or let its phone offer a cipher that encrypts.',
  'wrong-certificate': 'Install the certificate that belongs to this device name.',
  'wrong-credentials': 'Correct `digest` of the device or the password in the phone.',
  'locked-out': 'Correct the password, then wait for the end of `sip.lockout.for`.',
  malformed: 'Look at the message in `logs/ccm.txt`. For a soft phone, compare its account settings.',
};

export const ON_END: Readonly<Record<EndReason, string>> = {
  'connection-lost': 'Look at power, cable and switch port. Many phones at once: the switch or the network.',
  'device-reset': NOTHING,
  reset: NOTHING,
  unregistered: NOTHING,
  throttled: 'Find out what makes the phone send so much, or raise `sccp.throttle`.',
  silence:
    'Look for a lost network path or a firewall that forgets connections. Compare `sccp.patience` and `sip.expires`.',
  reconfigured: 'Nothing: it registers again with its new configuration.',
  shutdown: NOTHING,
  superseded: 'Nothing, if the phone was moved or restarted. Again and again: two phones have one name.',
  applied: NOTHING,
  'no-response': 'Restart the phone by hand.',
  'no-capabilities': 'Look at the last messages in `logs/ccm.txt`. Raise `policy.capabilitiesWithin` for a slow phone.',
  fallback: NOTHING,
  'node-gone': 'Look at the machine of that node. The phone registers with the next node of its group by itself.',
};

const ALLOW = 'Add the device or a reservation, or set `dhcp.answer: all` on a network of phones alone.';
const WAIT = 'Nothing: the client asks again. Raise `dhcp.limits` if it happens often.';
const POOL = 'Widen `pools`, or shorten `leaseTime`.';
const OTHER = 'Nothing, if the other server is meant to serve it.';

export const ON_DHCP: Readonly<Record<Reason, string>> = {
  'current-binding': NOTHING,
  'same-offer': NOTHING,
  'previous-address': NOTHING,
  'requested-address': NOTHING,
  'free-address': NOTHING,
  'given-on': POOL,
  reserved: NOTHING,
  selected: NOTHING,
  rebooted: NOTHING,
  extended: NOTHING,
  recreated: 'Nothing. The file of leases was lost or restored from an older copy.',
  informed: NOTHING,
  'wrong-network': 'Nothing: the client asks anew. It moved to another network.',
  'address-differs': NOTHING,
  'address-taken': 'Nothing: the client asks anew.',
  'no-such-offer': 'Nothing: the client asks anew. Again and again: two servers answer it.',
  released: NOTHING,
  declined: 'Find the device that uses the address, and exclude it: `exclusions`.',
  'not-allowed': ALLOW,
  'weak-class': ALLOW,
  'no-subnet': 'Add a subnet for that relay or interface.',
  'other-server': 'Switch the other server off, or put the address of labcm into its option 150.',
  'not-ours': 'Nothing. With `authoritative: true` the client is told NAK and asks anew.',
  'no-record': OTHER,
  'not-its-lease': NOTHING,
  'not-to-us': OTHER,
  'no-requested-address': NOT_OURS,
  'pool-empty': POOL,
  'kept-for-devices': 'Configure the phone, or widen `pools`.',
  'too-many-new-clients': WAIT,
  'too-many-open-offers': WAIT,
  'option-82-without-relay':
    'Switch off the insertion of option 82 on the switch, or set `directRelayInformation: serve`.',
  bootp: 'Give the device a fixed address: BOOTP is not served.',
  'a-reply': NOTHING,
  'for-clients': NOTHING,
  'no-room': 'Configure fewer `options`, or shorter ones.',
  'cut-off':
    'Bring the cluster bus back. Until then known leases are extended, and new ones come from the reserve alone.',
  'of-another-node': 'Bring the cluster bus back, or the node that gave the address.',
  'given-by-another-node': 'Nothing: the phone asks again, and gets another address.',
  'not-told': 'Nothing if it is rare: the phone asks again. Else look at the engine of the cluster bus.',
  'not-saved': 'Make room on the disk, or mend the rights of `state.directory`.',
};

const PATH = 'Look for packet loss or a firewall between labcm and the phone.';
const MISTAKE = 'See the line before it in the trace.';

export const ON_TFTP_FAILURE: Readonly<Record<TftpFailure, readonly [meaning: string, todo: string]>> = {
  timeout: [
    'The client acknowledged nothing any more.',
    `${PATH} With no block acknowledged at all: answers come from another port than 69, and a firewall drops them.`,
  ],
  'client-error': ['The client sent an ERROR packet.', '`detail` has its words.'],
  superseded: ['The client asked for another file from the same port.', NOTHING],
  'gave-way': ['The client acknowledged nothing, and another one needed its place.', PATH],
  'read-error': ['The file could not be read to its end.', 'Look at the disk and the rights below `tftp.root`.'],
  stopped: ['labcm stopped.', NOTHING],
};

export const ON_SCCP_LINK_END: Readonly<Record<LinkEnd, readonly [meaning: string, todo: string]>> = {
  'peer-closed': ['The phone closed it.', NOTHING],
  error: ['The connection broke.', PATH],
  unregistered: ['The phone unregistered and left it open.', NOTHING],
  rejected: ['The phone was refused.', 'See the `device.rejected` before it.'],
  commanded: ['The phone was reset or restarted from here.', NOTHING],
  'ended-elsewhere': ['Its registration had ended.', 'See the `device.unregistered` before it.'],
  mute: ['It never sent a message.', 'Find the sender: it may be a port scanner or a health check.'],
  silent: ['A standby connection fell silent.', PATH],
  malformed: ['It sent what is not SCCP.', MISTAKE],
  throttled: ['It sent more messages than a phone may.', MISTAKE],
  'not-reading': ['It did not read what it was sent.', PATH],
  unfinished: [
    'It began a message and did not end it, while too much was kept of such messages.',
    'Find the sender by its address.',
  ],
  stopped: ['labcm stopped.', NOTHING],
};

export const ON_SIP_LINK_END: Readonly<Record<SipLinkEnd, readonly [meaning: string, todo: string]>> = {
  'peer-closed': ['The phone closed it.', NOTHING],
  error: ['The connection broke.', PATH],
  'closed-here': ['labcm closed it, for example after a registration moved to another connection.', NOTHING],
  malformed: ['It sent what is not SIP.', MISTAKE],
  mute: ['It never sent a message.', 'Find the sender: it may be a port scanner or a health check.'],
  unfinished: ['It began a message and did not end it.', 'Find the sender by its address.'],
  idle: ['It fell silent.', PATH],
  'not-reading': ['It did not read what it was sent.', PATH],
  'gave-way': [
    'No phone had registered by it, and its place was needed.',
    'Raise `sip.limits` if these are your phones.',
  ],
  failed: ['labcm made a mistake on it.', REPORT],
  stopped: ['labcm stopped.', NOTHING],
};

export const ON_SIP_LIMIT: Readonly<Record<SipLimit, readonly [meaning: string, todo: string]>> = {
  datagramsPerSecond: [
    'One address sent more datagrams in a second than are read.',
    'Raise `sip.limits.datagramsPerSecond` if many phones are behind that address.',
  ],
  'unproven-address': [
    'Messages to an address that has proved nothing were cut short or not sent.',
    'Nothing: this keeps labcm from being used against others.',
  ],
  outgoing: [
    'Too many requests of labcm await an answer; further ones are sent once.',
    'Look for phones that answer nothing.',
  ],
  subscriptions: ['There are too many subscriptions.', 'Raise `sip.limits.subscriptions`.'],
  strangers: [
    'An address that is no phone and no trunk made more calls over UDP in a second than are refused.',
    'If it is another PBX, add it to `calls.trunks`. Else find out who that is.',
  ],
};

export const ON_CREDENTIALS: Readonly<Record<CredentialsWorth, readonly [meaning: string, todo: string]>> = {
  none: [
    'It sent none.',
    'Nothing, the first time: it is asked for them. If it never sends any, set user and password in the phone.',
  ],
  wrong: ['They are wrong.', 'Correct `digest` of the device or the password in the phone.'],
  other: ['They are for another realm, which `given` names.', 'Set the realm of the phone, or `sip.realm`.'],
  right: ['They are right. With status 401: the nonce was old, and the phone tries again.', NOTHING],
  unchecked: ['Nobody looked at them: the device needs none, or is locked out.', NOTHING],
};

export const ON_IGNORED: Readonly<Record<IgnoredBecause, readonly [meaning: string, todo: string]>> = {
  'before-register': ['It needs a registered device.', 'Nothing, while a phone boots.'],
  'server-message': ['Only a call manager sends it.', 'Find the sender by its address.'],
  closing: ['The connection is about to end.', NOTHING],
  unasked: ['It answers nothing that was asked.', NOTHING],
};

/** What an operator does about the cause of a call. */
export const ON_CAUSE: Readonly<Record<CauseName, string>> = {
  unallocated: '`labcm dial NUMBER` says what the number would do. Configure the line, or a translation.',
  noRoute: 'Nothing leads there. For an emergency number: its announcement needs `calls.rtp.ports`.',
  normal: NOTHING,
  busy: 'Raise `busyTrigger` of the line if it is to take more calls.',
  noResponse: 'The phone did not say that it rings. See `labcm timeline DEVICE`.',
  noAnswer: 'Raise `calls.noAnswer` if phones are to ring longer.',
  nothingRings: 'Dial it while a phone of the group rings. See `calls.pickupGroups` for who is in which group.',
  absent: 'No phone of the number is registered: `labcm status`.',
  rejected: NOTHING,
  changed: NOTHING,
  outOfOrder: 'See `labcm timeline DEVICE` of the called phone.',
  incomplete: 'The user stopped dialling. `labcm dial NUMBER` says which numbers begin so.',
  unspecified: 'See what the called phone answered, in the trace.',
  noChannel: 'See what the called phone answered, in the trace.',
  networkOutOfOrder: 'See what the called phone answered, in the trace.',
  temporaryFailure: 'A phone lost its link or did not answer in its protocol: `labcm timeline DEVICE`.',
  congestion: 'Raise `calls.limits`.',
  noMedia:
    'See the `call.media-failed` before it: it names the codecs of both phones, or the one that did not open its channel.',
  unavailable: 'The service number has no port: widen `calls.rtp.ports`.',
  incompatible: 'The phones do not understand each other. See the trace.',
  timer: 'Nobody dialled, or a phone did not refresh its session.',
  interworking: 'See what the called phone answered, in the trace.',
};
