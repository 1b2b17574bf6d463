/** The drawing is read back, character by character: every line must lead from the output it stands for to the stage that takes it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {drawLanes, type LaneStage} from '#tfpipe/cli/view/graph-lanes.js';

/** Stages of a random DAG: each takes some outputs of earlier ones. */
const dag = fc
  .array(fc.record({outputs: fc.integer({min: 0, max: 3}), inputs: fc.array(fc.nat(), {maxLength: 4})}), {
    minLength: 1,
    maxLength: 20,
  })
  .map((drawn): readonly LaneStage[] => {
    const signals: string[] = [];
    return drawn.map(({outputs, inputs}, index) => {
      const taken = signals.length > 0 ? inputs.map((pick) => signals[pick % signals.length] as string) : [];
      const made = Array.from({length: outputs}, (_, port) => ({
        signal: `s${index}.p${port}`,
        name: `p${port}`,
        type: ['a type'],
      }));
      signals.push(...made.map(({signal}) => signal));
      return {name: `s${index}`, use: 'x/y', inputs: taken.map((signal, at) => [`in${at}`, signal] as const), outputs: made};
    });
  });

/** Edges that the drawing shows, as `from.port → to`. */
function readDrawing(text: string): readonly string[] {
  const lines = text.split('\n');
  const at = (row: number, column: number): string => lines[row]?.[column] ?? ' ';
  const stageAt = (row: number): string => / (s\d+) {2}x\/y/.exec(lines[row] ?? '')?.[1] ?? '?';
  /** Upwards along a lane: its port is named where it branches off, or below its stage. */
  const source = (row: number, column: number): string => {
    let below = row;
    for (let above = row - 1; ; above--) {
      const mark = at(above, column);
      if (mark === '●') {
        // the first of the stage's rows in which the stem goes on names its port
        const first = [...lines.slice(above + 1, below + 1)].map((_, index) => above + 1 + index);
        const own = first.find((each) => at(each, column) === '│' && / p\d+: /.test(lines[each] ?? ''));
        return `${stageAt(above)}.${/ (p\d+): /.exec(lines[own ?? -1] ?? '')?.[1]}`;
      }
      if (mark === '┐' || mark === '┌') {
        const port = / (p\d+): /.exec(lines[above] ?? '')?.[1];
        let top = above;
        while (!lines[top]?.includes('●')) top--;
        return `${stageAt(top)}.${port}`;
      }
      assert.match(mark, /[│├┤┼]/, `a gap in a line at ${above}:${column}\n${text}`);
      below = Math.max(below, above);
    }
  };
  const edges: string[] = [];
  for (const [row, line] of lines.entries()) {
    const dot = line.indexOf('●');
    if (dot === -1) continue;
    if (/[│├┤┼┐┌]/.test(at(row - 1, dot))) edges.push(`${source(row, dot)} → ${stageAt(row)}`);
    for (const step of [-1, 1])
      for (let column = dot + step; /[─│├┤┼└┘┴]/.test(at(row, column)); column += step)
        if (/[├┤┼└┘┴]/.test(at(row, column))) edges.push(`${source(row, column)} → ${stageAt(row)}`);
        else if (at(row, column) === '│' && at(row, column + step) !== '─') break;
  }
  return edges.sort();
}

test('every edge of a DAG is drawn, and no other', () => {
  fc.assert(
    fc.property(dag, (stages) => {
      const wanted = stages.flatMap(({name, inputs}) =>
        [...new Set(inputs.map(([, signal]) => signal))].map((signal) => `${signal} → ${name}`),
      );
      assert.deepEqual(readDrawing(drawLanes(stages, 200)), wanted.sort());
    }),
    {numRuns: 300},
  );
});

test('twenty stages with long types stay within 80 columns', () => {
  const stages = Array.from({length: 20}, (_, index): LaneStage => {
    const from = (step: number): readonly (readonly [string, string])[] =>
      index >= step ? [[`in${step}`, `stage-${index - step}.data`]] : [];
    const type = [
      'dataset of train 55,000, validation 5,000, test 10,000',
      'images float32 28×28×1 in 0..1, labels uint8 in 0..9',
    ];
    return {
      name: `stage-${index}`,
      use: 'train/adversarial-autoencoder',
      inputs: [...from(1), ...from(3), ...from(7)],
      outputs: [{signal: `stage-${index}.data`, name: 'data', type}],
    };
  });
  const lines = drawLanes(stages, 80).split('\n');
  for (const line of lines) assert(line.length <= 80, line);
  for (const {name} of stages)
    assert(
      lines.some((line) => line.includes(` ${name}  train/`)),
      name,
    );
});
