import { expect, test } from 'vitest';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { findModel, type Model } from '../../src/devices/models.js';
import { BUTTON, buttonsOf } from '../../src/sccp/buttons.js';
import { aDevice } from '../support/devices.js';

const NAMES = Object.fromEntries(Object.entries(BUTTON).map(([name, number]) => [number, name]));

/** `line 1`, `speedDial 2`, `-` for an unused key. */
const told = (device: ConfiguredDevice): string[] =>
  buttonsOf(device).map(({ instanceNumber, buttonDefinition }) =>
    buttonDefinition === BUTTON.undefined ? '-' : `${NAMES[buttonDefinition]} ${instanceNumber}`,
  );

const module = (name: string): Model => {
  const model = findModel(name);
  if (model === undefined) throw new Error(name);
  return model;
};

const dial = (number: string, busyLampField = false) => ({ number, label: number, busyLampField });
const service = (name: string) => ({ name, url: `http://10.10.210.10/${name}` });

test('lines come first, then speed dials, then services, and the empty keys after the last are left out', () => {
  const device = aDevice('SEP001122334455', {
    model: '7960',
    lines: ['5001', '5002'],
    speedDials: [dial('100'), dial('101', true)],
    serviceUrls: [service('news')],
  });
  expect(told(device)).toEqual(['line 1', 'line 2', 'speedDial 1', 'busyLampFieldSpeedDial 2', 'serviceUrl 1']);
});

test('an intercom key is one of its own kind, in the sequence of the speed dials', () => {
  const speedDials = [dial('100'), { ...dial('101', true), intercom: true }, dial('102')];
  const device = aDevice('SEP001122334455', { model: '7960', lines: ['5001'], speedDials });
  expect(told(device)).toEqual(['line 1', 'speedDial 1', 'intercom 2', 'speedDial 3']);
});

test('what does not fit a phone is not promised to it', () => {
  const device = aDevice('SEP001122334455', { model: '7940', lines: ['5001'], speedDials: [dial('1'), dial('2')] });
  expect(told(device)).toEqual(['line 1', 'speedDial 1']);
});

test('expansion modules take on where the phone ends', () => {
  const device = aDevice('SEP001122334455', {
    model: '7962',
    lines: ['1', '2', '3', '4', '5', '6', '7'],
    speedDials: [dial('8')],
    modules: [module('7915-12'), module('7915-24')],
  });
  expect(told(device)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'line 6', 'line 7', 'speedDial 1']);
});

test.each([
  ['7912', ['line 1', 'hold 1', ...Array.from({ length: 9 }, (_, index) => `speedDial ${index + 1}`)]],
  [
    '7902',
    [
      ...['line 1', 'hold 1', 'transfer 1', 'display 1', 'voicemail 1', 'conference 1', 'forwardAll 1'],
      ...['speedDial 1', 'speedDial 2', 'speedDial 3', 'speedDial 4', 'lastNumberRedial 1'],
    ],
  ],
  ['7936', ['line 1']],
  ['7931', ['line 1', ...Array<string>(19).fill('-'), 'messages 21', 'directory 22', 'headset 23', 'application 24']],
  ['6921', ['line 1', '-', ...Array.from({ length: 6 }, (_, index) => `speedDial ${index + 1}`)]],
  ['8945', ['line 1', ...Array<string>(9).fill('-'), 'conference 1', 'hold 1', 'transfer 1', 'lastNumberRedial 1']],
  ['ATA', ['line 1', 'speedDial 1', 'speedDial 2', 'speedDial 3', 'speedDial 4']],
  ['CIPC', ['line 1']],
])('a %s has the keys that its hardware has', (model, expected) => {
  expect(told(aDevice('SEP001122334455', { model, lines: ['5001'] }))).toEqual(expected);
});

test('a second speed dial on a phone with fixed speed-dial keys keeps its place and its lamp', () => {
  const device = aDevice('SEP001122334455', { model: 'ATA', lines: ['1'], speedDials: [dial('7'), dial('8', true)] });
  expect(told(device)).toEqual(['line 1', 'speedDial 1', 'busyLampFieldSpeedDial 2', 'speedDial 3', 'speedDial 4']);
});
