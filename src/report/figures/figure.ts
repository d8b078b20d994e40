/** In CSS pixels. */
export interface FigureSize {
  /** Pixels. */
  width: number;
  /** Whether it is laid out for a phone. */
  narrow: boolean;
}

/** A drawing of the report with its words. */
export interface Figure {
  /** File name without extension. */
  name: string;
  /** What it shows. */
  title: string;
  /** How to read it. */
  caption: string;
  /** The drawing, in the light colours of palette.ts. */
  svg(size: FigureSize): string;
}
