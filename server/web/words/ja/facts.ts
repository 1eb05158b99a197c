// Japanese of what is told of the server.
import type { Catalogue } from '../words.ts';

export const jaFacts: Catalogue = {
  'dns.title': 'DNSレコード',
  'dns.hint':
    'メールが届き、信頼されるためにドメインが公開すべき内容と、ネームサーバーの現在の応答です。変更が反映されるまでには、以前のレコードのキャッシュ期間だけ時間がかかります。',
  'dns.right': 'メールに必要なものはすべて公開されています。',
  'dns.wrong': '不足または相違しているレコードがあります。メールが届かないか、信頼されないことがあります。',
  'dns.noAddresses':
    'このサーバーには公開アドレスがないため、外部から見えるアドレスがわかりません。control/outgoingipに記入するか、下のアドレスと自分で照らし合わせてください。',
  'dns.busy': 'ほかの人がDNSレコードを確認中です。しばらくしてからもう一度お試しください。',
  'dns.settings': '必要なcontrol/のファイルに誤りがあります。どのファイルかはログに記録されています。',
  'dns.record': 'レコード',
  'dns.verdict': '判定',
  'dns.wanted': 'あるべき値',
  'dns.published': '現在の値',
  'dns.more': { other: '他{n}件' },
  'dns.zone': 'ゾーンのテキスト',
  'dns.zoneHint':
    '不足しているものをゾーンにコピーしてください。セミコロンで始まる行は、アドレスの提供元が管理するものです。プロバイダーにご依頼ください。',
  'dns.kind.mx': 'メールの受け取り先',
  'dns.kind.address': 'メールホストのアドレス',
  'dns.kind.reverse': 'アドレスの名前',
  'dns.kind.spf': '送信できるホスト（SPF）',
  'dns.kind.dmarc': 'なりすましの扱い（DMARC）',
  'dns.kind.service': 'メールソフトの接続先',
  'dns.kind.caa': '証明書を発行できる認証局',
  'dns.verdict.right': '正常',
  'dns.verdict.missing': 'なし',
  'dns.verdict.differs': '相違',
  'dns.verdict.unknown': '不明',
  'dns.optional': 'なし',
  'dns.why.as-wanted': '何もする必要はありません。',
  'dns.why.absent': '横の内容を公開してください。',
  'dns.why.other-values': '現在は{value}です。変更するか、プロバイダーに変更を依頼してください。',
  'dns.why.no-answer': 'ネームサーバーが応答しないか、応答が意味をなしません。後でもう一度ご確認ください。',
  'dns.why.mx-null': 'ドメインがメールを受け取らないと宣言しています。レコードを置き換えてください。',
  'dns.why.mx-elsewhere':
    'メールはここではなく{value}に届きます。置き換えるか、このホストを追加してください。',
  'dns.why.mx-others':
    'このホストのほかに{value}もメールを受け取ります。こちらに引き渡されるのであれば問題ありません。',
  'dns.why.mx-behind': 'メールは先に{value}に届きます。こちらに引き渡されるのであれば問題ありません。',
  'dns.why.address-more': 'この名前には{value}もあります。それもこのサーバーであれば問題ありません。',
  'dns.why.address-unsure': 'この名前は{value}を指しています。それがこのサーバーであれば問題ありません。',
  'dns.why.address-foreign':
    'この名前は{value}を指していますが、こちらでわかる限りではこのサーバーではありません。',
  'dns.why.spf-several': 'SPFレコードが複数あるため、どれも有効になりません。1つにまとめてください。',
  'dns.why.spf-everybody':
    'このレコードでは誰でもこのドメインの名前で送信できます。末尾を~allまたは-allにしてください。',
  'dns.why.spf-not-ours':
    'このレコードではこのホストから送信できません。mxまたはこちらのアドレスを追加してください。',
  'dns.why.spf-included':
    'このレコード自体にこちらのアドレスはなく、ほかのレコードを参照しています。参照先はここでは確認しません。',
  'dns.why.spf-syntax': 'レコードに誤りがあり、有効になりません。置き換えてください。',
  'dns.why.dmarc-several': 'DMARCレコードが複数あるため、どれも有効になりません。1つだけ残してください。',
  'dns.why.dmarc-policy':
    'レコードにポリシーがありません。pはnone、quarantine、rejectのいずれかにしてください。',
  'dns.why.srv-not-served':
    '{value}を指していますが、このホストはそこで待ち受けていません。削除してください。',
  'dns.why.srv-elsewhere': 'こちらのポートを指していません: {value}',
  'dns.why.caa-forbids':
    '証明書を発行できるのは{value}だけです。現在の証明書の発行者は含まれていないため、更新に失敗します。',
  'certificate.title': '証明書',
  'certificate.hint':
    'TLSを使う受付口の証明書チェーンと鍵で、それぞれ1つのファイルです。サイト全体はcontrol/servercert.pem、個別の名前はcontrol/servercerts/名前/servercert.pemです。変更は数秒以内に新しい接続に反映されます。',
  'certificate.fetched': 'このサーバーが取得',
  'certificate.fetchedOff': '証明書は取得されていません。',
  'certificate.renewAt': '更新予定',
  'certificate.nextTry': '次の試行',
  'certificate.lastFault': '前回の試行は失敗しました',
  'certificate.renew': '今すぐ更新',
  'certificate.renewing': '取得しています。数秒かかります。',
  'certificate.notNow': '認証局が待つよう求めています。下の時刻の後にもう一度お試しください。',
  'guard.sendingHour': '{who}が1時間あたりの宛先数の上限（{n}）に達しました。',
  'guard.sendingDay': '{who}が1日あたりの宛先数の上限（{n}）に達しました。',
  'certificate.missing':
    'control/servercert.pemがありません。どの受付口もTLSを提供せず、submissions、imaps、pop3sは使えません。証明書チェーンと鍵をPEM形式で置き、再起動してください。',
  'certificate.unreadable': 'control/{file}を読み取れません: {why}。',
  'certificate.right': '{host}の証明書に問題はありません。',
  'certificate.own': 'サーバー',
  'certificate.issuers': '発行者',
  'certificate.selfSigned': '自己署名',
  'certificate.subject': '対象',
  'certificate.names': '名前',
  'certificate.moreNames': { other: '他{n}件' },
  'certificate.issuer': '発行者',
  'certificate.from': '有効期間の開始',
  'certificate.to': '有効期間の終了',
  'certificate.left': { other: '残り{n}日' },
  'certificate.over': '期限切れ',
  'certificate.key': '鍵',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'ほかに使えるドメイン',
  'certificate.problem.no-certificate': 'control/{file}にPEM形式の証明書がありません。',
  'certificate.problem.unreadable-certificate': 'control/{file}内の証明書が壊れています。',
  'certificate.problem.no-key':
    'control/{file}に鍵がないため、どの受付口もTLSを使えません。PEM形式で追加してください。',
  'certificate.problem.unreadable-key':
    'control/{file}内の鍵を読み取れません。壊れているか、パスフレーズが必要です。',
  'certificate.problem.other-key': 'control/{file}内の鍵は別の証明書のものです。',
  'certificate.problem.expired':
    '証明書の期限が切れているため、メールソフトに拒否されます。今すぐ更新してください。',
  'certificate.problem.not-yet': '証明書はまだ有効になっていません。時計は合っていますか？',
  'certificate.problem.ends-soon': { other: '証明書はあと{n}日で期限が切れます。更新してください。' },
  'certificate.problem.self-signed':
    '自己署名の証明書です。メールソフトが警告を表示し、ほかのホストは接続先を確かめられません。',
  'certificate.problem.incomplete':
    '証明書チェーンが、ここで知られている発行者につながっていません。発行者の証明書を追加してください。独自の認証局の場合は該当しません。',
  'certificate.problem.wrong-order':
    '証明書チェーンの順序が誤っています。各証明書の次には、それに署名した証明書が必要です。',
  'certificate.problem.other-name': '証明書は{host}のものではありません。',
  'certificate.problem.weak-key': 'RSA鍵が2048ビット未満のため、多くの相手に拒否されます。',
  'certificate.problem.open-to-others':
    'このサーバーの誰でもcontrol/{file}と中の鍵を読めます。他者の権限を外してください: chmod o= control/{file}',
  'guard.title': 'ログインのセキュリティ',
  'guard.link': 'セッション、アプリパスワード、2段階認証',
  'guard.self': 'これはご自身のアカウントです。ログイン方法は次の場所で設定します:',
  'guard.forbidden': 'このアカウントを変更できるのはシステム管理者だけです。',
  'guard.recoveryNone': '復旧コードが残っていません。',
  'guard.recoveryLeft': { other: '残りの復旧コードは{n}個です。' },
  'guard.resetHint':
    'スマートフォンと復旧コードの両方を失った人のためのものです。以後はパスワードだけでログインできます。',
  'guard.resetButton': '2段階認証をオフにする',
  'guard.offHint': '所有者は「設定」→「セキュリティ」でオンにできます。',
  'guard.reset': '2段階認証をオフにしました。',
  'guard.sessions': 'ログイン中の場所',
  'guard.noSessions': 'ありません。',
  'guard.endAll': 'すべての場所でログアウト',
  'guard.ended': 'セッションを終了しました。',
  'guard.endedAll': { other: '{n}件のセッションを終了しました。' },
};
