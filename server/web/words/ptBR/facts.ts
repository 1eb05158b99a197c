// Brazilian Portuguese of what is told of the server.
import type { Catalogue } from '../words.ts';

export const ptBRFacts: Catalogue = {
  'dns.title': 'Registros DNS',
  'dns.hint':
    'O que o domínio precisa publicar para que seus e-mails cheguem e sejam considerados autênticos, e o que os servidores de nomes dizem agora. As alterações demoram a aparecer pelo tempo em que os registros antigos podiam ser guardados.',
  'dns.right': 'Tudo de que o e-mail precisa está publicado.',
  'dns.wrong':
    'Alguns registros faltam ou estão diferentes: os e-mails podem não chegar ou não ser considerados autênticos.',
  'dns.noAddresses':
    'Esta máquina não tem endereço público, por isso não se sabe qual deles os outros veem. Escreva-o em control/outgoingip ou compare você mesmo com os endereços abaixo.',
  'dns.busy': 'Outras pessoas estão consultando registros DNS agora. Tente novamente em instantes.',
  'dns.settings': 'Um arquivo de control/ necessário aqui está errado; o log diz qual.',
  'dns.record': 'Registro',
  'dns.verdict': 'Resultado',
  'dns.wanted': 'Deveria ser',
  'dns.published': 'É',
  'dns.more': { one: 'e mais um', many: 'e mais {n}', other: 'e mais {n}' },
  'dns.zone': 'Como texto de zona',
  'dns.zoneHint':
    'Copie para a zona o que falta. As linhas com ponto e vírgula cabem a quem forneceu o endereço: fale com seu provedor.',
  'dns.kind.mx': 'Quem recebe os e-mails',
  'dns.kind.address': 'Endereço do servidor de e-mail',
  'dns.kind.reverse': 'Nome do endereço',
  'dns.kind.spf': 'Quem pode enviar (SPF)',
  'dns.kind.dmarc': 'O que acontece com falsificações (DMARC)',
  'dns.kind.service': 'Onde os programas de e-mail se conectam',
  'dns.kind.caa': 'Quem pode emitir certificados',
  'dns.verdict.right': 'certo',
  'dns.verdict.missing': 'falta',
  'dns.verdict.differs': 'diferente',
  'dns.verdict.unknown': 'não se sabe',
  'dns.optional': 'não há',
  'dns.why.as-wanted': 'Nada a fazer.',
  'dns.why.absent': 'Publique o que está ao lado.',
  'dns.why.other-values': 'Agora é {value}. Altere-o ou peça ao seu provedor que o altere.',
  'dns.why.no-answer':
    'Os servidores de nomes não responderam, ou não de forma que faça sentido. Verifique novamente mais tarde.',
  'dns.why.mx-null': 'O domínio diz que não recebe e-mails. Substitua o registro.',
  'dns.why.mx-elsewhere': 'Os e-mails vão para {value}, não para cá. Substitua-o ou adicione este servidor.',
  'dns.why.mx-others': 'Este servidor recebe e-mails, e {value} também. Certo, se os repassa para nós.',
  'dns.why.mx-behind': 'Os e-mails vão primeiro para {value}. Certo, se os repassa para nós.',
  'dns.why.address-more': 'O nome também tem {value}. Certo, se também for esta máquina.',
  'dns.why.address-unsure': 'O nome tem {value}. Certo, se for esta máquina.',
  'dns.why.address-foreign': 'O nome tem {value}, que não é esta máquina, até onde ela mesma sabe.',
  'dns.why.spf-several': 'Há vários registros SPF, e então nenhum vale. Junte-os em um só.',
  'dns.why.spf-everybody':
    'O registro permite que qualquer um envie em seu nome. Termine-o com ~all ou -all.',
  'dns.why.spf-not-ours': 'O registro não permite que este servidor envie. Adicione mx ou nossos endereços.',
  'dns.why.spf-included':
    'O registro não cita nossos endereços, mas leva a outros registros, que não são seguidos aqui.',
  'dns.why.spf-syntax': 'O registro tem um erro e, por isso, não vale. Substitua-o.',
  'dns.why.dmarc-several': 'Há vários registros DMARC, e então nenhum vale. Mantenha um.',
  'dns.why.dmarc-policy': 'O registro não tem política: p deve ser none, quarantine ou reject.',
  'dns.why.srv-not-served': 'Ele leva a {value}, onde este servidor não escuta. Remova-o.',
  'dns.why.srv-elsewhere': 'Ele não leva à nossa porta: {value}.',
  'dns.why.caa-forbids':
    'Só {value} pode emitir certificados; o emissor do atual não está incluído, e a renovação vai falhar.',
  'certificate.title': 'Certificado',
  'certificate.hint':
    'control/servercert.pem: cadeia e chave das portas de entrada que usam TLS. O próprio webmail usa HTTP sem criptografia atrás do proxy, que tem seu próprio certificado.',
  'certificate.missing':
    'Não há control/servercert.pem: nenhuma porta de entrada oferece TLS, e submissions, imaps e pop3s não estão disponíveis. Coloque lá a cadeia e a chave em PEM e reinicie.',
  'certificate.unreadable': 'Não é possível ler control/{file}: {why}.',
  'certificate.right': 'Está tudo bem para {host}.',
  'certificate.own': 'O servidor',
  'certificate.issuers': 'Seu emissor',
  'certificate.selfSigned': 'autoassinado',
  'certificate.subject': 'Para',
  'certificate.names': 'Nomes',
  'certificate.moreNames': { one: 'e mais um', many: 'e mais {n}', other: 'e mais {n}' },
  'certificate.issuer': 'Emitido por',
  'certificate.from': 'Válido desde',
  'certificate.to': 'Válido até',
  'certificate.left': { one: 'resta um dia', many: 'restam {n} dias', other: 'restam {n} dias' },
  'certificate.over': 'vencido',
  'certificate.key': 'Chave',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Domínios para os quais também serve',
  'certificate.problem.no-certificate': 'control/{file} não contém nenhum certificado em PEM.',
  'certificate.problem.unreadable-certificate': 'Um certificado em control/{file} está danificado.',
  'certificate.problem.no-key':
    'control/{file} não contém nenhuma chave: nenhuma porta de entrada pode usar TLS. Adicione-a em PEM.',
  'certificate.problem.unreadable-key':
    'Não é possível ler a chave em control/{file}: ela está danificada ou precisa de uma frase secreta.',
  'certificate.problem.other-key': 'A chave em control/{file} pertence a outro certificado.',
  'certificate.problem.expired': 'O certificado venceu: os programas de e-mail o recusam. Renove-o agora.',
  'certificate.problem.not-yet': 'O certificado ainda não é válido. O relógio está certo?',
  'certificate.problem.ends-soon': {
    one: 'O certificado vence em {n} dia. Renove-o agora.',
    many: 'O certificado vence em {n} dias. Renove-o.',
    other: 'O certificado vence em {n} dias. Renove-o.',
  },
  'certificate.problem.self-signed':
    'O certificado é autoassinado: os programas de e-mail alertam sobre isso, e outros servidores não podem ter certeza de quem responde.',
  'certificate.problem.incomplete':
    'A cadeia não leva a um emissor conhecido aqui. Adicione os certificados do emissor, ou então ele é particular.',
  'certificate.problem.wrong-order':
    'A cadeia está fora de ordem: depois de cada certificado deve vir o que o assinou.',
  'certificate.problem.other-name': 'O certificado não é para {host}.',
  'certificate.problem.weak-key': 'A chave RSA tem menos de 2048 bits: muitos a recusam.',
  'certificate.problem.open-to-others':
    'Qualquer um nesta máquina pode ler control/{file} e a chave que está nele. Tire as permissões dos outros: chmod o= control/{file}',
  'guard.title': 'Segurança do acesso',
  'guard.link': 'Sessões, senhas de app, segunda etapa',
  'guard.self': 'Esta é a sua própria conta: a forma de entrar nela é definida em',
  'guard.forbidden': 'Só administradores do sistema alteram esta conta.',
  'guard.recoveryNone': 'Não resta nenhum código de recuperação.',
  'guard.recoveryLeft': {
    one: 'Resta um código de recuperação.',
    many: 'Restam {n} códigos de recuperação.',
    other: 'Restam {n} códigos de recuperação.',
  },
  'guard.resetHint':
    'Para quem perdeu o telefone e os códigos de recuperação. Depois disso, basta a senha para entrar.',
  'guard.resetButton': 'Desativar a segunda etapa',
  'guard.offHint': 'O titular pode ativá-la em Configurações, Segurança.',
  'guard.reset': 'A segunda etapa está desativada.',
  'guard.sessions': 'Onde a conta está conectada',
  'guard.noSessions': 'Em lugar nenhum.',
  'guard.endAll': 'Sair em todos os lugares',
  'guard.ended': 'A sessão foi encerrada.',
  'guard.endedAll': {
    one: 'Uma sessão foi encerrada.',
    many: '{n} sessões foram encerradas.',
    other: '{n} sessões foram encerradas.',
  },
};
