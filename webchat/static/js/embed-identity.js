// <embed-identity><a href="…/sign-in">…</a></embed-identity>: who writes in a frame. The link opens a window of ours, which
// hands a code to this frame and to no other; a button forgets who wrote here.
customElements.define('embed-identity', class extends HTMLElement {
  connectedCallback() {
    this.onclick = (event) => this.#chosen(event, this.closest('embed-room'));
  }

  #chosen(event, room) {
    if (event.target.closest('button')) room.enter('leave', {});
    const link = event.target.closest('a');
    const opened = link && open(link.href, '_blank', 'popup,width=460,height=640');
    if (!opened) return;
    event.preventDefault();
    room.hearing?.abort();
    const { signal } = room.hearing = new AbortController();
    addEventListener('message', ({ source, origin, data }) => {
      if (source !== opened || origin !== location.origin || typeof data?.code !== 'string') return;
      room.hearing.abort();
      room.enter('redeem', { code: data.code });
    }, { signal });
  }
});
