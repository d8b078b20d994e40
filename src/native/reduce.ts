/** ReduceOp and ArgOp of native/include/trialforge/reduce.h, in order: what the addon takes is the index. */
export const reduceOps = ['sum', 'mean', 'max', 'min', 'prod', 'all', 'any'] as const;
export type ReduceOp = (typeof reduceOps)[number];

export const argOps = ['max', 'min'] as const;
export type ArgOp = (typeof argOps)[number];
