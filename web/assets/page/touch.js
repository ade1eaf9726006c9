/** Fingers on a drawing: one moves it sideways (up and down scrolls the page), two move and zoom it. */

/** How far apart two points are, and their middle. */
export function pair([a, b]) {
  return { gap: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Call `move(dx, dy)` and `zoom(factor, point)` as fingers go over `element`, which has `touch-action: pan-y`. */
export function startTouch(element, { move, zoom }) {
  const fingers = new Map();
  const place = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const lift = (event) => fingers.delete(event.pointerId);
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, place(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, place(event));
    const after = [...fingers.values()];
    if (before.length === 1) move(after[0].x - before[0].x, 0);
    if (before.length === 2) {
      const [was, is] = [pair(before), pair(after)];
      move(is.x - was.x, is.y - was.y);
      if (was.gap > 0) zoom(is.gap / was.gap, { x: is.x, y: is.y });
    }
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) element.addEventListener(name, lift);
}
