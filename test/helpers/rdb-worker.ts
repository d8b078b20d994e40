// A process that works on a study of a database: node rdb-worker.js MODE URL.
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import {
  createStudy,
  loadStudy,
  RandomSampler,
  RDBStorage,
  RetryHeartbeatStaleTrialCallback,
} from '../../src/optuna/index.js';

const [mode, url] = process.argv.slice(2) as [string, string];
const studyName = 'shared';
const sampler = new RandomSampler();

function withHeartbeat(): RDBStorage {
  return new RDBStorage(url, {
    heartbeatInterval: 0.4,
    gracePeriod: 1.5,
    heartbeatStaleTrialCallback: RetryHeartbeatStaleTrialCallback(),
  });
}

switch (mode) {
  case 'fifty trials': {
    const study = await createStudy({ studyName, storage: url, sampler, loadIfExists: true });
    await study.optimize(
      async (trial) => {
        const x = trial.suggestFloat('x', 0, 1);
        await trial.report(x, 0);
        await trial.setUserAttr('process', process.pid);
        return x + trial.suggestInt('n', 0, 9);
      },
      { nTrials: 50 },
    );
    break;
  }
  case 'until killed': {
    const study = await loadStudy({ studyName, storage: withHeartbeat(), sampler });
    await study.optimize(async (trial) => {
      trial.suggestFloat('x', 0, 1);
      await trial.report(0, 0);
      console.log(trial.number);
      for (let step = 1; ; step++) {
        await trial.report(step, step);
        await setTimeout(1);
      }
    });
    break;
  }
  case 'fifteen trials': {
    const study = await loadStudy({ studyName, storage: withHeartbeat(), sampler });
    await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 15 });
    break;
  }
  case 'attributes until refused': {
    const study = await loadStudy({ studyName, storage: url, sampler });
    const trial = await study.ask();
    let kept = 0;
    try {
      for (; kept < 1000; kept++) await trial.setUserAttr(`big ${kept}`, 'x'.repeat(20_000));
    } catch (error) {
      const { name, code, message } = error as Error & { code: string };
      // What is known here must be what the file has.
      const known = Object.keys(trial.userAttrs).length;
      console.log(JSON.stringify({ name, code, message, kept, known }));
    }
    break;
  }
  case 'forgotten': {
    // Neither awaits the write nor closes the storage.
    const study = await createStudy({ studyName, storage: url, sampler, loadIfExists: true });
    void study.setUserAttr('last', 'word');
    break;
  }
}
