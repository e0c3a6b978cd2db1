// Pictures of text in a font of 5 by 7 dots.

/** The letters from U+0020 to U+007E, sixteen a row: five columns of two hexadecimal digits, the lowest bit on top. */
const FONT = [
  '0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0005030000 001C224100 0041221C00 082A1C2A08 08083E0808 0050300000 0808080808 0060600000 2010080402',
  '3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503 3649494936 064949291E 0036360000 0056360000 0814224100 1414141414 0041221408 0201510906',
  '324979413E 7E1111117E 7F49494936 3E41414122 7F4141221C 7F49494941 7F09090901 3E4149497A 7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F020C027F 7F0408107F 3E4141413E',
  '7F09090906 3E4151215E 7F09192946 4649494931 01017F0101 3F4040403F 1F2040201F 3F4038403F 6314081463 0708700807 6151494543 007F414100 0204081020 0041417F00 0402010204 4040404040',
  '0001020400 2054545478 7F48444438 3844444420 384444487F 3854545418 087E090102 0C5252523E 7F08040478 00447D4000 2040443D00 7F10284400 00417F4000 7C04180478 7C08040478 3844444438',
  '7C14141408 081414187C 7C08040408 4854545420 043F444020 3C4040207C 1C2040201C 3C4030403C 4428102844 0C5050503C 4464544C44 0008364100 00007F0000 0041360800 0804081008',
];
const FIRST = 0x20;
const LAST = 0x7e;
const COLUMNS = 5;
const ROWS = 7;
const DOTS = Buffer.from(FONT.join('').replaceAll(' ', ''), 'hex');
const UNKNOWN = 0x3f;

/** Dots from one letter to the next, at scale 1. */
export const LETTER_WIDTH = COLUMNS + 1;

/** The letter of the font; one with an accent has the letter below it, others have `?`. */
const letterOf = (character: string): number => {
  const code = character.normalize('NFD').codePointAt(0) ?? UNKNOWN;
  return code >= FIRST && code <= LAST ? code : UNKNOWN;
};

/** A picture that is drawn dot by dot. What is drawn beyond its edges is lost. */
export class Bitmap {
  /** One number of a colour for each dot, row by row from the top. */
  readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background = 0,
  ) {
    this.pixels = new Uint8Array(width * height).fill(background);
  }

  /** Fills a rectangle. */
  fill(left: number, top: number, width: number, height: number, colour: number): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y += 1)
      this.pixels.fill(colour, y * this.width + Math.max(0, left), y * this.width + Math.min(this.width, left + width));
  }

  /** Writes a text from its upper left corner on. `scale`: the size of a dot. */
  text(left: number, top: number, text: string, colour: number, scale = 1): void {
    let x = left;
    for (const character of text) {
      if (x >= this.width) return;
      const letter = (letterOf(character) - FIRST) * COLUMNS;
      for (let column = 0; column < COLUMNS; column += 1)
        for (let row = 0; row < ROWS; row += 1)
          if (((DOTS[letter + column] ?? 0) >> row) & 1)
            this.fill(x + column * scale, top + row * scale, scale, scale, colour);
      x += LETTER_WIDTH * scale;
    }
  }
}
