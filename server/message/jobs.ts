// What goes between the reader and its worker threads: plain records, bytes moved without a second copy.

import type { FoundCalendar } from './calendar-part.ts';
import type { ReadCards } from './card-file.ts';
import type { ReadCardTable } from './card-table.ts';
import type { Danger } from './danger.ts';
import type { TextKey } from './imap/search-text.ts';
import type { AskedText } from './imap/some-texts.ts';
import type {
  CleanHtml,
  CleanOptions,
  MessageView,
  PackedTexts,
  Part,
  PartLook,
  Summary,
  ViewOptions,
  WireTexts,
  WrittenHtml,
  WrittenOptions,
} from './types.ts';

/** What a thread is for: the index, the page, searching, cleaning HTML, and with a DOM for HTML that is unusual. */
export type WorkerRole = 'summary' | 'view' | 'search' | 'clean' | 'purify';

/** A request to a thread. */
export type Job =
  | { readonly kind: 'summarise'; readonly paths: readonly string[] }
  | { readonly kind: 'wire'; readonly paths: readonly string[] }
  | { readonly kind: 'texts'; readonly paths: readonly string[]; readonly names: readonly AskedText[] }
  | { readonly kind: 'match'; readonly paths: readonly string[]; readonly keys: readonly TextKey[] }
  | { readonly kind: 'matchHeads'; readonly paths: readonly string[]; readonly keys: readonly TextKey[] }
  | { readonly kind: 'view'; readonly message: Uint8Array; readonly options?: ViewOptions }
  | { readonly kind: 'structure'; readonly message: Uint8Array; readonly inside?: string }
  | { readonly kind: 'cards'; readonly message: Uint8Array }
  | {
      readonly kind: 'cardTable';
      readonly message: Uint8Array;
      readonly fields?: readonly string[] | undefined;
    }
  | { readonly kind: 'calendar'; readonly message: Uint8Array }
  | { readonly kind: 'part'; readonly message: Uint8Array; readonly address: string }
  | { readonly kind: 'decode'; readonly message: Uint8Array; readonly encoding: string }
  | {
      readonly kind: 'look';
      readonly message: Uint8Array;
      readonly address: string;
      readonly options: ViewOptions;
    }
  | {
      readonly kind: 'dangers';
      readonly message: Uint8Array;
      readonly parts: readonly { readonly part: string; readonly name: string }[];
    }
  | { readonly kind: 'clean'; readonly message: Uint8Array; readonly options: CleanOptions }
  | { readonly kind: 'purify'; readonly message: Uint8Array; readonly options: CleanOptions }
  | { readonly kind: 'written'; readonly html: string; readonly options: WrittenOptions };

/** What a job gives. */
export interface JobResult {
  summarise: undefined;
  wire: undefined;
  /** Of the first paths: one at least, and no more than one turn is good for. */
  texts: PackedTexts;
  match: undefined;
  /** Of the first paths, one at least: each key's answer, 0 or 1; `unreadHead` for a file that is gone. */
  matchHeads: Uint8Array;
  view: MessageView;
  structure: Part;
  cards: ReadCards;
  cardTable: ReadCardTable;
  calendar: FoundCalendar | undefined;
  part: { part: Part; name: string; body: Uint8Array; dangers: Danger[] } | undefined;
  decode: Uint8Array;
  look: PartLook | undefined;
  dangers: (readonly Danger[] | undefined)[];
  clean: CleanHtml<Uint8Array>;
  purify: CleanHtml<Uint8Array>;
  written: WrittenHtml | undefined;
}

/** In the place of an answer: the file could not be read. */
export const unreadHead = 2;

/** What is said of one message of a batch: `summarise`, `wire`, or for each key of `match` whether it matches. */
export type Finding = Summary | WireTexts | readonly boolean[] | undefined;

/** What a thread says: it is ready, a message of a batch is done (in their order), or a whole job is done or failed. */
export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'finding'; readonly id: number; readonly finding: Finding }
  | { readonly type: 'done'; readonly id: number; readonly result: JobResult[keyof JobResult] }
  | { readonly type: 'failed'; readonly id: number; readonly error: string };
