// A stranger's message on its way into the queue by way of the judge (trust/judge.ts): held until its end, judged, and then
// queued with what was found on top, or refused. For message.ts it is an injection like others.
import type { Injection, Injector, Origin } from '../inject/types.ts';
import { type Outcome, temporary } from '../outcome.ts';
import type { HoldingRoom } from '../trust/held.ts';
import { type Judge, renderDecision } from '../trust/judge.ts';
import type { ArrivingLetter, Finding, LetterContent, Verdict } from '../trust/types.ts';
import type { Speaker } from './checks.ts';
import type { Courts } from './court.ts';

/** What a door needs to judge. */
export interface Court {
  readonly judge: Judge;
  readonly room: HoldingRoom;
  /** A stranger's header without the fields that only we may write. */
  readonly cleanHeader: (header: Buffer) => Buffer;
}

/** What is known of a message before its bytes come. */
export interface JudgedOptions extends Court {
  readonly injector: Injector;
  /** Our Received line and what plugins said, with line feeds. */
  readonly received: string;
  readonly facts: Omit<ArrivingLetter, 'content' | 'sender' | 'recipients'>;
  readonly known: readonly Finding[];
  /** Told once what was decided, in one line. */
  readonly tell: (verdict: Verdict, words: string) => void;
}

/** How the message of a client is judged; undefined: it is not, for it may relay, or nothing is switched on. */
export function judgeStranger(
  courts: Pick<Courts, 'find'> | undefined,
  { user, mayRelay }: Pick<Speaker, 'user' | 'mayRelay'>,
  rest: Omit<JudgedOptions, keyof Court>,
): JudgedOptions | undefined {
  const court = user === undefined && !mayRelay ? courts?.find(rest.facts, rest.known) : undefined;
  return court && { ...court, ...rest };
}

/** An injection that may be refused with words of its own. */
export class JudgedInjection implements Injection {
  /** The reply instead of the queue's, after `finish`. */
  refusal: string | undefined;
  readonly #options: JudgedOptions;
  readonly #origin: Origin;
  readonly #letter;
  #expected: readonly [sender: string, recipient: string] | undefined;

  constructor(origin: Origin, options: JudgedOptions) {
    this.#origin = origin;
    this.#options = options;
    this.#letter = options.room.open();
  }

  write(chunk: Buffer): boolean {
    return this.#letter.write(chunk);
  }

  drained(): Promise<void> {
    return this.#letter.drained();
  }

  expect(sender: string, recipient: string): void {
    this.#expected = [sender, recipient];
  }

  async finish(...envelope: Parameters<Injection['finish']>): Promise<Outcome> {
    const [sender, recipients] = envelope;
    const { judge, facts, known, tell } = this.#options;
    try {
      const content = await this.#letter.end();
      const verdict = await judge({ ...facts, sender, recipients, content }, known);
      tell(verdict, renderDecision(verdict).join('; '));
      if (verdict.outcome === 'reject' || verdict.outcome === 'defer') {
        this.refusal = verdict.reply;
        return { code: verdict.outcome === 'reject' ? 'D' : 'Z', text: verdict.reply };
      }
      return await this.#queue(verdict, content, envelope);
    } catch {
      return temporary('unable to check the message (#4.3.0)');
    } finally {
      await this.#letter.close().catch(() => undefined);
    }
  }

  async #queue(
    verdict: Verdict,
    content: LetterContent,
    envelope: Parameters<Injection['finish']>,
  ): Promise<Outcome> {
    const { injector, received, cleanHeader } = this.#options;
    const injection = injector.open(this.#origin);
    try {
      if (this.#expected) injection.expect?.(...this.#expected);
      const { header } = content;
      // RFC 7208 9.1, RFC 8601 4.1: results stand above the Received line of the host that found them.
      const top = Buffer.concat([Buffer.from(verdict.headers + received, 'latin1'), cleanHeader(header)]);
      if (!injection.write(top)) await injection.drained();
      let skipped = 0;
      for await (const chunk of content.read()) {
        const from = Math.min(chunk.length, header.length - skipped);
        skipped += from;
        if (from < chunk.length && !injection.write(chunk.subarray(from))) await injection.drained();
      }
    } catch (error) {
      injection.abort();
      throw error;
    }
    return injection.finish(...envelope);
  }

  abort(): void {
    void this.#letter.close().catch(() => undefined);
  }
}
