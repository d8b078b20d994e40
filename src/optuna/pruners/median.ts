import { PercentilePruner, type PercentilePrunerOptions } from './percentile.js';

/**
 * Prunes a trial whose best report so far is worse than the median of what the complete trials
 * reported at the same step.
 */
export class MedianPruner extends PercentilePruner {
  /** Throws InvalidArgumentError for options out of range. */
  constructor(options: PercentilePrunerOptions = {}) {
    super(50, options);
  }
}
