// The per-device trust lists that every phone asks for first (`provisioning.md` §3.2). There is normally no such file:
// the name is an alias of the cluster's list, and in a non-secure cluster that does not exist either.

export type TrustList = 'CTL' | 'ITL';

/** The name under which a cluster's list is kept. */
export const clusterList = (list: TrustList): string => `${list}File.tlv`;

const PREFIX = /^SEP/i;
const LIST_LENGTH = 'CTL'.length;
const ENDING_LENGTH = '.tlv'.length;

/** What a device is looked for by: `005056A1033D` of `CTLSEP005056A1033D.tlv`, in the phone's spelling. */
export const searchOf = (file: string): string => withoutPrefix(file.slice(LIST_LENGTH, -ENDING_LENGTH));

export const withoutPrefix = (device: string): string => device.replace(PREFIX, '');

/**
 * What is looked for on disk, in this order. A list of the device's own goes first. The cluster's CTL is for devices that
 * the database knows; its ITL for everybody.
 */
export const listsFor = (list: TrustList, file: string, known: boolean): readonly string[] =>
  list === 'CTL' && !known ? [file] : [file, clusterList(list)];
