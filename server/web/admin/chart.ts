// Charts as SVG, drawn on the server: stacked bars over time. Pure geometry; views/partials/chart.ejs draws it with a
// title, a description and the numbers as a table, so that nobody needs to see it. Colours come from the style sheet by
// the place of a series (`series-1` ...), also told apart by their order and by the legend.

/** One series: its name and a number for each bar. */
export interface Series {
  readonly label: string;
  readonly values: readonly number[];
}

export interface ChartInput {
  readonly id: string;
  readonly title: string;
  readonly series: readonly Series[];
  /** A name for each bar, in full. */
  readonly names: readonly string[];
  /** A short name under some bars; '' for none. */
  readonly ticks: readonly string[];
  readonly format: (value: number) => string;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly bars: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly series: number;
    readonly words: string;
  }[];
  readonly lines: readonly { readonly y: number; readonly label: string }[];
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  readonly legend: readonly { readonly label: string; readonly series: number; readonly total: string }[];
  readonly rows: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly isEmpty: boolean;
}

const width = 320;
// A number of the scale stands above its line, half of a tick's name beside the first and the last bar.
const plot = { left: 16, right: 304, top: 14, bottom: 112 } as const;
const height = 130;

/** The next round number: 1, 2 or 5 with zeros behind it, so that the scale reads well. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((candidate) => candidate * power >= value) ?? 10;
  return step * power;
}

/** Places the bars of a chart. */
export function drawBars(input: ChartInput): Chart {
  const count = input.names.length;
  const sums = input.names.map((_name, at) =>
    input.series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
  );
  const most = Math.max(0, ...sums);
  const top = roundUp(most);
  const room = (plot.right - plot.left) / Math.max(1, count);
  const tall = plot.bottom - plot.top;
  const round = (value: number): number => Math.round(value * 100) / 100;
  const bars = input.names.flatMap((name, at) => {
    let base: number = plot.bottom;
    return input.series.flatMap(({ label, values }, series) => {
      const value = values[at] ?? 0;
      if (value <= 0) return [];
      // A single message among thousands is still seen.
      const high = Math.max(1.5, (value / top) * tall);
      base -= high;
      return [
        {
          x: round(plot.left + at * room + room * 0.14),
          y: round(base),
          width: round(room * 0.72),
          height: round(high),
          series: series + 1,
          words: `${name}: ${label} ${input.format(value)}`,
        },
      ];
    });
  });
  return {
    id: input.id,
    title: input.title,
    width,
    height,
    bars,
    lines: [
      { y: plot.top, label: most === 0 ? '' : input.format(top) },
      { y: plot.bottom, label: '' },
    ],
    ticks: input.ticks.flatMap((label, at) =>
      label === '' ? [] : [{ x: round(plot.left + (at + 0.5) * room), label }],
    ),
    legend: input.series.map(({ label, values }, at) => ({
      label,
      series: at + 1,
      total: input.format(values.reduce((sum, value) => sum + value, 0)),
    })),
    rows: input.names.map((name, at) => ({
      name,
      values: input.series.map(({ values }) => input.format(values[at] ?? 0)),
    })),
    isEmpty: most === 0,
  };
}
