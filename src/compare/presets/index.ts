import { paper } from './paper.js';
import { quick } from './quick.js';

export const presets = { quick, paper } as const;
