// read.js: what messages do, alone and as conversations, and the viewer of their files. Pages that show a message load it
// with themselves, a list with the first message that opens in its pane (static/lib/reading-room.ts).
import './message.ts';
import './conversation.ts';
import './viewer.ts';
