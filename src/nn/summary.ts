import type { LayerSummary } from './network.js';

/** Layers, output shapes and numbers of weights in aligned columns. */
export function summaryTable(layers: readonly LayerSummary[]): string {
  const count = (n: number) => n.toLocaleString('en');
  const rows = [
    ['Layer', 'Output shape', 'Weights'],
    ...layers.map((l) => [l.type, `[${l.outputShape.join(', ')}]`, count(l.parameters)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const [header, ...lines] = rows.map(([layer, shape, weights]) =>
    [layer!.padEnd(widths[0]!), shape!.padEnd(widths[1]!), weights!.padStart(widths[2]!)].join(
      '  ',
    ),
  );
  const rule = '-'.repeat(header!.length);
  const total = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return [header, rule, ...lines, rule, `${count(total)} weights`].join('\n');
}
