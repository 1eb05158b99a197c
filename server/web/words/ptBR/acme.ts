// Portuguese of Brazil of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const ptBRAcme: Catalogue = {
  'acme.title': 'Obter certificados automaticamente',
  'acme.hint':
    'Este servidor pede certificados a uma autoridade certificadora, prova a ela que os nomes são seus e os renova a tempo. Para isso a autoridade precisa alcançá-lo de fora pela porta 80 ou 443.',
  'acme.directory': 'Endereço do diretório da autoridade',
  'acme.directoryHint': 'O da Let’s Encrypt já está preenchido. Para testar sem os limites dela: {address}',
  'acme.contact': 'Seu endereço de e-mail',
  'acme.contactHint':
    'A autoridade pode escrever para lá se algo estiver errado. Vários, separados por espaços.',
  'acme.names': 'Nomes',
  'acme.namesHint': 'Um certificado por linha, com os nomes separados por espaços. Este servidor é {me}.',
  'acme.pages':
    'Também para os nomes de que nossas páginas precisam, quando o DNS os traz para cá: mta-sts, autoconfig e autodiscover dos domínios e os nomes do webmail',
  'acme.external': 'A autoridade só atende clientes',
  'acme.externalHint':
    'Ela dá aos clientes um identificador de chave e uma chave (External Account Binding). A Let’s Encrypt não precisa deles.',
  'acme.keyId': 'Identificador da chave',
  'acme.key': 'Chave (HMAC)',
  'acme.keyKept': 'Há uma chave guardada. Deixe os dois campos vazios para mantê-la.',
  'acme.terms': 'Termos de serviço',
  'acme.termsHint': 'Leia o que a autoridade pede de você:',
  'acme.agree': 'Concordo com estes termos',
  'acme.agreeFirst': 'Sem a sua concordância a autoridade não emite certificados.',
  'acme.continue': 'Continuar',
  'acme.start': 'Obter certificados',
  'acme.stop': 'Parar de obter',
  'acme.stopHint': 'Os certificados existentes ficam até vencerem.',
  'acme.change': 'Mudar o que é obtido',
  'acme.saved': 'Salvo. Os certificados estão sendo obtidos.',
  'acme.stopped': 'Não são mais obtidos certificados.',
  'acme.unanswered': 'Não é possível ler o diretório da autoridade.',
  'acme.noDirectory': 'Escreva o endereço do diretório de uma autoridade.',
  'acme.bothKeys': 'Identificador e chave andam juntos: escreva os dois.',
  'acme.expected': 'Esperado: {what}',
  'acme.now': 'Agora',
  'acme.forPage': 'para uma página',
  'acme.step.account': 'Entrando na autoridade',
  'acme.step.order': 'Pedindo o certificado',
  'acme.step.prove': 'A autoridade está verificando {name}',
  'acme.step.make': 'A autoridade está emitindo o certificado',
  'acme.step.install': 'Colocando no lugar',
  'acme.step.soon': 'Será obtido em instantes',
  'acme.fault.unauthorized':
    'A autoridade encontrou neste nome algo diferente da nossa prova. O nome leva a este servidor, sem nada na frente?',
  'acme.fault.connection':
    'A autoridade não alcança este servidor. As portas 80 e 443 estão abertas de fora, e todos os endereços do nome levam para cá?',
  'acme.fault.dns': 'A autoridade não encontra o nome no DNS.',
  'acme.fault.tls': 'A autoridade não conseguiu fazer uma conexão TLS com este servidor.',
  'acme.fault.caa': 'Um registro CAA do domínio proíbe esta autoridade. Inclua-a nele ou escolha outra.',
  'acme.fault.rateLimited':
    'Foi demais para a autoridade por enquanto. Será tentado de novo quando ela permitir.',
  'acme.fault.rejectedIdentifier': 'A autoridade não emite certificados para este nome.',
  'acme.fault.externalAccountRequired':
    'A autoridade só atende clientes. Escreva o identificador e a chave que ela lhe deu.',
  'acme.fault.userActionRequired':
    'A autoridade quer antes algo de você, por exemplo a concordância com novos termos.',
  'acme.fault.invalidContact': 'A autoridade não aceita o endereço de e-mail.',
  'acme.fault.unreachable': 'A autoridade não responde.',
  'acme.fault.slow': 'A autoridade não decidiu a tempo. Ela será consultada de novo.',
  'acme.fault.noProof':
    'A autoridade quer uma prova que não pode ser dada aqui. Um nome com asterisco precisa da configuração acmehook.',
  'acme.fault.hook': 'O programa em acmehook falhou.',
  'acme.fault.garbage': 'A resposta da autoridade não faz sentido, ou ela tem uma falha própria.',
};
