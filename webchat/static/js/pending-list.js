// <pending-list>: what was said and is not in the list yet. Its rows come from the outbox and are drawn by the same
// macro as any message; a row goes when the message it stands for is there.
import { later } from './later.js';
import { clock } from './times.js';

const shown = ({ values, why }) => values.do === 'post-message' || (why && 'body' in values);

customElements.define('pending-list', class extends HTMLElement {
  connectedCallback() {
    this.room = this.closest('chat-room, embed-room, support-room');
    this.list = this.firstElementChild;
    for (const word of ['outbox', 'list']) document.addEventListener(`webchat:${word}`, (event) => this.sync(event.detail));
    this.addEventListener('click', ({ target }) => {
      const cid = target.closest('li')?.dataset.waits;
      const { do: what } = target.dataset;
      const keys = target.matches(':focus-visible');
      if (what === 'again') later('again').then(([{ again }]) => again(this.room, cid), () => this.room.calm());
      else if (what) this.room.outbox[what](cid);
      if (keys && !target.isConnected) document.getElementById('body')?.focus();
    });
    this.sync();
    this.news = document.getElementById('news'); // what happens from now on is said aloud
  }

  sync(answer) {
    const entries = this.room.outbox?.entries ?? [];
    const waiting = new Map(entries.filter((entry) => entry.values.room === this.room.dataset.room && shown(entry)).map((entry) => [entry.values.cid, entry]));
    for (const row of [...this.list.children]) {
      const { waits } = row.dataset;
      if (answer?.cid === waits) row.dataset.message = answer.id || ''; // 0 stands for what was asked and not said
      if (waiting.has(waits) ? this.#there(row) : !row.dataset.message || this.#there(row)) row.remove();
    }
    for (const entry of waiting.values()) this.#show(entry);
  }

  #there(row) {
    const log = document.getElementById('log');
    return log.querySelector(`[data-cid="${CSS.escape(row.dataset.waits)}"]`)
      || (row.dataset.message && (!('end' in log.dataset) || document.getElementById(`m-${row.dataset.message}`)));
  }

  #show({ values, why, at, until, wait }) {
    if (document.querySelector(`#log [data-cid="${values.cid}"]`)) return;
    let row = this.list.querySelector(`[data-waits="${values.cid}"]`);
    if (!row) {
      row = document.getElementById('pending-pattern').content.firstElementChild.cloneNode(true);
      for (const name of ['id', 'data-seq']) row.removeAttribute(name);
      row.dataset.waits = values.cid;
      row.querySelector('div').textContent = values.body;
      const time = row.querySelector('time');
      time.dateTime = new Date(at).toISOString();
      time.textContent = '';
      this.list.append(row);
    }
    const failed = document.getElementById('failed-pattern').content.firstElementChild.cloneNode(true);
    const there = row.querySelector('.failed');
    const later = wait && until > Date.now() ? `${wait} ${failed.dataset.later.replace('%n', clock.format(until))}` : '';
    failed.querySelector('span').textContent = why || later;
    failed.querySelector(`[data-do="${later || values.do === 'edit-message' || document.getElementById('body') ? 'retry' : 'again'}"]`).remove();
    row.toggleAttribute('data-failed', Boolean(why));
    if (there?.isEqualNode(failed)) return; // its buttons may have the focus
    there?.remove();
    if (why || later) row.append(failed);
    if (why && this.news) this.news.textContent = failed.firstChild.data + why;
  }
});
