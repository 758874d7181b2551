// Where the video of the page around a frame stands. What is said beside it flies over it; without an answer nothing flies.
const MODES = ['scroll', 'reverse', 'top', 'bottom'];
const LONGEST = 864_000_000; // ms of a video

export async function moment(room) {
  const { t, mode, color } = await new Promise((done) => {
    room.timed = done;
    setTimeout(done, 300, {});
    room.say('when');
  });
  if (!Number.isInteger(t) || t < 0 || t > LONGEST) return {};
  return { t, ...(MODES.includes(mode) && { mode }), ...(/^#[0-9a-f]{6}$/.test(color) && { color }) };
}
