// Japanese of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const jaHeader: Catalogue = {
  'header.sentVia': '経由',
  'header.connection': '接続',
  'header.encrypted': '暗号化あり（{host}から）',
  'header.plain': '暗号化なし（{host}から）',
  'header.checked': '差出人の確認',
  'header.signed': '{domain}による署名あり',
  'header.comesFrom': '{domain}から送信',
  'header.unsigned': '確認できませんでした',
  'header.addContact': '連絡先に追加',
  'header.addNamed': '{name}を連絡先に追加',
  'header.showContact': '連絡先を表示',
  'header.showNamed': '{name}の連絡先を表示',
  'warning.dmarc':
    'このメールは差出人の確認に失敗しました。{domain}は、このメールが自分のところから送られたものではないとしています。リンク、ファイル、依頼にはご注意ください。',
  'warning.newReplyElsewhere':
    '{sender}にメールを送ったことはありません。また、このメールへの返信は別のドメインに届きます: {address}',
  'warning.ownName':
    'このメールはあなた自身の名前を名乗っていますが、あなたのものではない{address}から送られています。',
  'unsubscribe.title': '配信停止',
  'unsubscribe.link': '配信停止',
  'unsubscribe.left': '{date}に配信停止済み',
  'unsubscribe.question': '{name}の配信を停止しますか？',
  'unsubscribe.post': '{target}にリクエストを送ります。このメールが届いたことが相手に伝わります。',
  'unsubscribe.letter': 'あなたのアドレスから{target}にメールを送ります。',
  'unsubscribe.page': '配信停止の手続きは{target}のページで行います。新しいタブで開きます。',
  'unsubscribe.sender': 'このメールは{sender}からとされていますが、確認されていません。',
  'unsubscribe.signed': 'このメールは{sender}からのもので、{domain}の署名があります。',
  'unsubscribe.button': '配信を停止',
  'unsubscribe.open': 'ページを開く',
  'unsubscribe.done': '配信を停止しました。',
  'unsubscribe.failed':
    '{host}がリクエストを受け付けませんでした。もう一度試すか、相手のページを開いてください。',
  'unsubscribe.notSent': 'メールを送信できませんでした: {words}',
  'unsubscribe.none': 'このメールはもうないか、配信停止の方法が書かれていません。',
};
