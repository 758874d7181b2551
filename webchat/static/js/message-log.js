// <message-log>: the list and how it is read. It scrolls from its end (the style sheet turns it around), so what is put
// at the top moves nothing; what arrives below is followed only by who is at the end. It dresses rows with local times,
// divides days and what is new, keeps at most 300 rows, says new messages aloud, and tells what has been read.
import { later } from './later.js';
import { dayName, localise } from './times.js';

const MOST = 300;
const NEAR = 100;
const TELL = 2_000;

customElements.define('message-log', class extends HTMLElement {
  following = false; // until it is known where the page opens
  #spoken = [];

  connectedCallback() {
    this.room = this.closest('chat-room, embed-room, support-room');
    this.column = this.querySelector('.column');
    this.pill = document.getElementById('pill');
    this.newest = this.#lastSeq();
    this.top = Number(this.dataset.top);
    this.read = 'read' in this.dataset ? Number(this.dataset.read) : Infinity;
    this.seen = Math.min(this.top, this.read); // a permalink's slice may end before it
    this.newFrom = this.read;
    this.observer = new MutationObserver(() => this.#changed());
    this.addEventListener('scroll', () => { this.frame ??= requestAnimationFrame(() => this.#scrolled()); }, { passive: true });
    this.pill.addEventListener('click', () => this.#toEnd());
    addEventListener('focus', () => this.#settle());
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#tell() : this.#settle()));
    addEventListener('pagehide', () => this.#tell(), { capture: true }); // before hx-ws closes
    document.addEventListener('webchat:open', () => this.#settle());
    document.addEventListener('webchat:top', ({ detail }) => { this.top = Math.max(this.top, detail[this.dataset.id] ?? 0); this.#settle(); });
    document.addEventListener('webchat:outbox', (event) => this.#posted(event.detail));
    this.#changed(true);
    this.#open();
  }

  get list() { return this.querySelector('#log'); }
  get rows() { return [...this.list.querySelectorAll(':scope > [data-seq]')]; }
  get watched() { return this.following && document.hasFocus() && !document.hidden; }
  #lastSeq() { return Math.max(0, ...this.rows.map((row) => row.dataset.seq)); }
  own(row) { return row.dataset.by === this.room.dataset.me || this.room.outbox?.mine.has(row.dataset.cid); }

  // Where the page opens: at the message it was asked for, else at the first unread one, else at the end.
  #open() {
    const row = this.list.querySelector(`[data-seq="${this.dataset.around}"]`);
    const line = this.list.querySelector('.new');
    row?.classList.add('shown');
    if (row) row.scrollIntoView({ block: 'center' });
    else if (line?.getBoundingClientRect().top < this.getBoundingClientRect().top) line.scrollIntoView({ block: 'start' });
    this.#scrolled();
  }

  #changed(first = false) {
    const whole = 'end' in this.list.dataset; // else what comes after the last row was only further down
    this.#ends();
    this.room.arrange?.(this.list, this.rows);
    const fresh = this.rows.filter((row) => whole && Number(row.dataset.seq) > this.newest);
    this.newest = Math.max(this.newest, this.#lastSeq());
    this.top = Math.max(this.top, this.newest);
    if (fresh.some((row) => this.own(row)) || (!first && this.watched && !this.list.querySelector('.new'))) this.newFrom = Infinity;
    else if (fresh.length && this.newFrom === Infinity) this.newFrom = Number(fresh[0].dataset.seq) - 1;
    this.#bound();
    this.dress();
    this.#stay();
    this.#say(fresh.filter((row) => !this.own(row)));
    document.dispatchEvent(new CustomEvent('webchat:list'));
    this.#settle();
    this.observer.takeRecords();
    this.observer.observe(this.column, { childList: true, subtree: true });
  }

  // A list whose `#later` is no link reaches the newest message. What was read apart from the page is caught up with.
  #ends() {
    this.list.toggleAttribute('data-end', !this.querySelector('#later')?.hasAttribute('href'));
    for (const end of this.querySelectorAll('#earlier[data-at], #later[data-at]')) {
      this.room.catchUp?.(end.dataset.at);
      end.removeAttribute('data-at');
    }
  }

  dress() {
    const [lines, { mode }] = [[], document.documentElement.dataset]; // the room may not be live yet
    let day = '';
    let divided = Number(this.rows[0]?.dataset.seq) > this.newFrom + 1; // the first of what is new is further up
    for (const row of this.rows) {
      if (!row.day) {
        const time = row.querySelector('time');
        row.day = localise(time, mode === 'thread').toDateString();
        time.parentElement.tabIndex = -1;
        for (const wide of row.querySelectorAll('pre, table')) wide.tabIndex = 0;
      }
      if (row.day !== day && mode !== 'thread') lines.push(this.#divider(row, 'day', dayName(new Date(row.day), this.dataset.today, this.dataset.yesterday)));
      day = row.day;
      if (!divided && mode !== 'thread' && Number(row.dataset.seq) > this.newFrom && !this.own(row)) divided = lines.push(this.#divider(row, 'new'));
    }
    // To take one out and put it back would make the browser look at the style of all rows behind it.
    const there = this.list.querySelectorAll('.divider');
    if (there.length === lines.length && lines.every((line, n) => line.row === there[n].row && line.isEqualNode(there[n]))) return;
    for (const line of there) line.remove();
    for (const line of lines) line.row.before(line);
  }

  // What bounds the list is there before it is needed, and not for who sees a few rows.
  #bound() {
    if (this.rows.length > MOST / 2) this.bounds ??= later('log-bounds').then(([{ bound }]) => { this.bound = bound; this.#bound(); }, () => { this.bounds = null; });
    this.bound?.(this, MOST);
  }

  #divider(row, name, text) {
    const line = document.getElementById(`${name}-pattern`).content.firstElementChild.cloneNode(true);
    if (text) line.firstElementChild.textContent = text;
    return Object.assign(line, { row });
  }

  #stay() {
    const row = document.getElementById(this.anchor?.id);
    if (this.following) this.scrollTop = 0;
    else if (row) this.scrollTop += this.#above(row) - this.anchor.above;
  }

  // From the edge that rows keep their distance from when a keyboard opens, or what is written grows.
  #above(row) { return row.getBoundingClientRect().top - this.getBoundingClientRect().bottom; }

  #scrolled() {
    this.frame = null;
    this.following = -this.scrollTop < NEAR && 'end' in this.list.dataset;
    const edge = this.getBoundingClientRect().top;
    const row = this.rows.find((each) => each.getBoundingClientRect().bottom > edge);
    this.seen = Math.max(this.seen, this.rows.findLast((each) => each.getBoundingClientRect().top < edge + this.clientHeight)?.dataset.seq ?? 0);
    this.anchor = row && { id: row.id, above: this.#above(row) };
    this.#settle();
  }

  #posted(answer) {
    if (answer && answer.cid === this.lastPosted && !('end' in this.list.dataset)) this.#toEnd();
    const last = this.room.outbox.entries.at(-1)?.values;
    if (last?.do !== 'post-message' || last.room !== this.dataset.room || last.cid === this.lastPosted) return;
    this.lastPosted = last.cid;
    this.newFrom = Infinity;
    if ('end' in this.list.dataset) this.#toEnd();
  }

  #toEnd() {
    if (!('end' in this.list.dataset)) return location.assign(this.dataset.home);
    this.following = true;
    this.scrollTop = 0;
    if (this.pill.matches(':focus-visible')) this.rows.at(-1)?.focus(); // it is hidden now
    this.#settle();
  }

  // What depends on where the reader is: the pill, and how far he has read.
  #settle() {
    if (this.following) this.seen = this.newest;
    const unseen = Math.max(this.top, this.newest) - this.seen;
    const label = this.pill.querySelector('span');
    label.textContent = unseen > 0 ? label.dataset.some.replace('%n', unseen) : label.dataset.none;
    this.pill.hidden = this.following || (!unseen && -this.scrollTop < 2 * this.clientHeight && 'end' in this.list.dataset);
    if (!this.watched || !(this.newest > this.read)) return;
    this.read = this.newest;
    document.dispatchEvent(new CustomEvent('webchat:read', { detail: { [this.dataset.id]: this.newest } }));
    this.telling ??= setTimeout(() => this.#tell(), Math.max(0, (this.told ?? 0) + TELL - Date.now()));
  }

  // How far one has read, at most once in two seconds: in a busy room it changes all the time.
  #tell() {
    if (!this.telling) return;
    this.telling = clearTimeout(this.telling);
    this.told = Date.now();
    this.room.outbox?.put({ do: 'mark-read', room: this.dataset.room, seq: this.read });
  }

  #say(rows) {
    if (!this.anchor || !rows.length) return;
    this.#spoken.push(...rows.map((row) => `${row.querySelector('b').textContent}: ${row.querySelector('div, .gone').textContent.trim()}`));
    clearTimeout(this.speech);
    this.speech = setTimeout(() => {
      document.getElementById('news').textContent = this.#spoken.length > 3 ? this.dataset.several.replace('%n', this.#spoken.length) : this.#spoken.join('\n');
      this.#spoken = [];
    }, 500);
  }
});
