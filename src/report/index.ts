/**
 * The report of a comparison: one HTML page, and its figures as SVG.
 * @module trialforge/report
 */
export type { Figure, FigureSize } from './figures/figure.js';
export { figures } from './figures/index.js';
export { renderPage } from './html/page.js';
export { reportFile, writeReport } from './write.js';
