// Japanese of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const jaFilter: Catalogue = {
  'filter.lead':
    '迷惑メールに移したメールと、そこから戻したメールから、あなた専用のフィルターが学習します。迷惑メールと思われる新着メールは迷惑メールフォルダに入り、ほかへは行きません。',
  'filter.none': 'ここではフィルターは使われていません。管理者が有効にできます。',
  'filter.use': '自分のフィルターを使う',
  'filter.strictness': '厳しさ',
  'filter.careful':
    '慎重：受信トレイに迷惑メールが増えますが、必要なメールが迷惑メールに入ることはほとんどありません',
  'filter.normal': '標準',
  'filter.keen': '厳しい：受信トレイの迷惑メールは減りますが、必要なメールが迷惑メールに入ることがあります',
  'filter.learnedJunk': '迷惑メールとして学習',
  'filter.learnedGood': '必要なメールとして学習',
  'filter.begins': 'それぞれ{count}通を学習すると、振り分けを始めます。',
  'filter.fromFolders': 'フォルダから学習する',
  'filter.fromFoldersHint':
    '迷惑メールフォルダのメールは迷惑メールとして、ほかのフォルダの既読メールは必要なメールとして学習します。',
  'filter.learning': 'フォルダから学習しています',
  'filter.learned': { other: '{n}通を新しく学習しました。' },
  'filter.forget': 'すべて忘れる',
  'filter.forgetHint': '学習した内容をすべて忘れ、最初からやり直します。メールはそのまま残ります。',
  'filter.forgotten': 'フィルターはすべて忘れました。',
  'filter.why.words': 'Facteurは迷惑メールと判断しました。理由となった語：{words}。',
  'filter.why.filter': 'Facteurは迷惑メールと判断しました。',
  'filter.why.sender': '送信者のアドレスを確認できませんでした。',
  'filter.why.listed': '迷惑メールの送信元として登録されているサーバーを経由して届きました。',
  'filter.why.scanner': 'スキャナーが迷惑メールと判断しました。',
  'filter.why.door': '届いたときに疑わしい点がありました。',
};
