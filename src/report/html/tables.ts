import type { Results, TrialRecord } from '../../compare/results.js';
import type { StrategySummary } from '../../compare/statistics.js';
import { duration, parameter, percent } from '../format.js';
import { escapeHtml, table } from './markup.js';

export function comparisonTable(summaries: readonly StrategySummary[]): string {
  const best = Math.max(...summaries.map((summary) => summary.best?.value ?? 0));
  return table(
    [
      '',
      'best test accuracy',
      'in trial',
      'mean ± s.d.',
      'trials',
      'pruned',
      'failed',
      'time',
      'time to best',
    ],
    summaries.map((summary) => {
      const { title, mean, deviation, trials, pruned, failed, seconds } = summary;
      const value = percent(summary.best?.value);
      return [
        `<span class="mark" style="background: var(--${summary.name})"></span>${title}`,
        summary.best?.value === best ? `<strong>${value}</strong>` : value,
        summary.best ? String(summary.best.number + 1) : '–',
        deviation === undefined
          ? percent(mean)
          : `${percent(mean)} ± ${(100 * deviation).toFixed(2)}`,
        String(trials.length),
        String(pruned),
        String(failed),
        duration(seconds),
        summary.best ? duration(summary.progress[summary.best.number]!.seconds) : '–',
      ];
    }),
  );
}

export function bestValuesTable(results: Results, summaries: readonly StrategySummary[]): string {
  const found = summaries.filter(({ best }) => best !== undefined);
  return table(
    ['', ...found.map(({ title }) => title)],
    Object.keys(results.plan.space).map((name) => [
      escapeHtml(name),
      ...found.map(({ best }) => escapeHtml(parameter(best!.params[name]))),
    ]),
  );
}

export function trialsTable(results: Results, summary: StrategySummary): string {
  const names = Object.keys(results.plan.space);
  const times = results.times.trials[summary.name] ?? [];
  return table(
    ['trial', 'state', 'test accuracy', 'test loss', 'epochs', 'time', ...names.map(escapeHtml)],
    summary.trials.map((trial) => {
      const last = trial.epochs.at(-1);
      return [
        String(trial.number + 1),
        escapeHtml(stateOf(trial)),
        percent(last?.testAccuracy),
        last ? last.testLoss.toFixed(4) : '–',
        String(trial.epochs.length),
        duration(times[trial.number]?.seconds ?? 0),
        ...names.map((name) => escapeHtml(parameter(trial.params[name]))),
      ];
    }),
  );
}

function stateOf({ state, reason }: TrialRecord): string {
  return reason === undefined ? state : `${state}: ${reason}`;
}

export function settingsTable({ plan, data, environment, times }: Results): string {
  const budgets = plan.strategies.map(
    ({ name, trials, epochs }) => `${name} ${trials} × ${epochs}`,
  );
  return table(
    ['', ''],
    [
      ['preset', escapeHtml(plan.preset)],
      ['seed', String(plan.seed)],
      [
        'data',
        escapeHtml(`${data.name}: ${plan.trainSize} training and ${plan.testSize} test images`),
      ],
      ['trials × epochs', escapeHtml(budgets.join(', '))],
      ['device', escapeHtml(plan.device)],
      ['precision', plan.precision],
      [
        'processor',
        escapeHtml(`${environment.cpu}, ${environment.cores} cores, ${environment.instructionSet}`),
      ],
      ['threads', String(environment.threads)],
      ['CUDA', escapeHtml(environment.cuda)],
      ['memory', `${environment.memoryGiB} GiB`],
      ['system', escapeHtml(environment.platform)],
      [
        'versions',
        escapeHtml(
          `trialforge ${environment.trialforge}, Node.js ${environment.node}, ${environment.compiler}`,
        ),
      ],
      ['started', escapeHtml(times.started)],
      ['last result', escapeHtml(times.updated)],
    ],
    'prose',
  );
}
