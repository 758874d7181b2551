// <chat-room hx-ws:connect="…/socket?room=…&since=…">: the page's one connection. hx-ws dials and swaps; this keeps the
// position that the next dial starts from, sends what the outbox holds, notices silence, and says when it is over.
import { Outbox } from './outbox.js';

const SILENCE = 35_000;
const CALM = 3_000;
const CUT = 5_000;
const COMES_BACK = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014]);

function from(url, position) {
  const next = new URL(url, location.href);
  if (position) next.searchParams.set('since', position);
  return next;
}

function older(one, other) {
  const [[epoch, rev], [epochOfOther, revOfOther]] = [one.split('.'), other.split('.')];
  return epoch === epochOfOther && Number(rev) < Number(revOfOther);
}

customElements.define('chat-room', class extends HTMLElement {
  at = '';
  #asked = { at: '', when: 0 };
  #behind = 0;
  #failed = 0;
  #down = Date.now(); // since when there is no socket
  #told = false; // whether what the next position stands for has come before it
  #heard = Date.now();
  #over = false;

  connectedCallback() {
    if (!this.hasAttribute('hx-ws:connect')) return;
    const { me, title } = this.dataset;
    this.at = from(this.getAttribute('hx-ws:connect')).searchParams.get('since') ?? '';
    this.outbox = new Outbox(this, me || title);
    this.addEventListener('htmx:ws:before:connection', (event) => { this.connection = event.detail.connection; });
    this.addEventListener('htmx:ws:after:connection', () => this.#opened());
    this.addEventListener('htmx:ws:close', (event) => this.#closed(event.detail));
    this.addEventListener('htmx:ws:before:message:incoming', (event) => this.#heardOf(event.detail.message.data));
    this.addEventListener('input', (event) => this.limit(event.target));
    this.addEventListener('submit', (event) => this.#submitted(event), true);
    this.addEventListener('click', (event) => event.target.closest('[data-do="reconnect"]') && this.dial());
    addEventListener('online', () => this.#check());
    addEventListener('pageshow', (event) => event.persisted && this.dial());
    document.addEventListener('visibilitychange', () => document.hidden || this.#check());
    setInterval(() => this.#check(false), 5_000);
    this.#calm();
  }

  get open() { return this.connection?.socket?.readyState === WebSocket.OPEN; }

  // No socket can be had, it seems: what is to be sent goes by fetch.
  get cut() { return !this.open && !this.#over && (this.#failed > 1 || Date.now() - this.#down > CUT); }

  send(values) {
    if (this.open) this.connection.socket.send(JSON.stringify(values));
    return this.open;
  }

  async post(values) {
    const path = from(this.getAttribute('hx-ws:connect')).pathname.replace(/socket$/, 'do');
    const asked = { method: 'POST', body: new URLSearchParams(values), headers: { Accept: 'application/json' } };
    const said = await (await fetch(path, { ...asked, signal: AbortSignal.timeout(CUT * 2) })).json();
    return 'nack' in said ? { ...said, nack: values.cid } : said;
  }

  limit(field) {
    const { limit, over } = field.dataset;
    if (limit) field.setCustomValidity(field.value.length > Number(limit) ? over : '');
  }

  // To ask again is to dial again: from the position up to which everything on this page is known.
  dial() {
    this.#over = false;
    this.#heard = Date.now();
    this.#notice(null);
    const url = from(this.getAttribute('hx-ws:connect'), this.#owed());
    this.setAttribute('hx-ws:connect', url.pathname + url.search);
    htmx.process(this, true);
    this.#calm();
  }

  // A part of the list was read at an older position than the rest: what changed since then is owed for it.
  catchUp(at) {
    if (!at || !older(at, this.at)) return;
    this.#asked = { at, when: Date.now() };
    if (!this.send({ do: 'catch-up', since: at }) && this.connection) this.connection.url = from(this.connection.url, at).href;
  }

  #owed() {
    const { at, when } = this.#asked;
    return at && older(at, this.at) && Date.now() - when < 10_000 ? at : this.at;
  }

  #opened() {
    this.#heard = Date.now();
    this.#failed = 0;
    this.#down = Infinity;
    this.#told = true;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.#notice(null);
    this.outbox.opened();
    document.dispatchEvent(new CustomEvent('webchat:open'));
  }

  #closed({ connection, reason, code }) {
    if (reason === 'removed' || connection !== this.connection) return;
    if (this.#down < Infinity) this.#failed += 1;
    this.#down = Math.min(this.#down, Date.now());
    if (connection.url && this.at) connection.url = from(connection.url, this.#owed()).href;
    this.#over = !COMES_BACK.has(code);
    if (this.#over) this.#notice(this.querySelector(`[data-code="${code}"]`) ?? this.querySelector('[data-code="other"]'));
    else this.#calm();
  }

  #heardOf(data) {
    this.#heard = Date.now();
    if (!data.startsWith('{')) return void (this.#told = true);
    const said = JSON.parse(data);
    if (said.at) this.#reached(said.at);
    this.answer(said);
    for (const word of ['top', 'read', 'seen']) if (word in said) document.dispatchEvent(new CustomEvent(`webchat:${word}`, { detail: said[word] }));
  }

  // A room that went further without a frame about it has left this page behind.
  #reached(at) {
    const behind = !this.#told && older(this.at, at);
    this.#told = false;
    if (!behind) {
      this.at = at;
      if (this.connection) this.connection.url = from(this.connection.url, at).href;
    } else if (Date.now() - this.#behind > CUT) {
      this.#behind = Date.now();
      this.dial();
    }
  }

  answer(said) {
    if (said.ack) this.outbox.answered(said.ack, said.id);
    if ('nack' in said && !this.outbox.refused(said.nack, said.why, said.after)) this.refuse(said.why);
  }

  refuse(why) {
    const line = this.querySelector('#refused');
    if (!line) return;
    line.textContent = why;
    line.hidden = false;
    clearTimeout(this.refusal);
    this.refusal = setTimeout(() => { line.hidden = true; }, 8_000);
  }

  #submitted(event) {
    const form = event.target;
    if (!form.hasAttribute('hx-ws:send')) return;
    event.preventDefault();
    event.stopPropagation();
    this.outbox.put(Object.fromEntries(new FormData(form, event.submitter)), form.dataset.href);
    form.dispatchEvent(new CustomEvent('webchat:taken', { bubbles: true }));
  }

  #check(now = true) {
    if (!this.#over && ((now && !this.open) || Date.now() - this.#heard > SILENCE)) this.dial();
  }

  #calm() {
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      if (!this.open && !this.#over) this.#notice(this.querySelector('#offline'));
    }, CALM);
  }

  #notice(shown) {
    for (const line of this.querySelectorAll('.notices > :is([data-code], #offline)')) line.hidden = line !== shown;
  }
});
