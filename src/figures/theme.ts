/** One look for all pictures and for the report. */
export const theme = {
  font: 'Inter',
  ink: '#1f2430',
  muted: '#6b7280',
  rule: '#e5e7eb',
  paper: '#ffffff',
  /** Training and validation, and further series: Okabe and Ito's palette for colour-blind readers, darkest first. */
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'],
  /** Ten classes that stay apart, also for colour-blind readers: Tableau 10 (Stone 2016). */
  classes: ['#4e79a7', '#f28e2b', '#e15759', '#76b7b2', '#59a14f', '#edc948', '#b07aa1', '#ff9da7', '#9c755f', '#bab0ac'],
} as const;

/** Colour of a class; more than ten classes begin again. */
export const classColour = (index: number): string => theme.classes[index % theme.classes.length] ?? theme.ink;
