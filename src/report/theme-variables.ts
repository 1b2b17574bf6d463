import {theme} from '../figures/theme.js';

const names = ['ink', 'muted', 'rule', 'paper'] as const;

/** The pictures' colours as CSS variables of what `selector` names: `--theme-ink` and so on, for style sheets to take. */
export const themeVariables = (selector: string): string =>
  `${selector} {${names.map((name) => ` --theme-${name}: ${theme[name]};`).join('')} }\n`;
