// Russian of what is told of the server.
import type { Catalogue } from '../words.ts';

export const ruFacts: Catalogue = {
  'dns.title': 'Записи DNS',
  'dns.hint':
    'Что должен публиковать домен, чтобы его почта доходила и ей доверяли, и что отвечают серверы имён сейчас. Изменения становятся видны, когда истечёт срок хранения старых записей.',
  'dns.right': 'Опубликовано всё, что нужно почте.',
  'dns.wrong': 'Некоторых записей нет или они отличаются: почта может не доходить или не вызывать доверия.',
  'dns.noAddresses':
    'У этого сервера нет публичного адреса, поэтому неизвестно, какой адрес видят другие. Запишите его в control/outgoingip или сравните адреса ниже сами.',
  'dns.busy': 'Записи DNS сейчас проверяют другие. Попробуйте ещё раз через минуту.',
  'dns.settings': 'В нужном для этого файле из control/ ошибка; в каком — указано в журнале.',
  'dns.record': 'Запись',
  'dns.verdict': 'Оценка',
  'dns.wanted': 'Должно быть',
  'dns.published': 'Есть',
  'dns.more': { one: 'и ещё {n}', few: 'и ещё {n}', many: 'и ещё {n}', other: 'и ещё {n}' },
  'dns.zone': 'Текст для зоны',
  'dns.zoneHint':
    'Скопируйте недостающее в зону. Строки с точкой с запятой — забота того, кто выдал вам адрес: обратитесь к провайдеру.',
  'dns.kind.mx': 'Кто принимает почту',
  'dns.kind.address': 'Адрес почтового хоста',
  'dns.kind.reverse': 'Имя адреса',
  'dns.kind.spf': 'Кому можно отправлять (SPF)',
  'dns.kind.dmarc': 'Что делать с подделками (DMARC)',
  'dns.kind.service': 'Куда подключаются почтовые программы',
  'dns.kind.caa': 'Кому можно выпускать сертификаты',
  'dns.verdict.right': 'верно',
  'dns.verdict.missing': 'нет',
  'dns.verdict.differs': 'отличается',
  'dns.verdict.unknown': 'неизвестно',
  'dns.optional': 'отсутствует',
  'dns.why.as-wanted': 'Ничего делать не нужно.',
  'dns.why.absent': 'Опубликуйте то, что указано рядом.',
  'dns.why.other-values': 'Сейчас там {value}. Измените сами или через провайдера.',
  'dns.why.no-answer': 'Серверы имён не ответили, или ответ не имеет смысла. Проверьте позже.',
  'dns.why.mx-null': 'Домен сообщает, что не принимает почту. Замените эту запись.',
  'dns.why.mx-elsewhere': 'Почта идёт на {value}, а не сюда. Замените запись или добавьте этот хост.',
  'dns.why.mx-others':
    'Почту принимает этот хост, но и {value} тоже. Это верно, если оттуда она передаётся нам.',
  'dns.why.mx-behind': 'Сначала почта идёт на {value}. Это верно, если оттуда она передаётся нам.',
  'dns.why.address-more': 'У имени есть ещё {value}. Это верно, если это тоже этот сервер.',
  'dns.why.address-unsure': 'У имени указан {value}. Это верно, если это этот сервер.',
  'dns.why.address-foreign': 'У имени указан {value}; насколько известно этому серверу, это не он.',
  'dns.why.spf-several': 'Записей SPF несколько, и тогда не действует ни одна. Объедините их в одну.',
  'dns.why.spf-everybody':
    'Эта запись разрешает всем отправлять почту от вашего имени. Завершите её на ~all или -all.',
  'dns.why.spf-not-ours':
    'Эта запись не разрешает этому хосту отправлять почту. Добавьте mx или наши адреса.',
  'dns.why.spf-included':
    'В самой записи наших адресов нет, она ведёт к другим записям, которые здесь не проверяются.',
  'dns.why.spf-syntax': 'В записи ошибка, и тогда она не действует. Замените её.',
  'dns.why.dmarc-several': 'Записей DMARC несколько, и тогда не действует ни одна. Оставьте одну.',
  'dns.why.dmarc-policy': 'В записи нет политики: p должно быть none, quarantine или reject.',
  'dns.why.srv-not-served': 'Запись ведёт на {value}, где этот хост не принимает соединения. Удалите её.',
  'dns.why.srv-elsewhere': 'Запись ведёт не на наш порт: {value}.',
  'dns.why.caa-forbids':
    'Выпускать сертификаты может только {value}; того, кто выпустил нынешний, среди них нет, и продлить его не удастся.',
  'certificate.title': 'Сертификат',
  'certificate.hint':
    'control/servercert.pem: цепочка и ключ служб, которые работают с TLS. Сама веб-почта работает по обычному HTTP за своим прокси-сервером, у которого свой сертификат.',
  'certificate.missing':
    'Файла control/servercert.pem нет: ни одна служба не предлагает TLS, а submissions, imaps и pop3s не работают. Поместите туда цепочку и ключ в формате PEM и перезапустите программу.',
  'certificate.unreadable': 'Не удалось прочитать control/{file}: {why}.',
  'certificate.right': 'Для {host} всё в порядке.',
  'certificate.own': 'Сервер',
  'certificate.issuers': 'Его издатель',
  'certificate.selfSigned': 'самоподписанный',
  'certificate.subject': 'Кому выдан',
  'certificate.names': 'Имена',
  'certificate.moreNames': { one: 'и ещё {n}', few: 'и ещё {n}', many: 'и ещё {n}', other: 'и ещё {n}' },
  'certificate.issuer': 'Кем выдан',
  'certificate.from': 'Действует с',
  'certificate.to': 'Действует до',
  'certificate.left': {
    one: 'остался {n} день',
    few: 'осталось {n} дня',
    many: 'осталось {n} дней',
    other: 'осталось {n} дней',
  },
  'certificate.over': 'истёк',
  'certificate.key': 'Ключ',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Домены, для которых он тоже подходит',
  'certificate.problem.no-certificate': 'В control/{file} нет сертификата в формате PEM.',
  'certificate.problem.unreadable-certificate': 'Сертификат в control/{file} повреждён.',
  'certificate.problem.no-key':
    'В control/{file} нет ключа: ни одна служба не может работать с TLS. Добавьте его в формате PEM.',
  'certificate.problem.unreadable-key':
    'Не удалось прочитать ключ в control/{file}: он повреждён или защищён паролем.',
  'certificate.problem.other-key': 'Ключ в control/{file} относится к другому сертификату.',
  'certificate.problem.expired':
    'Срок действия сертификата истёк: почтовые программы его отвергают. Продлите его сейчас.',
  'certificate.problem.not-yet': 'Сертификат ещё не действует. Правильно ли идут часы?',
  'certificate.problem.ends-soon': {
    one: 'Сертификат истекает через {n} день. Продлите его.',
    few: 'Сертификат истекает через {n} дня. Продлите его.',
    many: 'Сертификат истекает через {n} дней. Продлите его.',
    other: 'Сертификат истекает через {n} дней. Продлите его.',
  },
  'certificate.problem.self-signed':
    'Сертификат самоподписанный: почтовые программы о нём предупреждают, а другие хосты не могут быть уверены, кто отвечает.',
  'certificate.problem.incomplete':
    'Цепочка не ведёт к известному здесь издателю. Добавьте сертификаты издателя, если только он не частный.',
  'certificate.problem.wrong-order':
    'Порядок в цепочке нарушен: за каждым сертификатом должен идти тот, которым он подписан.',
  'certificate.problem.other-name': 'Сертификат выдан не для {host}.',
  'certificate.problem.weak-key': 'Ключ RSA короче 2048 бит: многие его отвергают.',
  'certificate.problem.open-to-others':
    'Любой на этом сервере может прочитать control/{file} и ключ в нём. Уберите права остальных: chmod o= control/{file}',
  'guard.title': 'Безопасность входа',
  'guard.link': 'Сеансы, пароли приложений, второй шаг',
  'guard.self': 'Это ваш собственный аккаунт. Способ входа в него задаётся здесь:',
  'guard.forbidden': 'Этот аккаунт могут менять только администраторы системы.',
  'guard.recoveryNone': 'Резервных кодов не осталось.',
  'guard.recoveryLeft': {
    one: 'Остался {n} резервный код.',
    few: 'Осталось {n} резервных кода.',
    many: 'Осталось {n} резервных кодов.',
    other: 'Осталось {n} резервных кодов.',
  },
  'guard.resetHint':
    'Для того, кто потерял телефон и резервные коды. После этого для входа достаточно одного пароля.',
  'guard.resetButton': 'Отключить второй шаг',
  'guard.offHint': 'Владелец может включить его в разделе «Настройки», «Безопасность».',
  'guard.reset': 'Второй шаг отключён.',
  'guard.sessions': 'Где выполнен вход',
  'guard.noSessions': 'Нигде.',
  'guard.endAll': 'Завершить все сеансы',
  'guard.ended': 'Сеанс завершён.',
  'guard.endedAll': {
    one: 'Завершён {n} сеанс.',
    few: 'Завершены {n} сеанса.',
    many: 'Завершено {n} сеансов.',
    other: 'Завершено {n} сеансов.',
  },
};
