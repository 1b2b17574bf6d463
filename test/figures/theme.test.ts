import assert from 'node:assert/strict';
import {test} from 'node:test';
import {theme} from '#tfpipe/figures/theme.js';

type Row = readonly [number, number, number];
type Matrix = readonly [Row, Row, Row];

/** What is seen of linear RGB without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.0. */
const sights: Readonly<Record<string, Matrix>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Linear sRGB to XYZ, D65 (IEC 61966-2-1). */
const toXyz: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const times = (matrix: Matrix, [x, y, z]: Row): Row =>
  matrix.map((row) => row[0] * x + row[1] * y + row[2] * z) as unknown as Row;

function linear(colour: string): Row {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Row;
}

/** CIELAB of linear RGB. */
function lab(rgb: Row): Row {
  const root = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [x, y, z] = times(toXyz, rgb.map((part) => Math.min(1, Math.max(0, part))) as unknown as Row);
  const [a, b, c] = [root(x / 0.95047), root(y), root(z / 1.08883)];
  return [116 * b - 16, 500 * (a - b), 200 * (b - c)];
}

/** Smallest distance (CIE 1976) between two of these colours. */
function nearest(colours: readonly string[], sight: Matrix): number {
  const seen = colours.map((colour) => lab(times(sight, linear(colour))));
  const distances = seen.flatMap((one, index) =>
    seen.slice(index + 1).map((other) => Math.hypot(...one.map((part, at) => part - (other[at] ?? 0)))),
  );
  return Math.min(...distances);
}

/** A just noticeable difference is 2.3 (Mahy et al. 1994). */
for (const [sight, matrix] of Object.entries(sights))
  test(`classes and series are six noticeable differences apart: ${sight}`, () => {
    for (const colours of [theme.classes, theme.series])
      assert.ok(nearest(colours, matrix) > 6 * 2.3, String(nearest(colours, matrix)));
  });

test('the palette that looks well and fails would be found: red and green of Tableau 10', () => {
  assert.ok(nearest(['#e15759', '#59a14f'], sights['deuteranopia'] as Matrix) < 2.3);
});
