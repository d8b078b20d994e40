// A process that works on a journal: what it does is the second argument, its parts the others.
import process from 'node:process';
import {
  createStudy,
  JournalFileBackend,
  JournalFileOpenLock,
  JournalFileSymlinkLock,
  JournalStorage,
  loadStudy,
  RandomSampler,
} from '../../src/optuna/index.js';

const [path, task, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const gracePeriod = Number(rest[1] ?? 30);
const Lock = rest[2] === 'open' ? JournalFileOpenLock : JournalFileSymlinkLock;
const lock = new Lock(path, { gracePeriod });
const storage = new JournalStorage(new JournalFileBackend(path, { lock }));
const options = { storage, studyName: 's', sampler: new RandomSampler() };

if (task === 'optimize') {
  const study = await createStudy({ ...options, loadIfExists: true });
  await study.optimize(
    async (trial) => {
      const x = trial.suggestFloat('x', -1, 1);
      const c = trial.suggestCategorical('c', ['a', 'b']);
      await trial.report(x, 0);
      return x * x + (c === 'a' ? 1 : 0);
    },
    { nTrials: Number(rest[0]) },
  );
} else if (task === 'attributes') {
  // Until it is killed.
  const study = await loadStudy(options);
  const trial = await study.ask();
  process.stdout.write(`${trial.number}\n`);
  for (let i = 0; ; i++) {
    await Promise.all([1, 2, 3].map((k) => trial.setUserAttr(`${k}`, `${i}`.repeat(2000))));
  }
} else if (task === 'fill') {
  // A signal that is listened to does not end the process; the write fails instead.
  process.on('SIGXFSZ', () => {});
  const study = await loadStudy(options);
  const trial = await study.ask();
  let kept = 0;
  try {
    for (;;) {
      await trial.setUserAttr(`${kept}`, 'x'.repeat(100));
      kept += 1;
    }
  } catch (error) {
    const { name, code } = error as Error & { code: string };
    const known = Object.keys(trial.userAttrs).length;
    process.stdout.write(JSON.stringify({ name, code, kept, known, trial: trial.number }));
  }
}
