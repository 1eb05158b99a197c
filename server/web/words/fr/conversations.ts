// French of conversations.
import type { Catalogue } from '../words.ts';

export const frConversations: Catalogue = {
  'conversation.asThreads': 'Conversation',
  'conversation.asMessages': 'Message',
  'conversation.show': 'Une ligne par',
  'conversation.me': 'moi',
  'conversation.count': { one: '{n} message', many: '{n} messages', other: '{n} messages' },
  'conversation.earlier': 'Afficher les messages précédents',
  'conversation.later': 'Afficher les messages suivants',
  'conversation.unfold': 'Tout déplier',
  'conversation.fold': 'Replier',
  'conversation.foldOf': 'Replier le message de {name}',
  'conversation.showWhole': 'Afficher le message entier',
  'conversation.isDraft': 'Brouillon',
  'conversation.goOn': 'Continuer à écrire',
  'conversation.actions': 'Actions sur la conversation',
  'conversation.mailActions': 'Actions sur ce message',
  'conversation.deleteThis': 'Supprimer ce message',
  'conversation.unreadFrom': 'Marquer comme non lu à partir d’ici',
  'conversation.unread': 'Marquer la conversation comme non lue',
  'conversation.showAlone': 'Afficher seul',
  'conversation.loadFailed': 'Ce message n’a pas pu être chargé.',
  'conversation.archived': {
    one: 'Conversation archivée.',
    many: '{n} conversations archivées.',
    other: '{n} conversations archivées.',
  },
  'conversation.trashed': {
    one: 'Conversation mise à la corbeille.',
    many: '{n} conversations mises à la corbeille.',
    other: '{n} conversations mises à la corbeille.',
  },
  'conversation.junked': {
    one: 'Conversation mise dans les indésirables.',
    many: '{n} conversations mises dans les indésirables.',
    other: '{n} conversations mises dans les indésirables.',
  },
  'conversation.notJunked': {
    one: 'Conversation remise dans la boîte de réception.',
    many: '{n} conversations remises dans la boîte de réception.',
    other: '{n} conversations remises dans la boîte de réception.',
  },
  'conversation.moved': {
    one: 'Conversation déplacée vers {folder}.',
    many: '{n} conversations déplacées vers {folder}.',
    other: '{n} conversations déplacées vers {folder}.',
  },
};
