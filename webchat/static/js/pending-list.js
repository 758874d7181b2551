// <pending-list>: what was said and is not in the list yet. Its rows come from the outbox and are drawn by the same
// macro as any message; a row goes when the message it stands for is there.
customElements.define('pending-list', class extends HTMLElement {
  #sync = (event) => this.sync(event.detail);

  connectedCallback() {
    this.room = this.closest('chat-room');
    this.list = this.firstElementChild;
    document.addEventListener('webchat:outbox', this.#sync);
    document.addEventListener('webchat:list', this.#sync);
    this.addEventListener('click', (event) => {
      const cid = event.target.closest('li')?.dataset.waits;
      if (event.target.dataset.do === 'retry') this.room.outbox.retry(cid);
      if (event.target.dataset.do === 'discard') this.room.outbox.discard(cid);
    });
    this.sync();
  }

  disconnectedCallback() {
    document.removeEventListener('webchat:outbox', this.#sync);
    document.removeEventListener('webchat:list', this.#sync);
  }

  sync(answer) {
    const entries = this.room.outbox?.entries ?? [];
    const waiting = new Map(entries.filter(shown).map((entry) => [entry.values.cid, entry]));
    for (const row of [...this.list.children]) {
      const { waits } = row.dataset;
      if (answer?.cid === waits) row.dataset.message = answer.id;
      if (waiting.has(waits) ? this.#there(row) : !row.dataset.message || this.#there(row)) row.remove();
    }
    for (const entry of waiting.values()) this.#show(entry);
  }

  #there(row) {
    const log = document.getElementById('log');
    return log.querySelector(`[data-cid="${CSS.escape(row.dataset.waits)}"]`)
      || (row.dataset.message && (!('end' in log.dataset) || document.getElementById(`m-${row.dataset.message}`)));
  }

  #show({ values, why, at }) {
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
    row.querySelector('.failed')?.remove();
    row.toggleAttribute('data-failed', Boolean(why));
    if (!why) return;
    const failed = document.getElementById('failed-pattern').content.firstElementChild.cloneNode(true);
    failed.querySelector('span').textContent = why;
    row.append(failed);
  }
});

function shown({ values, why }) {
  return values.do === 'post-message' || (why && 'body' in values);
}
