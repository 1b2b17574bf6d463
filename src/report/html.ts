/** Text that is safe inside HTML, also in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** HTML that has been put together with `html`, and may be put into more of it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** HTML from a template: every value is escaped unless it is `Html` itself; lists are joined, `undefined` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  // added, not joined: V8 copies megabytes of figures once, when the page is written, and not for every element around them
  return new Html(strings.reduce((text, piece, index) => text + render(values[index - 1]) + piece));
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.reduce<string>((text, each) => text + render(each), '');
  return escapeHtml(String(part));
}

/** JSON that cannot end the script element it stands in. */
export const embedJsonText = (json: string): Html => new Html(json.replaceAll('<', '\\u003c'));

/** A script's text that cannot end its own element. */
export const embedScript = (script: string): Html =>
  new Html(script.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--'));
