// Which records the lists of this cluster have (`docs/protocols/secure.md` §2.2).

import type { ListKind } from './held-lists.js';
import { LIST_NAMES } from './held-lists.js';
import type { Identities } from './identity.js';
import type { ReadCertificate } from './read-certificate.js';
import type { SecuritySettings } from './settings.js';
import { LIST_FUNCTION } from './trust-list.js';
import { type RecordContent, writeContainer, writeRecord } from './write-container.js';

/** A node, as records name it. */
export interface ListNode {
  readonly name: string;
  /** IPv4. */
  readonly address: string;
}

/** Another cluster's signer of files. `address`: IPv4; absent: it is not known. */
export interface AlternateTftp {
  readonly name: string;
  readonly address?: string;
  readonly certificate: ReadCertificate;
}

/** What the lists of a cluster are made of. */
export interface ClusterListContent {
  readonly settings: Pick<SecuritySettings, 'digest' | 'names'>;
  /** What signs, and who is named. */
  readonly identities: Identities;
  /** Certificates that are named beside that of their role: one that is coming, or one that was. */
  readonly further?: Readonly<Partial<Record<keyof Identities, readonly ReadCertificate[]>>>;
  readonly self: ListNode;
  readonly others: readonly (ListNode & { readonly callmanager: ReadCertificate })[];
  /** Who may sign files besides: call managers of other clusters. */
  readonly alternates?: readonly AlternateTftp[];
  /** Whether call managers register phones over TLS: then they are CCM+TFTP, and there is a CTL. */
  readonly isMixed: boolean;
  /** Whether the records for TFTP and TVS are empty, which gives phones back. */
  readonly isRollback: boolean;
  /** Whether the CTL is that of a cluster which was mixed once: its records for call managers are empty. */
  readonly wasMixed?: boolean;
  /** `callmanager-ec` serves configuration over HTTPS: it is named, and the list version says so. */
  readonly isHttps?: boolean;
  /** Seconds since the Unix epoch: when the content changed. */
  readonly timestamp: number;
}

/** Builds a list. The same content gives the same octets. */
export const clusterList = (kind: ListKind, content: ClusterListContent): Buffer => {
  const { settings, identities, timestamp, isHttps = false } = content;
  const records = kind === 'ITL' ? itlRecords(content) : ctlRecords(content);
  return writeContainer(
    {
      version: [1, 2],
      listVersion: kind === 'ITL' && isHttps ? [1, 1] : undefined,
      fileName: LIST_NAMES[kind],
      timestamp,
      body: Buffer.concat(records.map((record) => writeRecord(record, settings.names))),
    },
    {
      certificate: identities.itlrecovery.read,
      key: identities.itlrecovery.privateKey,
      digest: settings.digest,
      names: settings.names,
    },
  );
};

/** The certificates of a role: the one in use first. */
const named = (
  { identities, further = {} }: ClusterListContent,
  role: keyof Identities,
): readonly ReadCertificate[] => [
  ...(identities[role] === undefined ? [] : [identities[role].read]),
  ...(further[role] ?? []),
];

const alternate = ({ name, address, certificate }: AlternateTftp): RecordContent => ({
  function: LIST_FUNCTION.TFTP,
  dnsName: name,
  certificate,
  ...(address === undefined ? {} : { address }),
});

const itlRecords = (content: ClusterListContent): readonly RecordContent[] => {
  const { self, others, alternates = [], isMixed, isRollback, isHttps = false } = content;
  const files = isMixed ? LIST_FUNCTION['CCM+TFTP'] : LIST_FUNCTION.TFTP;
  const record = (number: number, certificate: ReadCertificate, node: ListNode = self): RecordContent => ({
    function: number,
    dnsName: node.name,
    certificate,
  });
  // The address stands where a name would: so it is in the empty records of a real list.
  const empty = (number: number): RecordContent => ({ function: number, dnsName: self.address });
  const signers = named(content, 'itlrecovery').map((one) => record(LIST_FUNCTION.SAST, one));
  const capf = named(content, 'capf').map((one) => record(LIST_FUNCTION.CAPF, one));
  if (isRollback) return [...signers, empty(files), empty(LIST_FUNCTION.TVS), ...capf];
  return [
    ...signers,
    ...named(content, 'callmanager').map((one) => record(files, one)),
    ...others.map((node) => record(files, node.callmanager, node)),
    // In a mixed cluster they stand in the CTL, as those of CUCM do.
    ...(isMixed ? [] : alternates.map(({ name, certificate }) => alternate({ name, certificate }))),
    ...(isHttps ? named(content, 'callmanager-ec').map((one) => record(LIST_FUNCTION.TFTP, one)) : []),
    ...named(content, 'tvs').map((one) => record(LIST_FUNCTION.TVS, one)),
    ...capf,
  ];
};

const ctlRecords = (content: ClusterListContent): readonly RecordContent[] => {
  const { self, others, alternates = [], wasMixed = false } = content;
  const record = (number: number, certificate: ReadCertificate, { name, address }: ListNode = self): RecordContent => ({
    function: number,
    dnsName: name,
    certificate,
    address,
  });
  const empty = ({ address }: ListNode): RecordContent => ({
    function: LIST_FUNCTION['CCM+TFTP'],
    dnsName: address,
    address,
  });
  return [
    ...named(content, 'itlrecovery').map((one) => record(LIST_FUNCTION.SAST, one)),
    ...(wasMixed
      ? [self, ...others].map(empty)
      : [
          ...named(content, 'callmanager').map((one) => record(LIST_FUNCTION['CCM+TFTP'], one)),
          ...others.map((node) => record(LIST_FUNCTION['CCM+TFTP'], node.callmanager, node)),
          ...alternates.map(alternate),
        ]),
    ...named(content, 'capf').map((one) => record(LIST_FUNCTION.CAPF, one)),
  ];
};
