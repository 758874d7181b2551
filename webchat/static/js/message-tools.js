// <message-tools>: the one toolbar of the page. It goes to the row under the pointer or the focus; its buttons are
// those of one form. Rows are reached with the arrow keys (or j and k), their tools with Enter, the way back is Escape.
import { composing } from './keys.js';
import { later } from './later.js';

customElements.define('message-tools', class extends HTMLElement {
  connectedCallback() {
    this.room = this.closest('chat-room, embed-room, support-room');
    this.log = this.closest('message-log');
    this.form = this.querySelector('form');
    this.log.addEventListener('pointerover', (event) => event.pointerType !== 'touch' && !this.#held && this.#at(event));
    this.log.addEventListener('pointerleave', (event) => event.pointerType !== 'touch' && !this.#held && this.hide()); // a finger leaves before its click
    this.log.addEventListener('focusin', (event) => this.contains(event.target) || this.#at(event));
    this.log.addEventListener('click', (event) => this.#clicked(event));
    this.log.addEventListener('keydown', (event) => this.#key(event));
    this.form.addEventListener('webchat:taken', () => this.hide());
    // Who turns elsewhere does not delete; who only looks at another window may come back.
    this.#part('really').addEventListener('mousedown', (event) => event.preventDefault()); // some browsers take the focus from what is clicked
    this.addEventListener('focusout', ({ relatedTarget }) => this.contains(relatedTarget ?? document.activeElement) || this.#spare());
    document.addEventListener('webchat:list', () => this.#rove());
    this.#rove();
  }

  get #held() { return this.contains(document.activeElement) || 'open' in this.dataset; }
  get #message() { return this.row?.id.slice(2); }
  get #parts() { return [...this.form.querySelectorAll('button, a')].filter((part) => part.checkVisibility()); }
  #chip(emoji) { return [...this.row.querySelectorAll('[data-u]')].find((chip) => chip.firstChild.data.trim() === emoji); }
  #part(name) { return this.querySelector(`[data-do="${name}"]`); }

  // One row can be reached by Tab: the one that was last, else the newest. A row that was replaced keeps the focus.
  #rove() {
    const { rows } = this.log;
    const row = (this.row && document.getElementById(this.row.id)) || rows.at(-1);
    for (const other of rows) if (other.tabIndex === 0 && other !== row) other.removeAttribute('tabindex');
    if (row) row.tabIndex = 0;
    if (!this.row) return;
    if (row !== this.row && this.focused && document.activeElement === document.body) row.focus({ preventScroll: true });
    if (!this.hidden) this.show(row);
  }

  #at(event) {
    const row = event.target.closest('#log > [data-seq]');
    this.focused = event.type === 'focusin' && event.target === row;
    if (row) this.show(row);
  }

  show(row) {
    if (!row?.isConnected) return this.hide();
    if (row !== this.row) this.#reset();
    Object.assign(this, { row, hidden: false });
    const states = { own: this.#own(row), gone: row.querySelector('.gone'), pinned: document.getElementById(`p-${this.#message}`) };
    for (const state in states) this.toggleAttribute(`data-${state}`, Boolean(states[state])); // the style sheet shows what can be done with such a row
    this.style.setProperty('--row', `${row.offsetTop}px`);
    this.#part('link').href = row.querySelector('a[href]').href;
    this.dataset.may = document.getElementById('foot').dataset.may;
    for (const emoji of this.querySelectorAll('.emoji')) emoji.ariaPressed = String(this.#mine(emoji.dataset.emoji));
  }

  hide() {
    if (this.contains(document.activeElement)) this.row?.focus({ preventScroll: true });
    this.#reset();
    this.hidden = true;
  }

  edit(row) {
    const target = document.getElementById('composer-edit');
    if (row && target) htmx.ajax('GET', this.room.near(row.querySelector('a[href]').href), { target, swap: 'innerHTML', select: 'form', source: target });
    this.hide();
    return row;
  }

  #own(row) { return document.getElementById('foot').dataset.who !== '' && this.log.own(row); } // who gives a frame no name is another with each connection
  editLast() { return this.edit(this.log.rows.findLast((row) => this.#own(row) && !row.querySelector('.gone'))); }
  answer(row) { if (row) later('answer-line').then(([{ answer }]) => { this.hide(); answer(row, this.querySelector('template')); }, () => null); } // not offline
  #copy({ href, dataset: { done } }, event) {
    event.preventDefault();
    navigator.clipboard.writeText(href).then(() => { this.hide(); this.room.refuse(done); }, () => location.assign(href));
  }

  #reaction(emoji) { return `${this.#mine(emoji) ? 'remove' : 'add'}-reaction:${this.#message}`; }
  #mine(emoji) { return Boolean(this.#chip(emoji)?.dataset.u.split(' ').includes(this.room.dataset.me)); }

  #reset() {
    for (const state of ['open', 'asks']) delete this.dataset[state];
  }

  #clicked(event) {
    const button = event.target.closest('message-tools button, message-tools a');
    const chip = event.target.closest('#log [data-u]');
    if (event.target === this) this.hide();
    else if (button) this.#press(button, event);
    else if (chip && document.querySelector(`#foot[data-may~="${'vote' in chip.dataset ? 'vote' : 'react'}"]`)) {
      const emoji = chip.firstChild.data.trim();
      this.show(chip.closest('[data-seq]'));
      this.room.outbox?.put({ do: this.#reaction(emoji), emoji, room: this.log.dataset.room });
    } else if (!event.target.closest('a, message-tools')) this.#at(event);
  }

  #press(button, event) {
    const { emoji } = button.dataset;
    switch (button.dataset.do) {
      case 'open': this.dataset.open = ''; break;
      case 'shut': this.hide(); break;
      case 'edit': this.edit(this.row); break;
      case 'more': this.dataset.asks = 'emoji'; this.querySelector('.other input').focus(); break;
      case 'answer': this.answer(this.row); break;
      case 'delete': this.dataset.asks = 'delete'; this.#part('really').focus(); break;
      case 'link': if (navigator.clipboard && this.room.localName === 'chat-room' && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) this.#copy(button, event); break;
      case 'pin': case 'really': button.value = `${button.value.split(':')[0]}:${this.#message}`; break;
      default: {
        if (emoji === undefined) break;
        const chosen = emoji || this.querySelector('.other input').value.trim();
        this.form.elements.emoji.value = chosen;
        button.value = this.#reaction(chosen);
      }
    }
  }

  #spare() { return this.dataset.asks === 'delete' && delete this.dataset.asks; }

  #key(event) {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = this.contains(event.target);
    const row = event.target.closest('#log > [data-seq]');
    if (event.key === 'Escape' && this.#spare()) this.#part('delete').focus();
    else if (event.key === 'Escape') {
      (inside ? this.row : document.getElementById('body'))?.focus();
      this.#reset();
    } else if (event.key === 'Enter' && event.target.matches('.other input')) {
      event.target.nextElementSibling.click();
    } else if (inside && event.key.startsWith('Arrow') && !event.target.matches('input')) {
      const parts = this.#parts;
      parts.at((parts.indexOf(event.target) + (event.key === 'ArrowRight' ? 1 : -1)) % parts.length)?.focus();
    } else if (event.target === row && event.key === 'Enter') {
      this.show(row);
      this.#parts[0]?.focus();
    } else if (event.target === row) {
      const step = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[event.key];
      const next = step && this.log.rows[this.log.rows.indexOf(row) + step];
      if (!next) return;
      this.row = next;
      this.#rove();
      next.focus();
    } else return;
    event.preventDefault();
  }
});
