/** Colours for a terminal; plain text where NO_COLOR is set or the output is not a terminal, unless FORCE_COLOR says otherwise. */
const coloured = process.env['FORCE_COLOR']
  ? process.env['FORCE_COLOR'] !== '0'
  : !process.env['NO_COLOR'] && process.stdout.isTTY === true && process.stderr.isTTY === true;

const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;

export const style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  blue: wrap(34, 39),
  cyan: wrap(36, 39),
};

/** A hit of a stage that gave other bytes when it was computed twice. */
export const notDeterministic = `${style.dim('cached, ')}${style.yellow('but not deterministic')}`;
