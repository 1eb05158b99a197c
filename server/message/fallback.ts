// What is shown of a message when its worker was killed or failed (security.md M1): the first 64 KiB of headers and the
// first 256 KiB of body as plain lines, by a scan that is linear and bounded, cheap enough for the main thread. A third
// wall: nothing here looks into MIME.
import { decodeRaw } from './charset.ts';
import { readDateField } from './date.ts';
import { firstField, type HeaderField, readHeaders } from './headers.ts';
import type { Tail } from './imap/line-ends.ts';
import { foldNeedle } from './imap/search-text.ts';
import { makeOpaqueWireTexts } from './imap/wire-texts.ts';
import { fallbackBodyBytes, fallbackHeaderBytes, maxFieldsShown } from './limits.ts';
import { makePreview, readFixed } from './text.ts';
import type { MessageView, Part, Summary } from './types.ts';
import { readEnvelope } from './view.ts';

interface Opened {
  readonly envelope: ReturnType<typeof readEnvelope>;
  readonly headers: MessageView['headers'];
  readonly body: string;
  readonly cut: boolean;
  readonly fields: readonly HeaderField[];
  readonly bodyStart: number;
}

function openRaw(message: Buffer): Opened {
  const head = readHeaders(
    message.subarray(0, fallbackHeaderBytes),
    0,
    Math.min(message.length, fallbackHeaderBytes),
  );
  const start = head.bodyStart;
  const body = message.subarray(start, start + fallbackBodyBytes);
  // One field of 64 KiB can cost more than a page is worth: what is too long to be real is cut here.
  const fields = head.fields.slice(0, maxFieldsShown).map((field) => field.cut(4_096));
  return {
    envelope: readEnvelope(fields),
    headers: fields.map(({ rawName, value }) => ({
      name: rawName,
      value: decodeRaw(Buffer.from(value, 'latin1'), ''),
    })),
    body: decodeRaw(body, ''),
    cut: start + body.length < message.length,
    fields,
    bodyStart: start,
  };
}

/** The fallback of `summarise`: give it the first 320 KiB of the file, and the counts of the rest. */
export function fallbackSummary(message: Buffer, tail: Tail): Summary {
  const { envelope, headers, body, fields, bodyStart } = openRaw(message);
  return {
    ...envelope,
    preview: makePreview(readFixed(body.slice(0, 4_096))),
    hasAttachment: false,
    text: '',
    wire: makeOpaqueWireTexts(message, fields, bodyStart, tail),
    // The best that will ever be had of it: its file is not searched again.
    search: {
      head: headers.map(({ name, value }) => `\n${foldNeedle(name)}: ${foldNeedle(value)}`).join(''),
      mime: '',
      body: foldNeedle(body),
      isWhole: true,
      sentDay: readDateField(firstField(fields, 'date'))?.day,
    },
  };
}

/** The fallback of `view`: headers, the raw body as one block, and the note of V10. */
export function fallbackView(message: Buffer): MessageView {
  const { envelope, headers, body, cut } = openRaw(message);
  return {
    ...envelope,
    bcc: [],
    listPost: '',
    mailFollowupTo: [],
    mailReplyTo: [],
    headers,
    hasText: true,
    hasHtml: false,
    hasAttachment: false,
    blocks: body === '' ? [] : [{ depth: 0, signature: false, runs: [{ text: body }] }],
    plainText: body,
    truncated: cut,
    attachments: [],
    remotePictures: 0,
    notes: ['broken'],
    protection: undefined,
    bodyInside: '',
    hasCalendar: false,
    isFallback: true,
  };
}

/** The fallback of `structure`: one opaque part. */
export function fallbackPart(message: Buffer): Part {
  const { bodyStart } = readHeaders(message, 0, Math.min(message.length, fallbackHeaderBytes));
  return {
    number: '1',
    type: 'application/octet-stream',
    charset: '',
    encoding: '',
    disposition: 'attachment',
    filename: 'message.eml',
    contentId: '',
    start: bodyStart,
    end: message.length,
    size: message.length - bodyStart,
    parts: [],
  };
}
