// <embed-code data-code="…">: hands a code to the frame that opened this window, if it is one of ours, and closes it.
customElements.define('embed-code', class extends HTMLElement {
  connectedCallback() {
    if (!opener) return;
    opener.postMessage({ code: this.dataset.code }, location.origin);
    close();
  }
});
