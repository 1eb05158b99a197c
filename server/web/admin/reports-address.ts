// Where the DMARC reports about a domain are read: dmarc-reports@DOMAIN, when that alias is there and its line is our program's.

import { reportsName } from '../../../mta/accounts/administration/report-alias.ts';
import { type Actor, type Administration, NoSuchObject } from '../../../mta/accounts/administration.ts';

/** Undefined: nowhere. */
export async function findReportsAddress(
  administration: Pick<Administration, 'alias'>,
  actor: Actor,
  domain: string,
): Promise<string | undefined> {
  try {
    const { otherLines } = await administration.alias(actor, domain, reportsName);
    return otherLines.some((line) => /^\|.*\bdmarc-report\b/.test(line))
      ? `${reportsName}@${domain}`
      : undefined;
  } catch (error) {
    if (error instanceof NoSuchObject) return undefined;
    throw error;
  }
}
