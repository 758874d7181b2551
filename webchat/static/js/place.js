// The swap style `place`: each row goes where its number belongs, and replaces the row with its id if that is there.
htmx.registerExtension('place', {
  handle_swap(style, list, fragment) {
    if (style !== 'place') return false;
    const rows = [...fragment.children];
    for (const row of rows) {
      const old = row.id && document.getElementById(row.id);
      if (old?.parentNode === list) { old.replaceWith(row); continue; }
      let before = list.lastElementChild;
      while (before && !(Number(before.dataset.seq) < Number(row.dataset.seq))) before = before.previousElementSibling;
      if (before) before.after(row);
      else list.prepend(row);
    }
    return rows;
  },
});
