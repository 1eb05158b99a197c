// Colours as WCAG 2.2 counts them: relative luminance and the contrast of two (1.4.3, 1.4.11), and shades of a colour that
// reach a contrast. Colours are `#rrggbb`. Pure.

type Rgb = readonly [number, number, number];

const parse = (colour: string): Rgb => {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};
const format = (rgb: Rgb): string =>
  `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** What was typed as a colour: with or without `#`, three or six digits; undefined when it is none. */
export function readColour(typed: string): string | undefined {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(typed.trim())?.[1]?.toLowerCase();
  if (digits === undefined) return undefined;
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`;
}

/** WCAG 2.2, relative luminance: 0 for black, 1 for white. */
export function luminanceOf(colour: string): number {
  const [red, green, blue] = parse(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 (the same) to 21 (black and white). */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [luminanceOf(one), luminanceOf(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The contrast with that of several grounds where it is the lowest. */
export const lowestContrast = (colour: string, grounds: readonly string[]): number =>
  Math.min(...grounds.map((ground) => contrastOf(colour, ground)));

/** `share` of one colour over the other. */
export function mix(over: string, under: string, share: number): string {
  const [a, b] = [parse(over), parse(under)];
  return format(a.map((part, at) => part * share + (b[at] as number) * (1 - share)) as unknown as Rgb);
}

/** Hue and saturation stay; `lightness` is 0 for black to 1 for white (HSL). */
function withLightness(colour: string, lightness: number): string {
  const [red, green, blue] = parse(colour).map((part) => part / 255) as unknown as Rgb;
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const spread = most - least;
  const own = (most + least) / 2;
  const saturation = spread === 0 ? 0 : spread / (1 - Math.abs(2 * own - 1));
  const sixth =
    spread === 0
      ? 0
      : most === red
        ? ((green - blue) / spread + 6) % 6
        : most === green
          ? (blue - red) / spread + 2
          : (red - green) / spread + 4;
  const chroma = (1 - Math.abs(2 * lightness - 1)) * saturation;
  const channel = (offset: number): number => {
    const at = (sixth + offset) % 6;
    const share = Math.max(0, Math.min(1, Math.min(at, 4 - at)));
    return (lightness + chroma * (share - 0.5)) * 255;
  };
  return format([channel(2), channel(0), channel(4)]);
}

/** The nearest shade of `colour` towards `end` that fits, in steps of a fiftieth of lightness; the end when none does. */
export function findShade(colour: string, end: 'black' | 'white', fits: (shade: string) => boolean): string {
  if (fits(colour)) return colour;
  const [most, least] = [Math.max(...parse(colour)), Math.min(...parse(colour))];
  const step = end === 'black' ? -0.02 : 0.02;
  for (let at = (most + least) / 510 + step; at > 0 && at < 1; at += step) {
    const shade = withLightness(colour, at);
    if (fits(shade)) return shade;
  }
  return end === 'black' ? '#000000' : '#ffffff';
}
