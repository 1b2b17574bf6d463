import {createRequire} from 'node:module';
import {theme} from './theme.js';

/** Text or an attribute's value, safe inside XML. */
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

interface TextStyle {
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: 400 | 600;
  readonly colour?: string;
}

export function svgText(
  x: number,
  y: number,
  text: string,
  {size, anchor = 'start', weight = 400, colour = theme.ink}: TextStyle,
): string {
  return `<text x="${x}" y="${y}" font-family="${theme.font}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

/** A whole picture on white paper. */
export const svgDocument = (width: number, height: number, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${theme.paper}"/>${body}</svg>`;

/** Draws an SVG as PNG, `scale` pixels a unit, with the font that comes along: the same bytes on every machine. */
export async function rasterise(svg: string, scale = 2): Promise<Uint8Array> {
  const {Resvg} = await import('@resvg/resvg-js');
  const require = createRequire(import.meta.url);
  const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
    require.resolve(`@expo-google-fonts/inter/${file}`),
  );
  const picture = new Resvg(svg, {
    fitTo: {mode: 'zoom', value: scale},
    font: {fontFiles, loadSystemFonts: false, defaultFontFamily: theme.font},
    background: theme.paper,
  });
  return picture.render().asPng();
}
