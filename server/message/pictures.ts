// Pictures of a mail (webmail.md 3.3, 3.6): where an <img> may load from. Parts of the message and, when the reader
// allowed it, remote pictures get signed addresses of ours; small data: pictures stay; everything else has no source.
import { safeDecode } from './html-text.ts';
import { signToken } from './signed.ts';
import { sniffType } from './sniff.ts';
import type { CleanOptions } from './types.ts';

const maxDataPicture = 1024 * 1024;
const maxRemoteUrl = 4_096;
/** A page left open for a day still has its pictures (webmail.md 3.2). */
const tokenLife = 24 * 3600;

/** What the message has to offer: part number and content-id by Content-ID, Content-Location or number. */
export type FindPart = (
  reference: string,
) => { readonly number: string; readonly contentId: string } | undefined;

/** Makes the addresses of one message's pictures, and remembers which were made. */
export class PictureSources {
  /** Remote pictures that the HTML wants. */
  remote = 0;
  /** Part numbers shown inline. */
  readonly inlineParts = new Set<string>();
  /** Every address that we made: the second wall lets only these through. */
  readonly approved = new Set<string>();
  readonly #options: CleanOptions;
  readonly #findPart: FindPart;
  readonly #key: Buffer | undefined;
  readonly #tokens: ReadonlySet<string>;

  constructor(options: CleanOptions, findPart: FindPart) {
    this.#options = options;
    this.#findPart = findPart;
    this.#key = options.remote && Buffer.from(options.remote.key, 'base64url');
    this.#tokens = new Set(Object.values(options.inlineAddress.tokens));
  }

  /** The address for a source, or undefined: the picture is shown by its words only. */
  address(raw: string): string | undefined {
    const address = this.#make(raw);
    if (address !== undefined) this.approved.add(address);
    return address;
  }

  #make(raw: string): string | undefined {
    const source = raw
      .replace(/^[\u0000-\u0020]+/, '')
      .replace(/[\t\r\n]/g, '')
      .trimEnd();
    const { prefix, tokens } = this.#options.inlineAddress;
    if (/^data:/i.test(source)) return dataPicture(source);
    if (source.length > maxRemoteUrl) return undefined;
    if (/^cid:/i.test(source)) return this.#inline(safeDecode(source.slice(4)).replace(/^<|>$/g, ''));
    // An address of ours, met again in a second round or in stored output.
    if (this.approved.has(source)) return source;
    if (source.startsWith(prefix) && this.#tokens.has(source.slice(prefix.length))) return source;
    if (Object.keys(tokens).length > 0) {
      const located = this.#inline(source);
      if (located !== undefined) return located;
    }
    return this.#remotePicture(source);
  }

  #inline(reference: string): string | undefined {
    const { prefix, tokens } = this.#options.inlineAddress;
    const part = this.#findPart(reference);
    if (!part) return undefined;
    this.inlineParts.add(part.number);
    for (const name of [part.contentId, part.number])
      if (name !== '' && Object.hasOwn(tokens, name)) return prefix + tokens[name]!;
    return undefined;
  }

  #remotePicture(source: string): string | undefined {
    const text = /^[\\/]{2}/.test(source) ? `https:${source}` : source;
    if (!/^https?:/i.test(text) || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.hostname === '') return undefined;
    this.remote++;
    const { remote } = this.#options;
    if (!remote || !this.#key) return undefined;
    return remote.prefix + signToken(this.#key, { u: url.href, c: remote.context }, tokenLife);
  }
}

/** A data: picture stays when it is what it says, small and not SVG. */
export function dataPicture(source: string): string | undefined {
  if (source.length > maxDataPicture * 1.4) return undefined;
  const found = /^data:image\/(png|gif|jpe?g|webp);base64,/i.exec(source.slice(0, 40));
  if (!found) return undefined;
  const data = source.slice(found[0].length).replace(/\s|%0a|%0d|%20/gi, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return undefined;
  const type = `image/${found[1]!.toLowerCase().replace('jpg', 'jpeg')}`;
  return sniffType(Buffer.from(data.slice(0, 128), 'base64')) === type
    ? `data:${type};base64,${data}`
    : undefined;
}
