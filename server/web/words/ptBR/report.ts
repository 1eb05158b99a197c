// Brazilian Portuguese of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const ptBRReport: Catalogue = {
  'dns.again': 'Verificar de novo',
  'dns.kind.setup': 'Configurações para programas de e-mail',
  'dns.about.mx': 'Diz aos outros servidores qual deles recebe o e-mail do domínio.',
  'dns.about.address': 'Leva do nome do servidor de e-mail a esta máquina.',
  'dns.about.reverse':
    'Leva do endereço de volta ao nome; sem ele, muitos servidores recusam e-mails desse endereço.',
  'dns.about.spf': 'Lista os servidores que podem enviar em nome do domínio.',
  'dns.about.dmarc':
    'Diz o que os outros devem fazer com e-mails que só fingem ser seus e para onde relatar.',
  'dns.about.service': 'Permite que programas de e-mail encontrem servidor e porta só pelo endereço.',
  'dns.about.setup': 'Permite que o Thunderbird e o Outlook obtenham as configurações só pelo endereço.',
  'dns.about.caa': 'Indica quem pode emitir certificados para o servidor de e-mail; os demais devem recusar.',
  'dns.why.alias-elsewhere': 'Leva a {value}, não a este servidor.',
  'programs.nav': 'Programas de e-mail',
  'programs.title': 'Configurar seu programa de e-mail',
  'programs.hint':
    'Muitos programas encontram tudo isso só pelo seu endereço. Se o seu perguntar, informe o que está aqui.',
  'programs.none': 'Não há aqui nenhum acesso aberto para programas de e-mail.',
  'programs.imap': 'Receber e-mails (IMAP)',
  'programs.pop3': 'Receber e-mails (POP3)',
  'programs.smtp': 'Enviar e-mails (SMTP)',
  'programs.everywhere': 'Para ambos',
  'programs.server': 'Servidor',
  'programs.port': 'Porta',
  'programs.security': 'Segurança',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nome de usuário',
  'programs.password': 'A sua, ou uma senha de aplicativo, necessária com a segunda etapa do acesso:',
  'programs.apple': 'iPhone, iPad e Mac',
  'programs.appleHint':
    'Abra esta página no aparelho, baixe o perfil e instale-o nos ajustes. Ele pedirá a senha; o perfil não a contém.',
  'programs.profile': 'Baixar o perfil',
  'programs.profileSays': 'E-mail de {address} em {host}.',
  'reports.title': 'Relatórios DMARC',
  'reports.hint':
    'O que outros servidores dizem dos e-mails em nome deste domínio nos últimos 30 dias: quem os enviou e se ficou provado que são seus.',
  'reports.none':
    'Ainda não chegou nenhum relatório. Os servidores que recebem e-mails em seu nome enviam um por dia, se o registro DMARC pedir.',
  'reports.offer':
    'Os relatórios podem chegar a {address}: o servidor os lê, e tudo o mais que chegar lá vai para {postmaster}.',
  'reports.receiving':
    'Os relatórios vão para {address} e são lidos pelo servidor; o resto vai para {postmaster}. O registro a publicar está em',
  'reports.receive': 'Receber relatórios',
  'reports.made':
    'A partir de agora os relatórios são lidos. Publique o registro DMARC indicado em Registros DNS.',
  'reports.chart': 'Mensagens em seu nome, por dia',
  'reports.believed': 'provadas',
  'reports.unbelieved': 'não provadas',
  'reports.sources': 'Quem as enviou',
  'reports.letters': 'Mensagens',
  'reports.others': 'Todos os demais',
  'reports.mark.signed': 'assinadas',
  'reports.mark.spfOnly': 'não assinadas',
  'reports.mark.mixed': 'em parte provadas',
  'reports.mark.unproven': 'não provadas',
  'reports.signed': 'Está provado que suas mensagens são de você, mesmo encaminhadas.',
  'reports.spfOnly':
    'Pode enviar por você, mas nem todas as mensagens são assinadas: encaminhadas, não se acredita nelas.',
  'reports.mixed':
    'Parte das mensagens está provada, parte não: e-mail encaminhado, ou um serviço que só assina em parte.',
  'reports.unproven':
    'Envia em seu nome sem prova: um falsário, ou um serviço seu que SPF e DKIM não conhecem.',
  'reports.reporters': 'Quem relatou',
  'reports.reporter': 'Organização',
  'reports.last': 'Último',
};
