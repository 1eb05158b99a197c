// Spanish of conversations.
import type { Catalogue } from '../words.ts';

export const esConversations: Catalogue = {
  'conversation.asThreads': 'Conversaciones',
  'conversation.asMessages': 'Mensajes sueltos',
  'conversation.show': 'Mostrar como',
  'conversation.me': 'yo',
  'conversation.count': { one: '{n} mensaje', many: '{n} mensajes', other: '{n} mensajes' },
  'conversation.earlier': 'Mostrar mensajes anteriores',
  'conversation.later': 'Mostrar mensajes posteriores',
  'conversation.unfold': 'Desplegar todo',
  'conversation.fold': 'Plegar',
  'conversation.foldOf': 'Plegar el mensaje de {name}',
  'conversation.showWhole': 'Mostrar el mensaje completo',
  'conversation.isDraft': 'Borrador',
  'conversation.goOn': 'Seguir escribiendo',
  'conversation.actions': 'Acciones con la conversación',
  'conversation.mailActions': 'Acciones con este mensaje',
  'conversation.deleteThis': 'Eliminar este mensaje',
  'conversation.unreadFrom': 'Marcar como no leído a partir de aquí',
  'conversation.unread': 'Marcar la conversación como no leída',
  'conversation.showAlone': 'Mostrar por separado',
  'conversation.loadFailed': 'No se ha podido cargar este mensaje.',
  'conversation.archived': {
    one: 'Conversación movida a Archivados.',
    many: '{n} conversaciones movidas a Archivados.',
    other: '{n} conversaciones movidas a Archivados.',
  },
  'conversation.trashed': {
    one: 'Conversación movida a la Papelera.',
    many: '{n} conversaciones movidas a la Papelera.',
    other: '{n} conversaciones movidas a la Papelera.',
  },
  'conversation.junked': {
    one: 'Conversación movida a Spam.',
    many: '{n} conversaciones movidas a Spam.',
    other: '{n} conversaciones movidas a Spam.',
  },
  'conversation.notJunked': {
    one: 'Conversación movida a la Bandeja de entrada.',
    many: '{n} conversaciones movidas a la Bandeja de entrada.',
    other: '{n} conversaciones movidas a la Bandeja de entrada.',
  },
  'conversation.moved': {
    one: 'Conversación movida a {folder}.',
    many: '{n} conversaciones movidas a {folder}.',
    other: '{n} conversaciones movidas a {folder}.',
  },
};
