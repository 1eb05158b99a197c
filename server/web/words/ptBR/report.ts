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
};
