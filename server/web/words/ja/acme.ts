// Japanese of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const jaAcme: Catalogue = {
  'acme.title': '証明書を自動で取得する',
  'acme.hint':
    'このサーバーは認証局に証明書を申請し、名前が自分のものであることを証明し、期限までに更新します。そのためには、認証局が外部からポート 80 または 443 でこのサーバーに到達できる必要があります。',
  'acme.directory': '認証局のディレクトリのアドレス',
  'acme.directoryHint': 'Let’s Encrypt が入力されています。上限なしで試すには：{address}',
  'acme.contact': 'あなたのメールアドレス',
  'acme.contactHint':
    '問題があるとき、認証局がここに連絡することがあります。複数ある場合は空白で区切ります。',
  'acme.names': '名前',
  'acme.namesHint': '1 行に 1 つの証明書、名前は空白で区切ります。このサーバーは {me} です。',
  'acme.pages':
    '当サイトのページに必要で、DNS がここを指している名前も含める：各ドメインの mta-sts、autoconfig、autodiscover と、ウェブメールの名前',
  'acme.external': '顧客だけを相手にする認証局',
  'acme.externalHint':
    '顧客に鍵の識別子と鍵を渡します（External Account Binding）。Let’s Encrypt には不要です。',
  'acme.keyId': '鍵の識別子',
  'acme.key': '鍵（HMAC）',
  'acme.keyKept': '鍵が保存されています。そのまま使うには両方を空にしてください。',
  'acme.terms': '利用規約',
  'acme.termsHint': '認証局が求める内容をお読みください：',
  'acme.agree': 'この規約に同意します',
  'acme.agreeFirst': '同意がなければ認証局は証明書を発行しません。',
  'acme.continue': '次へ',
  'acme.start': '証明書を取得する',
  'acme.stop': '取得をやめる',
  'acme.stopHint': 'すでにある証明書は期限まで使われます。',
  'acme.change': '取得する内容を変更',
  'acme.saved': '保存しました。証明書を取得しています。',
  'acme.stopped': '証明書はもう取得されません。',
  'acme.unanswered': '認証局のディレクトリを読み取れません。',
  'acme.noDirectory': '認証局のディレクトリのアドレスを入力してください。',
  'acme.bothKeys': '識別子と鍵は対になっています。両方を入力してください。',
  'acme.expected': '必要な形式：{what}',
  'acme.now': '現在',
  'acme.forPage': 'ページ用',
  'acme.step.account': '認証局に接続しています',
  'acme.step.order': '証明書を申請しています',
  'acme.step.prove': '認証局が {name} を確認しています',
  'acme.step.make': '認証局が証明書を発行しています',
  'acme.step.install': '設置しています',
  'acme.step.soon': 'まもなく取得します',
  'acme.fault.unauthorized':
    '認証局がこの名前で見つけたのは当方の証明ではありませんでした。この名前はこのサーバーを指していますか。手前に別の機器はありませんか。',
  'acme.fault.connection':
    '認証局がこのサーバーに到達できません。ポート 80 と 443 は外部に開いていますか。この名前のすべてのアドレスがここを指していますか。',
  'acme.fault.dns': '認証局が DNS でこの名前を見つけられません。',
  'acme.fault.tls': '認証局がこのサーバーと TLS で接続できませんでした。',
  'acme.fault.caa':
    'ドメインの CAA レコードがこの認証局を禁じています。レコードに加えるか、別の認証局を選んでください。',
  'acme.fault.rateLimited': '現在は認証局の上限を超えています。認められ次第、もう一度試します。',
  'acme.fault.rejectedIdentifier': '認証局はこの名前の証明書を発行しません。',
  'acme.fault.externalAccountRequired':
    '認証局は顧客だけを相手にしています。渡された鍵の識別子と鍵を入力してください。',
  'acme.fault.userActionRequired': '認証局は先に、新しい規約への同意などを求めています。',
  'acme.fault.invalidContact': '認証局がメールアドレスを受け付けません。',
  'acme.fault.unreachable': '認証局が応答しません。',
  'acme.fault.slow': '認証局の判断が間に合いませんでした。もう一度問い合わせます。',
  'acme.fault.noProof':
    '認証局が求める証明は、ここでは用意できません。アスタリスクを含む名前には acmehook の設定が必要です。',
  'acme.fault.hook': 'acmehook のプログラムが失敗しました。',
  'acme.fault.garbage': '認証局の応答が意味をなさないか、認証局側に障害があります。',
};
