import type { Results } from '../../compare/results.js';
import { type StrategySummary, summarise } from '../../compare/statistics.js';
import type { Figure } from '../figures/figure.js';
import { figures } from '../figures/index.js';
import { duration, percent } from '../format.js';
import { withPageColours } from '../palette.js';
import { escapeHtml } from './markup.js';
import { style } from './style.js';
import { bestValuesTable, comparisonTable, settingsTable, trialsTable } from './tables.js';

/** Widths of the two layouts; the page shows the one that suits the screen. */
const wide = { width: 960, narrow: false };
const narrow = { width: 360, narrow: true };

/** The report as one HTML file that loads nothing else. */
export function renderPage(results: Results): string {
  const summaries = summarise(results);
  const { comparison, curves, data } = figures(results);
  const sections = [
    section('The tools compared', comparisonTable(summaries), ...comparison.map(figure)),
    section('Best values found', bestValuesTable(results, summaries)),
    section(
      'Learning curves',
      '<p class="quiet">The first trial of each tool, the one in the middle of its search, and its best.</p>',
      ...curves.map(figure),
    ),
    section('All trials', ...summaries.map((summary) => trials(results, summary))),
    section('The data', ...data.map(figure)),
    section('Settings and machine', settingsTable(results)),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${results.data.name}: tools for hyperparameters compared`)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(`Hyperparameters for ${results.data.name}: by hand and by search`)}</h1>
<p class="quiet">trialforge comparison, preset ${escapeHtml(results.plan.preset)}, seed ${results.plan.seed}. Trials are chosen and compared by accuracy on the test data, as in the paper that this repeats; that flatters every tool alike.</p>
</header>
<main>
${notice(results)}
${facts(summaries)}
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function section(title: string, ...content: string[]): string {
  return content.length === 0
    ? ''
    : `<section>\n<h2>${title}</h2>\n${content.join('\n')}\n</section>`;
}

function notice({ status }: Results): string {
  return status === 'complete'
    ? ''
    : '<p class="notice">This comparison is not finished: the report shows the trials so far.</p>';
}

function facts(summaries: readonly StrategySummary[]): string {
  const count = summaries.reduce((total, { trials }) => total + trials.length, 0);
  const seconds = summaries.reduce((total, summary) => total + summary.seconds, 0);
  const winner = summaries.reduce<StrategySummary | undefined>(
    (best, summary) => ((summary.best?.value ?? -1) > (best?.best?.value ?? -1) ? summary : best),
    undefined,
  );
  const items = [
    [percent(winner?.best?.value), 'best test accuracy'],
    [
      winner?.title ?? '–',
      winner?.best ? `found it, in trial ${winner.best.number + 1}` : 'found it',
    ],
    [
      String(count),
      `trials of ${summaries.length} ${summaries.length === 1 ? 'strategy' : 'strategies'}`,
    ],
    [duration(seconds), 'training and testing'],
  ];
  return `<ul class="facts">${items.map(([value, what]) => `<li><b>${value}</b>${what}</li>`).join('')}</ul>`;
}

function figure({ name, title, caption, svg }: Figure): string {
  const drawing = (size: typeof wide, kind: 'wide' | 'narrow') =>
    withPageColours(svg(size)).replace(
      '<svg ',
      `<svg class="${kind}" role="img" aria-label="${escapeHtml(title)}" `,
    );
  return `<figure id="${name}">
<h3>${escapeHtml(title)}</h3>
${drawing(wide, 'wide')}
${drawing(narrow, 'narrow')}
<figcaption>${escapeHtml(caption)}</figcaption>
</figure>`;
}

function trials(results: Results, summary: StrategySummary): string {
  return `<details><summary>${summary.title}: ${summary.trials.length}</summary>${trialsTable(results, summary)}</details>`;
}
