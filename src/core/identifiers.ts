// The identifiers of devices and their parts. Text is parsed once, where it comes in, and is a branded type from then
// on. Case and spelling differ between phones, servers and people; here each identifier has one spelling.

/** A device name as configured, in its own case: 1 to 15 letters, digits, `.`, `_` or `-`. */
export type DeviceName = string & { readonly __brand: 'DeviceName' };

/** A device name in upper case, for comparison: the case of device names does not matter (`provisioning.md` §3.2). */
export type DeviceKey = string & { readonly __brand: 'DeviceKey' };

/** Twelve upper-case hexadecimal digits. */
export type MacAddress = string & { readonly __brand: 'MacAddress' };

/** Dotted decimal, four parts, no leading zeros. */
export type Ipv4Address = string & { readonly __brand: 'Ipv4Address' };

/** A directory number: 1 to 24 of digits, `*`, `#`, `+` and the letters that test labs use. */
export type DirectoryNumber = string & { readonly __brand: 'DirectoryNumber' };

const DEVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;
const MAC_ADDRESS =
  /^(?:[0-9A-F]{12}|[0-9A-F]{2}(?:([:-])[0-9A-F]{2})(?:\1[0-9A-F]{2}){4}|[0-9A-F]{4}(?:\.[0-9A-F]{4}){2})$/i;
const IPV4_ADDRESS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const DIRECTORY_NUMBER = /^[0-9A-Za-z*#+._-]{1,24}$/;
/**
 * The names of phones and analogue adapters, without those that begin with ATA and end in 01. Such a name is the
 * second port of an ATA 186 or 188: ATA, its address without the first two digits, and 01. It does not contain an
 * address.
 */
const NAMED_BY_MAC = /^(?:SEP|ATA(?!.{10}01))([0-9A-F]{12})$/;

/** `undefined` if the text is not a device name. */
export const parseDeviceName = (text: string): DeviceName | undefined =>
  DEVICE_NAME.test(text) ? (text as DeviceName) : undefined;

/** The key under which a device of this name is found. */
export const deviceKey = (name: string): DeviceKey => name.toUpperCase() as DeviceKey;

/** Accepts `005056A1033D`, `00:50:56:a1:03:3d`, `00-50-…` and `0050.56a1.033d`. `undefined`: it is none of them. */
export const parseMacAddress = (text: string): MacAddress | undefined =>
  MAC_ADDRESS.test(text) ? (text.replace(/[:.-]/g, '').toUpperCase() as MacAddress) : undefined;

/** The address in a device name of the form `SEP` or `ATA` and twelve hexadecimal digits. `undefined`: it has none. */
export const macOfName = (name: string): MacAddress | undefined =>
  NAMED_BY_MAC.exec(name.toUpperCase())?.[1] as MacAddress | undefined;

/** `undefined` if the text is not an IPv4 address in dotted decimal. */
export const parseIpv4Address = (text: string): Ipv4Address | undefined =>
  IPV4_ADDRESS.test(text) ? (text as Ipv4Address) : undefined;

/** `undefined` if the text is not a directory number. */
export const parseDirectoryNumber = (text: string): DirectoryNumber | undefined =>
  DIRECTORY_NUMBER.test(text) ? (text as DirectoryNumber) : undefined;
