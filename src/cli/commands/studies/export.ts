import process from 'node:process';
import { type Command, Option } from 'commander';
import { loadStudy, studyToJson } from '../../../optuna/index.js';
import { writeWhole } from '../../../write-whole.js';
import { exitCodesHelp } from '../../exit-codes.js';
import { shared } from '../../options.js';
import { findStudy, storageOption, withExistingStorage } from '../../storage-option.js';
import { studyToCsv } from '../../study-csv.js';
import { checkWritable } from '../../writable.js';

interface ExportOptions {
  storage: string;
  format: 'json' | 'csv';
  out?: string;
}

const help = `
Examples:
  trialforge studies export tuning --storage studies.log > tuning.json
  trialforge studies export tuning --storage studies.log --format csv --out tuning.csv`;

export function addExport(studies: Command): void {
  studies
    .command('export')
    .argument('<name>', 'of the study')
    .summary('a study as JSON with all that it holds, or its trials as CSV')
    .description(
      "Writes a study. JSON has all of it, for studies import, with the bare tokens NaN and Infinity where the study has such numbers, as Python's json reads them. CSV has a line a trial, under the column names of Optuna's data frame; durations are seconds, times UTC.",
    )
    .addOption(storageOption().makeOptionMandatory())
    .addOption(
      new Option('--format <name>', 'of the text').choices(['json', 'csv']).default('json'),
    )
    .addOption(new Option('--out <file>', 'write it there, whole or not at all, not to stdout'))
    .addOption(shared.json())
    .addHelpText('after', help)
    .addHelpText('after', exitCodesHelp)
    .action(exportStudy);
}

async function exportStudy(
  name: string,
  { storage: url, format, out }: ExportOptions,
): Promise<void> {
  if (out !== undefined) await checkWritable('--out', out);
  const text = await withExistingStorage(url, async (storage) => {
    await findStudy(storage, name);
    const study = await loadStudy({ storage, studyName: name });
    return format === 'csv' ? studyToCsv(study) : studyToJson(study);
  });
  if (out === undefined) process.stdout.write(text);
  else await writeWhole(out, text);
}
