/**
 * Images with labels: IDX files, MNIST, Fashion-MNIST, `Dataset`.
 * @module trialforge/data
 */
export {
  Dataset,
  type DatasetOptions,
  type ImageShape,
  type Images,
  type Labels,
  type SplitOptions,
} from './dataset.js';
export { fashionMnistClasses, loadFashionMnist } from './fashion-mnist.js';
export { type IdxArray, type IdxDtype, parseIdx, readIdx } from './idx.js';
export type { TrainAndTest } from './idx-dataset.js';
export { type LoadMnistOptions, loadMnist } from './mnist.js';
