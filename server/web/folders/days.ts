// How many days Trash and Junk keep mail (webmail.md O4): what may be chosen, and what a choice comes to. Pure.

/** What can be chosen; 0: nothing is removed. */
export const dayChoices: readonly number[] = [0, 7, 14, 30, 60, 90, 365];

/** Days that mail of a role stays; 0: for ever. `most` is the administrator's bound, 0 for none. */
export const daysKept = (chosen: number, most: number): number =>
  most === 0 ? chosen : chosen === 0 ? most : Math.min(chosen, most);
