// dmarc-reports@DOMAIN: where others send their DMARC reports about a domain. An ordinary .qmail file: our program reads the
// reports, and what it does not keep goes to the postmaster by the next line.

import { Refusal } from '../administration.ts';
import { shellWord } from '../shell-word.ts';
import type { Domain } from '../types.ts';
import { readAlias, storeAlias } from './alias-files.ts';
import { checkNoMailbox } from './aliases.ts';
import { encodeLine } from './dot-qmail-lines.ts';
import { needProgram } from './robots.ts';
import { type Site, whileAlone } from './site.ts';

/** The local part. */
export const reportsName = 'dmarc-reports';

/** Makes the alias. Throws Refusal when the name is somebody's. */
export async function receiveReports(site: Site, domain: Domain): Promise<void> {
  const program = `${site.home.vpopmail}/bin/dmarc-report`;
  await whileAlone(domain, async () => {
    await checkNoMailbox(site, domain, reportsName);
    const old = await readAlias(site, domain, reportsName);
    if (old !== undefined)
      throw new Refusal('name', 'taken', `${reportsName}@${domain.name} is there already`);
    await needProgram(site, program, 'name');
    const lines = [encodeLine(`|${shellWord(program)}`), encodeLine(`&postmaster@${domain.name}`)];
    await storeAlias(site, domain, reportsName, undefined, lines);
  });
}
