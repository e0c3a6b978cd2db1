// The small enumerations of `sccp.md` §9, each a table of name and number. The long ones have files of their own.

import { modelById } from '../../devices/index.js';
import type { Names } from '../codec/layout.js';

/** A table of names and numbers: numbers for the code, names for traces. */
export type Enumeration<T extends Readonly<Record<string, number>>> = T & Names;

/** Makes an enumeration. `nameOf` is not enumerable, so that it is no entry of the table. */
export const enumeration = <const T extends Readonly<Record<string, number>>>(table: T): Enumeration<T> => {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name] as const));
  const withNames = Object.defineProperty({ ...table }, 'nameOf', { value: (value: number) => names.get(value) });
  return Object.freeze(withNames) as Enumeration<T>;
};

/** Device types are the rows of the model table (`sccp.md` §9.1). */
export const DEVICE_TYPES: Names = { nameOf: (id) => modelById(id)?.name };

/** §9.12 */
export const ALARM_SEVERITIES = enumeration({
  Critical: 0,
  Warning: 1,
  Informational: 2,
  Unknown: 4,
  Major: 7,
  Minor: 8,
  Marginal: 10,
  TraceInfo: 20,
});

/** §9.10 */
export const RESET_TYPES = enumeration({ Reset: 1, Restart: 2, ApplyConfig: 3 });
/** How the server answers UnregisterReq. */
export const UNREGISTER_STATUS = enumeration({ OK: 0, Error: 1, NAK: 2 });
/** Why a phone unregisters. */
export const UNREGISTER_REASONS = enumeration({ Unknown: 0, PowerSave: 1 });

/** §9.13 */
export const IP_ADDRESS_TYPES = enumeration({ IPv4: 0, IPv6: 1, IPv4AndIPv6: 2, Invalid: 3 });
/** The keys of the keypad in KeypadButton. */
export const KEYPAD_BUTTONS = enumeration({
  '0': 0,
  '1': 1,
  '2': 2,
  '3': 3,
  '4': 4,
  '5': 5,
  '6': 6,
  '7': 7,
  '8': 8,
  '9': 9,
  A: 10,
  B: 11,
  C: 12,
  D: 13,
  '*': 14,
  '#': 15,
  '+': 16,
});
/** Whether a device such as the headset is on. */
export const ON_OFF = enumeration({ On: 1, Off: 2 });
/** Where the phone takes and plays speech. */
export const MEDIA_PATHS = enumeration({ Headset: 1, Handset: 2, Speaker: 3 });
/** What the server may do with a media path. */
export const MEDIA_PATH_CAPABILITIES = enumeration({ Enable: 1, Disable: 2, Monitor: 3 });
/** The list of the phone that a call goes to. */
export const CALL_HISTORY = enumeration({ Ignore: 0, Placed: 1, Received: 2, Missed: 3, Unknown: 0xffffffff });
/** The state of a watched number. */
export const BLF_STATES = enumeration({ Unknown: 0, Idle: 1, InUse: 2, DND: 3, Alerting: 4 });
/** What a phone subscribes to. */
export const SUBSCRIPTION_FEATURES = enumeration({ BLF: 1 });
/** How the server answers a subscription. */
export const SUBSCRIPTION_CAUSES = enumeration({
  OK: 0,
  RouteFail: 1,
  AuthFail: 2,
  Timeout: 3,
  TrunkTerm: 4,
  TrunkForbidden: 5,
  Throttle: 6,
});

/** §9.2; of 15 to 17 there are two readings. */
export const CALL_STATES = enumeration({
  Idle: 0,
  OffHook: 1,
  OnHook: 2,
  RingOut: 3,
  RingIn: 4,
  Connected: 5,
  Busy: 6,
  Congestion: 7,
  Hold: 8,
  CallWaiting: 9,
  CallTransfer: 10,
  CallPark: 11,
  Proceed: 12,
  CallRemoteMultiline: 13,
  InvalidNumber: 14,
  HoldRevert: 15,
  Whisper: 16,
  RemoteHold: 17,
});
/** The direction of a call, as the called and the calling phone see it. */
export const CALL_TYPES = enumeration({ Inbound: 1, Outbound: 2, Forward: 3 });
/** How much of the parties the phone may show. */
export const PRIVACY = enumeration({ None: 0, Limited: 1, Full: 2 });
/** How a call is protected. */
export const CALL_SECURITY = enumeration({ Unknown: 0, NotAuthenticated: 1, Authenticated: 2, Encrypted: 3 });

/** §9.3: the soft keys that CallManager's template gives to these events, and its sets by their index. */
export const SOFT_KEY_EVENTS = enumeration({
  Redial: 1,
  NewCall: 2,
  Hold: 3,
  Trnsfer: 4,
  CFwdAll: 5,
  CFwdBusy: 6,
  CFwdNoAnswer: 7,
  '<<': 8,
  EndCall: 9,
  Resume: 10,
  Answer: 11,
  Info: 12,
  Confrn: 13,
  Park: 14,
  Join: 15,
  MeetMe: 16,
  PickUp: 17,
  GPickUp: 18,
  RmLstC: 19,
  CallBack: 20,
  Barge: 21,
  DND: 22,
  Private: 25,
  TrnsfVM: 26,
  DirTrfr: 28,
  Select: 29,
  ConfList: 30,
  iDivert: 31,
  Dial: 32,
  VidMode: 33,
});
/** The sets of soft keys, one for each state of a call. */
export const SOFT_KEY_SETS = enumeration({
  OnHook: 0,
  Connected: 1,
  OnHold: 2,
  RingIn: 3,
  OffHook: 4,
  ConnectedTransfer: 5,
  DigitsAfterFirst: 6,
  ConnectedConference: 7,
  RingOut: 8,
  OffHookWithFeature: 9,
  InUseHint: 10,
  OnHookStealable: 11,
  HoldConference: 12,
});

/** §9.6, §9.7 */
export const LAMP_MODES = enumeration({ Off: 1, On: 2, Wink: 3, Flash: 4, Blink: 5, Hold: 6, Ring: 7 });
/** How a phone rings. */
export const RING_MODES = enumeration({
  Off: 1,
  Inside: 2,
  Outside: 3,
  Feature: 4,
  FlashOnly: 5,
  Precedence: 6,
  Bellcore1: 7,
  Bellcore2: 8,
  Bellcore3: 9,
  Bellcore4: 10,
  Bellcore5: 11,
});
/** Whether a phone rings once or goes on. */
export const RING_DURATIONS = enumeration({ Normal: 1, Single: 2 });
/** Who hears a tone. */
export const TONE_DIRECTIONS = enumeration({ User: 0, Network: 1, Both: 2 });

/** §9.11 */
export const MEDIA_STATUS = enumeration({
  OK: 0,
  Unknown: 1,
  NotEnoughChannels: 2,
  CodecTooComplex: 3,
  InvalidPartyId: 4,
  InvalidCallReference: 5,
  InvalidCodec: 6,
  InvalidPacketSize: 7,
  OutOfSockets: 8,
  EncoderOrDecoderFailed: 9,
  InvalidDynamicPayloadType: 10,
  RequestedAddressTypeUnavailable: 11,
  DeviceOnHook: 255,
});

/** §5.6 */
export const KEY_ALGORITHMS = enumeration({
  None: 0,
  AES_CM_128_HMAC_SHA1_32: 1,
  AES_CM_128_HMAC_SHA1_80: 2,
  F8_128_HMAC_SHA1_32: 3,
  F8_128_HMAC_SHA1_80: 4,
});
/** What becomes of the port when a stream closes. */
export const PORT_HANDLING = enumeration({ Close: 0, Keep: 1 });
/** Whether the phone clears its counters after it has sent them. */
export const STATS_PROCESSING = enumeration({ Clear: 0, Keep: 1 });
