// Draws what a terminal shows while a command runs, as a PNG: in a real one (tmux) of a size, after some seconds.
//   node scripts/terminal-picture.js OUT.png COLUMNS ROWS SECONDS COMMAND        wants tmux and the font DejaVu Sans Mono
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {Resvg} from '@resvg/resvg-js';

const colours = {fore: '#d4d4d4', back: '#1e1e1e', 31: '#f14c4c', 32: '#4ec98a', 33: '#e5c07b', 34: '#61afef', 36: '#4fc1d9'};
const cell = {width: 8.43, height: 18, font: 14, margin: 14};
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Goes on from line to line. */
let style = {};

/** A line of `tmux capture-pane -e` as pieces of one style each. */
function pieces(line) {
  const found = [];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
  for (const [, codes, text] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    if (text === undefined)
      for (const code of (codes || '0').split(';').map(Number)) {
        if (code === 0) style = {};
        else if (code === 1) style = {...style, bold: true};
        else if (code === 2) style = {...style, dim: true};
        else if (code === 22) style = {...style, bold: false, dim: false};
        else if (code === 39) style = {...style, fill: undefined};
        else if (colours[code]) style = {...style, fill: colours[code]};
      }
    else {
      found.push({text, column, ...style});
      column += [...text].length;
    }
  }
  return found;
}

/** Every character in its own column, as a terminal places it. */
function drawPiece({text, column, bold, dim, fill = colours.fore}, row) {
  const y = cell.margin + row * cell.height + cell.font;
  const xs = [...text].map((_, index) => (cell.margin + (column + index) * cell.width).toFixed(2)).join(' ');
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${xs}" y="${y}" fill="${fill}"${weight}${dim ? ' opacity="0.62"' : ''}>${escaped(text)}</text>`;
}

function draw(lines, columns) {
  const width = Math.ceil(2 * cell.margin + columns * cell.width);
  const height = 2 * cell.margin + lines.length * cell.height;
  const texts = lines.flatMap((line, row) => pieces(line).map((piece) => drawPiece(piece, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono" font-size="${cell.font}" xml:space="preserve">
<rect width="100%" height="100%" rx="8" fill="${colours.back}"/>
${texts.join('\n')}
</svg>`;
}

const [, , out, columns, rows, seconds, command] = process.argv;
if (!command) {
  console.error('Expected OUT.png COLUMNS ROWS SECONDS COMMAND');
  process.exit(2);
}
const {CI: _, NO_COLOR: __, ...env} = process.env;
const tmux = (...args) =>
  execFileSync('tmux', ['-L', `picture-${process.pid}`, '-f', '/dev/null', ...args], {encoding: 'utf8', env});
tmux('new-session', '-d', '-x', columns, '-y', rows, `${command}; sleep 600`);
await wait(Number(seconds) * 1000);
const lines = tmux('capture-pane', '-p', '-e').trimEnd().split('\n');
tmux('kill-server');
writeFileSync(
  out,
  new Resvg(draw(lines, Number(columns)), {font: {loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans Mono'}})
    .render()
    .asPng(),
);
