// Brazilian Portuguese of search.
import type { Catalogue } from '../words.ts';

export const ptBRSearch: Catalogue = {
  'search.inFolder': 'Em {folder}',
  'search.lastMonth': 'Último mês',
  'search.more': 'Mais',
  'search.cut': 'Esta pesquisa é muito ampla. Só uma parte do que foi encontrado é mostrada.',
  'search.advanced': 'Pesquisa avançada',
  'search.anywhere': 'Todos os e-mails, com Lixeira e Spam',
  'search.field.words': 'Todas estas palavras',
  'search.field.phrase': 'Exatamente estas palavras juntas',
  'search.field.none': 'Nenhuma destas palavras',
  'search.field.from': 'De',
  'search.field.to': 'Para ou com cópia para',
  'search.field.subject': 'No assunto',
  'search.field.in': 'Onde',
  'search.field.after': 'Recebidas a partir de',
  'search.field.before': 'Recebidas antes de',
  'search.field.larger': 'Maiores que (MB)',
  'search.field.is': 'Estado',
  'search.isAny': 'Qualquer um',
  'search.isUnread': 'Não lida',
  'search.isRead': 'Lida',
  'search.isStarred': 'Com estrela',
  'search.hasAttachment': 'Com anexo',
  'search.badDay': 'Escreva o dia assim: 2026-01-31.',
  'search.badSize': 'Escreva um número inteiro de megabytes.',
};
