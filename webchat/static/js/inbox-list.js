// <inbox-list>: rows stop being unread when they were read in another tab or on another device, or their link is followed, and
// "all" in "mark all as read" includes what has come since the page was opened.
customElements.define('inbox-list', class extends HTMLElement {
  #seen = (event) => {
    for (const row of this.querySelectorAll('[data-unread]')) {
      if (-row.dataset.seq <= event.detail) row.removeAttribute('data-unread');
    }
  };

  connectedCallback() {
    document.addEventListener('webchat:seen', this.#seen);
    this.addEventListener('click', (event) => {
      const { open } = event.target.closest('a')?.dataset ?? {};
      if (open) this.closest('chat-room').outbox.put({ do: 'read-notification', notification: open });
    });
    this.observer = new MutationObserver(() => {
      document.querySelector('[name="upto"]').value = -(this.querySelector('[data-seq]')?.dataset.seq ?? 0);
    });
    this.observer.observe(this.firstElementChild, { childList: true });
  }

  disconnectedCallback() {
    document.removeEventListener('webchat:seen', this.#seen);
    this.observer.disconnect();
  }
});
