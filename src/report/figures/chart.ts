import { type EChartsOption, init } from 'echarts';
import { colour } from '../palette.js';

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export interface ChartSize {
  width: number;
  height: number;
}

/** Draws an ECharts option as SVG, without a browser. */
export function drawChart(option: EChartsOption, size: ChartSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { fontFamily, color: colour('ink') },
      ...option,
    });
    return withoutHover(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** Drops the hover styles and data marks that only a live chart has a use for. */
function withoutHover(svg: string): string {
  return svg
    .replace(/<style\s*>.*?<\/style>\s*/s, '')
    .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, '');
}
