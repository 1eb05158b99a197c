// BODY and BODYSTRUCTURE (RFC 9051 7.5.2), rendered from the one scan of the message: types as they were understood,
// parameters as they stand on the wire (RFC 2231 marks and encoded words included), sizes as with CRLF. What M5 makes
// opaque (an encoded multipart or message, one nested too deep) is told as one opaque part.
import { exactValue, findField, type HeaderField } from '../headers.ts';
import { type RawParameter, splitParameters } from '../parameters.ts';
import type { ScannedPart } from '../structure.ts';
import { formatEnvelope } from './envelope.ts';
import type { LineCount } from './line-ends.ts';
import { formatNString, formatString } from './strings.ts';

/** Both forms, with their parentheses. */
export interface BodyTexts {
  readonly body: string;
  readonly bodyStructure: string;
}

/** RFC 9051 body-fld-param; of two parameters of one name the first counts (M5). */
function formatParameters(raw: readonly RawParameter[]): string {
  const seen = new Set<string>();
  const pieces: string[] = [];
  for (const { name, value } of raw) {
    if (seen.has(name)) continue;
    seen.add(name);
    pieces.push(`${formatString(name)} ${formatString(value)}`);
  }
  return pieces.length === 0 ? 'NIL' : `(${pieces.join(' ')})`;
}

/** Renders the parts of one message. */
class Renderer {
  readonly #bytes: Buffer;
  readonly #counts: ReadonlyMap<number, LineCount>;
  readonly #tailBytes: number;

  constructor(bytes: Buffer, counts: ReadonlyMap<number, LineCount>, tailBytes: number) {
    this.#bytes = bytes;
    this.#counts = counts;
    this.#tailBytes = tailBytes;
  }

  #field(fields: readonly HeaderField[], name: string): string | undefined {
    const field = findField(fields, name);
    return field && exactValue(field);
  }

  #structured(fields: readonly HeaderField[], name: string): ReturnType<typeof splitParameters> | undefined {
    const field = findField(fields, name);
    return field && splitParameters(field.value);
  }

  /** RFC 9051 body-fld-dsp, -lang, -loc: the end of the extension data of every part. */
  #extension(fields: readonly HeaderField[]): string {
    const disposition = this.#structured(fields, 'content-disposition');
    const languages = (this.#field(fields, 'content-language') ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    return [
      disposition?.value
        ? `(${formatString(disposition.value)} ${formatParameters(disposition.raw)})`
        : 'NIL',
      languages.length === 0 ? 'NIL' : `(${languages.map(formatString).join(' ')})`,
      formatNString(this.#field(fields, 'content-location')),
    ].join(' ');
  }

  /** Type, parameters, id, description, encoding and size of a part that is no multipart. */
  #basic(part: ScannedPart, type: string): string {
    const { fields } = part;
    const slash = type.indexOf('/');
    const declared = this.#structured(fields, 'content-type');
    // Of a type that was not believed the parameters say nothing.
    const raw = declared && declared.value.replace(/\s/g, '') === part.type ? [...declared.raw] : [];
    // RFC 2046 4.1.2: text that names no charset is US-ASCII.
    if (type.startsWith('text/') && !part.parameters.has('charset'))
      raw.push({ name: 'charset', value: 'us-ascii' });
    return [
      formatString(type.slice(0, slash)),
      formatString(type.slice(slash + 1)),
      formatParameters(raw),
      formatNString(this.#field(fields, 'content-id')),
      formatNString(this.#field(fields, 'content-description')),
      formatString(part.encoding || '7bit'),
      String(this.#size(part)),
    ].join(' ');
  }

  /** Bytes of the content with CRLF. */
  #size(part: ScannedPart): number {
    const { start, until } = part;
    const tail = until === this.#bytes.length ? this.#tailBytes : 0;
    return until - start + tail + this.#counts.get(until)!.bare - this.#counts.get(start)!.bare;
  }

  #lines(part: ScannedPart): number {
    return this.#counts.get(part.until)!.lines - this.#counts.get(part.start)!.lines;
  }

  render(part: ScannedPart): BodyTexts {
    const { fields, type, parts } = part;
    if (parts.length > 0 && type.startsWith('multipart/')) {
      const children = parts.map((child) => this.render(child));
      const subtype = formatString(type.slice('multipart/'.length));
      const parameters = formatParameters(this.#structured(fields, 'content-type')?.raw ?? []);
      return {
        body: `(${children.map(({ body }) => body).join('')} ${subtype})`,
        bodyStructure: `(${children.map(({ bodyStructure }) => bodyStructure).join('')} ${subtype} ${parameters} ${this.#extension(fields)})`,
      };
    }
    const isMessage = type === 'message/rfc822' || type === 'message/global';
    // The grammar asks for envelope and body of every message/rfc822; one that stays closed is told as what it is to us.
    const shown = isMessage && parts.length === 0 ? 'application/octet-stream' : type;
    const basic = this.#basic(part, shown);
    const extension = `${formatNString(this.#field(fields, 'content-md5'))} ${this.#extension(fields)}`;
    const inner = parts[0];
    if (isMessage && inner) {
      const envelope = formatEnvelope(inner.fields);
      const { body, bodyStructure } = this.render(inner);
      const lines = this.#lines(part);
      return {
        body: `(${basic} ${envelope} ${body} ${lines})`,
        bodyStructure: `(${basic} ${envelope} ${bodyStructure} ${lines} ${extension})`,
      };
    }
    const leaf = shown.startsWith('text/') ? `${basic} ${this.#lines(part)}` : basic;
    return { body: `(${leaf})`, bodyStructure: `(${leaf} ${extension})` };
  }
}

/**
 * @param counts line ends before the `start` and `until` of every part.
 * @param tailBytes bytes of the file beyond `bytes`; they belong to the parts that end with it.
 */
export function formatBodies(
  bytes: Buffer,
  root: ScannedPart,
  counts: ReadonlyMap<number, LineCount>,
  tailBytes = 0,
): BodyTexts {
  return new Renderer(bytes, counts, tailBytes).render(root);
}
