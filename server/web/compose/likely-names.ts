// What somebody meant who typed a name that is none: the names one slip of a finger away (two letters swapped, one too
// many, another one, one too few), the likeliest slips first. Pure.
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789.-_';

/** Names for a mistyped one; [] for one that is too short or long to guess at. */
export function likelyNames(typed: string): readonly string[] {
  if (typed.length < 2 || typed.length > 32) return [];
  const found = new Set<string>();
  for (let at = 0; at + 1 < typed.length; at++)
    found.add(`${typed.slice(0, at)}${typed[at + 1]}${typed[at]}${typed.slice(at + 2)}`);
  for (let at = 0; at < typed.length; at++) found.add(typed.slice(0, at) + typed.slice(at + 1));
  // A letter that was meant twice, then any letter.
  for (let at = 0; at < typed.length; at++) found.add(typed.slice(0, at) + typed[at] + typed.slice(at));
  for (let at = 0; at <= typed.length; at++)
    for (const letter of letters) found.add(typed.slice(0, at) + letter + typed.slice(at));
  for (let at = 0; at < typed.length; at++)
    for (const letter of letters) found.add(typed.slice(0, at) + letter + typed.slice(at + 1));
  found.delete(typed);
  return [...found].filter((name) => /^[a-z0-9][a-z0-9._-]*$/.test(name));
}
