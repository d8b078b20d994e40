import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { chromium } from 'playwright-core';
import { runComparison } from '../../src/compare/harness.js';
import type { Results } from '../../src/compare/results.js';
import { summarise } from '../../src/compare/statistics.js';
import { percent } from '../../src/report/format.js';
import { renderPage, writeReport } from '../../src/report/index.js';
import { analyticComparison } from '../helpers/comparison.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const figureNames = [
  'best-by-trial',
  'best-by-time',
  'trial-accuracy',
  'learning-curves-manual',
  'learning-curves-random',
  'learning-curves-grid',
  'learning-curves-optuna-tpe',
  'learning-curves-hyperopt-tpe',
  'data-sample',
];

async function comparison(t: ExecutionContext): Promise<{ results: Results; folder: string }> {
  const folder = await temporaryFolder(t);
  return { folder, results: await runComparison(analyticComparison(folder)) };
}

test('the report has every figure, in the page and as SVG files of their own', async (t) => {
  const { results, folder } = await comparison(t);
  const { html, svgs } = await writeReport(results, folder);
  const page = await readFile(html, 'utf8');
  t.deepEqual(
    svgs.map((path) => basename(path, '.svg')),
    figureNames,
  );
  for (const [i, name] of figureNames.entries()) {
    const figure = page.split(`<figure id="${name}">`)[1]?.split('</figure>')[0] ?? '';
    t.is(figure.match(/<svg /g)?.length, 2, `${name}: one for wide screens, one for phones`);
    const svg = await readFile(svgs[i]!, 'utf8');
    t.regex(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    t.false(svg.includes('NaN'), name);
    t.false(svg.includes('var('), `${name} has colours of its own`);
  }
});

test('the page loads nothing: no scripts, no addresses but data', async (t) => {
  const { results } = await comparison(t);
  const page = renderPage(results);
  t.notRegex(page, /<(script|link rel="(?!icon)|iframe|object|embed|base)/);
  const addresses = [...page.matchAll(/(?:href|src)\s*=\s*"([^"]*)"|url\(\s*([^)]*)\)/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  t.true(addresses.length > 0);
  for (const address of addresses) t.regex(address, /^(data:|#)/);
  t.notRegex(page, /@import/);
});

test('the page tells the numbers of the results', async (t) => {
  const { results } = await comparison(t);
  const page = renderPage(results);
  for (const { title, best } of summarise(results)) {
    t.true(page.includes(title));
    t.true(page.includes(percent(best!.value)), `${title}: ${percent(best!.value)}`);
    t.true(page.includes(String(best!.params['activation'])));
  }
  t.true(page.includes('failed: loss is NaN after epoch 2'));
  t.true(page.includes('two &#60;tiny&#62; images'), 'text is escaped');
  t.false(page.includes('<tiny>'));
});

test('what is not finished is shown and said', async (t) => {
  const { results } = await comparison(t);
  results.status = 'interrupted';
  results.strategies[1]!.trials = [];
  results.strategies[2]!.trials[0]!.epochs = [];
  const page = renderPage(results);
  t.true(page.includes('not finished'));
  t.false(page.includes('id="learning-curves-random"'));
  const empty = structuredClone(results);
  for (const strategy of empty.strategies) strategy.trials = [];
  t.notThrows(() => renderPage(empty), 'not even the first trial has ended');
});

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = [process.env['CHROMIUM'], ...browsers].find(
  (path) => path && existsSync(path),
);
const inBrowser = executablePath ? test : test.skip;
inBrowser(
  `in Chromium the page shows its figures and asks for nothing${executablePath ? '' : ' (no Chromium found)'}`,
  async (t) => {
    const { results, folder } = await comparison(t);
    const { html } = await writeReport(results, folder);
    const instance = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
    t.teardown(() => instance.close());
    for (const [width, kind, other] of [
      [1100, 'wide', 'narrow'],
      [390, 'narrow', 'wide'],
    ] as const) {
      const page = await instance.newPage({ viewport: { width, height: 800 } });
      const requests: string[] = [];
      const problems: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(pathToFileURL(html).href);
      t.deepEqual(
        requests.filter((url) => !url.startsWith('data:')),
        [pathToFileURL(html).href],
      );
      t.deepEqual(problems, []);
      for (const name of figureNames) {
        const box = await page.locator(`#${name} svg.${kind}`).boundingBox();
        t.true(box !== null && box.width > 100 && box.height > 40, `${name} at ${width}`);
        t.false(await page.locator(`#${name} svg.${other}`).isVisible());
      }
      t.is(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        'nothing sticks out',
      );
    }
  },
);
