export * from './data/index.js';
export * from './errors.js';
export * from './nn/index.js';
