/** What can be measured: its name in `trialforge_bench`, and the peer that does the same work. */
export interface Subject {
  readonly name: string;
  readonly summary: string;
  /** In bench/peers/. */
  readonly peerScript: string;
}

export const subjects: readonly Subject[] = [
  {
    name: 'cnn',
    summary: "the paper's network: training, inference, and every layer",
    peerScript: 'torch_cnn.py',
  },
  {
    name: 'conv',
    summary: 'convolutions of real networks',
    peerScript: 'torch_conv.py',
  },
  {
    name: 'dense',
    summary: 'dense layers of real networks',
    peerScript: 'torch_dense.py',
  },
  {
    name: 'pool',
    summary: 'max and average pooling of real networks',
    peerScript: 'torch_pool.py',
  },
  {
    name: 'trial-array',
    summary: 'several trainings, one after the other and side by side',
    peerScript: 'torch_trial_array.py',
  },
];
