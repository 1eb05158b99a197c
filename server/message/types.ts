// Messages as pages show them. Everything here that walks or decodes foreign bytes runs in killable workers with a
// time and memory limit (security.md M1, H1; webmail.md 3); callers get plain data, never an exception for a bad mail.
import type { Address } from '../mailbox/types.ts';
import type { SortFacts } from '../mailbox/uid-types.ts';
import type { FoundCalendar } from './calendar-part.ts';
import type { ReadCards } from './card-file.ts';
import type { ReadCardTable } from './card-table.ts';
import type { Danger } from './danger.ts';
import type { TextKey } from './imap/search-text.ts';
import type { ContactCard } from './vcard.ts';

/**
 * One node of the MIME tree. `number` is the IMAP part path: `1`, `2.1`; the root of a single-part message is `1`, a
 * multipart root is `TEXT`, the multipart directly inside the forwarded message `2` is `2.TEXT` (IMAP's own names).
 */
export interface Part {
  readonly number: string;
  /** Lower-case type/subtype as declared, checked for syntax; `text/plain` when absent or broken. */
  readonly type: string;
  readonly charset: string;
  readonly encoding: string;
  readonly disposition: 'inline' | 'attachment' | '';
  /** Decoded and cleaned file name, '' when none. */
  readonly filename: string;
  /** Content-ID without angle brackets. */
  readonly contentId: string;
  /** Offsets into the file: body start and end (encoded form). */
  readonly start: number;
  readonly end: number;
  /** Estimated or exact decoded size in bytes. */
  readonly size: number;
  readonly parts: readonly Part[];
}

/** What the index stores of a message: the result of the one parse in its life. */
export interface Summary {
  readonly subject: string;
  readonly from: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly sent: number | undefined;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly preview: string;
  readonly hasAttachment: boolean;
  /** Text for search: body text without markup, at most 256 KiB. */
  readonly text: string;
  /** For IMAP; undefined for a message that nobody could parse. */
  readonly wire?: WireTexts | undefined;
  /** What SEARCH looks into; undefined as `wire`. */
  readonly search?: SearchTexts | undefined;
}

/** The decoded text of a message, folded as RFC 5051 compares it (server/message/imap/search-text.ts). */
export interface SearchTexts {
  /** The message's header: `NAME: value` a line, each line begun by LF. */
  readonly head: string;
  /** The headers of its parts. */
  readonly mime: string;
  /** The text of its text parts, HTML without markup. */
  readonly body: string;
  /** False: there is more than the limit let in. */
  readonly isWhole: boolean;
  /** The day that the Date field names, midnight UTC in milliseconds; undefined: none that can be read. */
  readonly sentDay: number | undefined;
}

/**
 * What IMAP's FETCH sends of a message, made once (server/message/imap/). Binary strings: a character is a byte of the
 * wire, as headers hold what they hold; a quoted string, or a literal where that cannot be one.
 */
export interface WireTexts {
  /** RFC822.SIZE: bytes with every line ended by CRLF. */
  readonly size: number;
  /** RFC 9051 7.5.2, with their parentheses and without the item's name. */
  readonly envelope: string;
  readonly body: string;
  readonly bodyStructure: string;
  /** Offsets of all parts (server/message/imap/part-offsets.ts): with them BODY[...] is read without another parse. */
  readonly parts: string;
  /** `sent` 0: no Date field that can be read. */
  readonly sort: SortFacts;
  /** The header fields that clients ask for most (server/message/imap/usual-header.ts); undefined: too long to keep. */
  readonly header: string | undefined;
}

/** Of many messages at once, from their files. */
export type WireTextName = 'envelope' | 'body' | 'bodyStructure' | 'parts' | 'sort' | 'header';

/**
 * Some of the WireTexts of messages, in their order: all texts of a name one after the other, a byte a character, and the
 * length of each, -1 where there is none. `sort` is JSON. Its buffers move from thread to thread.
 */
export interface PackedTexts {
  readonly texts: Partial<
    Record<
      WireTextName,
      { readonly bytes: Uint8Array<ArrayBuffer>; readonly lengths: Int32Array<ArrayBuffer> }
    >
  >;
  /** RFC822.SIZE, or octets of POP3; -1: not asked for, NaN: the message could not be read. */
  readonly sizes: Float64Array<ArrayBuffer>;
  /** Of each file mtime and ctime, milliseconds since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
}

export interface Attachment {
  /** The address of the part (containers.ts). */
  readonly part: string;
  /** Cleaned name, never empty (`part-2.pdf` by type when unnamed). */
  readonly name: string;
  /** Declared type, lower case. */
  readonly type: string;
  /** Type by its first bytes, '' when they say nothing. */
  readonly sniffed: string;
  readonly size: number;
  /** True: referenced by the shown HTML, so not listed. */
  readonly inline: boolean;
}

/** A piece of plain text shown as lines: built as nodes, never as markup. */
export interface TextBlock {
  /** Quote depth, 0 for none. */
  readonly depth: number;
  readonly signature: boolean;
  /** Runs of text and links in order; `href` only http, https and mailto. */
  readonly runs: readonly { readonly text: string; readonly href?: string | undefined }[];
}

/** What a delivery report says of one recipient; all of it a stranger's words. */
export interface ReportedRecipient {
  readonly address: string;
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** RFC 3463, '' when there is none. */
  readonly status: string;
  /** The other side's words. */
  readonly words: string;
}

/** A delivery report (RFC 3464, QSBMF). */
export interface DeliveryReport {
  readonly recipients: readonly ReportedRecipient[];
  /** The letter that it is about, as the report returns it. */
  readonly original: {
    readonly messageId: string;
    readonly subject: string;
    /** Number of the part with the whole letter; '' when only its header came back. */
    readonly part: string;
  };
}

/** All that the message page shows. */
export interface MessageView extends Omit<Summary, 'preview' | 'text'> {
  /** Undefined: it is no delivery report. */
  readonly report?: DeliveryReport | undefined;
  /** Decoded headers in order, for the fold-out, capped. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly bcc: readonly Address[];
  readonly listPost: string;
  readonly mailFollowupTo: readonly Address[];
  readonly mailReplyTo: readonly Address[];
  /** Which bodies exist. */
  readonly hasText: boolean;
  /** False also for HTML that shows nothing beside a text that does. */
  readonly hasHtml: boolean;
  /** The text body as blocks (of the HTML when there is no text part). */
  readonly blocks: readonly TextBlock[];
  /** The same as one string, for quoting in a reply. */
  readonly plainText: string;
  /** Text was cut at the limit of M2. */
  readonly truncated: boolean;
  readonly attachments: readonly Attachment[];
  /** Remote pictures the HTML wants. */
  readonly remotePictures: number;
  /** What the bar above the text says; empty when all is well. */
  readonly notes: readonly MessageNote[];
  readonly protection: Protection | undefined;
  /** Address of the part that holds the text of this message, when another form stands around it (smime.p7m); '' else. */
  readonly bodyInside: string;
  /** A part may be an invitation. */
  readonly hasCalendar: boolean;
  /** Made of the raw bytes: the worker could not, this time. */
  readonly isFallback: boolean;
}

/** `broken`: parts could not be read. `characters`: bytes that their charset does not have. `duplicates`: header fields
 * that stand there twice. `manyParts`: more than are listed. */
export type MessageNote = 'broken' | 'characters' | 'duplicates' | 'manyParts';

/** Signed or encrypted, by whose word: nothing of it was checked (webmail.md 3.12, security.md M8). */
export interface Protection {
  readonly kind: 'encrypted' | 'signed';
  readonly by: 'openpgp' | 'smime';
  /** The name in the certificate; '' when none could be read. */
  readonly signer: string;
  /** Address of the part that is the protected block itself; '' when its parts are among the attachments. */
  readonly part: string;
}

/** How a message is to be read. */
export interface ViewOptions {
  /** Address of a part: the message that it holds is meant. '' or undefined: the message itself. */
  readonly inside?: string | undefined;
  /** What the reader says its characters are, in the place of what the sender declared. */
  readonly charset?: string | undefined;
  /** 'all': up to 4 MiB of text. */
  readonly text?: 'usual' | 'all' | undefined;
}

/** A part as a file. */
export interface PartFile {
  readonly part: Part;
  /** Cleaned, never empty. */
  readonly name: string;
  readonly body: Buffer;
  readonly dangers: readonly Danger[];
}

/** What a part is when it is looked at by itself (webmail.md 3.10). */
export interface PartLook {
  readonly part: Part;
  /** Cleaned, never empty. */
  readonly name: string;
  /** Bytes, decoded. */
  readonly size: number;
  readonly dangers: readonly Danger[];
  readonly content: /** Pixels; 0 when the header does not tell. */
    | { readonly kind: 'picture'; readonly type: string; readonly width: number; readonly height: number }
    | { readonly kind: 'pdf' }
    | { readonly kind: 'sound' | 'film'; readonly type: string }
    /** `lines`: mail-like text; else kept as it is. */
    | {
        readonly kind: 'text';
        readonly blocks: readonly TextBlock[];
        readonly lines: boolean;
        readonly truncated: boolean;
        readonly problem: boolean;
      }
    | { readonly kind: 'message' }
    | { readonly kind: 'page' }
    | { readonly kind: 'cards'; readonly cards: readonly ContactCard[] }
    | { readonly kind: 'none' };
}

/** HTML made safe for the sandboxed frame, or the reason why there is none. A text where it is made, bytes of UTF-8 on its way. */
export type CleanHtml<Html = string> =
  | {
      readonly ok: true;
      readonly html: Html;
      readonly remotePictures: number;
      readonly inlineParts: readonly string[];
      readonly darkAware: boolean;
      /** Where each link of the document leads, in its order: a host or an address. */
      readonly links: readonly string[];
    }
  | { readonly ok: false; readonly reason: 'none' | 'too-large' | 'too-slow' | 'failed' };

export interface CleanOptions {
  /**
   * Makes the address of an inline part (cid:): the page's signed `/i/...`. `tokens` is keyed by Content-ID, or by part
   * number for parts that have none (Content-Location).
   */
  readonly inlineAddress: { readonly prefix: string; readonly tokens: Readonly<Record<string, string>> };
  /**
   * Undefined: remote pictures are blocked. Else a prefix and the key (base64url of its bytes) to sign proxy addresses
   * with: `prefix` + a token of signed.ts whose payload is `{ u: URL, c: context }`, good for 24 hours.
   */
  readonly remote?: { readonly prefix: string; readonly key: string; readonly context: string } | undefined;
  /** 'large' raises the limits after the reader asked for it. */
  readonly limits?: 'normal' | 'large' | undefined;
  /** As in ViewOptions. */
  readonly inside?: string | undefined;
  readonly charset?: string | undefined;
  /** Address of one part: it alone is shown, as a page. */
  readonly part?: string | undefined;
  /** True: addresses of links are shown as text, nothing can be followed (Junk). */
  readonly plainLinks?: boolean | undefined;
  /** True: colours and backgrounds of the sender are left out, so that the text takes those of its paper. */
  readonly plainColours?: boolean | undefined;
}

/** A picture that belongs to a letter being written. */
export interface WrittenPicture {
  /** Path of our pages under which the editor shows it. */
  readonly address: string;
  readonly contentId: string;
}

export interface WrittenOptions {
  readonly pictures: readonly WrittenPicture[];
  /** `mail`: pictures are `cid:`, our own marks go. `editor`: pictures have addresses, marks stay. */
  readonly use: 'mail' | 'editor';
}

/** What a person wrote with formatting, cleaned. */
export interface WrittenHtml {
  readonly html: string;
  /** The same words as plain text, quotes marked with `>`. */
  readonly text: string;
  /** Content-IDs of the pictures that are in it. */
  readonly pictures: readonly string[];
}

/** The worker pool's face. */
export interface MessageReader {
  /** For the index: many at once, from files. A message that cannot be parsed gives a fallback summary. */
  summarise(paths: readonly string[]): Promise<readonly (Summary | undefined)[]>;
  /** What IMAP sends alone, in a fifth of the time and in threads of its own: a client waits for it. */
  wires(paths: readonly string[]): Promise<readonly (WireTexts | undefined)[]>;
  /**
   * The same for a client that waits for one thing of ten thousand messages: only what is named is made, and of the header
   * alone where that is enough. `size` is RFC822.SIZE.
   */
  texts(paths: readonly string[], names: readonly (WireTextName | 'size' | 'octets')[]): Promise<PackedTexts>;
  /** For SEARCH: for each message and key whether it matches; undefined for a file that is gone. */
  matches(
    paths: readonly string[],
    keys: readonly TextKey[],
  ): Promise<readonly (readonly boolean[] | undefined)[]>;
  view(message: Buffer, options?: ViewOptions): Promise<MessageView>;
  /** `inside` as in ViewOptions. */
  structure(message: Buffer, inside?: string): Promise<Part>;
  cleanHtml(message: Buffer, options: CleanOptions): Promise<CleanHtml<Buffer>>;
  /** What our own editor wrote, or is to show again; undefined: too large or too strange. */
  cleanWritten(html: string, options: WrittenOptions): Promise<WrittenHtml | undefined>;
  /**
   * One part decoded (transfer encoding removed; text is not re-coded), by its address (containers.ts), and why the
   * reader should be asked before it is saved. Undefined when there is no such part.
   */
  part(message: Buffer, address: string): Promise<PartFile | undefined>;
  /** Undoes a transfer encoding; undefined when that took too long. */
  decode(encoded: Buffer, encoding: string): Promise<Buffer | undefined>;
  /** What can be shown of one part. Undefined when there is none, or when looking took too long. */
  look(message: Buffer, address: string, options?: ViewOptions): Promise<PartLook | undefined>;
  /** The dangers of several parts, in their order; undefined where nobody could look. */
  dangers(
    message: Buffer,
    parts: readonly { readonly part: string; readonly name: string }[],
  ): Promise<readonly (readonly Danger[] | undefined)[]>;
  /** The contact cards of a .vcf file; undefined when it could not be read at all. */
  cards(file: Buffer): Promise<ReadCards | undefined>;
  /** The contacts of a CSV file, its columns as guessed or as told; undefined when it could not be read at all. */
  cardTable(file: Buffer, fields?: readonly string[]): Promise<ReadCardTable | undefined>;
  /** The first invitation of a message; undefined when it has none that can be read. */
  calendar(message: Buffer): Promise<FoundCalendar | undefined>;
  /**
   * Somebody reads mail: the threads that view messages and clean HTML make themselves quick before the first newsletter
   * is opened. It costs half a second of processor time once, which a server that nobody reads mail on is spared.
   */
  expectReaders(): void;
  close(): Promise<void>;
}
