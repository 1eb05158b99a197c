// What a rule or a block is made from (webmail.md R2, R7): the mailing list of a message, else its sender. What it says of
// itself is a stranger's text: it is cleaned, and is only ever a value of a form.
import type { Request } from 'express';
import { ruleLimits } from '../../../mta/sieve/rules/rule.ts';
import { openMessage } from '../message/open.ts';
import { senderOf } from '../message/reading.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { WebParts } from '../web.ts';
import { newForm, type RuleForm } from './form.ts';

export interface MessageFacts {
  /** Lower case; '' when there is none or more than one. */
  readonly sender: string;
  /** RFC 2919: what stands in the brackets; '' for none. */
  readonly list: string;
}

/** Undefined: no such message. */
export async function factsOfMessage(
  web: WebParts,
  req: Request,
  id: string,
  folder: string,
): Promise<MessageFacts | undefined> {
  const opened = await openMessage(web, req, id, folder.slice(0, 255) || undefined);
  if (!opened) return undefined;
  const view = await web.reader.view(opened.bytes);
  const field = view.headers.find(({ name }) => name.toLowerCase() === 'list-id')?.value ?? '';
  const [, list = ''] = /<([^<>\s]{1,255})>\s*$/.exec(field) ?? [];
  return { sender: senderOf(view), list: cleanLine(list, ruleLimits.value) };
}

/** The form of a rule for messages like one, into a folder where that is known. */
export const formLike = ({ sender, list }: MessageFacts, folder: string): RuleForm => ({
  ...newForm,
  rows:
    list === '' && sender === ''
      ? newForm.rows
      : [
          list === ''
            ? { field: 'from', test: 'is', value: sender, header: '' }
            : { field: 'list', test: 'is', value: list, header: '' },
        ],
  folder,
});

/** The address in what somebody typed or copied: `Bob <bob@example.com>`. */
export const addressIn = (text: string): string => (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim();
