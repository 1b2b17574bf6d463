import assert from 'node:assert/strict';
import {test} from 'node:test';
import {theme} from '#tfpipe/figures/theme.js';
import {html} from '#tfpipe/report/html.js';
import {clientFile, pageText} from '#tfpipe/report/page.js';

/** Contrast of two colours: WCAG 2.2, relative luminance. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [one, other].map(luminance).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Variables of each `:root` of the style sheet in order: light, dark, print. */
async function grounds(): Promise<readonly ReadonlyMap<string, string>[]> {
  const css = await clientFile('base.css');
  return [...css.matchAll(/:root \{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map(
        [...body.matchAll(/--(\w+): (?:var\(--theme-(\w+)\)|(#\w+));/g)].map(([, name = '', from, colour = '']) => [
          name,
          from === undefined ? colour : theme[from as 'ink'],
        ]),
      ),
  );
}

test('a page takes ink, greys and paper from the theme of the pictures', async () => {
  const page = await pageText({title: 'Any', body: html`<p>Any</p>`});
  for (const name of ['ink', 'muted', 'rule', 'paper'] as const) {
    assert.ok(page.includes(`--theme-${name}: ${theme[name]};`), name);
    assert.ok(page.includes(`var(--theme-${name})`), `${name} is used`);
  }
});

test('text has a contrast of 4.5 to every ground it stands on: light, dark and print', async () => {
  const found = await grounds();
  assert.equal(found.length, 3);
  for (const [index, colours] of found.entries())
    for (const ground of ['paper', 'card', 'wash'])
      for (const text of ['ink', 'muted', 'blue', 'green', 'red', 'amber']) {
        const ratio = contrast(colours.get(text) ?? '', colours.get(ground) ?? '');
        assert.ok(ratio >= 4.5, `${text} on ${ground}, ground ${index}: ${ratio}`);
      }
});
