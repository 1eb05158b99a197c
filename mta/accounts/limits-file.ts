// DOM/.qmailadmin-limits as a back end's limits: the place of every vpopmail but those built with limits in MySQL.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CachedFile, CachedPaths } from '../control/cached-file.ts';
import { replaceFile } from './durable.ts';
import { formatLimits, parseLimits } from './limits.ts';
import type { AccountStore } from './store.ts';

export function openLimitsFiles(): Pick<AccountStore, 'limits' | 'setLimits'> {
  const texts = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8')));
  const pathOf = (directory: string): string => join(directory, '.qmailadmin-limits');
  return {
    async limits({ directory }) {
      const text = await texts.get(pathOf(directory)).read();
      return text === undefined ? undefined : parseLimits(text);
    },
    async setLimits(domain, wanted) {
      const path = pathOf(domain.directory);
      if (wanted === undefined) return rm(path, { force: true });
      const text = (await texts.get(path).read()) ?? '';
      await replaceFile(path, formatLimits(wanted, text), 0o600, domain);
    },
  };
}
