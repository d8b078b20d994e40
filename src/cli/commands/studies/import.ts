import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { DataError, InvalidArgumentError } from '../../../errors.js';
import { DuplicatedStudyError, importStudy } from '../../../optuna/index.js';
import { withStorage } from '../../../optuna/storages/open-storage.js';
import { exitCodesHelp } from '../../exit-codes.js';
import { finished } from '../../interrupt.js';
import { shared } from '../../options.js';
import { storageOption } from '../../storage-option.js';
import { jsonText, trialsText, visible } from '../../study-text.js';

interface ImportOptions {
  storage: string;
  study?: string;
  json?: boolean;
}

const help = `
Examples:
  trialforge studies import tuning.json --storage sqlite:///studies.db
  trialforge studies export a --storage a.log | trialforge studies import - --storage b.log --study copy`;

export function addImport(studies: Command): void {
  studies
    .command('import')
    .argument('<file>', 'that studies export wrote; - for stdin')
    .summary('make a study of what export wrote as JSON')
    .description(
      'Makes a study of an exported one, in a storage that is made if it is not there. A study that has the name already is not touched: the import fails.',
    )
    .addOption(storageOption().makeOptionMandatory())
    .addOption(new Option('--study <name>', 'of the new study (default: that of the exported one)'))
    .addOption(shared.json())
    .addHelpText('after', help)
    .addHelpText('after', exitCodesHelp)
    .action(importFile);
}

async function importFile(
  file: string,
  { storage: url, study: studyName, json }: ImportOptions,
): Promise<void> {
  const content = await read(file);
  const { name, trials } = await withStorage(url, async (storage) => {
    try {
      const study = await finished(() => importStudy(content, { storage, studyName }));
      return { name: study.studyName, trials: await study.trials() };
    } catch (error) {
      if (error instanceof DuplicatedStudyError) {
        throw new InvalidArgumentError(
          `${error.message.split(';')[0]}; --study names it otherwise`,
          {
            cause: error,
          },
        );
      }
      if (!(error instanceof InvalidArgumentError)) throw error;
      // It is the file that is wrong, not how the command was called.
      throw new DataError(`${file} is no exported study: ${error.message}`, { cause: error });
    }
  });
  process.stdout.write(
    json
      ? jsonText({ name, nTrials: trials.length })
      : `imported ${visible(name)}: ${trialsText(trials)}\n`,
  );
}

async function read(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new InvalidArgumentError(`${file} could not be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
