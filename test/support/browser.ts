// Chromium for browser tests, started through playwright-core. It is looked for in CHROMIUM, then /usr/bin/chromium,
// then the package @sparticuz/chromium. With CI=true a missing browser is a failure; else the tests are skipped and
// one line says how to get it.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { password } from './site.ts';

const advice = 'no Chromium found: install it (apt-get install chromium) or set CHROMIUM to its path';

interface Packed {
  readonly args: string[];
  executablePath(): Promise<string>;
}

async function findChromium(): Promise<{ path: string; args: string[] } | undefined> {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== '') return existsSync(named) ? { path: named, args: [] } : undefined;
  for (const path of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'])
    if (existsSync(path)) return { path, args: [] };
  const packed = '@sparticuz/chromium';
  try {
    createRequire(import.meta.url).resolve(packed);
  } catch {
    return undefined;
  }
  const { default: found } = (await import(packed)) as { default: Packed };
  return { path: await found.executablePath(), args: found.args };
}

/** Starts the browser; undefined when there is none and none is required. */
export async function startBrowser(): Promise<Browser | undefined> {
  const found = await findChromium();
  if (!found) {
    if (process.env.CI === 'true') throw new Error(advice);
    return undefined;
  }
  return chromium.launch({
    executablePath: found.path,
    args: [
      ...found.args,
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Why a test is skipped without a browser. */
export const noBrowser = advice;

/** Signs in on the sign-in page. */
export async function signInPage(page: Page, base: string, name = 'alice'): Promise<void> {
  await page.goto(`${base}/login`);
  await page.fill('#address', name);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.waitForURL(`${base}/f/INBOX`);
}

/** Faults that axe finds on the page as it is, in words; the serious ones, or all of WCAG 2.2 AA. */
async function runAxe(page: Page, all: boolean, rule?: string): Promise<string[]> {
  const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  const { readFile } = await import('node:fs/promises');
  // Evaluated through the debugger: the page's own policy forbids foreign scripts, and stays in force. It is large, so a
  // page that is looked at again keeps it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await readFile(axePath, 'utf8'));
  return page.evaluate(
    async ([everything, only]) => {
      type Result = {
        violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
      };
      const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Result> } };
      const { violations } = await axe.run({
        iframes: false,
        ...(only === undefined ? {} : { runOnly: [only] }),
      });
      return violations
        .filter(({ impact }) => everything || impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
        );
    },
    [all, rule] as const,
  );
}

/** Serious faults that axe finds on the page as it is, in words. */
export const findAccessFaults = (page: Page): Promise<string[]> => runAxe(page, false);

/** All faults, the moderate ones too. */
export const findAllAccessFaults = (page: Page): Promise<string[]> => runAxe(page, true);

/** What another theme can spoil: colours that do not stand out. */
export const findColourFaults = (page: Page): Promise<string[]> => runAxe(page, true, 'color-contrast');
