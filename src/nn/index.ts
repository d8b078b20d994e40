/**
 * Convolutional networks on the engine: layers, optimizers, `Network`, and `TrialArray` for several that
 * train side by side.
 * @module trialforge/nn
 */
export type { FromLayersModelOptions } from './from-layers-model.js';
export {
  type ActivationName,
  activation,
  averagePool2d,
  type Conv2dOptions,
  conv2d,
  type DenseOptions,
  dense,
  dropout,
  flatten,
  type Layer,
  maxPool2d,
  type OutputActivationName,
  type PaddingName,
  type Pool2dOptions,
  type SizeOrPair,
} from './layers.js';
export type { LayersModel, LayersModelLayer, LayersModelTensor } from './layers-model.js';
export {
  type BatchLogs,
  type EpochLogs,
  type EvaluateOptions,
  type FitOptions,
  type History,
  type LayerSummary,
  type Metrics,
  Network,
  type WeightTensor,
} from './network.js';
export type { DeviceName, LossName, NetworkOptions, Precision } from './network-spec.js';
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  adadelta,
  adagrad,
  adam,
  type Optimizer,
  type OptimizerName,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js';
export { l1, l1l2, l2, type Regularizer } from './regularizers.js';
export type { Tfjs } from './to-layers-model.js';
export {
  TrialArray,
  TrialArrayError,
  type TrialArrayFitOptions,
  type TrialArrayOptions,
} from './trial-array.js';
