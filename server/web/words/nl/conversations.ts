// Dutch of conversations.
import type { Catalogue } from '../words.ts';

export const nlConversations: Catalogue = {
  'conversation.asThreads': 'Conversaties',
  'conversation.asMessages': 'Losse berichten',
  'conversation.show': 'Tonen als',
  'conversation.me': 'ik',
  'conversation.count': { one: '{n} bericht', other: '{n} berichten' },
  'conversation.earlier': 'Eerdere berichten tonen',
  'conversation.later': 'Latere berichten tonen',
  'conversation.unfold': 'Alles uitvouwen',
  'conversation.fold': 'Invouwen',
  'conversation.foldOf': 'Bericht invouwen: {name}',
  'conversation.showWhole': 'Het hele bericht tonen',
  'conversation.isDraft': 'Concept',
  'conversation.goOn': 'Verder schrijven',
  'conversation.actions': 'Acties voor de conversatie',
  'conversation.mailActions': 'Acties voor dit bericht',
  'conversation.deleteThis': 'Dit bericht verwijderen',
  'conversation.unreadFrom': 'Vanaf hier als ongelezen markeren',
  'conversation.unread': 'De conversatie als ongelezen markeren',
  'conversation.showAlone': 'Apart tonen',
  'conversation.loadFailed': 'Dit bericht kon niet worden geladen.',
  'conversation.archived': {
    one: 'Conversatie verplaatst naar Archief.',
    other: '{n} conversaties verplaatst naar Archief.',
  },
  'conversation.trashed': {
    one: 'Conversatie verplaatst naar Prullenbak.',
    other: '{n} conversaties verplaatst naar Prullenbak.',
  },
  'conversation.junked': {
    one: 'Conversatie verplaatst naar Spam.',
    other: '{n} conversaties verplaatst naar Spam.',
  },
  'conversation.notJunked': {
    one: 'Conversatie verplaatst naar Postvak IN.',
    other: '{n} conversaties verplaatst naar Postvak IN.',
  },
  'conversation.moved': {
    one: 'Conversatie verplaatst naar {folder}.',
    other: '{n} conversaties verplaatst naar {folder}.',
  },
};
