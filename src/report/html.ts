/** Text that is safe inside HTML, also in attributes. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text, or its UTF-8 bytes. */
type Piece = string | Uint8Array;

/** Pieces of at least this many characters stay apart: a page has megabytes of figures, which are not copied for every element around them. */
const long = 1 << 16;

/** HTML that has been put together with `html`, and may be put into more of it. */
export class Html {
  /** In order. */
  readonly pieces: readonly Piece[];

  constructor(content: Piece | readonly Piece[]) {
    this.pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  }

  get text(): string {
    return this.pieces.map((piece) => (typeof piece === 'string' ? piece : Buffer.from(piece).toString('utf8'))).join('');
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** HTML from a template: every value is escaped unless it is `Html` itself; lists are joined, `undefined` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const pieces: Piece[] = [];
  let text = '';
  const take = (piece: Piece): void => {
    if (typeof piece === 'string' && piece.length < long) {
      text += piece;
      return;
    }
    pieces.push(text, piece);
    text = '';
  };
  for (const [index, piece] of strings.entries()) {
    take(piece);
    render(values[index], take);
  }
  return new Html([...pieces, text]);
}

function render(part: Part, take: (piece: Piece) => void): void {
  if (part === undefined || part === false) return;
  if (part instanceof Html) part.pieces.forEach(take);
  else if (typeof part === 'object') for (const each of part) render(each, take);
  else take(escapeHtml(String(part)));
}

/** JSON that cannot end the script element it stands in. */
export function embedJsonText(json: Piece): Html {
  if (typeof json === 'string') return new Html(json.replaceAll('<', '\\u003c'));
  return json.includes('<'.charCodeAt(0)) ? embedJsonText(Buffer.from(json).toString('utf8')) : new Html(json);
}

/** A script's text that cannot end its own element. */
export const embedScript = (script: string): Html =>
  new Html(script.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--'));
