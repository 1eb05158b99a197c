// Brazilian Portuguese of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const ptBRJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'O que servidores desconhecidos e suas mensagens precisam passar antes de serem aceitos. Uma alteração vale a partir da próxima mensagem.',
  'junk.rules': 'Regras',
  'junk.junkscore': 'Pontos a partir dos quais uma mensagem é spam',
  'junk.rejectscore': 'Pontos a partir dos quais uma mensagem é recusada',
  'junk.greylist': 'Greylisting: segundos de espera da primeira mensagem de um desconhecido',
  'junk.greylistHint':
    'Servidores de e-mail tentam de novo sozinhos; a maioria dos programas de spam, não. O usual é 300; vazio desativa.',
  'junk.reputation': 'Dar poucas conexões a redes que enviaram principalmente spam',
  'junk.others': 'Mais configurações:',
  'junk.noState':
    'As listas e os verificadores não podem ser exibidos: um arquivo de controle está errado ou muitos estão vendo esta página agora.',
  'junk.scanners': 'Verificadores',
  'junk.scanner': 'Verificador',
  'junk.address': 'Endereço',
  'junk.off': 'desativado',
  'junk.answers': 'responde, {ms} ms',
  'junk.silent': 'não responde: {why}',
  'junk.lists': 'Listas DNS',
  'junk.noLists': 'Nenhuma lista é consultada.',
  'junk.list': 'Lista',
  'junk.does': 'Uma entrada',
  'junk.does.defer': 'recusa por ora',
  'junk.does.reject': 'recusa',
  'junk.does.allow': 'torna bem-vindo',
  'junk.does.note': 'dá {points} pontos',
  'junk.list.right': 'em ordem',
  'junk.list.everything': 'lista tudo: não é consultada',
  'junk.list.nothing': 'falta a entrada de teste',
  'junk.list.unknown': 'não responde',
  'junk.turned': 'Últimas recusadas ou marcadas como spam',
  'junk.noTurned': 'Nenhuma ainda.',
  'junk.refused': 'recusada',
  'junk.junked': 'spam',
};
