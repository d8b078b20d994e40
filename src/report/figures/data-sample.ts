import type { Results } from '../../compare/results.js';
import { colour } from '../palette.js';
import { encodePng } from '../png.js';
import { fontFamily } from './chart.js';
import type { Figure } from './figure.js';

const gap = 6;
const labelHeight = 20;

/** Some training images under their labels; a column a class where there is room. */
export function dataSample(results: Results): Figure {
  const { name, sample, shape, classes } = results.data;
  const [height, width, channels] = shape;
  return {
    name: 'data-sample',
    title: 'A sample of the data',
    caption: `Training images of ${name}, ${width} x ${height} pixels, with their labels.`,
    svg: (size) => {
      const columns = size.narrow ? Math.min(classes, 5) : classes;
      const cell = Math.min(size.width / columns, 84);
      const side = cell - gap;
      const cellHeight = (side * height) / width + gap + labelHeight;
      const rows = Math.ceil(sample.length / columns);
      const tiles = order(sample.length, classes, columns).map((index, place) => {
        const { label, pixels } = sample[index]!;
        const png = encodePng(
          grey(Buffer.from(pixels, 'base64'), channels),
          width,
          height,
          channels === 3 ? 3 : 1,
        );
        const x = (place % columns) * cell;
        const y = Math.floor(place / columns) * cellHeight;
        return [
          `<text x="${x + side / 2}" y="${y + 14}" text-anchor="middle" font-size="12" font-family='${fontFamily}' fill="${colour('muted')}">${label}</text>`,
          `<image x="${x}" y="${y + labelHeight}" width="${side}" height="${(side * height) / width}" style="image-rendering:pixelated" href="data:image/png;base64,${png.toString('base64')}"/>`,
        ].join('');
      });
      const total = { width: columns * cell, height: rows * cellHeight };
      return `<svg width="${total.width}" height="${total.height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}">\n${tiles.join('\n')}\n</svg>`;
    },
  };
}

/** The sample comes in rows of `classes`; fewer columns take a part of every row, then the next part. */
function order(count: number, classes: number, columns: number): number[] {
  const parts = Math.ceil(classes / columns);
  const indices: number[] = [];
  for (let part = 0; part < parts; part++) {
    for (let i = 0; i < count; i++) {
      if (Math.floor((i % classes) / columns) === part) indices.push(i);
    }
  }
  return indices;
}

/** Only one and three channels have a picture; of others the first channel is shown. */
function grey(pixels: Uint8Array, channels: number): Uint8Array {
  return channels === 1 || channels === 3 ? pixels : pixels.filter((_, i) => i % channels === 0);
}
