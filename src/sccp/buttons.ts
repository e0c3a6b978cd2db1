// The button template of a phone. The position in the template is the physical key, and a phone neither requests nor
// shows what is not in the template (`sccp.md` §5.3 0x0097).

import type { ButtonKind } from '../devices/buttons.js';
import type { ConfiguredDevice, SpeedDial } from '../devices/device.js';
import { assignedKeys } from '../devices/keys.js';

/** Button definitions (`sccp.md` §9.4): the functions that a key may have. */
export const BUTTON = {
  lastNumberRedial: 0x01,
  speedDial: 0x02,
  hold: 0x03,
  transfer: 0x04,
  forwardAll: 0x05,
  display: 0x08,
  line: 0x09,
  voicemail: 0x0f,
  feature: 0x13,
  serviceUrl: 0x14,
  busyLampFieldSpeedDial: 0x15,
  intercom: 0x17,
  conference: 0x7d,
  messages: 0xc2,
  directory: 0xc3,
  application: 0xc5,
  headset: 0xc6,
  undefined: 0xff,
} as const;

/** An intercom key is one of its own kind, and asks for its number as a speed dial does. */
const definitionOf = (dial: SpeedDial | undefined): number => {
  if (dial?.intercom === true) return BUTTON.intercom;
  return dial?.busyLampField === true ? BUTTON.busyLampFieldSpeedDial : BUTTON.speedDial;
};

interface HardKey {
  readonly definition: number;
  /** 7931: the instance is the number of the key. Elsewhere it is 1. */
  readonly numberedByKey?: true;
}

/** The keys whose function is fixed by the hardware. */
const HARD_KEYS: Readonly<Record<Exclude<ButtonKind, 'programmable' | 'line' | 'speed-dial'>, HardKey>> = {
  hold: { definition: BUTTON.hold },
  transfer: { definition: BUTTON.transfer },
  conference: { definition: BUTTON.conference },
  'forward-all': { definition: BUTTON.forwardAll },
  'last-number-redial': { definition: BUTTON.lastNumberRedial },
  display: { definition: BUTTON.display },
  voicemail: { definition: BUTTON.voicemail },
  messages: { definition: BUTTON.messages, numberedByKey: true },
  directory: { definition: BUTTON.directory, numberedByKey: true },
  headset: { definition: BUTTON.headset, numberedByKey: true },
  application: { definition: BUTTON.application, numberedByKey: true },
};

/** An entry of the button template. */
export interface Button {
  readonly instanceNumber: number;
  readonly buttonDefinition: number;
}

const UNUSED: Button = { instanceNumber: 0, buttonDefinition: BUTTON.undefined };

/**
 * The buttons of a device, up to and including the last one in use. Each kind is numbered on its own from 1, but speed
 * dials with and without lamps in one sequence, so that a SpeedDialStatReq and a FeatureStatReq never share a number.
 */
export const buttonsOf = (device: ConfiguredDevice): readonly Button[] => {
  const buttons = assignedKeys(device).map(({ use, index }, key): Button => {
    const instanceNumber = index + 1;
    if (use === 'line') return { instanceNumber, buttonDefinition: BUTTON.line };
    if (use === 'service') return { instanceNumber, buttonDefinition: BUTTON.serviceUrl };
    if (use === 'unused') return UNUSED;
    if (use === 'speed-dial') return { instanceNumber, buttonDefinition: definitionOf(device.speedDials[index]) };
    const { definition, numberedByKey } = HARD_KEYS[use];
    return { instanceNumber: numberedByKey ? key + 1 : 1, buttonDefinition: definition };
  });
  return buttons.slice(0, buttons.findLastIndex((button) => button !== UNUSED) + 1);
};
