// Italian of conversations.
import type { Catalogue } from '../words.ts';

export const itConversations: Catalogue = {
  'conversation.asThreads': 'Conversazioni',
  'conversation.asMessages': 'Messaggi singoli',
  'conversation.show': 'Mostra come',
  'conversation.me': 'io',
  'conversation.count': { one: '{n} messaggio', many: '{n} messaggi', other: '{n} messaggi' },
  'conversation.earlier': 'Mostra i messaggi precedenti',
  'conversation.later': 'Mostra i messaggi successivi',
  'conversation.unfold': 'Espandi tutto',
  'conversation.fold': 'Comprimi',
  'conversation.foldOf': 'Comprimi il messaggio: {name}',
  'conversation.showWhole': 'Mostra il messaggio intero',
  'conversation.isDraft': 'Bozza',
  'conversation.goOn': 'Continua a scrivere',
  'conversation.actions': 'Azioni sulla conversazione',
  'conversation.mailActions': 'Azioni su questo messaggio',
  'conversation.deleteThis': 'Elimina questo messaggio',
  'conversation.unreadFrom': 'Segna come da leggere da qui in poi',
  'conversation.unread': 'Segna la conversazione come da leggere',
  'conversation.showAlone': 'Mostra da solo',
  'conversation.loadFailed': 'Non è stato possibile caricare questo messaggio.',
  'conversation.archived': {
    one: 'Conversazione spostata in Archivio.',
    many: '{n} conversazioni spostate in Archivio.',
    other: '{n} conversazioni spostate in Archivio.',
  },
  'conversation.trashed': {
    one: 'Conversazione spostata nel Cestino.',
    many: '{n} conversazioni spostate nel Cestino.',
    other: '{n} conversazioni spostate nel Cestino.',
  },
  'conversation.junked': {
    one: 'Conversazione spostata in Spam.',
    many: '{n} conversazioni spostate in Spam.',
    other: '{n} conversazioni spostate in Spam.',
  },
  'conversation.notJunked': {
    one: 'Conversazione spostata in Posta in arrivo.',
    many: '{n} conversazioni spostate in Posta in arrivo.',
    other: '{n} conversazioni spostate in Posta in arrivo.',
  },
  'conversation.moved': {
    one: 'Conversazione spostata in {folder}.',
    many: '{n} conversazioni spostate in {folder}.',
    other: '{n} conversazioni spostate in {folder}.',
  },
};
