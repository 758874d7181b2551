// Everything a page can need. A tag in the HTML names the file that makes it live.
import './place.js';
import './midnight.js';
import './chat-room.js';
import './message-log.js';
import './pending-list.js';
import './message-tools.js';
import './message-composer.js';
import './unread-badge.js';
import './toast-list.js';
import './inbox-list.js';
import './push-switch.js';
import './typing-line.js';
import './local-time.js';
import './copy-text.js';
