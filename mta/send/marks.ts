// The marks of one pass: recipients whose fate is known and that the channel file does not call done yet. While more
// recipients wait for their turn, marks are gathered and written together, as many as the pass has deliveries at once and
// for GATHER_MS at most, and the next recipients go out meanwhile; when none waits, each is written at once.
// A crash doubles at most the deliveries under way and the marks that are not on disk (qmail-send syncs none).

/** Milliseconds that a mark waits for others. */
const GATHER_MS = 20;

export interface MarksOptions {
  /** Marks that may be behind while the pass goes on. */
  readonly most: number;
  /** Will further marks come soon? Then the next write waits for company. */
  readonly isGathering: () => boolean;
  /** Writes marks at these offsets; they are on disk when it resolves. */
  readonly write: (offsets: readonly number[]) => Promise<void>;
}

/** Writes one batch after the other. After an error nothing more is written: the next pass marks what is left. */
export class Marks {
  readonly #options: MarksOptions;
  #gathered: number[] = [];
  /** Given to the disk, and not there yet. */
  #writing = 0;
  #run: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wakeRoom: (() => void)[] = [];

  constructor(options: MarksOptions) {
    this.#options = options;
  }

  /** Takes a mark; resolves when the pass may go on with another recipient. @throws what writing threw */
  async add(offset: number): Promise<void> {
    this.#gathered.push(offset);
    const { most, isGathering } = this.#options;
    if (!isGathering() || this.#gathered.length * 2 >= most) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), GATHER_MS);
    while (this.#failure === undefined && this.#gathered.length + this.#writing >= most)
      await new Promise<void>((resolve) => this.#wakeRoom.push(resolve));
    this.#check();
  }

  /** Resolves when all marks are on disk. @throws what writing threw */
  async settle(): Promise<void> {
    this.#start();
    while (this.#run) await this.#run;
    this.#check();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run ??= this.#writeAll().finally(() => {
      this.#run = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#gathered.length > 0 && this.#failure === undefined) {
      const offsets = this.#gathered;
      this.#gathered = [];
      this.#writing = offsets.length;
      try {
        await this.#options.write(offsets);
      } catch (error) {
        this.#failure = { error };
      }
      this.#writing = 0;
      const waiting = this.#wakeRoom;
      this.#wakeRoom = [];
      for (const wake of waiting) wake();
    }
  }
}
