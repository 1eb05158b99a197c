// What goes between the reader and its worker threads: plain records, bytes moved without a second copy.
import type { CleanHtml, CleanOptions, MessageView, Part, Summary } from './types.ts';

/** What a thread is for: small ones for the index and the page, one with the DOM for cleaning HTML. */
export type WorkerRole = 'summary' | 'view' | 'clean';

/** A request to a thread. */
export type Job =
  | { readonly kind: 'summarise'; readonly paths: readonly string[] }
  | { readonly kind: 'view'; readonly message: Uint8Array }
  | { readonly kind: 'structure'; readonly message: Uint8Array }
  | { readonly kind: 'part'; readonly message: Uint8Array; readonly number: string }
  | { readonly kind: 'clean'; readonly message: Uint8Array; readonly options: CleanOptions };

/** What a job gives. */
export interface JobResult {
  summarise: undefined;
  view: MessageView;
  structure: Part;
  part: { part: Part; body: Uint8Array } | undefined;
  clean: CleanHtml;
}

/** What a thread says: it is ready, one message of a batch is done, or a whole job is done or failed. */
export type Report =
  | { readonly type: 'ready' }
  | {
      readonly type: 'summary';
      readonly id: number;
      readonly index: number;
      readonly summary: Summary | undefined;
    }
  | { readonly type: 'done'; readonly id: number; readonly result: JobResult[keyof JobResult] }
  | { readonly type: 'failed'; readonly id: number; readonly error: string };
