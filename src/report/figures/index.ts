import type { Results } from '../../compare/results.js';
import { bestByTime, bestByTrial } from './best-so-far.js';
import { dataSample } from './data-sample.js';
import type { Figure } from './figure.js';
import { learningCurves } from './learning-curves.js';
import { trialAccuracy } from './trial-accuracy.js';

/** The figures of a report, by the section they belong to. */
export function figures(results: Results): {
  comparison: Figure[];
  curves: Figure[];
  data: Figure[];
} {
  const trained = results.strategies.some(({ trials }) =>
    trials.some(({ epochs }) => epochs.length > 0),
  );
  return {
    comparison: trained ? [bestByTrial(results), bestByTime(results), trialAccuracy(results)] : [],
    curves: learningCurves(results),
    data: results.data.sample.length > 0 ? [dataSample(results)] : [],
  };
}
