// The tokens of a page (webmail.md 6.2) that an accent colour changes, for both themes, and the style sheet that sets them.
// A colour that cannot be read on our pages is told from one that can: links 4.5 to 1 on every sheet that has any, lines
// and signs 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11). What is made of the colour (the words on it, its shade under the pointer,
// the ground of what is chosen) is made so that it holds. Pure.
import { contrastOf, findShade, lowestContrast, mix } from './contrast.ts';

export type Theme = 'light' | 'dark';

/** What static/css/base.css has for the themes, as far as it matters to an accent; a test holds the two together. */
export const grounds: Readonly<
  Record<
    Theme,
    Readonly<
      Record<
        | 'bg'
        | 'surface'
        | 'raised'
        | 'sunken'
        | 'hover'
        | 'border'
        | 'text'
        | 'text2'
        | 'text3'
        | 'star'
        | 'accent',
        string
      >
    >
  >
> = {
  light: {
    bg: '#f6f5f2',
    surface: '#ffffff',
    raised: '#ffffff',
    sunken: '#eeece7',
    hover: '#f3f2ee',
    border: '#e2dfd8',
    text: '#1f2326',
    text2: '#51575d',
    text3: '#62686e',
    star: '#9a6400',
    accent: '#1c6664',
  },
  dark: {
    bg: '#131618',
    surface: '#1a1e21',
    raised: '#22272b',
    sunken: '#0e1112',
    hover: '#20262a',
    border: '#2b3136',
    text: '#e6e8e9',
    text2: '#b3b9be',
    text3: '#979ea5',
    star: '#e3b341',
    accent: '#72c5be',
  },
};

/** For text. */
export const leastForText = 4.5;
/** For lines and signs. */
export const leastForSigns = 3;

/** Words on the accent. One of them always can be read on a colour that passes {@link findWeakness}. */
const inks: Readonly<Record<Theme, string>> = { light: '#ffffff', dark: '#06100f' };
/** Where a shade of more contrast lies. */
const ends = { light: 'black', dark: 'white' } as const;

const linkGrounds = ({ bg, surface, raised, hover }: (typeof grounds)[Theme]): readonly string[] => [
  bg,
  surface,
  raised,
  hover,
];

const canBeRead = (colour: string, theme: Theme): boolean =>
  lowestContrast(colour, linkGrounds(grounds[theme])) >= leastForText &&
  contrastOf(colour, grounds[theme].sunken) >= leastForSigns &&
  contrastOf(inks[theme], colour) >= leastForText;

/**
 * Why a colour cannot be the accent of a theme: its lowest contrast, rounded down to a tenth so that 4.48 does not look
 * enough, and the nearest shade of it that would do. Undefined: it can.
 */
export function findWeakness(
  colour: string,
  theme: Theme,
): { readonly ratio: number; readonly shade: string } | undefined {
  if (canBeRead(colour, theme)) return undefined;
  const ratio = Math.min(
    lowestContrast(colour, linkGrounds(grounds[theme])),
    contrastOf(inks[theme], colour),
  );
  return {
    ratio: Math.floor(ratio * 10) / 10,
    shade: findShade(colour, ends[theme], (shade) => canBeRead(shade, theme)),
  };
}

/** What an accent that is made for the dark theme has on its sheets: it is not to look weak beside the usual one. */
const madeContrast = 6;

/** The accent of the dark theme for one of the light theme. */
export const darkAccentOf = (accent: string): string =>
  findShade(
    accent,
    ends.dark,
    (shade) => canBeRead(shade, 'dark') && contrastOf(shade, grounds.dark.surface) >= madeContrast,
  );

/** All tokens that go with an accent which {@link findWeakness} does not refuse. */
export function accentTokens(accent: string, theme: Theme): Readonly<Record<string, string>> {
  const { surface, hover, text2, text3, star } = grounds[theme];
  // As much of the accent as the texts on it bear.
  const bears = (ground: string): boolean =>
    lowestContrast(ground, [text2, text3, accent]) >= leastForText &&
    contrastOf(ground, star) >= leastForSigns;
  const shares = theme === 'light' ? [0.13, 0.1, 0.08, 0.06] : [0.2, 0.16, 0.12, 0.08];
  const chosen = shares.map((share) => mix(accent, surface, share)).find(bears) ?? hover;
  const pressed = theme === 'light' ? mix('#000000', accent, 0.22) : mix('#ffffff', accent, 0.3);
  return {
    '--sel': chosen,
    '--accent': accent,
    '--accent-hover': pressed,
    '--on-accent': inks[theme],
    '--link': accent,
    '--focus': theme === 'light' ? accent : pressed,
  };
}

const block = (selector: string, tokens: Readonly<Record<string, string>>): string =>
  `${selector}{${Object.entries(tokens)
    .map(([name, value]) => `${name}:${value}`)
    .join(';')}}`;

/** The style sheet of a domain, to be read behind app.css. Not both are empty; without `accent` light pages are as usual. */
export function writeStyles(accent: string, accentDark: string): string {
  const dark = accentTokens(accentDark || darkAccentOf(accent), 'dark');
  // Forced colours are the reader's own, and no domain's.
  return [
    '@media (forced-colors:none){',
    accent === '' ? '' : block(':root', accentTokens(accent, 'light')),
    block('[data-theme="dark"]', dark),
    `@media (prefers-color-scheme:dark){${block('[data-theme="system"]', dark)}}`,
    '}\n',
  ].join('');
}

/** The style sheet of a preview: both themes beside each other, whatever the page has. '': the usual colour. */
export function writePreviewStyles(accent: string, accentDark: string): string {
  const theme = (name: Theme, colour: string): string => {
    const names = ['bg', 'surface', 'raised', 'sunken', 'hover', 'border', 'text', 'text2', 'text3'] as const;
    const own = Object.fromEntries(names.map((each) => [`--${each}`, grounds[name][each]]));
    return block(`.look-${name}`, {
      ...own,
      ...accentTokens(colour, name),
      'color-scheme': name,
    });
  };
  const usual = accent === '' ? grounds.dark.accent : darkAccentOf(accent);
  return [theme('light', accent || grounds.light.accent), theme('dark', accentDark || usual), ''].join('\n');
}
