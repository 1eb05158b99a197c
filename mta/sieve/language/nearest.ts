// Which known names are like one that somebody mistyped: at most three, by edit distance, or because one holds the other.

/** The nearest first. */
export function nearestNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = name.slice(0, 40).toLowerCase();
  const most = Math.max(1, Math.floor(wanted.length / 3));
  return known
    .map((each) => ({ each, distance: distanceOf(wanted, each, most) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ each }) => each);
}

function distanceOf(a: string, b: string, most: number): number {
  if (a.length >= 4 && (b.startsWith(a) || a.startsWith(b))) return most;
  // Levenshtein, row by row; names are short.
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
