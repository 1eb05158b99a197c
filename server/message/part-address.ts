// How a part of a message is called in addresses: its IMAP number, and behind each `~` the number inside what that part
// holds (containers.ts finds them).

/** How deep messages in messages are opened (webmail.md 3.10). */
export const maxInside = 5;

/** Is this the address of a part? */
export const isPartAddress = (text: string): boolean =>
  text.length <= 700 && /^\d{1,5}(?:\.\d{1,5}){0,110}(?:~\d{1,5}(?:\.\d{1,5}){0,110}){0,5}$/.test(text);

/** The part in which a part lies; '' when that is the message itself. */
export const holderOf = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf('~')));

/** How many parts one has to open to come to this one. */
export const depthOf = (address: string): number => address.split('~').length;
