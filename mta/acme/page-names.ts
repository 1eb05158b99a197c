// Names below which our own pages answer besides those of control/acmenames: mta-sts.DOMAIN where a policy is served (RFC 8461
// 3.3), autoconfig.DOMAIN and autodiscover.DOMAIN for mail programs, and the names of control/webhosts. With control/acmedomains
// each gets a certificate of its own, so that one that is refused costs the others nothing. Which of them lead here is asked
// by the caller.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDomains } from '../accounts/domain-list.ts';
import { isCertificateName } from '../certificates/files.ts';
import { fitsHost } from '../certificates/report.ts';
import { isMissing } from '../control/cached-file.ts';
import type { OwnSts } from '../control/own-sts-lines.ts';
import { readSettings } from '../control/settings.ts';

export interface PageNameFacts {
  readonly domains: readonly string[];
  readonly mtasts: ReadonlyMap<string, OwnSts>;
  readonly webhosts: readonly string[];
  readonly acmenames: readonly (readonly string[])[];
}

/** Those that no certificate of acmenames has already. Pure. */
export function listPageNames({ domains, mtasts, webhosts, acmenames }: PageNameFacts): readonly string[] {
  const ofDomains = domains.flatMap((domain) => [
    ...(mtasts.has(domain) ? [`mta-sts.${domain}`] : []),
    `autoconfig.${domain}`,
    `autodiscover.${domain}`,
  ]);
  const names = [...webhosts.map((name) => name.toLowerCase()), ...ofDomains];
  return [...new Set(names)].filter(
    (name) =>
      name.includes('.') &&
      !name.startsWith('*') &&
      isCertificateName(name) &&
      !acmenames.some((listed) => fitsHost(listed, name)),
  );
}

/** What these files say; none when control/acmedomains is 0. @throws ControlError, AssignError, system errors */
export async function readPageNames(qmail: string): Promise<readonly string[]> {
  const { acmedomains, ...facts } = await readSettings(qmail, [
    'acmedomains',
    'acmenames',
    'mtasts',
    'webhosts',
  ]);
  if (acmedomains === 0) return [];
  const text = await readFile(join(qmail, 'users', 'assign'), 'latin1').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const domains = text === '' ? [] : parseDomains(text).map(({ name }) => name);
  return listPageNames({ ...facts, domains });
}
