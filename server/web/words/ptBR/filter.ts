// Brazilian Portuguese of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const ptBRFilter: Catalogue = {
  'filter.lead':
    'O seu próprio filtro aprende com o que você move para Spam e com o que tira de lá. Mensagens novas que parecem spam vão para Spam, nunca para outro lugar.',
  'filter.none': 'Não há filtros aqui. O administrador pode ativá-los.',
  'filter.use': 'Usar o meu filtro',
  'filter.strictness': 'Rigor',
  'filter.careful': 'Cauteloso: mais spam na caixa de entrada, quase nunca mensagens boas em Spam',
  'filter.normal': 'Normal',
  'filter.keen': 'Rigoroso: menos spam na caixa de entrada, de vez em quando uma mensagem boa em Spam',
  'filter.learnedJunk': 'Aprendidas como spam',
  'filter.learnedGood': 'Aprendidas como boas',
  'filter.begins': 'Ele começa a classificar quando conhece {count} mensagens de cada tipo.',
  'filter.fromFolders': 'Aprender com as minhas pastas',
  'filter.fromFoldersHint':
    'O que está em Spam é aprendido como spam; o que você leu nas outras pastas, como mensagem boa.',
  'filter.learning': 'Aprendendo com as suas pastas',
  'filter.learned': {
    one: '{n} mensagem era nova para o seu filtro.',
    many: '{n} mensagens eram novas para o seu filtro.',
    other: '{n} mensagens eram novas para o seu filtro.',
  },
  'filter.forget': 'Esquecer tudo',
  'filter.forgetHint': 'O filtro esquece o que aprendeu e recomeça. As suas mensagens ficam como estão.',
  'filter.forgotten': 'O seu filtro esqueceu tudo.',
  'filter.why.words': 'O Facteur acha que isto é spam: palavras como {words}.',
  'filter.why.filter': 'O Facteur acha que isto é spam.',
  'filter.why.sender': 'Não foi possível confirmar o endereço do remetente.',
  'filter.why.listed': 'Veio por um servidor que está em uma lista de remetentes de spam.',
  'filter.why.scanner': 'Um verificador considerou a mensagem spam.',
  'filter.why.door': 'Parecia suspeita ao chegar.',
};
