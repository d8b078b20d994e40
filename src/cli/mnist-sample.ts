import { type Dataset, loadMnist, type TrainAndTest } from '../data/index.js';
import { InvalidArgumentError } from '../errors.js';

/** MNIST, or as many of its images as asked for, taken at random by the seed. */
export async function sampleMnist(
  sizes: { trainSize?: number; testSize?: number },
  seed: number,
): Promise<TrainAndTest> {
  const { train, test } = await loadMnist();
  return {
    train: sample(train, sizes.trainSize, '--train-size', seed),
    test: sample(test, sizes.testSize, '--test-size', seed),
  };
}

function sample(dataset: Dataset, size: number | undefined, option: string, seed: number): Dataset {
  if (size === undefined || size === dataset.size) return dataset;
  if (size > dataset.size) {
    throw new InvalidArgumentError(`${option} must be at most ${dataset.size}, not ${size}`);
  }
  return dataset.take(size, { seed });
}
