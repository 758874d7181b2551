// What <chat-room> and <embed-room> have in common: hx-ws:connect="…/socket?room=…&since=…", the page's one connection.
// hx-ws dials and swaps; this keeps the position that the next dial starts from, notices silence, and says when it is over.
// While no socket can be had, a line of another kind stands in for it.
import { later } from './later.js';

const SILENCE = 35_000;
const CALM = 3_000;
const COMES_BACK = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014]);

function from(url, position) {
  const next = new URL(url, location.href);
  if (position) next.searchParams.set('since', position);
  return next;
}

const older = (one, other, [epoch, rev] = one.split('.'), [same, than] = other.split('.')) => epoch === same && Number(rev) < Number(than);

export class Connection extends HTMLElement {
  at = '';
  #asked = { at: '', when: 0 };
  #behind = 0;
  #had = false; // whether there ever was a socket
  #told = false; // whether what the next position stands for has come before it
  #heard = Date.now();
  #over = false;

  connectedCallback() {
    this.at = from(this.getAttribute('hx-ws:connect')).searchParams.get('since') ?? '';
    this.addEventListener('htmx:ws:before:connection', ({ detail: { connection } }) => { this.connection = connection; connection.cancelled = this.#over; });
    this.addEventListener('htmx:ws:after:connection', () => { this.#had = true; this.line = this.line?.drop(); this.up(); });
    this.addEventListener('htmx:ws:close', (event) => this.#closed(event.detail));
    this.addEventListener('htmx:ws:before:message:incoming', (event) => this.heard(event.detail.message.data));
    this.addEventListener('input', (event) => this.limit(event.target));
    this.addEventListener('submit', (event) => this.#submitted(event), true);
    this.addEventListener('click', (event) => event.target.closest('[data-do="reconnect"]') && this.dial());
    addEventListener('online', () => this.#check());
    addEventListener('pageshow', (event) => event.persisted && this.dial());
    document.addEventListener('visibilitychange', () => document.hidden || this.#check());
    setInterval(() => this.#check(false), 5_000);
    this.calm();
  }

  get open() { return this.connection?.socket?.readyState === WebSocket.OPEN; }

  // Another door to what this page shows, from the position up to which everything on it is known.
  door(name) { return from(this.getAttribute('hx-ws:connect'), this.#owed()).href.replace(/socket(?=$|\?)/, name); }

  near(href) { return href; } // where a message is asked for, by the address of its page

  send(values) {
    if (this.open) this.connection.socket.send(JSON.stringify(values));
    return this.open;
  }

  limit(field) {
    const { limit, over } = field.dataset;
    if (limit) field.setCustomValidity(field.value.length > Number(limit) ? over : '');
  }

  // To ask again is to dial again.
  dial() {
    this.#over = false;
    this.#heard = Date.now();
    this.#notice(null);
    this.setAttribute('hx-ws:connect', this.door('socket'));
    htmx.process(this, true);
    this.line?.ask();
    this.calm();
  }

  // A part of the list was read at an older position than the rest: what changed since then is owed for it.
  catchUp(at) {
    if (!at || !older(at, this.at)) return;
    this.#asked = { at, when: Date.now() };
    if (this.send({ do: 'catch-up', since: at })) return;
    if (this.connection) this.connection.url = from(this.connection.url, at).href;
    this.line?.ask();
  }

  #owed() {
    const { at, when } = this.#asked;
    return at && older(at, this.at) && Date.now() - when < 10_000 ? at : this.at;
  }

  up() {
    this.#heard = Date.now();
    this.#told = true;
    this.waiting = clearTimeout(this.waiting);
    this.#notice(null);
    this.querySelector('#away')?.replaceChildren();
    this.outbox?.opened();
    document.dispatchEvent(new CustomEvent('webchat:open'));
  }

  #closed({ connection, reason, code }) {
    if (reason !== 'closed' || connection !== this.connection) return;
    if (connection.url && this.at) connection.url = from(connection.url, this.#owed()).href;
    if (!COMES_BACK.has(code)) this.end(code);
    else if (!this.#had) this.#fallBack();
    this.calm();
  }

  end(code) {
    this.#over = true;
    this.line = this.line?.drop();
    this.#notice(this.querySelector(`[data-code="${code}"]`) ?? this.querySelector('[data-code="other"]'));
  }

  async #fallBack() {
    const [{ Fallback }] = await later('fallback').catch(() => [{}]);
    if (Fallback && !this.open && !this.#over) this.line ??= new Fallback(this);
  }

  heard(data) {
    this.#heard = Date.now();
    if (!data.startsWith('{')) return void (this.#told = true);
    const said = JSON.parse(data);
    if (said.at) this.#reached(said.at);
    this.answer(said);
    this.tell?.(said);
  }

  // A room that went further without a frame about it has left this page behind.
  #reached(at) {
    const behind = !this.#told && older(this.at, at);
    this.#told = false;
    if (!behind) {
      this.at = at;
      if (this.connection) this.connection.url = from(this.connection.url, at).href;
    } else if (Date.now() - this.#behind > CALM) {
      this.#behind = Date.now();
      this.dial();
    }
  }

  answer(said) {
    if (said.ack) this.outbox?.answered(said.ack, said.id);
    if (said.note) this.refuse(said.note);
    if ('nack' in said && !this.outbox?.refused(said.nack, said.why, said.after)) this.refuse(said.why);
  }

  refuse(why) {
    const line = this.querySelector('#refused');
    Object.assign(line, { textContent: why, hidden: false });
    clearTimeout(this.refusal);
    this.refusal = setTimeout(() => { line.hidden = true; }, 8_000);
  }

  #submitted(event) {
    if (!event.target.hasAttribute('hx-ws:send')) return;
    event.preventDefault();
    event.stopPropagation();
    this.ask(Object.fromEntries(new FormData(event.target, event.submitter)), event.target);
  }

  ask(values, form) {
    this.outbox.put(values, form.dataset.href);
    form.dispatchEvent(new CustomEvent('webchat:taken', { bubbles: true }));
  }

  #check(now = true) { if (!this.#over && ((now && !this.open) || Date.now() - this.#heard > SILENCE)) this.dial(); }

  calm() {
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      if (this.open || this.line?.live || this.#over) return;
      this.#notice(this.querySelector('#offline'));
      this.#fallBack();
    }, CALM);
  }

  #notice(shown) { for (const line of this.querySelectorAll('.notices > :is([data-code], #offline)')) line.hidden = line !== shown; }
}
