#!/usr/bin/env node
import process from 'node:process';
import { addCompare } from './commands/compare.js';
import { addDoctor } from './commands/doctor.js';
import { addProfile } from './commands/profile.js';
import { addStudies } from './commands/studies/index.js';
import { addTrain } from './commands/train.js';
import { addTune } from './commands/tune.js';
import { runProgram } from './program.js';

process.exitCode = await runProgram(
  {
    name: 'trialforge',
    description: 'Trains convolutional networks and chooses their hyperparameters.',
    commands: [addCompare, addTrain, addTune, addStudies, addProfile, addDoctor],
  },
  process.argv,
);
