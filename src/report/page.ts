import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {theme} from '../figures/theme.js';
import {embedJsonText, embedScript, Html, html} from './html.js';
import {themeVariables} from './theme-variables.js';

/** A page of ours: one file that needs nothing else, and runs no script but its own. */
interface Page {
  readonly title: string;
  readonly body: Html;
  /** Names of files of `src/report/client`, in order, after those that every page has. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
  /** True when it draws line charts (uPlot). */
  readonly charts?: boolean;
  /** True when it is served, and may ask its server for more. */
  readonly served?: boolean;
}

/** The page. Its Content-Security-Policy allows the scripts and styles that are in it, by their SHA-256, and no network. */
export async function makePage({title, body, styles = [], scripts = [], charts = false, served = false}: Page): Promise<Html> {
  const [css, js] = await Promise.all([
    Promise.all([
      ...(charts ? [library('uPlot.min.css')] : []),
      themeVariables(':root'),
      ...['base.css', ...styles].map(clientFile),
    ]),
    Promise.all([...(charts ? [library('uPlot.iife.min.js')] : []), ...['elements.js', ...scripts].map(clientFile)]),
  ]);
  const style = css.join('\n');
  const script = embedScript(js.join('\n')).text;
  const policy = [
    "default-src 'none'",
    'img-src data: blob:',
    `style-src '${hash(style)}'`,
    `script-src '${hash(script)}'`,
    ...(served ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy.join('; '))}">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
<script type="application/json" id="theme">${embedJsonText(JSON.stringify(theme))}</script>
<script>${new Html(script)}</script>
</body>
</html>
`;
}

/** The page as text. */
export const pageText = async (page: Page): Promise<string> => (await makePage(page)).text;

const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const read = new Map<string, Promise<string>>();

/** A file's text, read once. */
function once(path: string | URL): Promise<string> {
  const known = read.get(String(path));
  if (known) return known;
  const text = readFile(path, 'utf8');
  read.set(String(path), text);
  return text;
}

/** Browser code stands as it is under src/, which a published package carries too. */
export const clientFile = (name: string): Promise<string> => once(new URL(`../../src/report/client/${name}`, import.meta.url));

const library = (name: string): Promise<string> => once(join(dirname(createRequire(import.meta.url).resolve('uplot')), name));
