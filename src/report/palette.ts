import type { StrategyName } from '../compare/strategies/names.js';

/**
 * Colours by role, on white and on a dark page. The hues follow Okabe and Ito's palette, which stays
 * apart under the common colour-vision deficiencies; curves differ in symbol and dash as well.
 */
export const colours = {
  ink: { light: '#1f2429', dark: '#e8ebef' },
  muted: { light: '#5c6670', dark: '#a2acb8' },
  rule: { light: '#dfe3e8', dark: '#343b44' },
  surface: { light: '#ffffff', dark: '#171b20' },
  manual: { light: '#6b747e', dark: '#9ba6b3' },
  random: { light: '#c77702', dark: '#f0a13a' },
  grid: { light: '#00825e', dark: '#36c79a' },
  'optuna-tpe': { light: '#0068b1', dark: '#5aaaf0' },
  'hyperopt-tpe': { light: '#bd5291', dark: '#e78fc3' },
} as const satisfies Record<StrategyName, Pair> & Record<string, Pair>;

type Pair = { light: string; dark: string };

export type ColourRole = keyof typeof colours;

/** The light colour of a role, as charts are drawn with. */
export function colour(role: ColourRole): string {
  return colours[role].light;
}

/** The same drawing with its colours taken from the page's CSS variables. */
export function withPageColours(svg: string): string {
  let themed = svg;
  for (const [role, { light }] of Object.entries(colours))
    themed = themed.replaceAll(`"${light}"`, `"var(--${role})"`);
  return themed;
}

/** CSS declarations of the variables that withPageColours uses. */
export function colourVariables(scheme: keyof Pair): string {
  return Object.entries(colours)
    .map(([role, pair]) => `--${role}: ${pair[scheme]};`)
    .join(' ');
}
