// Brazilian Portuguese of help.
import type { Catalogue } from '../words.ts';

export const ptBRHelp: Catalogue = {
  'offline.title': 'Sem conexão',
  'offline.hint':
    'Não foi possível acessar o servidor de e-mail. O texto não enviado foi mantido: volte para encontrá-lo.',
  'offline.again': 'Tentar novamente',
};
