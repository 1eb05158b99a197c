// Brazilian Portuguese of conversations.
import type { Catalogue } from '../words.ts';

export const ptBRConversations: Catalogue = {
  'conversation.asThreads': 'Conversas',
  'conversation.asMessages': 'Mensagens avulsas',
  'conversation.show': 'Mostrar como',
  'conversation.me': 'eu',
  'conversation.count': { one: '{n} mensagem', many: '{n} mensagens', other: '{n} mensagens' },
  'conversation.earlier': 'Mostrar mensagens anteriores',
  'conversation.later': 'Mostrar mensagens posteriores',
  'conversation.unfold': 'Expandir tudo',
  'conversation.fold': 'Recolher',
  'conversation.foldOf': 'Recolher a mensagem de {name}',
  'conversation.showWhole': 'Mostrar a mensagem inteira',
  'conversation.isDraft': 'Rascunho',
  'conversation.goOn': 'Continuar escrevendo',
  'conversation.actions': 'Ações na conversa',
  'conversation.mailActions': 'Ações nesta mensagem',
  'conversation.deleteThis': 'Excluir esta mensagem',
  'conversation.unreadFrom': 'Marcar como não lida a partir daqui',
  'conversation.unread': 'Marcar a conversa como não lida',
  'conversation.showAlone': 'Mostrar separadamente',
  'conversation.loadFailed': 'Não foi possível carregar esta mensagem.',
  'conversation.archived': {
    one: 'Conversa movida para Arquivados.',
    many: '{n} conversas movidas para Arquivados.',
    other: '{n} conversas movidas para Arquivados.',
  },
  'conversation.trashed': {
    one: 'Conversa movida para a Lixeira.',
    many: '{n} conversas movidas para a Lixeira.',
    other: '{n} conversas movidas para a Lixeira.',
  },
  'conversation.junked': {
    one: 'Conversa movida para Spam.',
    many: '{n} conversas movidas para Spam.',
    other: '{n} conversas movidas para Spam.',
  },
  'conversation.notJunked': {
    one: 'Conversa movida para a Caixa de entrada.',
    many: '{n} conversas movidas para a Caixa de entrada.',
    other: '{n} conversas movidas para a Caixa de entrada.',
  },
  'conversation.moved': {
    one: 'Conversa movida para {folder}.',
    many: '{n} conversas movidas para {folder}.',
    other: '{n} conversas movidas para {folder}.',
  },
};
