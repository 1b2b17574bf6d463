import {style} from './style.js';
import {wrapWords} from './wrap.js';

/** A stage as the terminal draws it: where its inputs come from, and what its outputs are. */
export interface LaneStage {
  readonly name: string;
  readonly use: string;
  /** Input port → `stage.port`. */
  readonly inputs: readonly (readonly [input: string, signal: string])[];
  readonly outputs: readonly {readonly signal: string; readonly name: string; readonly type: readonly string[]}[];
}

/** Columns of text below which types are cut rather than squeezed further. */
const narrowest = 30;

/**
 * A DAG as lines of text, from the top down: every output that somebody takes is a line (a lane) from its stage to the last that takes
 * it. `●` is a stage; a line that goes past is crossed, one that is taken is joined. `width` is the terminal's, in columns.
 */
export function drawLanes(stages: readonly LaneStage[], width: number): string {
  const takers = new Map<string, number>();
  for (const {inputs} of stages) for (const signal of signalsOf(inputs)) takers.set(signal, (takers.get(signal) ?? 0) + 1);
  const lanes: (string | undefined)[] = [];
  const rows: {readonly art: string; readonly text: string; readonly paint: (text: string) => string; readonly indent: number}[] =
    [];
  const row = (art: string, text: string, paint: (text: string) => string = (plain) => plain, indent = 0): void =>
    void rows.push({art, text, paint, indent});
  for (const stage of stages) {
    if (rows.length > 0) row(plainLanes(lanes), '');
    const taken = new Set(signalsOf(stage.inputs));
    for (const signal of taken) takers.set(signal, (takers.get(signal) ?? 1) - 1);
    const columns = lanes.flatMap((signal, column) => (signal !== undefined && taken.has(signal) ? [column] : []));
    const ending = columns.filter((column) => takers.get(lanes[column] as string) === 0);
    const dot = ending[0] ?? freeColumn(lanes);
    const art = connect(lanes, columns, ending, dot, '●');
    const from = stage.inputs.map(([, signal]) => signal).join(', ');
    row(art, `${stage.name}  ${stage.use}${from ? `  ← ${from}` : ''}`, headline(stage), 2);
    for (const column of ending) lanes[column] = undefined;
    let stem = false;
    // those that nobody takes come last, so that lines begin right below their stage
    const outputs = [...stage.outputs].sort((a, b) => Number(!takers.get(a.signal)) - Number(!takers.get(b.signal)));
    for (const {signal, name, type} of outputs) {
      const text = type.join('\n') === name ? name : `${name}: ${type.join('\n')}`;
      if (!takers.get(signal)) {
        row(plainLanes(lanes), text, style.dim, 4);
        continue;
      }
      if (!stem) {
        lanes[dot] = signal;
        row(plainLanes(lanes), text, labelled(name), 4);
        stem = true;
        continue;
      }
      const column = freeColumn(lanes);
      row(connect(lanes, [dot], [], column, column > dot ? '┐' : '┌'), text, labelled(name), 4);
      lanes[column] = signal;
    }
  }
  const artWidth = Math.max(...rows.map(({art}) => art.length));
  const room = Math.max(narrowest, width - artWidth - 3);
  return rows
    .flatMap(({art, text, paint, indent}, index) => {
      const lines = wrap(text, room, indent);
      // what follows below a line goes on in its continuation lines
      const below = continued(art, rows[index + 1]?.art ?? '');
      return lines.map((line, at) =>
        `${(at === 0 ? art : below).padEnd(artWidth)}  ${at === 0 ? paint(line) : style.dim(line)}`.trimEnd(),
      );
    })
    .map((line) => `${line}\n`)
    .join('');
}

const signalsOf = (inputs: LaneStage['inputs']): readonly string[] => [...new Set(inputs.map(([, signal]) => signal))];

export function freeColumn(lanes: readonly (string | undefined)[]): number {
  const free = lanes.indexOf(undefined);
  return free === -1 ? lanes.length : free;
}

export const plainLanes = (lanes: readonly (string | undefined)[]): string =>
  lanes.map((lane) => (lane === undefined ? ' ' : '│')).join(' ');

/** One row of lanes in which `columns` are joined to `end`; those of `ending` go no further. */
export function connect(
  lanes: readonly (string | undefined)[],
  columns: readonly number[],
  ending: readonly number[],
  end: number,
  mark: string,
): string {
  const low = Math.min(end, ...columns);
  const high = Math.max(end, ...columns);
  let art = '';
  for (let column = 0; column <= Math.max(lanes.length - 1, high); column++) {
    const within = column > low && column < high;
    if (column === end) art += mark;
    else if (columns.includes(column)) {
      const side = column === low ? 0 : column === high ? 1 : 2;
      art += (ending.includes(column) ? '└┘┴' : '├┤┼')[side];
    } else art += lanes[column] !== undefined ? '│' : within ? '─' : ' ';
    art += column >= low && column < high ? '─' : ' ';
  }
  return art.trimEnd();
}

/** Lanes between a row and the one below it. */
function continued(above: string, below: string): string {
  const down = new Set('│├┤┼●┐┌');
  const up = new Set('│├┤┼●└┘┴');
  return Array.from({length: above.length}, (_, at) => (down.has(above[at] ?? '') && up.has(below[at] ?? '') ? '│' : ' ')).join(
    '',
  );
}

const labelled =
  (name: string) =>
  (line: string): string =>
    `    ${style.cyan(name)}${style.dim(line.slice(4 + name.length))}`;

const headline =
  ({name, use}: LaneStage) =>
  (line: string): string => {
    const rest = line.slice(name.length);
    return `${style.bold(name)}${rest.startsWith(`  ${use}`) ? `  ${style.cyan(use)}${style.dim(rest.slice(use.length + 2))}` : rest}`;
  };

/** Later lines, and the first where it is a port's, are indented. */
function wrap(text: string, room: number, indent: number): readonly string[] {
  const [first = '', ...more] = text.split('\n');
  const lead = ' '.repeat(indent > 2 ? indent : 0);
  const hang = ' '.repeat(indent + 2);
  const [head = '', ...rest] = wrapWords(first, room - hang.length);
  return [lead + head, ...[...rest, ...more.flatMap((line) => wrapWords(line, room - hang.length))].map((line) => hang + line)];
}
