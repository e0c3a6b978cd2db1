// What media a phone can do (`sccp.md` §5.2). Declarations only.

import { counted, countOf, record, slots, trimmed, u32s } from '../codec/array-fields.js';
import { enumerated, octets, u32 } from '../codec/fields.js';
import { sameTail, tail, widened, zeroDefault } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { PAYLOADS } from '../tables/payloads.js';

export const CapabilitiesReq = message({
  id: 0x009b,
  name: 'CapabilitiesReqMessage',
  direction: 'server→phone',
  phase: 'registration',
  answer:
    'CapabilitiesResMessage, UpdateCapabilitiesMessage, UpdateCapabilitiesV2Message or UpdateCapabilitiesV3Message',
  doc: 'What can the phone do?',
  captured: [0],
  unversioned: true,
  fields: {},
});

/**
 * What follows the codec is a union: G.723 has a bit rate, V.150 two words, others mode, payload type and parameters.
 */
const capability = record({
  payloadCapability: enumerated(PAYLOADS),
  maxFramesPerPacket: u32,
  payloadParams: zeroDefault(octets(8)),
});
const CAPABILITY_SLOTS = { count: 'capCount', slots: 18 } as const;

const pictureFormat = record({
  pictureWidth: u32,
  pictureHeight: u32,
  pixelAspectRatio: u32,
  clockConversionCode: u32,
  clockDivisor: u32,
});
const serviceResource = record({
  layoutCount: u32,
  layouts: u32s(5),
  serviceNum: u32,
  maxStreams: u32,
  maxConferences: u32,
  activeConferenceOnRegistration: u32,
});

/** The same in all three updates. Every array is of fixed size, whatever its count says. */
const head = {
  audioCapCount: u32,
  videoCapCount: u32,
  dataCapCount: u32,
  rtpPayloadFormat: u32,
  customPictureFormatCount: u32,
  customPictureFormat: tail(slots(6, pictureFormat)),
  confResources: sameTail(
    record({
      activeStreamsOnRegistration: u32,
      maxBW: u32,
      serviceResourceCount: u32,
      serviceResource: slots(4, serviceResource),
    }),
  ),
  audioCaps: sameTail(slots(18, capability)),
} as const;

export const CapabilitiesRes = message({
  id: 0x0010,
  name: 'CapabilitiesResMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'The codecs of the phone. It may send all 18 slots or, in the form `trimmed`, those in use.',
  captured: [0, 18],
  fields: { capCount: countOf('caps'), caps: counted(CAPABILITY_SLOTS, capability) },
  forms: {
    trimmed: {
      fields: { capCount: countOf('caps'), caps: trimmed(CAPABILITY_SLOTS, capability) },
      when: () => false,
      captured: true,
    },
  },
});

export const UpdateCapabilities = message({
  id: 0x0030,
  name: 'UpdateCapabilitiesMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'Codecs, video and data capabilities and conference resources.',
  captured: [0],
  fields: {
    ...head,
    videoCaps: tail(slots(10, record({ videoCap: widened(octets(116), 16, octets(132)) }))),
    dataCaps: tail(slots(5, record({ dataCap: octets(16) }))),
  },
});

export const UpdateCapabilitiesV2 = message({
  id: 0x0043,
  name: 'UpdateCapabilitiesV2Message',
  aliases: ['CapabilitiesV2Res'],
  direction: 'phone→server',
  phase: 'registration',
  doc: 'As UpdateCapabilities, with video slots of 132 octets.',
  captured: [],
  fields: {
    ...head,
    videoCaps: tail(slots(10, record({ videoCap: octets(132) }))),
    dataCaps: tail(slots(5, record({ dataCap: octets(16) }))),
  },
});

export const UpdateCapabilitiesV3 = message({
  id: 0x0044,
  name: 'UpdateCapabilitiesV3Message',
  aliases: ['CapabilitiesV3Res'],
  direction: 'phone→server',
  phase: 'registration',
  doc: 'As UpdateCapabilities, with video slots of 140 octets. Only what is declared here is trusted.',
  captured: [],
  fields: {
    ...head,
    videoCaps: tail(slots(10, record({ videoCap: octets(140) }))),
    dataCaps: tail(slots(5, record({ dataCap: octets(20) }))),
  },
});
