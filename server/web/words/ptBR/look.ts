// Portuguese (Brazil) of the look of a domain.
import type { Catalogue } from '../words.ts';

export const ptBRLook: Catalogue = {
  'look.title': 'Aparência',
  'look.explained':
    'Nome, cor e logotipo que as pessoas de {domain} veem no webmail. A página de entrada os mostra no endereço do domínio e nos que ficam abaixo dele, como mail.{domain}.',
  'look.name': 'Nome',
  'look.nameHint': 'Fica ao lado do logotipo e nos títulos das páginas. Vazio: “{name}”.',
  'look.accent': 'Cor de destaque',
  'look.accentHint':
    'Para botões, links e o lugar em que se está, por exemplo #1c6664. Vazio: a cor de sempre.',
  'look.accentDark': 'Cor de destaque no tema escuro',
  'look.accentDarkHint': 'Vazio: um tom mais claro da outra cor.',
  'look.colour': 'Escreva a cor com # e seis dígitos, por exemplo #1c6664.',
  'look.weakLight':
    'Esta cor é difícil de ler em páginas claras: seu contraste é de {ratio} para 1, e o texto precisa de {least} para 1. O tom mais próximo que o alcança é {shade}.',
  'look.weakDark':
    'Esta cor é difícil de ler em páginas escuras: seu contraste é de {ratio} para 1, e o texto precisa de {least} para 1. O tom mais próximo que o alcança é {shade}.',
  'look.logo': 'Logotipo',
  'look.logoFile': 'Imagem',
  'look.logoHint':
    'PNG, WebP ou JPEG, com no máximo 64 KB e 512 pixels de lado. Com fundo transparente, combina com os dois temas.',
  'look.logoPut': 'Usar este logotipo',
  'look.logoRemove': 'Remover o logotipo',
  'look.notPicture': 'Esta não é uma imagem PNG, WebP ou JPEG. Escolha outra.',
  'look.tooLarge': 'Esta imagem tem mais de 64 KB ou mais de 512 pixels de lado. Escolha uma menor.',
  'look.usual': 'Voltar à aparência de sempre',
  'look.usualHint': 'O nome, as cores e o logotipo de {domain} são removidos.',
  'look.usualNow': '{domain} tem de novo a aparência de sempre.',
};
