// Address lists as people write them (RFC 822 6.1, and what qmail takes beyond it): names, comments, groups, source
// routes, missing commas. Read from right to left, as qmail does: there an address ends where the next begins.
// Hands each address to a function and puts its answer in the same place; everything else is kept. Linear, no I/O.
import { comma, rightAngle, type Token, unquoteTokens } from './tokens.ts';

/** The list with its addresses replaced. */
export interface AddressList {
  readonly tokens: readonly Token[];
  /** Unquoted addresses (byte strings), from right to left: the order in which qmail-inject takes recipients. */
  readonly addresses: readonly string[];
  /** False: groups do not match; `tokens` are then the given ones and `addresses` those found so far. */
  readonly isParsed: boolean;
}

/** Replaces every address of a list. Comments inside an address move behind it. */
export function rewriteAddressList(
  given: readonly Token[],
  rewrite: (address: readonly Token[]) => readonly Token[],
): AddressList {
  const walk = new Walk(repairPunctuation(given), rewrite);
  const isParsed = walk.run();
  return { tokens: isParsed ? walk.out.reverse() : given, addresses: walk.addresses, isParsed };
}

/**
 * Mends what has only one meaning: `<<a@b>>` has one pair of brackets, a bracket that is never closed ends where the
 * address ends, and a `;` outside of any group was meant as a comma.
 */
function repairPunctuation(given: readonly Token[]): readonly Token[] {
  if (!given.some(({ kind }) => kind === '<' || kind === ';')) return given;
  const closed = closedAngles(given);
  const tokens: Token[] = [];
  let isOpen = false;
  let isGroup = false;
  for (const [index, token] of given.entries()) {
    const { kind } = token;
    if ((kind === '<' || kind === '>') && given[index - 1]?.kind === kind) continue;
    if (isOpen && (kind === ',' || kind === ';' || kind === '<')) {
      tokens.push(rightAngle);
      isOpen = false;
    }
    if (kind === '<') isOpen = !closed.has(index);
    tokens.push(kind === ';' && !isGroup ? comma : token);
    if (kind === ':') isGroup = true;
    else if (kind === ';') isGroup = false;
  }
  if (isOpen) tokens.push(rightAngle);
  return tokens;
}

/** Places of the `<` that have their `>` before the next `<`; of `<<` the first. */
function closedAngles(tokens: readonly Token[]): ReadonlySet<number> {
  const closed = new Set<number>();
  let open = -1;
  for (const [index, { kind }] of tokens.entries()) {
    if (kind === '<') open = tokens[index - 1]?.kind === '<' ? open : index;
    else if (kind === '>' && open >= 0) {
      closed.add(open);
      open = -1;
    }
  }
  return closed;
}

/** One pass from right to left. `out` and `#address` are reversed. */
class Walk {
  readonly #tokens: readonly Token[];
  readonly #rewrite: (address: readonly Token[]) => readonly Token[];
  readonly out: Token[] = [];
  readonly addresses: string[] = [];
  #address: Token[] = [];
  #at: number;
  /** Something stands to the right that has no comma before it yet. */
  #needsComma = false;

  constructor(tokens: readonly Token[], rewrite: (address: readonly Token[]) => readonly Token[]) {
    this.#tokens = tokens;
    this.#rewrite = rewrite;
    this.#at = tokens.length - 1;
  }

  run(): boolean {
    let isInGroup = false;
    /** May a word still belong to the address on its right? Only with a dot or an at sign between them. */
    let mayJoin = true;
    while (this.#at >= 0) {
      const token = this.#tokens[this.#at]!;
      switch (token.kind) {
        case ';':
          this.#separate();
          if (isInGroup) return false;
          isInGroup = true;
          mayJoin = true;
          this.#keep();
          break;
        case ':':
          this.#endAddress();
          if (!isInGroup) return false;
          isInGroup = false;
          this.#keep();
          this.#keepPhrase();
          this.#needsComma = true;
          mayJoin = true;
          break;
        case '>':
          this.#separate();
          if (!this.#takeAngles()) return false;
          mayJoin = false;
          break;
        case 'atom':
        case 'quote':
        case 'literal':
          if (!mayJoin || this.#address.length === 0) this.#separate();
          mayJoin = false;
          this.#address.push(token);
          this.#at--;
          break;
        case 'comment': // lexically a blank
          this.#keep();
          break;
        case ',':
          this.#endAddress();
          this.#needsComma = false;
          mayJoin = true;
          this.#keep();
          break;
        default:
          if (this.#address.length === 0) this.#separate();
          mayJoin = true;
          this.#address.push(token);
          this.#at--;
      }
    }
    this.#endAddress();
    return true;
  }

  #keep(): void {
    this.out.push(this.#tokens[this.#at]!);
    this.#at--;
  }

  #endAddress(): void {
    if (this.#address.length === 0) return;
    this.#takeAddress();
    this.#needsComma = true;
  }

  /** What comes next to the left is another member of the list. */
  #separate(): void {
    this.#endAddress();
    if (this.#needsComma) this.out.push(comma);
    this.#needsComma = false;
  }

  #takeAddress(): void {
    const tokens = this.#rewrite(this.#address.reverse());
    this.#address = [];
    this.addresses.push(unquoteTokens(tokens));
    for (let i = tokens.length - 1; i >= 0; i--) this.out.push(tokens[i]!);
  }

  /** `Name <address>`, from the right bracket to the left end of the name. */
  #takeAngles(): boolean {
    const right = this.#tokens[this.#at]!;
    const comments: Token[] = [];
    let hasComma = false;
    for (this.#at--; this.#at >= 0 && this.#tokens[this.#at]!.kind !== '<'; this.#at--) {
      const token = this.#tokens[this.#at]!;
      if (token.kind === '>') return false;
      if (token.kind === ',') hasComma = true;
      (token.kind === 'comment' ? comments : this.#address).push(token);
    }
    if (this.#at < 0) return false;
    // Commas belong into source routes only; elsewhere a bracket is missing and nobody knows where.
    if (hasComma && this.#address.at(-1)?.kind !== '@') return false;
    for (const comment of comments) this.out.push(comment);
    this.out.push(right);
    this.#takeAddress(); // <> is an address too
    this.#keep();
    this.#keepPhrase();
    this.#needsComma = true;
    return true;
  }

  /** The words before an angle address or a group's colon. */
  #keepPhrase(): void {
    while (this.#at >= 0) {
      const { kind } = this.#tokens[this.#at]!;
      if (kind.length === 1 && kind !== '.' && kind !== '@') return;
      if (kind === 'literal') return;
      this.#keep();
    }
  }
}
