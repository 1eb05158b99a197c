// Rights of RFC 4314 on folders, as Courier keeps them (spec/maildir-imap.md 3.4): who has which letters. Pure.

/** All that Courier knows, in its order; the owner of a folder has them. */
export const fullRights = 'aceilrstwx';
