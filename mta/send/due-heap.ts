// qmail-send's priority queue: message ids by the time of their next try, earliest first (prioq.c).

export interface DueItem {
  readonly id: string;
  /** Seconds since 1970. */
  readonly due: number;
}

/** A binary heap. */
export class DueHeap {
  readonly #items: DueItem[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest item, or undefined. */
  peek(): DueItem | undefined {
    return this.#items[0];
  }

  push(item: DueItem): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as DueItem).due <= item.due) break;
      items[at] = items[parent] as DueItem;
      at = parent;
    }
    items[at] = item;
  }

  pop(): DueItem | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (!first || !last || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as DueItem).due < (items[child] as DueItem).due)
        child += 1;
      if ((items[child] as DueItem).due >= last.due) break;
      items[at] = items[child] as DueItem;
      at = child;
    }
    items[at] = last;
    return first;
  }

  /** Every item, in no order. */
  items(): readonly DueItem[] {
    return this.#items;
  }
}
