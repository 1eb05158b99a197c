// German of conversations.
import type { Catalogue } from '../words.ts';

export const deConversations: Catalogue = {
  'conversation.asThreads': 'Unterhaltung',
  'conversation.asMessages': 'Nachricht',
  'conversation.show': 'Eine Zeile je',
  'conversation.me': 'ich',
  'conversation.count': { one: '{n} Nachricht', other: '{n} Nachrichten' },
  'conversation.earlier': 'Frühere Nachrichten zeigen',
  'conversation.later': 'Spätere Nachrichten zeigen',
  'conversation.unfold': 'Alle aufklappen',
  'conversation.fold': 'Zuklappen',
  'conversation.foldOf': 'Nachricht zuklappen: {name}',
  'conversation.showWhole': 'Die ganze Nachricht zeigen',
  'conversation.isDraft': 'Entwurf',
  'conversation.goOn': 'Weiterschreiben',
  'conversation.actions': 'Aktionen für die Unterhaltung',
  'conversation.mailActions': 'Aktionen für diese Nachricht',
  'conversation.deleteThis': 'Diese Nachricht löschen',
  'conversation.unreadFrom': 'Ab hier als ungelesen markieren',
  'conversation.unread': 'Die Unterhaltung als ungelesen markieren',
  'conversation.showAlone': 'Einzeln zeigen',
  'conversation.loadFailed': 'Diese Nachricht konnte nicht geladen werden.',
  'conversation.archived': {
    one: 'Unterhaltung ins Archiv verschoben.',
    other: '{n} Unterhaltungen ins Archiv verschoben.',
  },
  'conversation.trashed': {
    one: 'Unterhaltung in den Papierkorb verschoben.',
    other: '{n} Unterhaltungen in den Papierkorb verschoben.',
  },
  'conversation.junked': {
    one: 'Unterhaltung in den Spam verschoben.',
    other: '{n} Unterhaltungen in den Spam verschoben.',
  },
  'conversation.notJunked': {
    one: 'Unterhaltung in den Posteingang verschoben.',
    other: '{n} Unterhaltungen in den Posteingang verschoben.',
  },
  'conversation.moved': {
    one: 'Unterhaltung nach {folder} verschoben.',
    other: '{n} Unterhaltungen nach {folder} verschoben.',
  },
};
