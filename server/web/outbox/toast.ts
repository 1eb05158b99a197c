// The toast of a letter that leaves in some seconds: it counts down, and Undo leads back to its text (webmail.md 4.9).
import type { Toast } from '../shell/frame.ts';
import { withField } from '../shell/paths.ts';
import type { Operation } from '../state/operations.ts';
import type { Translate } from '../words/words.ts';

/** What is remembered of a letter that was sent: `{ kind: 'send', draft, shownUntil? }`. */
export interface SendPayload {
  readonly kind: 'send';
  readonly draft: string;
  /** Milliseconds since 1970 until which pages offer Undo; undefined: at any time until it leaves. */
  readonly shownUntil?: number;
}

export const isSendPayload = (payload: unknown): payload is SendPayload =>
  (payload as { kind?: unknown } | undefined)?.kind === 'send';

/** The toast of such an operation; undefined for any other. */
export function sendToast(
  operation: Operation | undefined,
  address: string,
  t: Translate,
  now: number,
): Toast | undefined {
  const payload = operation?.payload;
  if (!operation || operation.undone || !isSendPayload(payload)) return undefined;
  const back = withField(address, 'u', undefined);
  const base = { op: operation.id, back, letter: payload.draft } as const;
  if (payload.shownUntil === undefined) return { ...base, words: operation.words, canUndo: true };
  const seconds = Math.ceil((payload.shownUntil - now) / 1000);
  if (seconds <= 0) return { ...base, words: t('outbox.sending'), canUndo: false, seconds: 0 };
  return { ...base, words: t('outbox.sendingIn', { n: seconds }), canUndo: true, seconds };
}
