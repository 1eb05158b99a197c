// Portuguese (Brazil) of the pages of help.
import type { Catalogue } from '../words.ts';

export const ptBRGuide: Catalogue = {
  'guide.title': 'Ajuda',
  'guide.all': 'Tudo em uma página',
  'guide.more': 'Mais ajuda',
  'guide.places': 'Páginas para isto',
  'guide.keys.lead': 'Teclas para o que você faz sempre',
  'guide.writing': 'Escrever e enviar',
  'guide.writing.lead': 'Rascunhos, voltar atrás, enviar mais tarde, assinaturas',
  'guide.writing.begin':
    '“{compose}” começa uma mensagem; “{reply}”, “{replyAll}” e “{forward}” estão em cada mensagem aberta.',
  'guide.writing.saved':
    'O que você escreve é salvo enquanto digita e fica em {drafts}, onde seus outros aparelhos também o encontram. Sem JavaScript, pressione “{save}”.',
  'guide.writing.undo':
    'Depois de “{send}” há alguns segundos para pensar: “{undo}” abre a mensagem de novo, e ninguém a recebeu. {settings}, {composing} diz quantos segundos, no máximo 30.',
  'guide.writing.later':
    '“{later}” faz uma mensagem sair na hora que você escolher, dentro de um ano, esteja você conectado ou não.',
  'guide.writing.outbox':
    'O que ainda não saiu está em {outbox}: lá você pode mudar, enviar já ou voltar atrás.',
  'guide.writing.files':
    '“{attach}” adiciona arquivos; com JavaScript também dá para soltá-los ou colá-los na mensagem. A página diz quanto cabe.',
  'guide.writing.identities':
    '{settings}, {identities} tem um nome e uma assinatura para cada um dos seus endereços; {templates} são textos que você usa sempre.',
  'guide.writing.fate':
    'Marcas em {sent} dizem o que foi feito de uma mensagem, onde o servidor acompanha isso. O que não pôde ser entregue volta com o motivo.',
  'guide.finding': 'Encontrar e-mails',
  'guide.finding.lead': 'Palavras, operadores, pesquisa avançada',
  'guide.finding.words':
    'Digite palavras no campo de pesquisa e pressione Enter. É encontrado o que tem todas elas: no assunto, no texto ou nos nomes e endereços.',
  'guide.finding.operators':
    'Uma palavra com dois-pontos procura em um só lugar. Várias juntas encontram menos.',
  'guide.finding.left': '{trash} e {junk} ficam de fora, a não ser que in: os cite ou diga anywhere.',
  'guide.finding.advanced': '“{advanced}” tem campos para quase tudo isso, sem nada para decorar.',
  'guide.finding.act':
    'O que foi encontrado pode ser marcado, movido, etiquetado e excluído como em qualquer outra lista.',
  'guide.finding.typed': 'Você digita',
  'guide.finding.finds': 'Encontra',
  'guide.row.from': 'e-mails de Bob, por nome ou endereço',
  'guide.row.to': 'e-mails para Carla, também em cópia',
  'guide.row.subject': 'esta palavra no assunto',
  'guide.row.phrase': 'estas palavras lado a lado',
  'guide.row.start': 'palavras que começam assim',
  'guide.row.not': 'e-mails sem esta palavra',
  'guide.row.or': 'e-mails com uma das duas',
  'guide.row.has': 'e-mails com arquivos',
  'guide.row.filename': 'arquivos com isto no nome',
  'guide.row.is': 'e-mails não lidos; também is:read e is:starred',
  'guide.row.in': 'e-mails de uma pasta; in:anywhere: de todas',
  'guide.row.after': 'recebidos neste dia ou depois',
  'guide.row.before': 'recebidos antes deste dia',
  'guide.row.larger': 'maiores que 5 MB; ao contrário: smaller:200k',
  'guide.order': 'Manter a ordem',
  'guide.order.lead': 'Pastas, etiquetas, adiar, desfazer',
  'guide.order.archive':
    '“{archive}” tira uma mensagem de {inbox} sem excluí-la. {junk} é para e-mails que você nunca pediu; “{notJunk}” traz uma mensagem de volta.',
  'guide.order.folders':
    'Pastas são criadas, renomeadas e postas umas nas outras na página {folders}. Com JavaScript, dá para arrastar mensagens para uma pasta; com Ctrl pressionada, elas são copiadas.',
  'guide.order.labels':
    'Uma mensagem fica em uma pasta e pode ter várias etiquetas. {settings}, {labels} tem os nomes e as cores; outros programas de e-mail também as veem.',
  'guide.order.snooze':
    '“{snooze}” guarda uma mensagem até a hora que você escolher. Então ela volta ao topo da lista, não lida.',
  'guide.order.select':
    'Marque várias mensagens para agir em todas de uma vez. Quando a página inteira está marcada, também dá para selecionar o resto da pasta.',
  'guide.order.conversations':
    'Mensagens que andam juntas são uma linha. O menu “{sort}” mostra cada uma separada nesta pasta.',
  'guide.order.undo':
    '“{undo}” desfaz o que você fez, por 24 horas; {settings}, {activity} lista tudo. O que foi excluído definitivamente continua excluído.',
  'guide.order.cleaning':
    'O que está em {trash} e {junk} é removido definitivamente depois de alguns dias. {settings}, {general} diz quantos; 0 mantém.',
  'guide.safety': 'Segurança',
  'guide.safety.lead': 'Imagens, avisos, duas etapas, senhas de app',
  'guide.safety.pictures':
    'Imagens de outros servidores contam ao remetente que você lê, por isso só são carregadas se você permitir. “{show}” as carrega em uma mensagem; elas passam pelo nosso servidor, e o remetente não vê seu endereço de rede.',
  'guide.safety.warnings':
    'Há um aviso acima de uma mensagem quando o remetente não passou em uma verificação, quando o nome finge ser outro endereço ou quando as respostas iriam para outro lugar. Tenha então cuidado com links, arquivos e pedidos.',
  'guide.safety.password':
    'Ninguém precisa da sua senha por e-mail. Saia de uma página que a queira depois de um clique em uma mensagem.',
  'guide.safety.files':
    'Arquivos que podem causar dano são marcados, e há uma pergunta antes de você recebê-los.',
  'guide.safety.twoStep':
    '{settings}, {security}, “{twoStep}”: depois da senha é pedido um código do seu telefone. Guarde os códigos de recuperação em papel.',
  'guide.safety.passkey':
    'Uma chave de acesso faz entrar com a digital, o rosto ou o PIN de um aparelho, no lugar de senha e código.',
  'guide.safety.apps':
    'Dê a cada programa de e-mail uma senha de app própria: ela não abre o webmail e pode ser retirada sem as outras.',
  'guide.safety.sessions':
    'A mesma página mostra onde você está conectado e o que aconteceu nos últimos 90 dias. Se algo parecer estranho, mude a senha e pressione “{everywhere}”.',
  'guide.safety.unsubscribe':
    '“{unsubscribe}” sai de uma lista. Para e-mails que você nunca pediu, {junk} é melhor.',
  'guide.programs': 'Telefone e programas de e-mail',
  'guide.programs.lead': 'Servidores, portas, senhas de app',
  'guide.programs.where':
    '{settings}, {programs} tem os servidores, as portas e o nome de usuário para programas de e-mail. O nome de usuário é o seu endereço inteiro.',
  'guide.programs.alone':
    'Muitos programas os encontram sozinhos quando você digita o endereço; para iPhone, iPad e Mac a página tem um perfil.',
  'guide.programs.imap':
    'Com IMAP um programa mostra as mesmas pastas e mensagens do webmail, e o que você lê em um fica lido no outro. Com POP3 ele recebe só {inbox}.',
  'guide.programs.app':
    'Com a verificação em duas etapas, um programa precisa de uma senha de app no lugar da sua.',
  'guide.programs.wrong':
    'Depois de várias senhas erradas o servidor faz o programa esperar. Corrija a senha em todos os seus programas e tente de novo.',
  'guide.moving': 'Trazer e levar e-mails',
  'guide.moving.lead': 'Importar, exportar, encaminhar',
  'guide.moving.in':
    '{settings}, {transfer} recebe e-mails: arquivos mbox, arquivos ZIP de mensagens ou mensagens avulsas (.eml). O que já está na pasta fica de fora.',
  'guide.moving.out':
    'A mesma página dá uma pasta como um arquivo, ou tudo, com contatos e configurações, em um só.',
  'guide.moving.ticked': 'Mensagens marcadas em uma lista podem ser baixadas pelo menu dela.',
  'guide.moving.contacts': 'A página {contacts} recebe e dá vCard e CSV.',
  'guide.moving.elsewhere':
    'De outro provedor, um programa de e-mail também traz as mensagens: configure nele as duas contas e copie as pastas.',
  'guide.moving.jobs':
    'O que demora continua quando você sai da página. Uma linha diz até onde foi, e dá para parar.',
  'guide.moving.forward':
    '{settings}, {delivery} encaminha os e-mails a outro endereço e responde a eles enquanto você está fora.',
  'guide.moving.away':
    'A resposta pode ter um primeiro e um último dia e ir somente para pessoas dos seus contatos. Listas e máquinas não a recebem, e ninguém a recebe duas vezes dentro dos dias que você escolher. Uma linha em cada página diz que ela está ativada.',
  'guide.offline': 'E-mails novos e falta de conexão',
  'guide.offline.lead': 'Notificações, sem rede, instalar',
  'guide.offline.news':
    'E-mails novos aparecem sozinhos enquanto uma página está aberta. Sem JavaScript, recarregue a página ou deixe as listas fazerem isso: {settings}, {general}.',
  'guide.offline.tab': 'O título da aba diz quanto há de não lido em {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} liga as notificações de e-mails novos: remetente e assunto, sem som, enquanto uma página do webmail está aberta. O navegador pergunta uma vez se pode.',
  'guide.offline.gone':
    'Sem conexão, uma página diz isso. A mensagem que você escreve fica na tela, e este navegador a guarda até o servidor tê-la.',
  'guide.offline.kept': 'Os e-mails que você lê não são gravados no aparelho.',
  'guide.offline.install':
    'A maioria dos navegadores oferece instalar o webmail: então ele tem janela e ícone próprios.',
};
