// One whole registration as octets: what a phone sends in ten segments, and what it gets back. The same for our service
// and for the canned responder, which answers with what our service answered to a phone of that kind.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { aDevice } from '../support/devices.js';
import { aCapabilitiesRes, aRegister, sccpHarness } from '../support/sccp-harness.js';

const VERSION = 20;
export const MODEL = '7962';
const TYPE = 404;

/** `SEP` and twelve digits: every name has the same length, so that segments differ in nothing else. */
export const deviceName = (index: number): string => `SEP${index.toString(16).toUpperCase().padStart(12, '0')}`;

/** One line each, of six digits. */
export const benchDevice = (index: number) =>
  aDevice(deviceName(index), { model: MODEL, lines: [String(100_000 + index)] });

/** Each question alone, as it is when a phone waits for its answer; what is not answered goes before the next question. */
export const segmentsOf = (index: number): readonly Buffer[] => {
  const name = deviceName(index);
  const alarm = `25: Name=${name} Load=9.4 Last=Initialized`;
  return [
    Buffer.concat([
      encode('AlarmMessage', { alarmSeverity: 2, text: alarm, param1: 0, param2: 0 }, 0),
      encode('RegisterReqMessage', aRegister(name, { deviceType: TYPE, protocolVer: VERSION }), 0),
    ]),
    Buffer.concat([
      encode('IpPortMessage', { rtpMediaPort: 5001 }, 0),
      encode('CapabilitiesResMessage', aCapabilitiesRes(), VERSION, 'utf8', 'trimmed'),
    ]),
    encode('ButtonTemplateReqMessage', {}, VERSION),
    encode('SoftKeyTemplateReqMessage', {}, VERSION),
    encode('SoftKeySetReqMessage', {}, VERSION),
    encode('ConfigStatReqMessage', {}, VERSION),
    encode('LineStatReqMessage', { lineNumber: 1 }, VERSION),
    encode('ForwardStatReqMessage', { lineNumber: 1 }, VERSION),
    Buffer.concat([
      encode('RegisterAvailableLinesMessage', { maxNumOfAvailLines: 2 }, VERSION),
      encode('TimeDateReqMessage', {}, VERSION),
    ]),
    encode('UnregisterReqMessage', { unRegReasonCode: 0 }, VERSION),
  ];
};

/** What our service answers to each segment of the first phone: the canned responder's ready bytes. */
export const answersOf = async (): Promise<readonly Buffer[]> => {
  const rig = await sccpHarness({ devices: [benchDevice(0)] });
  const { link } = rig.phone();
  return segmentsOf(0).map((segment) => {
    link.deliver(segment);
    return link.take();
  });
};

/** A file of what so many phones say and are answered, for the load and the canned responder. */
export const writtenDialogue = async (folder: string, phones: number): Promise<string> => {
  const file = join(folder, `dialogue-${phones}.json`);
  const hex = (buffers: readonly Buffer[]): string[] => buffers.map((bytes) => bytes.toString('hex'));
  const said = Array.from({ length: phones }, (_, index) => hex(segmentsOf(index)));
  writeFileSync(file, JSON.stringify({ answers: hex(await answersOf()), phones: said }));
  return file;
};
