import { colourVariables } from '../palette.js';

export const style = `
:root { color-scheme: light dark; ${colourVariables('light')} --panel: #f5f7f9; }
@media (prefers-color-scheme: dark) { :root { ${colourVariables('dark')} --panel: #1f242b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--surface); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.75rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.quiet, figcaption { color: var(--muted); font-size: .875rem; }
.notice { background: var(--panel); border-left: 4px solid var(--random); padding: .6rem .9rem; }
.facts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.facts li { flex: 1 1 9.5rem; background: var(--panel); border-radius: .5rem; padding: .75rem 1rem; }
.facts b { display: block; font-size: 1.5rem; line-height: 1.25; }
figure { margin: 1.5rem 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figure .narrow { display: none; }
figcaption { margin-top: .25rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem 1.1rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); white-space: nowrap; }
table.prose td { white-space: normal; }
thead th { color: var(--muted); font-weight: 500; }
tbody th { font-weight: 600; }
.mark { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin-right: .45rem; }
details { margin: .5rem 0; }
summary { cursor: pointer; padding: .25rem 0; }
@media (max-width: 44rem) { figure .wide { display: none; } figure .narrow { display: block; } }
@media print { details > * { display: block; } }
`;
