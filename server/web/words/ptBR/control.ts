// Brazilian Portuguese of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const ptBRControl: Catalogue = {
  'control.title': 'Ajustes',
  'control.hint':
    'Cada ajuste é um arquivo em control/. O que não tem arquivo usa o valor padrão. O programa em execução aplica uma alteração na hora, a menos que a página do ajuste diga outra coisa.',
  'control.search': 'Nome ou palavras',
  'control.filters': 'Quais ajustes',
  'control.only.all': 'Todos',
  'control.only.set': 'Com arquivo',
  'control.only.wrong': 'Errados',
  'control.none': 'Nenhum ajuste corresponde.',
  'control.wrong': {
    one: 'Um arquivo está errado.',
    many: '{n} arquivos estão errados.',
    other: '{n} arquivos estão errados.',
  },
  'control.wrongHint':
    'Um programa em execução mantém o que o arquivo dizia antes de ficar errado; um que está iniciando pode não iniciar.',
  'control.unknown': 'Arquivos que ninguém lê',
  'control.unknownHint':
    'Eles estão em control/ e nenhuma parte do programa os conhece: um nome digitado errado ou o arquivo de outro programa.',
  'control.runScripts': 'Só os scripts run de servidores antigos leem isto.',
  'control.setting': 'Ajuste',
  'control.value': 'Valor atual',
  'control.default': 'Padrão',
  'control.isDefault': 'Padrão:',
  'control.empty': '(vazio)',
  'control.isWrong': 'errado',
  'control.more': { one: 'e mais uma linha', many: 'e mais {n} linhas', other: 'e mais {n} linhas' },
  'control.room.names': 'Os nomes do servidor',
  'control.room.doors': 'Portas de entrada e seus limites',
  'control.room.policy': 'Quem pode enviar o quê',
  'control.room.rules': 'Regras de acesso',
  'control.room.senders': 'Autenticidade dos remetentes',
  'control.room.junk': 'Spam e vírus',
  'control.room.queue': 'Fila e devoluções',
  'control.room.local': 'Entregas locais',
  'control.room.remote': 'E-mails para outros servidores',
  'control.room.people': 'Contas e webmail',
  'control.room.roles': 'Usuários do programa',
  'control.room.history': 'Histórico de entregas',
  'control.kind': 'Forma',
  'control.kind.line': 'uma linha',
  'control.kind.int': 'um número',
  'control.kind.list': 'um item por linha; linhas que começam com # são comentários',
  'control.kind.map': 'chave:valor, um por linha; linhas que começam com # são comentários',
  'control.kind.text': 'um texto',
  'control.kind.cdb': 'uma tabela compilada',
  'control.kind.rules': 'regras, uma por linha; linhas que começam com # são comentários',
  'control.readers': 'Lido por',
  'control.origin': 'Existe no qmail',
  'control.yes': 'sim',
  'control.no': 'não',
  'control.room': 'Pertence a',
  'control.atStart': 'Este arquivo é lido quando o programa inicia. Uma alteração vale depois de reiniciar.',
  'control.text': 'Texto do arquivo',
  'control.newText': 'Novo texto do arquivo',
  'control.noFile':
    'Não há arquivo agora, por isso vale o padrão. Um arquivo vazio não é o mesmo que nenhum.',
  'control.maskedHint':
    'As senhas não são mostradas. Escreva o texto inteiro de novo, com todas as senhas; ele substitui o anterior.',
  'control.stored': 'O arquivo agora',
  'control.conflict': 'Enquanto isso, outra pessoa alterou este arquivo.',
  'control.conflictHint':
    'Acima está o arquivo como é agora; abaixo, o que você digitou. Salvar substitui o arquivo pelo que você digitou.',
  'control.back': 'Todos os ajustes',
  'control.toDefault': 'Voltar ao padrão',
  'control.saved': 'Salvo.',
  'control.savedForStart': 'Salvo. Vale depois de reiniciar.',
  'control.shutsOut':
    'Seu próprio caminho de acesso, {host}, não está entre estes: depois de reiniciar, você não conseguiria voltar. Adicione-o.',
  'control.lock.domains':
    'As páginas de domínios cuidam deste arquivo: adicione ou remova um domínio lá, e todos os arquivos relacionados mudam juntos.',
  'control.lock.host':
    'Este nome está em outros arquivos, em e-mails a caminho e no DNS. Altere-o na máquina, com config-fast, e inicie o programa novamente.',
  'control.lock.programs':
    'O que está aqui faz o programa executar outros programas. Só é alterado na máquina, para que ninguém que tenha se apoderado de uma sessão do webmail possa executar algo.',
  'control.lock.users':
    'Estes são usuários da máquina, para um programa que o root inicia. Só são alterados na máquina.',
  'control.lock.accounts':
    'Isto diz onde estão as contas. Uma palavra errada deixaria de fora todos os que poderiam corrigi-la, por isso só é alterado na máquina.',
  'control.lock.compiled': 'Esta tabela é compilada na máquina; não há texto para editar.',
  'control.lock.odd':
    'Há aqui algo que não é um arquivo comum de até 65536 bytes, como um link. Só é alterado na máquina.',
  'control.lock.bytes':
    'O arquivo contém bytes que não são UTF-8 e que um formulário danificaria. Só é alterado na máquina.',
};
