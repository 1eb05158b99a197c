// Brazilian Portuguese of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const ptBRHeader: Catalogue = {
  'header.sentVia': 'Enviada por meio de',
  'header.connection': 'Conexão',
  'header.encrypted': 'Criptografada, de {host}',
  'header.plain': 'Não criptografada, de {host}',
  'header.checked': 'Remetente',
  'header.signed': 'assinada por {domain}',
  'header.comesFrom': 'enviada por {domain}',
  'header.unsigned': 'não foi possível verificar',
  'header.addContact': 'Adicionar aos contatos',
  'header.addNamed': 'Adicionar {name} aos contatos',
  'header.showContact': 'Mostrar contato',
  'header.showNamed': 'Mostrar o contato {name}',
  'warning.dmarc':
    'Esta mensagem não passou na verificação do remetente: {domain} informa que ela não vem de lá. Tenha cuidado com links, arquivos e pedidos.',
  'warning.newReplyElsewhere':
    'Você nunca escreveu para {sender}, e as respostas a esta mensagem vão para outro domínio: {address}.',
  'warning.ownName': 'Esta mensagem traz o seu próprio nome, mas vem de {address}, que não é seu.',
  'unsubscribe.title': 'Cancelar inscrição',
  'unsubscribe.link': 'Cancelar inscrição',
  'unsubscribe.left': 'Inscrição cancelada em {date}',
  'unsubscribe.question': 'Cancelar a inscrição em {name}?',
  'unsubscribe.post':
    'Uma solicitação é enviada a {target}, que assim fica sabendo que esta mensagem chegou a você.',
  'unsubscribe.letter': 'Uma mensagem é enviada a {target} do seu endereço.',
  'unsubscribe.page': 'Para sair destes envios há uma página de {target}, que abre em uma nova aba.',
  'unsubscribe.sender': 'A mensagem diz que é de {sender}. Isso não foi verificado.',
  'unsubscribe.signed': 'A mensagem é de {sender}, assinada por {domain}.',
  'unsubscribe.button': 'Cancelar inscrição',
  'unsubscribe.open': 'Abrir a página',
  'unsubscribe.done': 'Inscrição cancelada.',
  'unsubscribe.failed': '{host} não aceitou a solicitação. Tente novamente ou abra a página correspondente.',
  'unsubscribe.notSent': 'Não foi possível enviar a mensagem: {words}',
  'unsubscribe.none': 'Esta mensagem não está mais aqui ou não informa como cancelar a inscrição.',
};
