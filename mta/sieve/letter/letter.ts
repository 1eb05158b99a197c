// A letter as one run sees it: header with the edits so far, and its parts, read when a script first asks. Edits change only
// what header tests see and what is stored (RFC 5293 6); the body is never changed.
import { decodeText } from '../../trust/bayes/letter.ts';
import { ScriptError } from '../language/source.ts';
import type { SieveLetter } from '../types.ts';
import type { Work } from '../work.ts';
import { type AddressField, readAddressField } from './addresses.ts';
import { type Field, type Header, readHeader } from './header.ts';
import { type Part, readParts } from './parts.ts';

export class Letter {
  readonly #given: SieveLetter;
  readonly #work: Work;
  readonly #headers: Header[] = [];
  #bodyStart = 0;
  #hasBody = false;
  #bodyText: string | undefined;
  #isHeaderWhole = false;
  #root: Part | undefined;
  readonly #addresses = new Map<Field, AddressField>();

  constructor(given: SieveLetter, work: Work) {
    this.#given = given;
    this.#work = work;
  }

  /** Of the whole letter, with what edits made longer or shorter. */
  get size(): number {
    if (this.edits === 0) return this.#given.size;
    return this.#given.size + this.header.bytes.length - this.#headers[0]!.bytes.length;
  }

  /** RFC 5173 4: without an empty line there is none. */
  get hasBody(): boolean {
    this.#read();
    return this.#hasBody;
  }

  /** All behind the header as it stands; what is not UTF-8 is read as western European. */
  get bodyText(): string {
    this.#read();
    if (this.#bodyText === undefined) {
      const body = this.#given.bytes.subarray(this.#bodyStart);
      this.#work.spend(body.length);
      this.#bodyText = decodeText(body, '');
    }
    return this.#bodyText;
  }

  /** As edited. */
  get header(): Header {
    this.#read();
    return this.#headers.at(-1)!;
  }

  /** The header after each number of edits; read or not. */
  get headers(): readonly Header[] {
    this.#read();
    return this.#headers;
  }

  get edits(): number {
    return Math.max(0, this.#headers.length - 1);
  }

  #read(): void {
    if (this.#headers.length > 0) return;
    const { bytes, size } = this.#given;
    const { header, end, isWhole } = readHeader(bytes, 0, bytes.length);
    this.#work.spend(end);
    this.#headers.push(header);
    this.#bodyStart = end;
    this.#hasBody = isWhole;
    this.#isHeaderWhole = isWhole || bytes.length >= size;
  }

  edit(header: Header): void {
    this.#read();
    if (!this.#isHeaderWhole)
      throw new ScriptError(
        `found a header that does not end within ${this.#given.bytes.length} bytes; expected a shorter one for addheader and deleteheader`,
      );
    this.#headers.push(header);
  }

  /** The whole letter as the root of its parts; its header is the unedited one. */
  get root(): Part {
    if (this.#root === undefined) {
      this.#read();
      this.#work.spend(this.#given.bytes.length);
      this.#root = readParts(this.#given.bytes, this.#headers[0]!, this.#bodyStart);
    }
    return this.#root;
  }

  addressesOf(field: Field): AddressField {
    let addresses = this.#addresses.get(field);
    if (addresses === undefined) {
      this.#work.spend(10 * field.raw.length);
      addresses = readAddressField(field.raw);
      this.#addresses.set(field, addresses);
    }
    return addresses;
  }
}
