// What is said in a thread: a stranger who gives a name with it is called so first, and where the video of the page around the
// frame stands goes with it. What is said beside one flies over it; without an answer nothing flies.
const MODES = ['scroll', 'reverse', 'top', 'bottom'];
const LONGEST = 864_000_000; // ms of a video

// What goes with the words; nothing if the name is refused.
export async function ready(room, values) {
  const name = room.querySelector('#enter')?.elements.name.value.trim();
  if (name && !await room.enter('enter', { name })) return null;
  if (name) room.known(name);
  return values.do === 'post-message' && room.port ? moment(room) : {};
}

async function moment(room) {
  const { t, mode, color } = await new Promise((done) => {
    room.timed = done;
    setTimeout(done, 300, {});
    room.say('when');
  });
  if (!Number.isInteger(t) || t < 0 || t > LONGEST) return {};
  return { t, ...(MODES.includes(mode) && { mode }), ...(/^#[0-9a-f]{6}$/.test(color) && { color }) };
}
