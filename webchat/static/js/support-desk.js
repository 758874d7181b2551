// <support-desk>: what an agent has beside a conversation. A text that is ready goes into the field that is written in,
// and a note that was taken leaves its field.
customElements.define('support-desk', class extends HTMLElement {
  connectedCallback() {
    this.addEventListener('webchat:taken', ({ target }) => target.reset());
    this.addEventListener('click', ({ target }) => this.#insert(target.closest('[data-insert]')?.dataset.insert));
  }

  #insert(text) {
    const field = document.getElementById('body');
    if (!text || !field) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }
});
