// Whether a stranger's letter links to domains that are on DNS lists of such (control/uribllist; SURBL, URIBL). Its text and
// HTML are read as the learning filter reads them, bounded in bytes and links; the domains are asked about, never resolved
// and never visited. A list counts once, however many links of a letter are on it.
import { domainToUnicode } from 'node:url';
import type { BlockList } from '../../control/block-lists.ts';
import type { JunkSettings } from '../../control/definitions/junk.ts';
import { linksIn, readLetter } from '../bayes/letter.ts';
import type { Finding, LetterCheck, LetterContent } from '../types.ts';
import { askLists, isAllowed, LIST_PATIENCE, type ListAsker } from './ask-lists.ts';

/** Bytes of a letter that are looked at. */
const LINK_BYTES = 262_144;
/** Domains of a letter that are looked up. */
const MOST_DOMAINS = 20;

/** What the check asks of the door (trust/gate.ts). */
export interface LinkGate {
  readonly settings: Pick<JunkSettings, 'uribllist'>;
  readonly asker: ListAsker;
  isOurs(domain: string): boolean;
}

/** Host of a link, as a browser reads it. Undefined: none, or an address. */
function hostOf(link: string): string | undefined {
  const url = URL.parse(link.startsWith('//') ? `http:${link}` : link);
  if (url === null || !/^(?:https?|ftp):$/.test(url.protocol)) return undefined;
  const host = url.hostname.replace(/\.$/, '');
  return /^[a-z0-9-_.]+\.[a-z][a-z0-9-]*$/.test(host) ? host : undefined;
}

/**
 * Domains that a letter links to, each in two forms: with its last two labels and with its last three, as nobody here knows
 * below which names domains are registered. In the order of the links.
 */
export function linkedDomains(letter: Buffer): readonly (readonly string[])[] {
  const { text, links } = readLetter(letter.subarray(0, LINK_BYTES));
  const domains = new Map<string, readonly string[]>();
  for (const link of [...links, ...linksIn(text)]) {
    const labels = hostOf(link)?.split('.');
    if (labels === undefined) continue;
    const forms = [2, 3]
      .filter((count) => count <= labels.length)
      .map((count) => labels.slice(-count).join('.'));
    domains.set(forms.at(-1)!, forms);
    if (domains.size === MOST_DOMAINS) break;
  }
  return [...domains.values()];
}

/** The worst that a list says of any domain, once. */
function onceEach(findings: readonly Finding[], lists: readonly BlockList[]): readonly Finding[] {
  return lists.flatMap(({ zone }) => {
    const ofList = findings.filter(({ words }) => words === zone || words.startsWith(`${zone} `));
    const found = ofList.find(({ result }) => result === 'listed') ?? ofList[0];
    return found === undefined ? [] : [found];
  });
}

async function readBeginning(content: LetterContent): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content.read()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= LINK_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** The check, and whether it is switched on at the moment. */
export function createLinkCheck(gate: LinkGate): {
  readonly check: LetterCheck;
  readonly isOn: () => boolean;
} {
  const check: LetterCheck = {
    name: 'uribl',
    stage: 1,
    // The lists have theirs; the rest is reading.
    milliseconds: LIST_PATIENCE + 5000,
    async check({ content }, known) {
      const { uribllist } = gate.settings;
      // A list welcomes the client.
      if (isAllowed(known)) return { findings: [] };
      const strangers = linkedDomains(await readBeginning(content)).filter(
        (forms) => !forms.some((name) => gate.isOurs(name) || gate.isOurs(domainToUnicode(name))),
      );
      const said = await Promise.all(
        strangers.map(async (forms) => {
          const ofForms = await Promise.all(
            forms.map((name) => askLists(gate.asker, uribllist, 'uribl', name)),
          );
          const all = ofForms.flat();
          // Another of its forms may be the one that is welcome.
          return isAllowed(all) ? [] : all;
        }),
      );
      return { findings: onceEach(said.flat(), uribllist) };
    },
  };
  return { check, isOn: () => gate.settings.uribllist.length > 0 };
}
