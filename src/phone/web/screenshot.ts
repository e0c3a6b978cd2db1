// What `/CGI/Screenshot` shows: the lines, the prompt or what was pushed, the soft keys, drawn as a phone's screen has them.

import type { WallTime } from '../../core/time.js';
import type { PhoneFamily } from '../../devices/index.js';
import { Bitmap, LETTER_WIDTH } from './bitmap.js';
import { clockDate, clockTime } from './page-times.js';
import type { WrittenPage } from './page-writers.js';
import type { PhoneFacts } from './phone-facts.js';
import { writePng } from './png.js';
import type { ShownObject } from './shown-object.js';

/** What is on the screen. */
export interface ScreenContent {
  readonly facts: PhoneFacts;
  readonly at: WallTime;
  /** What was pushed or opened; `undefined`: nothing. */
  readonly shown: ShownObject | undefined;
}

/** A screen: its size in dots, and how many dots a dot of a letter has. */
interface ScreenSize {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}

const JAVA: ScreenSize = { width: 298, height: 168, scale: 1 };
const OLD: ScreenSize = { width: 133, height: 65, scale: 1 };
const WIDE: ScreenSize = { width: 800, height: 480, scale: 2 };
const SIZES: Partial<Record<PhoneFamily, ScreenSize>> = { '7940': OLD, '78xx': WIDE };

const COLOURS = [
  [255, 255, 255],
  [200, 212, 220],
  [96, 112, 128],
  [0, 0, 0],
] as const;
const WHITE = 0;
const BAR = 1;
const BLACK = 3;
const MOST_KEYS = 4;
const LINE_HEIGHT = 10;

const textOf = ({ facts, shown }: ScreenContent): readonly string[] => {
  const { display } = facts;
  const calls = display?.calls ?? [];
  if (calls.length > 0 || shown === undefined) return [...calls, display?.prompt ?? ''].filter((text) => text !== '');
  const { title, text, items, entries, prompt } = shown;
  return [
    title,
    ...text.split('\n'),
    ...items.map(({ name }, at) => `${at + 1} ${name}`),
    ...entries.map(({ name, number }) => `${name} ${number}`),
    prompt,
  ].filter((line) => line !== '');
};

/** Breaks a text into lines of so many letters. */
const wrapped = (text: string, letters: number): readonly string[] =>
  text.match(new RegExp(`.{1,${letters}}`, 'gu')) ?? [];

/** Draws the screen. */
export const drawScreen = (content: ScreenContent): Bitmap => {
  const { facts, at, shown } = content;
  const { width, height, scale } = SIZES[facts.identity.model.family] ?? JAVA;
  const step = LINE_HEIGHT * scale;
  const letter = LETTER_WIDTH * scale;
  const picture = new Bitmap(width, height, WHITE);
  const right = (top: number, text: string): void =>
    picture.text(width - text.length * letter, top + scale, text, BLACK, scale);
  picture.fill(0, 0, width, step, BAR);
  picture.text(scale, scale, `${clockTime(at).slice(0, -5)}${clockTime(at).slice(-2)} ${clockDate(at)}`, BLACK, scale);
  right(0, facts.lines[0] ?? '');
  facts.lines.slice(1).forEach((line, index) => {
    if ((index + 2) * step < height - step) right((index + 1) * step, line);
  });
  const letters = Math.floor(width / letter) - (facts.lines.length > 1 ? 8 : 0);
  const room = Math.floor(height / step) - 2;
  const lines = textOf(content).flatMap((text) => wrapped(text, Math.max(1, letters)));
  lines.slice(0, room).forEach((line, index) => {
    picture.text(scale, (index + 1) * step + scale, line, BLACK, scale);
  });
  picture.fill(0, height - step, width, step, BAR);
  const keys = facts.display?.calls.length === 0 ? (shown?.softKeys.map(({ name }) => name) ?? []) : [];
  const place = Math.floor(width / MOST_KEYS);
  (keys.length > 0 ? keys : (facts.display?.keys ?? [])).slice(0, MOST_KEYS).forEach((key, index) => {
    const fitting = key.slice(0, Math.floor(place / letter) - 1);
    picture.text(index * place + scale, height - step + scale, fitting, BLACK, scale);
  });
  return picture;
};

/** A screenshot: of a 7940 or a 7960 a `CiscoIPPhoneImage` of two bits a dot, of others a PNG. */
export const screenshot = (content: ScreenContent): WrittenPage => {
  const picture = drawScreen(content);
  if (content.facts.identity.model.family === '7940')
    return { type: 'text/xml; charset=iso-8859-1', body: Buffer.from(imageObject(picture), 'latin1') };
  return { type: 'image/png', body: writePng(picture, COLOURS) };
};

/** Four dots in an octet, the first in the lowest bits; 3 is black. Each row begins with an octet of its own. */
const imageObject = ({ width, height, pixels }: Bitmap): string => {
  const inRow = Math.ceil(width / 4);
  const data = Buffer.alloc(inRow * height);
  pixels.forEach((colour, at) => {
    const x = at % width;
    const octet = Math.floor(at / width) * inRow + (x >> 2);
    data[octet] = (data[octet] ?? 0) | (colour << (2 * (x & 3)));
  });
  return `<?xml version="1.0" encoding="iso-8859-1"?>
<CiscoIPPhoneImage>
  <LocationX>0</LocationX>
  <LocationY>0</LocationY>
  <Width>${width}</Width>
  <Height>${height}</Height>
  <Depth>2</Depth>
  <Data>${data.toString('hex').toUpperCase()}</Data>
</CiscoIPPhoneImage>
`;
};
