// The look of a domain's webmail as its administrators see and change it (../brand-file.ts): as the domain's user, under
// the domain's lock, noted in the audit log.
import { join } from 'node:path';
import type { Actor, Administration, BrandDetails } from '../administration.ts';
import { Refusal } from '../administration.ts';
import {
  type Brand,
  type BrandFault,
  brandFileName,
  findBrandFault,
  formatBrand,
  isUsualLook,
  mostBrandFile,
  mostBrandName,
  mostLogoBytes,
  mostLogoPoints,
  parseBrand,
} from '../brand-file.ts';
import { type Found, readKeptFile, storeKeptFile } from '../kept-files.ts';
import type { Domain } from '../types.ts';
import type { Standing } from './authority.ts';
import type { Change } from './changing.ts';
import { checkVersion, findOwnDomain, type Site, versionOf, whileAlone } from './site.ts';

const words: Readonly<Record<BrandFault, string>> = {
  characters: 'the name has characters that cannot be shown',
  'too-long': `the name has more than ${mostBrandName} characters`,
  colour: 'expected a colour like #1c6664',
  picture: 'expected a picture: PNG, JPEG or WebP',
  'too-large': `expected at most ${mostLogoBytes} bytes and ${mostLogoPoints} points a side`,
};

const read = (domain: Domain): Promise<Found> =>
  readKeptFile(join(domain.directory, brandFileName), mostBrandFile);

const describe = (found: Found): BrandDetails => ({
  version: versionOf(found.kind, found.kind === 'file' ? found.text : ''),
  brand: found.kind === 'file' ? parseBrand(found.text) : undefined,
});

/** For the audit log. */
const tell = ({ name, accent, accentDark, logo }: Brand): string =>
  [
    name && `name ${JSON.stringify(name)}`,
    accent && `accent ${accent}`,
    accentDark && `accent in the dark ${accentDark}`,
    logo && 'a logo',
  ]
    .filter(Boolean)
    .join(', ');

/** Stores a look; undefined, or one without anything of its own: the usual one. Throws Refusal and Conflict. */
async function storeBrand(domain: Domain, version: string, brand: Brand | undefined): Promise<string> {
  const fault = brand && findBrandFault(brand);
  if (fault) throw new Refusal(fault.field, fault.fault, words[fault.fault]);
  const wanted = brand && !isUsualLook(brand) ? brand : undefined;
  return whileAlone(domain, async () => {
    const found = await read(domain);
    checkVersion(version, describe(found).version, domain.name);
    if (found.kind === 'odd') throw new Refusal('', 'odd', `${brandFileName} is ${found.words}`);
    await storeKeptFile(join(domain.directory, brandFileName), wanted && formatBrand(wanted), domain);
    return wanted ? tell(wanted) : 'the usual look';
  });
}

export interface BrandSteps {
  readonly site: Site;
  read<T>(actor: Actor, host: string | undefined, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly change: Change;
}

export const answerBrandQuestions = ({
  site,
  read: readAs,
  change,
}: BrandSteps): Pick<Administration, 'brand' | 'setBrand'> => ({
  brand: (actor, name) =>
    readAs(actor, name, async (who) => describe(await read(await findOwnDomain(site, who, name)))),
  setBrand: (actor, name, version, brand) =>
    change(actor, name, { action: 'domain.look', object: name }, async (who) =>
      storeBrand(await findOwnDomain(site, who, name), version, brand),
    ),
});
