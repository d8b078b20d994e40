import { loadIdxFolder, type TrainAndTest } from './idx-dataset.js';

/** What the ten classes of Fashion-MNIST show. */
export const fashionMnistClasses = [
  't-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
] as const;

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) from a folder with its four files, plain or .gz;
 * Debian's package dataset-fashion-mnist is one source. Images are uint8 [28, 28, 1].
 * @throws DataError naming the file that is missing or damaged
 */
export async function loadFashionMnist(folder: string): Promise<TrainAndTest> {
  return loadIdxFolder(folder, { classes: fashionMnistClasses.length });
}
