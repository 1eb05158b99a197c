// Options of one letter (spec/webmail.md 4.7): how urgent it is, a receipt when it is read, word when it is delivered, and
// where its copy goes. Read from the fold-out of the form; what is no option counts as the usual one.
import type { DsnRequest } from '../../../mta/formats/dsn.ts';
import { type DraftInfo, isCopy } from './draft-info.ts';

export interface LetterOptions {
  readonly priority: 'high' | 'normal' | 'low';
  /** Asks the reader for a receipt (RFC 8098). */
  readonly wantsReceipt: boolean;
  /** Asks the systems on its way for reports (RFC 3461). */
  readonly wantsReports: boolean;
  /** '' is the usual folder; `-` no copy; else `=` and a folder's name. */
  readonly copy: string;
}

export const usualOptions: LetterOptions = {
  priority: 'normal',
  wantsReceipt: false,
  wantsReports: false,
  copy: '',
};

/** The options that a form holds; a form without the fold-out leaves those that were. */
export function readOptions(
  field: (name: string) => string | undefined,
  before: LetterOptions | undefined,
): LetterOptions | undefined {
  const priority = field('option-priority');
  if (priority === undefined) return before;
  const copy = field('option-copy') ?? '';
  return {
    priority: priority === 'high' || priority === 'low' ? priority : 'normal',
    wantsReceipt: field('option-receipt') === '1',
    wantsReports: field('option-reports') === '1',
    copy: isCopy(copy) ? copy : '',
  };
}

/** Does anything differ from the usual? Then the fold-out is marked. */
export const hasOptions = (options: LetterOptions | undefined): boolean =>
  options !== undefined &&
  (options.priority !== 'normal' || options.wantsReceipt || options.wantsReports || options.copy !== '');

/** Header fields of the options; the names that mail programs agree on, for there is no standard but RFC 8098's. */
export function optionFields(
  options: LetterOptions | undefined,
  from: string,
): Readonly<Record<string, string>> {
  if (!options) return {};
  const urgency = { high: ['1 (Highest)', 'high'], normal: undefined, low: ['5 (Lowest)', 'low'] } as const;
  const [number, word] = urgency[options.priority] ?? [];
  return {
    ...(number === undefined || word === undefined ? {} : { 'X-Priority': number, Importance: word }),
    ...(options.wantsReceipt ? { 'Disposition-Notification-To': `<${from}>` } : {}),
  };
}

/** The options that a letter of ours says in its header, for one that is opened again (4.6). `info`: its X-Draft-Info. */
export function optionsOfFields(
  fields: readonly { readonly name: string; readonly value: string }[],
  info: Pick<DraftInfo, 'wantsReports' | 'copy'>,
): LetterOptions | undefined {
  const field = (name: string) => fields.find((one) => one.name.toLowerCase() === name)?.value.trim() ?? '';
  const urgency = /^[1-5]/.exec(field('x-priority'))?.[0] ?? '3';
  const options: LetterOptions = {
    priority: urgency < '3' ? 'high' : urgency > '3' ? 'low' : 'normal',
    wantsReceipt: field('disposition-notification-to') !== '',
    wantsReports: info.wantsReports,
    copy: info.copy,
  };
  return hasOptions(options) ? options : undefined;
}

/** The wishes of the envelope, for so many recipients. */
export const reportWishes = (
  options: LetterOptions | undefined,
  recipients: number,
): DsnRequest | undefined =>
  options?.wantsReports
    ? {
        ret: 'HDRS',
        recipients: Array.from({ length: recipients }, () => ({
          notify: ['SUCCESS', 'FAILURE', 'DELAY'] as const,
        })),
      }
    : undefined;
