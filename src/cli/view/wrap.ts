/** Columns of the terminal; 80 where there is none. */
export const terminalWidth = (): number => process.stdout.columns ?? (Number(process.env['COLUMNS']) || 80);

/** Words in lines of at most `width` columns, escape sequences not counted; each line break of `text` begins a line. */
export function wrapWords(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      const next = line === '' ? word : `${line} ${word}`;
      if (line !== '' && visibleLength(next) > width) {
        lines.push(line);
        line = word;
      } else line = next;
    }
    return [...lines, line];
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
const visibleLength = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;
