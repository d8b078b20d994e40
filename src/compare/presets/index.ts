import { paper } from './paper.js';
import { quick } from './quick.js';

/** What `trialforge compare --preset` knows: minutes on two cores, and the paper's experiment. */
export const presets = { quick, paper } as const;
