// Spanish of what is told of the server.
import type { Catalogue } from '../words.ts';

export const esFacts: Catalogue = {
  'dns.title': 'Registros DNS',
  'dns.hint':
    'Lo que el dominio debe publicar para que su correo llegue y se considere auténtico, y lo que dicen ahora los servidores de nombres. Los cambios tardan en verse tanto como se permitía conservar los registros anteriores.',
  'dns.right': 'Está publicado todo lo que el correo necesita.',
  'dns.wrong':
    'Faltan registros o hay diferencias: puede que el correo no llegue o no se considere auténtico.',
  'dns.noAddresses':
    'Esta máquina no tiene ninguna dirección pública, así que no se sabe cuál ven los demás. Escríbela en control/outgoingip o compara tú las direcciones de abajo.',
  'dns.busy': 'Otras personas están consultando registros DNS ahora. Inténtalo de nuevo en un momento.',
  'dns.settings':
    'Un archivo de control/ que hace falta aquí es incorrecto; el registro de actividad dice cuál.',
  'dns.record': 'Registro',
  'dns.verdict': 'Resultado',
  'dns.wanted': 'Debería ser',
  'dns.published': 'Es',
  'dns.more': { one: 'y uno más', many: 'y {n} más', other: 'y {n} más' },
  'dns.zone': 'Como texto de zona',
  'dns.zoneHint':
    'Copia en la zona lo que falte. Las líneas con punto y coma corresponden a quien te dio la dirección: consulta a tu proveedor.',
  'dns.kind.mx': 'Quién recibe el correo',
  'dns.kind.address': 'Dirección del servidor de correo',
  'dns.kind.reverse': 'Nombre de la dirección',
  'dns.kind.spf': 'Quién puede enviar (SPF)',
  'dns.kind.dmarc': 'Qué ocurre con las falsificaciones (DMARC)',
  'dns.kind.service': 'Dónde se conectan los programas de correo',
  'dns.kind.caa': 'Quién puede emitir certificados',
  'dns.verdict.right': 'correcto',
  'dns.verdict.missing': 'falta',
  'dns.verdict.differs': 'difiere',
  'dns.verdict.unknown': 'no se sabe',
  'dns.optional': 'no está',
  'dns.why.as-wanted': 'No hay nada que hacer.',
  'dns.why.absent': 'Publica lo que figura al lado.',
  'dns.why.other-values': 'Ahora es {value}. Cámbialo o pide a tu proveedor que lo cambie.',
  'dns.why.no-answer':
    'Los servidores de nombres no han respondido, o no de forma coherente. Vuelve a mirar más tarde.',
  'dns.why.mx-null': 'El dominio dice que no recibe correo. Sustituye el registro.',
  'dns.why.mx-elsewhere': 'El correo va a {value}, no aquí. Sustitúyelo o añade este servidor.',
  'dns.why.mx-others': 'Este servidor recibe correo, y también {value}. Es correcto si nos lo pasa.',
  'dns.why.mx-behind': 'El correo va primero a {value}. Es correcto si nos lo pasa.',
  'dns.why.address-more': 'El nombre también tiene {value}. Es correcto si también es esta máquina.',
  'dns.why.address-unsure': 'El nombre tiene {value}. Es correcto si es esta máquina.',
  'dns.why.address-foreign': 'El nombre tiene {value}, que no es esta máquina, hasta donde ella misma sabe.',
  'dns.why.spf-several': 'Hay varios registros SPF, y entonces no vale ninguno. Únelos en uno.',
  'dns.why.spf-everybody':
    'El registro permite que cualquiera envíe en tu nombre. Termínalo con ~all o -all.',
  'dns.why.spf-not-ours': 'El registro no permite enviar a este servidor. Añade mx o nuestras direcciones.',
  'dns.why.spf-included':
    'El registro no nombra nuestras direcciones, sino que remite a otros registros que aquí no se siguen.',
  'dns.why.spf-syntax': 'El registro tiene un error y por eso no cuenta. Sustitúyelo.',
  'dns.why.dmarc-several': 'Hay varios registros DMARC, y entonces no vale ninguno. Conserva uno.',
  'dns.why.dmarc-policy': 'El registro no tiene política: p debe ser none, quarantine o reject.',
  'dns.why.srv-not-served': 'Remite a {value}, donde este servidor no escucha. Elimínalo.',
  'dns.why.srv-elsewhere': 'No remite a nuestro puerto: {value}.',
  'dns.why.caa-forbids':
    'Solo {value} puede emitir certificados; el emisor del actual no está incluido y la renovación fallará.',
  'certificate.title': 'Certificado',
  'certificate.hint':
    'Cadena y clave de los puertos de entrada que usan TLS, cada una en un archivo: control/servercert.pem para el sitio, control/servercerts/NOMBRE/servercert.pem para un nombre propio. Un archivo cambiado vale para las conexiones nuevas en unos segundos.',
  'certificate.fetched': 'Obtenidos por este servidor',
  'certificate.fetchedOff':
    'No se obtiene ningún certificado. Para que se obtengan y se renueven, pon la dirección del directorio de una autoridad en el ajuste acme: con ello aceptas sus condiciones.',
  'certificate.renewAt': 'Se renueva el',
  'certificate.nextTry': 'Próximo intento',
  'certificate.lastFault': 'El último intento falló',
  'certificate.renew': 'Renovar ahora',
  'certificate.renewing': 'Se está obteniendo. Tarda unos segundos.',
  'certificate.notNow': 'La autoridad pide esperar. Inténtalo de nuevo después de la hora indicada abajo.',
  'guard.sendingHour': '{who} ha alcanzado el límite de {n} destinatarios por hora.',
  'guard.sendingDay': '{who} ha alcanzado el límite de {n} destinatarios por día.',
  'certificate.missing':
    'No hay control/servercert.pem: ningún puerto de entrada ofrece TLS, y submissions, imaps y pop3s no están disponibles. Pon ahí la cadena y la clave en PEM y reinicia.',
  'certificate.unreadable': 'No se puede leer control/{file}: {why}.',
  'certificate.right': 'Todo está bien para {host}.',
  'certificate.own': 'El servidor',
  'certificate.issuers': 'Su emisor',
  'certificate.selfSigned': 'autofirmado',
  'certificate.subject': 'Para',
  'certificate.names': 'Nombres',
  'certificate.moreNames': { one: 'y uno más', many: 'y {n} más', other: 'y {n} más' },
  'certificate.issuer': 'Emitido por',
  'certificate.from': 'Válido desde',
  'certificate.to': 'Válido hasta',
  'certificate.left': { one: 'queda un día', many: 'quedan {n} días', other: 'quedan {n} días' },
  'certificate.over': 'caducado',
  'certificate.key': 'Clave',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Dominios para los que también vale',
  'certificate.problem.no-certificate': 'control/{file} no contiene ningún certificado en PEM.',
  'certificate.problem.unreadable-certificate': 'Un certificado de control/{file} está dañado.',
  'certificate.problem.no-key':
    'control/{file} no contiene ninguna clave: ningún puerto de entrada puede usar TLS. Añádela en PEM.',
  'certificate.problem.unreadable-key':
    'No se puede leer la clave de control/{file}: está dañada o necesita una frase de contraseña.',
  'certificate.problem.other-key': 'La clave de control/{file} pertenece a otro certificado.',
  'certificate.problem.expired':
    'El certificado ha caducado: los programas de correo lo rechazan. Renuévalo ahora.',
  'certificate.problem.not-yet': 'El certificado todavía no es válido. ¿Está en hora el reloj?',
  'certificate.problem.ends-soon': {
    one: 'El certificado caduca en {n} día. Renuévalo ahora.',
    many: 'El certificado caduca en {n} días. Renuévalo.',
    other: 'El certificado caduca en {n} días. Renuévalo.',
  },
  'certificate.problem.self-signed':
    'El certificado está autofirmado: los programas de correo avisan de ello y otros servidores no pueden estar seguros de quién responde.',
  'certificate.problem.incomplete':
    'La cadena no lleva a un emisor conocido aquí. Añade los certificados del emisor, o bien es uno privado.',
  'certificate.problem.wrong-order':
    'La cadena está desordenada: a cada certificado le debe seguir el que lo firmó.',
  'certificate.problem.other-name': 'El certificado no es para {host}.',
  'certificate.problem.weak-key': 'La clave RSA tiene menos de 2048 bits: muchos la rechazan.',
  'certificate.problem.open-to-others':
    'Cualquiera en esta máquina puede leer control/{file} y la clave que contiene. Quita los permisos a los demás: chmod o= control/{file}',
  'guard.title': 'Seguridad del inicio de sesión',
  'guard.link': 'Sesiones, contraseñas de aplicación, segundo paso',
  'guard.self': 'Esta es tu propia cuenta: la forma de iniciar sesión se establece en',
  'guard.forbidden': 'Solo los administradores del sistema pueden cambiar esta cuenta.',
  'guard.recoveryNone': 'No queda ningún código de recuperación.',
  'guard.recoveryLeft': {
    one: 'Queda un código de recuperación.',
    many: 'Quedan {n} códigos de recuperación.',
    other: 'Quedan {n} códigos de recuperación.',
  },
  'guard.resetHint':
    'Para quien ha perdido el teléfono y los códigos de recuperación. Después, basta la contraseña para iniciar sesión.',
  'guard.resetButton': 'Desactivar el segundo paso',
  'guard.offHint': 'El titular puede activarlo en Configuración, Seguridad.',
  'guard.reset': 'El segundo paso está desactivado.',
  'guard.sessions': 'Dónde tiene la sesión iniciada',
  'guard.noSessions': 'En ninguna parte.',
  'guard.endAll': 'Cerrar sesión en todas partes',
  'guard.ended': 'La sesión se ha terminado.',
  'guard.endedAll': {
    one: 'Se ha terminado una sesión.',
    many: 'Se han terminado {n} sesiones.',
    other: 'Se han terminado {n} sesiones.',
  },
};
