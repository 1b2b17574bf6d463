/** Text that is safe inside HTML, also in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** HTML that has been put together with `html`, and may be put into more of it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** HTML from a template: every value is escaped unless it is `Html` itself; lists are joined, `undefined` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((piece, index) => piece + (index < values.length ? render(values[index]) : '')).join(''));
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

/** JSON that cannot end the script element it stands in. */
export const embedJsonText = (json: string): Html => new Html(json.replaceAll('<', '\\u003c'));

/** A script's text that cannot end its own element. */
export const embedScript = (script: string): Html =>
  new Html(script.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--'));
