// The page model of one message: what views/message/block.ejs shows, the same for the page of its own and for the
// right pane of the list. Pure functions over the message's view; every foreign text is cleaned here (security.md H6)
// and escaped by the template. Dates and sizes stay numbers: the template formats them for the reader.
import type { Address, Folder, MessageRow } from '../../mailbox/types.ts';
import type { MessageView, TextBlock } from '../../message/types.ts';
import { cleanLine } from '../shell/foreign.ts';

/** A person as shown: the address always beside the name. */
export interface Person {
  readonly name: string;
  readonly address: string;
  /** `mailto` into our own compose page; '' when it is no address. */
  readonly href: string;
}

export function personOf(address: Address): Person {
  const shown = cleanLine(address.address);
  const name = cleanLine(address.name);
  return {
    name: name === shown ? '' : name,
    address: shown,
    href: shown.includes('@') ? `/compose?to=${encodeURIComponent(shown)}` : '',
  };
}

export const peopleOf = (addresses: readonly Address[]): readonly Person[] =>
  addresses.slice(0, 300).map(personOf);

/** Two letters and one of eight tints for the round mark beside the sender; the same for the same address. */
export function avatarOf(sender: Address | undefined): { readonly letters: string; readonly tint: number } {
  const text = cleanLine(sender?.name || sender?.address || '?');
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const letters = (words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? '?'])
    .map((word) => [...(word as string)][0] ?? '')
    .join('');
  let hash = 0;
  for (const char of (sender?.address ?? '').toLowerCase())
    hash = (hash * 31 + (char.codePointAt(0) as number)) % 65521;
  return { letters: letters.toUpperCase(), tint: hash % 8 };
}

/** One stretch of text; `folded` ones start closed. */
export interface TextPiece {
  /** 0 for none; 1 to 3 choose the colour. */
  readonly level: number;
  readonly signature: boolean;
  readonly folded: boolean;
  readonly blocks: readonly { readonly level: number; readonly runs: TextBlock['runs'] }[];
}

/**
 * Groups the blocks of a text: the quote at its end is folded (spec/webmail.md C4, 3.9) when it has more than three lines
 * or a line that says who wrote it, which goes with it.
 */
export function textPieces(blocks: readonly TextBlock[]): readonly TextPiece[] {
  const pieces: {
    level: number;
    signature: boolean;
    folded: boolean;
    blocks: { level: number; runs: TextBlock['runs'] }[];
  }[] = [];
  for (const block of blocks) {
    const last = pieces.at(-1);
    const level = block.depth === 0 ? 0 : ((block.depth - 1) % 3) + 1;
    if (last && block.depth > 0 && last.level > 0) last.blocks.push({ level, runs: block.runs });
    else {
      const first = block.depth > 0 ? 1 : 0;
      pieces.push({
        level: first,
        signature: block.signature,
        folded: false,
        blocks: [{ level, runs: block.runs }],
      });
    }
  }
  const at = pieces.findLastIndex((piece) => !piece.signature && !isBlank(piece.blocks));
  const end = pieces[at];
  if (!end || end.level === 0) return pieces;
  const before = pieces[at - 1];
  const [kept, attribution] = before?.level === 0 && !before.signature ? cutAttribution(before.blocks) : [];
  // a message that is nothing but a quote is not folded away
  const isLeft = (piece: (typeof pieces)[number]): boolean =>
    !isBlank(piece === before ? (kept ?? piece.blocks) : piece.blocks);
  if ((attribution || lineCount(end.blocks) > 3) && pieces.slice(0, at).some(isLeft)) {
    end.folded = true;
    if (before && kept && attribution) {
      before.blocks = kept;
      end.blocks.unshift(...attribution);
    }
  }
  return pieces;
}

type Runs = TextBlock['runs'];

/**
 * Takes off a text the line that introduces the quote below it, `On 3 May 2026 at 10:12, Bob wrote:`: the last one, ended
 * by a colon, from the line with a date or an address on (programs wrap it). Nothing when there is none: a sentence that
 * asks to read the quote stays beside it.
 */
function cutAttribution(
  blocks: readonly { readonly level: number; readonly runs: Runs }[],
): readonly { level: number; runs: Runs }[][] {
  const last = blocks.at(-1);
  const text =
    last?.runs
      .map((run) => run.text)
      .join('')
      .trimEnd() ?? '';
  if (!last || !/[:：]$/.test(text)) return [];
  const lines = text.slice(-600).split('\n').slice(-3);
  const at = lines.findLastIndex((line) => line.trim() === '' || /\d/.test(line));
  const words = lines.slice(at < 0 || lines[at]?.trim() === '' ? -1 : at).join('\n');
  if (!/\d|@/.test(words)) return [];
  const from = text.length - words.length;
  return [
    [...blocks.slice(0, -1), { ...last, runs: cutRuns(last.runs, 0, text.slice(0, from).trimEnd().length) }],
    [{ ...last, runs: cutRuns(last.runs, from, text.length) }],
  ];
}

/** The characters `from` to `to` of a text with links. */
function cutRuns(runs: Runs, from: number, to: number): Runs {
  let at = 0;
  return runs.flatMap((run) => {
    const text = run.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    at += run.text.length;
    return text === '' ? [] : [{ ...run, text }];
  });
}

type Blocks = readonly { readonly runs: TextBlock['runs'] }[];
const textOf = (blocks: Blocks): string =>
  blocks.map((block) => block.runs.map((run) => run.text).join('')).join('\n');
const isBlank = (blocks: Blocks): boolean => textOf(blocks).trim() === '';
const lineCount = (blocks: Blocks): number => textOf(blocks).trim().split('\n').length;

export interface FolderChoice {
  readonly name: string;
  readonly role: Folder['role'];
  readonly label: string;
}

/** Folders that the message can be moved to. */
export function moveChoices(folders: readonly Folder[], here: string): readonly FolderChoice[] {
  return folders
    .filter((folder) => folder.name !== here && folder.role !== 'drafts' && folder.role !== 'sent')
    .map((folder) => ({
      name: folder.name,
      role: folder.role,
      label: cleanLine(folder.name.replaceAll('.', ' / '), 120),
    }));
}

/** Facts of the fold-out that are not addresses. */
export function listName(headers: MessageView['headers']): string {
  const value = headers.find((header) => header.name.toLowerCase() === 'list-id')?.value ?? '';
  return cleanLine(value);
}

export type MessageFacts = Pick<
  MessageRow,
  'id' | 'folder' | 'seen' | 'flagged' | 'answered' | 'forwarded' | 'draft' | 'received' | 'size'
>;
