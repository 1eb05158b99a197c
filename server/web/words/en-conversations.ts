// English of conversations: their lists, their page, and what was done to them.
export const enConversations = {
  'conversation.archived': {
    one: 'Conversation moved to Archive.',
    other: '{n} conversations moved to Archive.',
  },
  'conversation.trashed': { one: 'Conversation moved to Trash.', other: '{n} conversations moved to Trash.' },
  'conversation.junked': { one: 'Conversation moved to Junk.', other: '{n} conversations moved to Junk.' },
  'conversation.notJunked': {
    one: 'Conversation moved to Inbox.',
    other: '{n} conversations moved to Inbox.',
  },
  'conversation.moved': {
    one: 'Conversation moved to {folder}.',
    other: '{n} conversations moved to {folder}.',
  },
} as const;
