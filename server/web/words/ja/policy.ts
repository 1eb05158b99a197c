// Japanese of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const jaPolicy: Catalogue = {
  'sts.title': '暗号化された配送 (MTA-STS)',
  'sts.hint':
    '{domain} 宛てのメールを、TLSで、正しい証明書を持つサーバーにだけ配送するよう他のサーバーに伝えます。DNSページのレコードを公開すると有効になります。',
  'sts.mode': 'ポリシー',
  'sts.off': 'なし',
  'sts.testing': 'テスト: 失敗は報告されますが、配送は行われます',
  'sts.enforce': '強制: 検証されたTLSでのみ配送されます',
  'sts.none':
    '取り下げ: 他のサーバーはポリシーを忘れます。「なし」にする前に、保持される期間だけこのままにしてください。',
  'sts.age': '他のサーバーが保持する期間',
  'sts.days': { other: '{n}日' },
  'sts.choose': 'ポリシーを選んでください。',
  'sts.saved': '{domain} のポリシーを保存しました。',
  'sts.wrong': 'control/mtastsに誤った行があるため、ポリシーは提供されていません。先に直してください。',
  'sts.served': '提供している内容',
  'dns.kind.mta-sts': '暗号化された配送 (MTA-STS)',
  'dns.about.mta-sts': 'TLSのポリシーがここで提供されていることと、その場所を他のサーバーに伝えます。',
  'dns.kind.tlsrpt': 'TLSの報告',
  'dns.about.tlsrpt': 'このドメインへのTLSの失敗を他のサーバーがどこへ報告するかを定めます。',
  'dns.kind.tlsa': 'メールサーバーの鍵 (DANE)',
  'dns.about.tlsa':
    'DNSSECを検証する相手にメールサーバーの鍵を示します。署名されたゾーンでのみ役立ちます。鍵を替える前に変更してください。',
  'dns.why.sts-id': 'idがここで提供しているポリシーのものと違うため、他のサーバーは古いものを使い続けます。',
  'dns.why.tlsrpt-nowhere': '報告先のアドレスがありません。',
  'dns.why.tlsa-other': 'メールサーバーとは別の鍵を示しています。検証する相手はメールを送りません。',
  'dns.why.several': '複数あるため、どれも有効になりません。',
  'tlsrpt.title': 'TLSレポート',
  'tlsrpt.hint': '過去30日間に、このドメインへのTLSについて他のサーバーが伝えた内容です。',
  'tlsrpt.noAddress':
    'TLSレポートはDMARCレポートと同じアドレスで読み取られます。先にそのアドレスを作り、次にDNSページのレコードを公開してください。',
  'tlsrpt.none':
    'レポートはまだありません。レコードを公開すると、このドメインに送るサーバーが1日1回報告します。',
  'tlsrpt.failures': '失敗したこと',
  'tlsrpt.allGood': '失敗はありません。',
  'tlsrpt.what': '内容',
  'tlsrpt.sessions': 'セッション',
  'tlsrpt.good': '成功',
  'tlsrpt.failed': '失敗',
  'tlsrpt.others': { other: 'ほか{n}件' },
  'tlsrpt.why.starttls-not-supported': 'メールサーバーがTLSに対応していませんでした。',
  'tlsrpt.why.certificate-host-mismatch':
    '証明書が別の名前のものです。メールサーバーの名前の証明書を用意してください。',
  'tlsrpt.why.certificate-expired': '証明書の期限が切れています。更新してください。',
  'tlsrpt.why.certificate-not-trusted':
    '証明書を保証する信頼できる機関がないか、証明書チェーンが不完全です。',
  'tlsrpt.why.tlsa-invalid': 'TLSAレコードの形式が正しくありません。',
  'tlsrpt.why.dnssec-invalid': 'ゾーンのDNSSEC署名が誤っているか、古すぎます。',
  'tlsrpt.why.dane-required': 'DANEが必要でしたが、TLSAレコードがありませんでした。',
  'tlsrpt.why.sts-policy-fetch-error': 'MTA-STSポリシーを取得できませんでした。',
  'tlsrpt.why.sts-policy-invalid': 'MTA-STSポリシーの形式が正しくありません。',
  'tlsrpt.why.sts-webpki-invalid': 'mta-stsの名前の証明書が正しくありません。',
  'tlsrpt.why.validation-failure':
    '別の理由でTLSに失敗しました。別の鍵のTLSAレコード、ポリシーにないサーバー、または中断した接続です。',
};
