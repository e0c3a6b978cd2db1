// The per-device trust lists that every phone requests first (`provisioning.md` §3.2). Normally there is no such file:
// the name is an alias of the cluster's list, and in a non-secure cluster that does not exist either.

/** A certificate trust list or an identity trust list. */
export type TrustList = 'CTL' | 'ITL';

/** The file name of the cluster's list. */
export const clusterList = (list: TrustList): string => `${list}File.tlv`;

const PREFIX = /^SEP/i;
const LIST_LENGTH = 'CTL'.length;
const ENDING_LENGTH = '.tlv'.length;

/** What a device is looked up by: `005056A1033D` of `CTLSEP005056A1033D.tlv`, in the phone's spelling. */
export const searchOf = (file: string): string => withoutPrefix(file.slice(LIST_LENGTH, -ENDING_LENGTH));

/** A device name without `SEP`. */
export const withoutPrefix = (device: string): string => device.replace(PREFIX, '');

/**
 * The files that answer a request for a trust list, in order of preference. A list for the one device comes first. The
 * cluster's CTL is only for devices that the database knows, its ITL for every phone.
 */
export const listsFor = (list: TrustList, file: string, known: boolean): readonly string[] =>
  list === 'CTL' && !known ? [file] : [file, clusterList(list)];
