/** One look for all pictures and for the report. */
export const theme = {
  font: 'Inter',
  ink: '#1f2430',
  muted: '#6b7280',
  rule: '#e5e7eb',
  paper: '#ffffff',
  /** Training and validation, and further series: Okabe and Ito's palette for colour-blind readers, darkest first. */
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'],
  /** Dashes of the series, so that they stay apart in black and white too. */
  dashes: [
    [1, 0],
    [6, 4],
    [2, 3],
    [9, 3, 2, 3],
  ],
  /** Ten classes that stay apart for colour-blind readers too: Petroff 2021, arXiv:2107.02270. */
  classes: ['#3f90da', '#ffa90e', '#bd1f01', '#94a4a2', '#832db6', '#a96b59', '#e76300', '#b9ac70', '#717581', '#92dadd'],
} as const;

/** Colour of a class; more than ten classes begin again. */
export const classColour = (index: number): string => theme.classes[index % theme.classes.length] ?? theme.ink;
