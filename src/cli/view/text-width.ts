/** Made when it is first needed: that takes 10 ms. */
let segmenter: Intl.Segmenter | undefined;

/** One visible character and the columns a terminal gives it. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** UTF-16 offsets in the line. */
  readonly start: number;
  readonly end: number;
}

const TAB = '  ';

/** Most lines are plain ASCII and the marks we draw with, where a character is a cell. */
const plain = /^[\x20-\x7e·…←-↓─-▟■-◿✓✗⠀-⣿]*$/;

/** A line as a terminal shows it: tabs as two spaces, control characters written out, East Asian and emoji two columns wide. */
export function cellsOf(line: string): readonly Cell[] {
  if (plain.test(line)) return Array.from(line, (text, start) => ({text, width: 1, start, end: start + 1}));
  segmenter ??= new Intl.Segmenter('en', {granularity: 'grapheme'});
  return Array.from(segmenter.segment(line), ({segment, index}) => {
    const text = segment === '\t' ? TAB : visible(segment);
    return {text, width: text === segment ? widthOfGrapheme(segment) : text.length, start: index, end: index + segment.length};
  });
}

function visible(segment: string): string {
  return segment.replace(/[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Unicode's East Asian Width W and F, in blocks; emoji by property. */
function widthOfGrapheme(grapheme: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(grapheme)) return 0;
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)) return 2;
  const code = grapheme.codePointAt(0) ?? 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0xa4cf) ||
    (code >= 0xa960 && code <= 0xa97f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
const colour = /\u001b\[[\d;]*m/g;

/** Columns that a line takes on a terminal; colours take none. */
export function widthOf(line: string): number {
  const text = line.replace(colour, '');
  return plain.test(text) ? text.length : cellsOf(text).reduce((sum, {width}) => sum + width, 0);
}

/** Cuts a line to a width in columns, with `…` for what is gone; its colours stay, and end with it. */
export function cutCells(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let [kept, room, at] = ['', columns - 1, 0];
  for (const {0: sequence, index} of [...line.matchAll(colour), {0: '', index: line.length}]) {
    for (const {text, width} of cellsOf(line.slice(at, index))) {
      if (width > room) return `${kept}…${line.includes('\u001b[') ? '\u001b[0m' : ''}`;
      kept += text;
      room -= width;
    }
    kept += sequence;
    at = index + sequence.length;
  }
  return kept;
}
