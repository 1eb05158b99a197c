// Brazilian Portuguese of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const ptBRSign: Catalogue = {
  'dns.kind.dkim': 'Assinaturas das mensagens (DKIM)',
  'dns.about.dkim': 'Permite que outros confiram se as mensagens do domínio são mesmo suas.',
  'dns.why.dkim-several': 'Há vários registros, e outros podem pegar o errado. Deixe apenas um.',
  'dns.why.dkim-revoked': 'O registro revoga a chave: o p está vazio. Substitua o registro.',
  'dns.why.dkim-other-key': 'O registro contém outra chave, ou nenhuma. Substitua-o.',
  'dns.why.dkim-testing': 'O registro diz que você está apenas testando. Remova t=y.',
  'signing.title': 'Assinatura (DKIM)',
  'signing.hint':
    'As mensagens que saem são assinadas para que outros possam conferir que são suas. Eles encontram as chaves no DNS.',
  'signing.none': 'As mensagens deste domínio saem sem assinatura. Muitos servidores as tratam como spam.',
  'signing.right': 'As mensagens são assinadas, e outros encontram as chaves.',
  'signing.wrong':
    'As mensagens são assinadas, mas outros não encontram as chaves como deveriam ser. Publique os registros abaixo.',
  'signing.waiting':
    'Há chaves novas esperando. Publique os registros delas; quando outros as encontrarem, faça com que assinem.',
  'signing.state.current': 'assina',
  'signing.state.next': 'espera',
  'signing.state.old': 'em repouso',
  'signing.state.broken': 'com defeito',
  'signing.made': 'criada {time}',
  'signing.copy': 'Copiar',
  'signing.copied': 'Copiado',
  'signing.add': 'Criar chaves',
  'signing.rotate': 'Criar chaves novas',
  'signing.rotateHint':
    'É melhor trocar as chaves uma vez por ano. As atuais assinam até você fazer as novas assinarem.',
  'signing.use': 'Fazer assinar',
  'signing.useAnyway': 'Fazer assinar mesmo assim',
  'signing.unpublished':
    'Outros ainda não encontram estas chaves: {keys}. Mensagens assinadas por elas contariam como não assinadas.',
  'signing.remove': 'Remover',
  'signing.removeTitle': 'Remover a chave {key}?',
  'signing.removeOld':
    'Deixe o registro dela no DNS por mais uma semana: mensagens a caminho ainda são conferidas com ela.',
  'signing.removeCurrent': 'Ela assina agora. Sem ela, as mensagens deste domínio podem sair sem assinatura.',
};
