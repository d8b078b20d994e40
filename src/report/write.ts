import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Results } from '../compare/results.js';
import { DataError } from '../errors.js';
import { figures } from './figures/index.js';
import { renderPage } from './html/page.js';
import { colour } from './palette.js';

/** The name of the report, in the folder of its results. */
export const reportFile = 'report.html';
const svgWidth = 960;

/**
 * Writes report.html and one .svg a figure into the folder that holds the results.
 * @returns the paths written
 * @throws DataError if a file cannot be written
 */
export async function writeReport(
  results: Results,
  folder: string,
): Promise<{ html: string; svgs: string[] }> {
  const html = join(folder, reportFile);
  await write(html, renderPage(results));
  const svgs: string[] = [];
  for (const figure of Object.values(figures(results)).flat()) {
    const path = join(folder, `${figure.name}.svg`);
    await write(path, onSurface(figure.svg({ width: svgWidth, narrow: false })));
    svgs.push(path);
  }
  return { html, svgs };
}

/** A drawing that stands alone needs its own background, or its ink is lost on a dark one. */
function onSurface(svg: string): string {
  return svg.replace(
    /<svg [^>]*>/,
    (tag) => `${tag}\n<rect width="100%" height="100%" fill="${colour('surface')}"/>`,
  );
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new DataError(`${path} could not be written: ${(cause as Error).message}`, { cause });
  }
}
