import { type StdioOptions, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { root } from '../helpers/paths.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

function start(args: readonly string[], cwd: string, stdio: StdioOptions) {
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), ...args], {
    cwd,
    stdio,
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { child, ended };
}

test.serial('a reader that goes away ends the command in silence', async (t) => {
  const { child, ended } = start(['doctor'], await temporaryFolder(t), 'pipe');
  child.stdout!.destroy();
  t.is(await text(child.stderr!), '');
  t.is(await ended, 141);
});

test.serial('a training ends when nobody reads its progress any more', async (t) => {
  const args = ['train', '--epochs', '500', '--train-size', '200', '--test-size', '10'];
  const { child, ended } = start(args, await temporaryFolder(t), 'pipe');
  child.stderr!.once('data', () => child.stderr!.destroy());
  t.is(await ended, 141);
});

(existsSync('/dev/full') ? test.serial : test.serial.skip)(
  'output that finds no room is an error',
  async (t) => {
    for (const args of [['doctor'], ['doctor', '--json']]) {
      const full = openSync('/dev/full', 'w');
      const { child, ended } = start(args, await temporaryFolder(t), ['ignore', full, 'pipe']);
      const stderr = await text(child.stderr!);
      t.is(await ended, 1);
      const message = args.length > 1 ? JSON.parse(stderr).error.message : stderr;
      t.regex(message, /stdout could not be written: ENOSPC/);
      t.is(stderr.split('\n').length, 2, 'one line');
    }
  },
);
